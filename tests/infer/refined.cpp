#include <wide/infer/refined.hpp>

#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "../catch.hpp"
#include "../thrown.hpp"
#include "reference.hpp"

using namespace wide;
using Catch::Matchers::WithinAbs;

namespace {

constexpr double eps = std::numeric_limits<double>::epsilon();

double largest_difference(const Matrix<double>& A, const Matrix<long double>& B) {
    double largest = 0;
    for (std::size_t k = 0; k < A.size(); ++k)
        largest = std::max(largest, static_cast<double>(std::abs(static_cast<long double>(A.data()[k]) - B.data()[k])));
    return largest;
}

/// Eigenvalues from 1 down to 1 / condition, evenly in their logarithm, mixed by a reflection.
Matrix<double> of_condition(std::size_t n, double condition) {
    const auto v = normal<double>(n, 1, 31);
    double length = 0;
    for (std::size_t i = 0; i < n; ++i) length += v(i, 0) * v(i, 0);
    const auto reflection = [&](std::size_t i, std::size_t j) { return (i == j ? 1 : 0) - 2 * v(i, 0) * v(j, 0) / length; };
    Matrix<double> K(n, n);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j <= i; ++j) {
            double sum = 0;
            for (std::size_t k = 0; k < n; ++k)
                sum += reflection(i, k) * reflection(j, k) * std::pow(condition, -static_cast<double>(k) / static_cast<double>(n - 1));
            K(i, j) = K(j, i) = sum;
        }
    return K;
}

}  // namespace

TEST_CASE("refined weights agree with elimination in long double") {
    for (const std::size_t n : {1u, 2u, 7u, 20u, 60u})
        for (const std::size_t outputs : {1u, 3u, 10u}) {
            const auto K = well_conditioned<double>(n, static_cast<unsigned>(n));
            const auto Y = normal<double>(n, outputs, 50);
            const auto fit = regress(K, Y, absolute_ridge{0.125}, refined{});
            CHECK(!fit.fell_back());
            CHECK((n == 1 || fit.steps() >= 1));
            CHECK(fit.steps() <= 5);
            CHECK(fit.ridge() == 0.125);
            CHECK(largest_difference(fit.weights(), reference_solution(K, 0.125, Y)) < 1000 * eps);
        }
}

TEST_CASE("however small, a well-conditioned matrix is no reason to fall back") {
    for (const std::size_t n : {1u, 2u, 3u, 4u, 7u, 16u, 60u})
        for (unsigned seed = 1; seed <= 50; ++seed) {
            const auto fit = regress(well_conditioned<double>(n, seed), normal<double>(n, 10, 500 + seed), absolute_ridge{0.125}, refined{});
            REQUIRE(!fit.fell_back());
            REQUIRE(fit.residual() <= 8 * eps / 2);
        }
}

TEST_CASE("n = 700: the residual is that of double, and as large as it says") {
    const auto K = gram_of(normal<double>(700, 800, 1));
    const auto Y = normal<double>(700, 3, 2), Kz = normal<double>(4, 700, 3);
    const auto before = K.copy();
    const auto fit = regress(K, Y, ridge{1e-3}, refined{});
    const auto exact = regress(K, Y, ridge{1e-3});
    CHECK(!fit.fell_back());
    CHECK(fit.residual() == relative_residual(K, fit.ridge(), fit.weights(), Y));
    CHECK(fit.residual() < std::max(eps / 2, 3 * relative_residual(K, exact.ridge(), exact.weights(), Y)));
    CHECK(fit.ridge() == exact.ridge());
    const auto predictions = fit.predict(Kz), expected = exact.predict(Kz);
    for (std::size_t k = 0; k < expected.size(); ++k) CHECK_THAT(predictions.data()[k], WithinAbs(expected.data()[k], 1e-9));
    for (std::size_t k = 0; k < K.size(); ++k) REQUIRE(K.data()[k] == before.data()[k]);
}

TEST_CASE("outputs of any size are refined, each by itself") {
    const auto K = well_conditioned<double>(40, 5);
    auto Y = normal<double>(40, 3, 6);
    // 1e-60 is zero in float, and so are the residuals of the third; the second has none.
    for (std::size_t i = 0; i < 40; ++i) Y(i, 1) = 0, Y(i, 2) *= 1e-60;
    const auto fit = regress(K, Y, ridge{1e-2}, refined{});
    CHECK(!fit.fell_back());
    const auto expected = reference_solution(K, fit.ridge(), Y);
    for (std::size_t i = 0; i < 40; ++i) {
        CHECK_THAT(fit.weights()(i, 0), WithinAbs(static_cast<double>(expected(i, 0)), 1e-12));
        CHECK(fit.weights()(i, 1) == 0);
        CHECK_THAT(1e60 * fit.weights()(i, 2), WithinAbs(1e60 * static_cast<double>(expected(i, 2)), 1e-12));
    }
}

TEST_CASE("the worse the condition, the more steps; too bad for float: double takes over") {
    const auto Y = normal<double>(80, 2, 7);
    int steps = 0;
    for (const double condition : {1e1, 1e4, 1e6}) {
        const auto fit = regress(of_condition(80, condition), Y, ridge{}, refined{});
        CHECK(!fit.fell_back());
        CHECK(fit.steps() >= steps);
        CHECK(fit.residual() < 9 * eps / 2);
        steps = fit.steps();
    }
    CHECK(steps > 2);
    const auto K = of_condition(80, 1e11);
    const auto fit = regress(K, Y, ridge{}, refined{});
    CHECK(fit.fell_back());
    CHECK(fit.residual() < 9 * eps / 2);
    const auto expected = regress(K, Y);
    for (std::size_t k = 0; k < Y.size(); ++k) REQUIRE(fit.weights().data()[k] == expected.weights().data()[k]);
}

TEST_CASE("steps that are not allowed are not taken") {
    const auto K = of_condition(60, 1e4);
    const auto Y = normal<double>(60, 1, 8);
    const auto hasty = regress(K, Y, ridge{}, refined{.steps = 0});
    CHECK(hasty.steps() == 0);
    CHECK(hasty.fell_back());
    CHECK(regress(K, Y, ridge{}, refined{}).steps() > 0);
}

TEST_CASE("what float cannot hold falls back") {
    auto K = well_conditioned<double>(12, 9);
    const auto Y = normal<double>(12, 1, 10);
    for (const double scale : {1e45, 1e-60}) {
        auto scaled = K.copy();
        for (std::size_t k = 0; k < K.size(); ++k) scaled.data()[k] *= scale;
        const auto fit = regress(scaled, Y, ridge{}, refined{});
        CHECK(fit.fell_back());
        CHECK(fit.steps() == 0);
        CHECK(fit.residual() < 4 * eps);
    }
}

TEST_CASE("one output: a vector is a column; nothing to learn from is legal") {
    const auto K = well_conditioned<double>(9, 5);
    const auto column = normal<double>(9, 1, 6);
    const std::vector<double> vector(column.data(), column.data() + 9);
    const auto one = regress(K, vector, ridge{0.1}, refined{}), other = regress(K, column, ridge{0.1}, refined{});
    for (std::size_t i = 0; i < 9; ++i) CHECK(one.weights()(i, 0) == other.weights()(i, 0));
    const auto none = regress(Matrix<double>(0, 0), Matrix<double>(0, 2), ridge{}, refined{});
    CHECK((none.weights().rows() == 0 && none.residual() == 0 && !none.fell_back()));
    CHECK(regress(K, Matrix<double>(9, 0), ridge{}, refined{}).weights().empty());
}

TEST_CASE("bad matrices get regress's errors, refined or not") {
    const std::vector<double> y(8, 1);
    const struct {
        double value;
        std::size_t row, column;
    } cases[] = {{std::nan(""), 4, 4}, {std::nan(""), 6, 2}, {INFINITY, 0, 0}, {-INFINITY, 7, 0}};
    for (const auto& bad : cases) {
        auto K = well_conditioned<double>(8, 14);
        K(bad.row, bad.column) = bad.value;
        const auto e = thrown_by<not_finite>([&] { (void)regress(K, y, ridge{1}, refined{}); });
        CHECK((e.row == bad.row && e.column == bad.column));
    }
    CHECK_THROWS_AS(regress(Matrix<double>(4, 5), std::vector<double>(4), ridge{}, refined{}), shape_mismatch);
    CHECK_THROWS_AS(regress(well_conditioned<double>(8, 1), std::vector<double>(7), ridge{}, refined{}), shape_mismatch);
    CHECK_THROWS_AS(regress(well_conditioned<double>(8, 1), y, ridge{-1}, refined{}), error);
}

TEST_CASE("singular and slightly indefinite: refined no further, refused, and the error's ridge cures it") {
    for (const double lowered : {0.0, 1e-3}) {
        auto X = normal<double>(50, 100, 21);
        for (std::size_t k = 0; k < X.cols(); ++k) X(49, k) = X(16, k);
        auto K = gram_of(X);
        K(49, 49) -= lowered;
        const auto Y = normal<double>(50, 2, 22);
        const auto e = thrown_by<not_positive_definite>([&] { (void)regress(K, Y, ridge{}, refined{}); });
        CHECK(e.pivot == 49);
        const auto fit = regress(K, Y, absolute_ridge{e.suggested_ridge}, refined{});
        CHECK(fit.residual() < 10 * eps);
    }
}
