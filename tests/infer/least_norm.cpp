#include <wide/infer/least_norm.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include <wide/infer/product.hpp>
#include <wide/infer/regress.hpp>

#include "../catch.hpp"
#include "../random_rows.hpp"
#include "../thrown.hpp"

using namespace wide;
using Catch::Matchers::WithinAbs;

namespace {

template <class T>
void check_equal(const Matrix<T>& found, const Matrix<T>& expected, double tolerance) {
    REQUIRE((found.rows() == expected.rows() && found.cols() == expected.cols()));
    for (std::size_t k = 0; k < found.size(); ++k)
        CHECK_THAT(static_cast<double>(found.data()[k]), WithinAbs(static_cast<double>(expected.data()[k]), tolerance));
}

}  // namespace

TEMPLATE_TEST_CASE("fewer features than samples: the normal equations; more: the kernel of the features", "", float, double) {
    using namespace rowmajor;
    const double tolerance = 1e4 * static_cast<double>(std::numeric_limits<TestType>::epsilon());
    const auto y = random_rows<TestType>(20, 3, 2);
    const auto few = random_rows<TestType>(20, 7, 1), many = random_rows<TestType>(20, 50, 1);
    check_equal(least_norm(few, y), regress(transposed_product(few, few), transposed_product(few, y)).weights(), tolerance);
    check_equal(least_norm(many, y), transposed_product(many, regress(product_transposed(many, many), y).weights()), tolerance);
}

TEST_CASE("features of deficient rank: the pseudo-inverse all the same") {
    using namespace rowmajor;
    // phi = a b has rank 4, and phi^+ = b^T (b b^T)^-1 (a^T a)^-1 a^T.
    const auto a = random_rows<double>(15, 4, 1), b = random_rows<double>(4, 9, 2), y = random_rows<double>(15, 2, 3);
    const auto inner = regress(transposed_product(a, a), transposed_product(a, y));
    const auto outer = regress(product_transposed(b, b), inner.weights());
    check_equal(least_norm(product(a, b), y), transposed_product(b, outer.weights()), 1e-12);
    check_equal(least_norm(Matrix<double>(15, 9), y), Matrix<double>(9, 2), 0);
}

TEST_CASE("nearly dependent features keep the digits that normal equations lose") {
    // y is the difference of two features that are 1e-9 apart: the square of that is below the last digit.
    const std::size_t n = 30;
    const auto x = random_rows<double>(n, 2, 1);
    Matrix<double> phi(n, 2), y(n, 1);
    for (std::size_t i = 0; i < n; ++i) {
        phi(i, 0) = x(i, 0);
        phi(i, 1) = x(i, 0) + 1e-9 * x(i, 1);
        y(i, 0) = phi(i, 1) - phi(i, 0);
    }
    const Matrix<double> W = least_norm(phi, y);
    CHECK_THAT(W(0, 0), WithinAbs(-1, 1e-5));
    CHECK_THAT(W(1, 0), WithinAbs(1, 1e-5));
}

TEST_CASE("no features, no samples and what has no least squares") {
    const auto phi = random_rows<double>(6, 4, 1), y = random_rows<double>(6, 2, 2);
    CHECK((least_norm(Matrix<double>(6, 0), y).rows() == 0));
    check_equal(least_norm(Matrix<double>(0, 4), Matrix<double>(0, 2)), Matrix<double>(4, 2), 0);
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)least_norm(phi, random_rows<double>(5, 2, 2)); }), "y has 5 rows"));
    // A copy of phi, one of y as long as the longer side of phi, and W.
    const std::uint64_t needed = sizeof(double) * (6 * 4 + 2 * 6 + 4 * 2);
    CHECK_NOTHROW(least_norm(phi, y, needed));
    CHECK_THROWS_AS(least_norm(phi, y, needed - 1), insufficient_memory);
    auto bad = phi.copy();
    bad(3, 1) = std::numeric_limits<double>::quiet_NaN();
    const auto problem = thrown_by<not_finite>([&] { (void)least_norm(bad, y); });
    CHECK((problem.row == 3 && problem.column == 1));
}
