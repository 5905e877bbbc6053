#include <wide/infer/max_learning_rate.hpp>

#include <cmath>
#include <limits>
#include <numbers>

#include <wide/infer/gradient_flow.hpp>

#include "../catch.hpp"
#include "../spectrum.hpp"
#include "../thrown.hpp"
#include "reference.hpp"

using namespace wide;
using Catch::Matchers::WithinRel;

TEMPLATE_TEST_CASE("the rate is that of the largest eigenvalue", "", float, double) {
    const double tolerance = 50 * static_cast<double>(std::numeric_limits<TestType>::epsilon());
    for (const std::size_t n : {1u, 2u, 17u, 40u}) {
        auto K = well_conditioned<TestType>(n, 3);
        const Spectrum spectrum = spectrum_of(K);
        const long double largest = *std::max_element(spectrum.values.begin(), spectrum.values.end());
        // Above the diagonal nothing is read.
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = i + 1; j < n; ++j) K(i, j) = std::numeric_limits<TestType>::quiet_NaN();
        const double expected = static_cast<double>(2 * 1.9L * static_cast<long double>(3 * n) / largest);
        CHECK_THAT(max_learning_rate(K, 3, 0.9), WithinRel(expected, tolerance));
        CHECK_THAT(max_learning_rate(K), WithinRel(expected / 3 / 1.9, tolerance));
    }
}

TEST_CASE("a flat spectrum has a rate, too") {
    Matrix<double> K(300, 300);
    for (std::size_t i = 0; i < 300; ++i) K(i, i) = 4;
    CHECK_THAT(max_learning_rate(K), WithinRel(150, 1e-14));
    // Second differences crowd at their largest eigenvalue.
    for (std::size_t i = 1; i < 300; ++i) K(i, i - 1) = -1;
    CHECK_THAT(max_learning_rate(K), WithinRel(600 / (4 + 2 * std::cos(std::numbers::pi / 301)), 1e-12));
}

TEST_CASE("below the rate descent converges, above it does not, with momentum or without") {
    const auto K = well_conditioned<double>(12, 4), y = normal<double>(12, 2, 5);
    for (const double momentum : {0.0, 0.9}) {
        const double rate = max_learning_rate(K, 2, momentum);
        const auto farthest = [&](double part) {
            const auto f = gradient_flow(K, y, heavy_ball{part * rate, momentum}).train(steps{20'000});
            return apart(f, sum(y, y, 0));
        };
        CHECK(farthest(0.99) < 1e-8);
        CHECK(farthest(1.001) > 1);
    }
}

TEST_CASE("what has no largest rate is refused") {
    auto K = well_conditioned<double>(3, 1);
    CHECK_THROWS_AS(max_learning_rate(Matrix<double>(3, 2)), shape_mismatch);
    CHECK(says(thrown_by<error>([] { (void)max_learning_rate(Matrix<float>(3, 3)); }), "nothing is learnt at any rate"));
    CHECK_THROWS_AS(max_learning_rate(Matrix<float>(0, 0)), error);
    CHECK_THROWS_AS(max_learning_rate(K, 1, 1.0), error);
    CHECK(says(thrown_by<error>([&] { (void)max_learning_rate(K, 0); }), "no outputs"));
    K(2, 1) = std::numeric_limits<double>::infinity();
    const auto caught = thrown_by<not_finite>([&] { (void)max_learning_rate(K); });
    CHECK((caught.row == 2 && caught.column == 1));
}
