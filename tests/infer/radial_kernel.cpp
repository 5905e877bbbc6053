#include <wide/infer/radial_kernel.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include <wide/infer/conjugate_gradients.hpp>

#include "../catch.hpp"
#include "../thrown.hpp"
#include "operators.hpp"

using namespace wide;

namespace {

template <class T, class Profile>
Matrix<T> by_differences(const Matrix<T>& z, const Matrix<T>& x, const Profile& profile) {
    Matrix<T> K(z.rows(), x.rows());
    for (std::size_t i = 0; i < z.rows(); ++i)
        for (std::size_t j = 0; j < x.rows(); ++j) {
            double squared = 0;
            for (std::size_t k = 0; k < x.cols(); ++k)
                squared += std::pow(static_cast<double>(z(i, k)) - static_cast<double>(x(j, k)), 2);
            K(i, j) = static_cast<T>(profile(squared));
        }
    return K;
}

template <class T, class Profile>
void check_profile(const Profile& profile, double tolerance) {
    const auto x = normal<T>(70, 6, 1), z = normal<T>(11, 6, 2), V = normal<T>(70, 3, 3);
    const auto K = radial_kernel(x, profile);
    static_assert(KernelOperator<RadialKernel<T, Profile>>);
    const auto full = by_differences(x, x, profile);
    CHECK(relative_distance(radial_matrix(z, x, profile), by_differences(z, x, profile)) < tolerance);
    CHECK(relative_distance(K.multiply(V), product_of(full, V)) < tolerance);
    CHECK(relative_distance(K.against()(z).multiply(V), product_of(by_differences(z, x, profile), V)) < tolerance);
    const std::vector<std::size_t> some{69, 0, 5}, others{1, 2};
    CHECK(relative_distance(K.columns(others), stored_kernel(full).columns(others)) < tolerance);
    CHECK(relative_distance(K.block(some, others), stored_kernel(full).block(some, others)) < tolerance);
    CHECK(relative_distance(K.multiply_rows(some, V), stored_kernel(full).multiply_rows(some, V)) < tolerance);
    const auto W = normal<T>(2, 1, 4);
    const auto kept = K.against(others)(z);  // outlives what gathered its samples
    CHECK(relative_distance(kept.multiply(W), K.against(others)(z).multiply(W)) == 0);
    CHECK(relative_distance(K.against(others)(z).multiply(W), stored_kernel(full).against(others)(
              by_differences(z, x, profile)).multiply(W)) < tolerance);
    for (const T entry : K.diagonal()) CHECK(entry == profile(T(0)));
}

}  // namespace

TEST_CASE("kernels of distances are what their formulas say") {
    check_profile<double>(gaussian{1.5}, 1e-12);
    check_profile<double>(cauchy{2}, 1e-12);
    check_profile<float>(gaussian{1.5}, 1e-4);
    check_profile<float>(cauchy{2}, 1e-4);
    // Its slope at zero is infinite: of a row with itself the distance is a root of rounding.
    check_profile<double>(laplace{3}, 1e-6);
    CHECK_THAT(gaussian{2}(8.0), Catch::Matchers::WithinRel(std::exp(-1.0), 1e-14));
    CHECK_THAT(laplace{2}(16.0), Catch::Matchers::WithinRel(std::exp(-2.0), 1e-14));
    CHECK_THAT(cauchy{2}(4.0), Catch::Matchers::WithinRel(0.5, 1e-14));
}

TEST_CASE("regression over a kernel of distances") {
    const auto x = normal<double>(200, 4, 1), y = normal<double>(200, 2, 2), z = normal<double>(5, 4, 3);
    const gaussian profile{2};
    const auto fit =
        regress(radial_kernel(x, profile), y, ridge{1e-3}, conjugate_gradients{.tolerance = 1e-11});
    const auto exact = regress(by_differences(x, x, profile), y, ridge{1e-3});
    CHECK(relative_distance(fit.predict(z), exact.predict(by_differences(z, x, profile))) < 1e-7);
    CHECK_THROWS_AS(fit.predict(normal<double>(5, 3, 3)), shape_mismatch);
}

TEST_CASE("bad samples are named") {
    auto x = normal<double>(20, 4, 1);
    CHECK_THROWS_AS(radial_kernel(x, gaussian{}).multiply(Matrix<double>(19, 1)), shape_mismatch);
    const std::vector<std::size_t> beyond{20};
    CHECK_THROWS_AS(radial_kernel(x, gaussian{}).columns(beyond), shape_mismatch);
    CHECK_THROWS_AS(radial_matrix(x, Matrix<double>(20, 3), gaussian{}), shape_mismatch);
    x(13, 2) = std::numeric_limits<double>::quiet_NaN();
    CHECK(thrown_by<not_finite>([&] { (void)radial_kernel(x, gaussian{}); }).row == 13);
    CHECK(thrown_by<not_finite>([&] { (void)radial_matrix(x, x, gaussian{}); }).row == 13);
}
