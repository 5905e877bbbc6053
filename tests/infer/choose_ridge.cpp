#include <wide/infer/choose_ridge.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include "../catch.hpp"
#include "../thrown.hpp"
#include "reference.hpp"

using namespace wide;
using Catch::Matchers::WithinRel;

namespace {

/// A smooth function of the rows of a Gram, and noise of variance `noise`.
RidgePath<double> noisy_path(double noise) {
    const auto X = normal<double>(80, 4, 1);
    Matrix<double> K(80, 80), y(80, 2);
    const auto e = normal<double>(80, 2, 2);
    for (std::size_t i = 0; i < 80; ++i) {
        for (std::size_t j = 0; j < 80; ++j) {
            double squared = 0;
            for (std::size_t k = 0; k < 4; ++k) squared += (X(i, k) - X(j, k)) * (X(i, k) - X(j, k));
            K(i, j) = std::exp(-squared / 8);
        }
        for (std::size_t o = 0; o < 2; ++o) y(i, o) = std::sin(X(i, o)) + std::sqrt(noise) * e(i, o);
    }
    return ridge_path(K, y);
}

}  // namespace

TEST_CASE("of a grid the first best is chosen, by either criterion") {
    const auto path = noisy_path(0.05);
    const std::vector<double> grid{1e-6, 1e-4, 1e-2, 1e-1, 1e-1, 1, 1e2};
    const auto left_out = choose_ridge(path, criterion::leave_one_out, grid);
    const auto likely = choose_ridge(path, criterion::marginal_likelihood, grid);
    CHECK(left_out.value == path.leave_one_out_error(left_out.rule));
    CHECK(likely.value == path.log_marginal_likelihood(likely.rule));
    for (const double r : grid) {
        CHECK(path.leave_one_out_error(ridge{r}) >= left_out.value);
        CHECK(path.log_marginal_likelihood(ridge{r}) <= likely.value);
    }
    CHECK((!left_out.at_limit && !likely.at_limit));
    CHECK(choose_ridge(path, criterion::leave_one_out, {1e2, 1e3}).at_limit);
}

TEST_CASE("a range: nothing in it is better than what is chosen") {
    const auto path = noisy_path(0.05);
    for (const criterion by : {criterion::leave_one_out, criterion::marginal_likelihood}) {
        const auto chosen = choose_ridge(path, by);
        CHECK(!chosen.at_limit);
        const double best = choice::cost(path, by, chosen.rule.value);
        CHECK(chosen.value == choice::value_of(by, best));
        for (double r = 1e-9; r < 1e3; r *= 1.05) CHECK(choice::cost(path, by, r) >= best - 1e-9 * std::abs(best));
        // The noise was 0.05 of a diagonal of 1.
        CHECK(chosen.rule.value > 0.005);
        CHECK(chosen.rule.value < 0.5);
    }
    const auto end = choose_ridge(path, criterion::leave_one_out, ridge_range{10, 100});
    CHECK((end.at_limit && end.rule.value == 10));
    const auto point = choose_ridge(path, criterion::leave_one_out, ridge_range{0.1, 0.1});
    CHECK((point.at_limit && point.rule.value == 0.1));
}

TEST_CASE("ridges that do not make K positive definite are never chosen") {
    Matrix<double> K(3, 3);
    K(0, 0) = K(1, 1) = K(2, 2) = 1, K(1, 0) = 2;  // eigenvalues 3, 1, -1
    const auto path = ridge_path(K, std::vector<double>{1, -1, 1});
    CHECK(choose_ridge(path, criterion::leave_one_out, {0, 0.5, 2, 1}).rule.value == 2);
    CHECK(choose_ridge(path, criterion::marginal_likelihood, ridge_range{1e-6, 100}).rule.value > 1);
    CHECK_THROWS_AS(choose_ridge(path, criterion::leave_one_out, {0, 0.5}), not_positive_definite);
    CHECK_THROWS_AS(choose_ridge(path, criterion::marginal_likelihood, ridge_range{1e-3, 0.9}), not_positive_definite);
}

TEST_CASE("what is no choice is refused") {
    const auto path = noisy_path(0.05);
    CHECK(says(thrown_by<error>([&] { (void)choose_ridge(path, criterion::leave_one_out, std::vector<double>{}); }), "an empty grid"));
    const double nan = std::numeric_limits<double>::quiet_NaN();
    for (const ridge_range range : {ridge_range{0, 1}, {2, 1}, {-1, 1}, {1, INFINITY}, {nan, 1}, {1, nan}})
        CHECK(says(thrown_by<error>([&] { (void)choose_ridge(path, criterion::leave_one_out, range); }), "is no range"));
    CHECK_THROWS_AS(choose_ridge(path, criterion::leave_one_out, {1, -1}), error);
    const auto zero = ridge_path(Matrix<double>(2, 2), std::vector<double>{1, 2});
    CHECK(says(thrown_by<error>([&] { (void)choose_ridge(zero, criterion::leave_one_out); }), "mean diagonal is 0"));
}
