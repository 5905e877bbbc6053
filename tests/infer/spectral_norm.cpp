#include <wide/infer/spectral_norm.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

#include "../catch.hpp"
#include "../random_rows.hpp"
#include "../thrown.hpp"

using namespace wide;
using Catch::Matchers::WithinRel;

namespace {

template <class T>
double norm_of_diagonal(const std::vector<double>& diagonal, lanczos how = {}) {
    const auto start = random_rows<T>(1, diagonal.size(), 1);
    return spectral_norm<T>(
        start.row(0),
        [&](std::span<const T> v, std::span<T> to) {
            for (std::size_t k = 0; k < v.size(); ++k) to[k] = static_cast<T>(diagonal[k]) * v[k];
        },
        how);
}

std::vector<double> spread(std::size_t n, double top) {
    std::vector<double> diagonal(n);
    for (std::size_t k = 0; k < n; ++k) diagonal[k] = std::sin(static_cast<double>(k));
    diagonal[n / 2] = top;
    return diagonal;
}

}  // namespace

TEMPLATE_TEST_CASE("the largest eigenvalue, of either sign, and of both", "", float, double) {
    CHECK_THAT(norm_of_diagonal<TestType>(spread(500, 3)), WithinRel(3, 1e-4));
    CHECK_THAT(norm_of_diagonal<TestType>(spread(500, -3)), WithinRel(3, 1e-4));
    auto both = spread(500, -3);
    both[3] = 3;
    CHECK_THAT(norm_of_diagonal<TestType>(both), WithinRel(3, 1e-4));
    CHECK_THAT(norm_of_diagonal<TestType>({5}), WithinRel(5, 1e-6));
    CHECK_THAT(norm_of_diagonal<TestType>({5, 5, 5, 5}), WithinRel(5, 1e-6));
    CHECK(norm_of_diagonal<TestType>({0, 0, 0}) == 0);
}

TEST_CASE("what is not found is said") {
    const auto caught = thrown_by<did_not_converge>(
        [] { (void)norm_of_diagonal<double>(spread(500, 1.001), {.tolerance = 1e-14, .iterations = 5}); });
    CHECK(caught.iterations == 5);
    CHECK(says(caught, "5 iterations"));
    CHECK_THROWS_AS(norm_of_diagonal<double>({1, std::numeric_limits<double>::quiet_NaN()}), not_finite);
    const std::vector<double> zero(3);
    CHECK_THROWS_AS(spectral_norm<double>(std::span<const double>(zero), [](auto, auto) {}), error);
}
