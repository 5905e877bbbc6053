#include <wide/infer/eigenpairs.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>

#include "../catch.hpp"
#include "../random_rows.hpp"
#include "../thrown.hpp"

using namespace wide;
using Catch::Matchers::WithinAbs;

TEMPLATE_TEST_CASE("the largest eigenpairs of a matrix whose spectrum is known", "", float, double) {
    // Second differences: 2 - 2 cos(pi k / (n + 1)), vectors sin(pi k i / (n + 1)).
    const std::size_t n = 60, count = 7;
    const double tolerance = 2e3 * static_cast<double>(std::numeric_limits<TestType>::epsilon());
    Matrix<TestType> K(n, n);
    for (std::size_t i = 0; i < n; ++i) {
        K(i, i) = 2;
        if (i > 0) K(i, i - 1) = -1;
        // Above the diagonal nothing is read.
        for (std::size_t j = i + 1; j < n; ++j) K(i, j) = std::numeric_limits<TestType>::quiet_NaN();
    }
    const auto [values, vectors] = top_eigenpairs(K, count);
    REQUIRE((values.size() == count && vectors.rows() == count && vectors.cols() == n));
    for (std::size_t k = 0; k < count; ++k) {
        const double angle = std::numbers::pi * static_cast<double>(n - k) / static_cast<double>(n + 1);
        CHECK_THAT(static_cast<double>(values[k]), WithinAbs(2 - 2 * std::cos(angle), tolerance));
        double product = 0;
        for (std::size_t i = 0; i < n; ++i)
            product += static_cast<double>(vectors(k, i)) * std::sin(angle * static_cast<double>(i + 1)) *
                       std::sqrt(2 / static_cast<double>(n + 1));
        CHECK_THAT(std::abs(product), WithinAbs(1, tolerance));
    }
    CHECK(K(1, 0) == -1);
}

TEST_CASE("all eigenpairs put a matrix together again") {
    const auto x = random_rows<double>(9, 9, 3);
    Matrix<double> K(9, 9);
    for (std::size_t i = 0; i < 9; ++i)
        for (std::size_t j = 0; j < 9; ++j) K(i, j) = x(i, j) + x(j, i);
    const auto [values, vectors] = top_eigenpairs(K, 9);
    for (std::size_t i = 0; i < 9; ++i)
        for (std::size_t j = 0; j < 9; ++j) {
            double sum = 0;
            for (std::size_t k = 0; k < 9; ++k) sum += values[k] * vectors(k, i) * vectors(k, j);
            CHECK_THAT(sum, WithinAbs(K(i, j), 1e-12));
        }
    CHECK(std::is_sorted(values.rbegin(), values.rend()));
    CHECK(top_eigenpairs(K, 0).values.empty());
}

TEST_CASE("eigenpairs of what has none are refused") {
    auto K = random_rows<double>(4, 4, 3);
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)top_eigenpairs(K, 5); }), "5 eigenpairs of a matrix that has 4"));
    CHECK_THROWS_AS(top_eigenpairs(random_rows<float>(4, 3, 1), 1), shape_mismatch);
    CHECK_THROWS_AS(top_eigenpairs(K, 1, 100), insufficient_memory);
    K(2, 1) = std::numeric_limits<double>::quiet_NaN();
    const auto caught = thrown_by<not_finite>([&] { (void)top_eigenpairs(K, 1); });
    CHECK((caught.row == 2 && caught.column == 1 && says(caught, "K(2, 1)")));
}
