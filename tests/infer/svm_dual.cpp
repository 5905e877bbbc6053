#include <wide/infer/svm_dual.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <vector>

#include "../catch.hpp"
#include "reference.hpp"

using namespace wide;

namespace {

/// A Gaussian kernel of points in the plane, of two classes that overlap, and some of its rows.
struct Problem {
    Matrix<double> K;
    std::vector<std::size_t> rows;
    std::vector<double> y;

    explicit Problem(std::size_t count) : K(2 * count, 2 * count) {
        const auto x = normal<double>(2 * count, 2, 1);
        for (std::size_t i = 0; i < K.rows(); ++i)
            for (std::size_t j = 0; j <= i; ++j)
                K(i, j) = K(j, i) = std::exp(-std::pow(x(i, 0) - x(j, 0), 2) - std::pow(x(i, 1) - x(j, 1), 2));
        for (std::size_t k = 0; k < count; ++k) {
            rows.push_back(2 * k + 1);
            y.push_back(x(2 * k + 1, 0) + 0.5 * std::sin(static_cast<double>(9 * k)) > 0 ? 1 : -1);
        }
    }
};

/// By how much a solution misses the conditions of an optimum, from its coefficients alone: the largest gradient of
/// one that may grow, less the smallest of one that may shrink.
double violation(const Problem& of, const std::vector<double>& b, double C) {
    double up = -std::numeric_limits<double>::infinity(), low = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < b.size(); ++i) {
        double v = of.y[i];
        for (std::size_t j = 0; j < b.size(); ++j) v -= of.K(of.rows[i], of.rows[j]) * b[j];
        if (of.y[i] > 0 ? b[i] < C : b[i] < 0) up = std::max(up, v);
        if (of.y[i] > 0 ? b[i] > 0 : b[i] > -C) low = std::min(low, v);
    }
    return up - low;
}

}  // namespace

TEST_CASE(
    "along a grid of C every solution is feasible, and an optimum to the tolerance, by the conditions themselves") {
    constexpr std::size_t counts[] = {2, 7, 8, 9, 40, 101};
    for (const std::size_t count : counts) {
        const Problem problem(count);
        SvmDual dual(problem.K, problem.rows, problem.y);
        for (const double C : {1e-3, 1e-2, 0.1, 1.0, 1.0, 3.0, 1e2, 1e4})
            for (const double tolerance : {1e-3, 1e-8}) {
                REQUIRE(dual.solve(C, tolerance));
                const std::vector<double> b(dual.coefficients().begin(), dual.coefficients().end());
                for (std::size_t i = 0; i < b.size(); ++i) {
                    CHECK(problem.y[i] * b[i] >= 0);
                    CHECK(problem.y[i] * b[i] <= C);
                }
                // The gradient is brought up to date step by step, and rounds as its numbers do.
                const double rounding = 1e-12 * (1 + C * static_cast<double>(count));
                CHECK(std::abs(std::accumulate(b.begin(), b.end(), 0.0)) < rounding);
                CHECK(violation(problem, b, C) < tolerance + rounding);
            }
    }
}

TEST_CASE("two points are told apart in the middle; a bound on the steps is one") {
    Matrix<double> K(2, 2);
    K(0, 0) = K(1, 1) = 1;
    const std::vector<std::size_t> rows{0, 1};
    const std::vector<double> y{1, -1};
    SvmDual dual(K, rows, y);
    CHECK_FALSE(dual.solve(0.5, 1e-9, 0));
    CHECK(dual.solve(0.5, 1e-9));
    CHECK(dual.coefficients()[0] == 0.5);
    CHECK(dual.coefficients()[1] == -0.5);
    CHECK(dual.solve(2, 1e-9));
    CHECK(std::abs(dual.coefficients()[0] - 1) < 1e-9);
    CHECK(std::abs(dual.bias()) < 1e-9);
}
