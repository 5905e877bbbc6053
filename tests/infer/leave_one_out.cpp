#include <wide/infer/leave_one_out.hpp>

#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "../catch.hpp"
#include "../thrown.hpp"
#include "reference.hpp"

using namespace wide;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

/// A matrix without its row (and, if square, its column) `out`.
template <class T>
Matrix<T> without(const Matrix<T>& M, std::size_t out, bool square) {
    Matrix<T> left(M.rows() - 1, M.cols() - square);
    for (std::size_t i = 0; i < left.rows(); ++i)
        for (std::size_t j = 0; j < left.cols(); ++j) left(i, j) = M(i + (i >= out), j + (square && j >= out));
    return left;
}

}  // namespace

TEMPLATE_TEST_CASE("every row is predicted as a fit without it predicts", "", float, double) {
    const double tolerance = 5000 * static_cast<double>(std::numeric_limits<TestType>::epsilon());
    for (const std::size_t n : {2u, 3u, 12u})
        for (const std::size_t outputs : {1u, 3u}) {
            const auto K = well_conditioned<TestType>(n, 3);
            const auto Y = normal<TestType>(n, outputs, 4);
            const double lambda = 0.25;
            const auto out = leave_one_out(K, Y, absolute_ridge{lambda});
            CHECK(out.ridge == lambda);
            double squares = 0;
            for (std::size_t i = 0; i < n; ++i) {
                const auto W = reference_solution(without(K, i, true), lambda, without(Y, i, false));
                Matrix<TestType> to_others(n - 1, 1);
                for (std::size_t j = 0; j + 1 < n; ++j) to_others(j, 0) = K(i, j + (j >= i));
                const auto V = reference_solution(without(K, i, true), lambda, to_others);
                long double variance = static_cast<long double>(K(i, i)) + lambda;
                for (std::size_t j = 0; j + 1 < n; ++j) variance -= V(j, 0) * to_others(j, 0);
                CHECK_THAT(out.variances[i], WithinAbs(static_cast<double>(variance), tolerance));
                for (std::size_t o = 0; o < outputs; ++o) {
                    long double prediction = 0;
                    for (std::size_t j = 0; j + 1 < n; ++j) prediction += to_others(j, 0) * W(j, o);
                    CHECK_THAT(static_cast<double>(out.predictions(i, o)), WithinAbs(static_cast<double>(prediction), tolerance));
                    const double apart = static_cast<double>(Y(i, o)) - static_cast<double>(prediction);
                    CHECK_THAT(static_cast<double>(out.errors(i, o)), WithinAbs(apart, tolerance));
                    squares += apart * apart;
                }
            }
            CHECK_THAT(out.mean_squared_error(), WithinAbs(squares / static_cast<double>(n * outputs), tolerance));
        }
}

TEST_CASE("n = 600, one row left out in earnest") {
    const auto K = gram_of(normal<double>(600, 700, 8));
    const auto Y = normal<double>(600, 1, 9);
    const auto out = leave_one_out(K, Y, absolute_ridge{0.01});
    for (const std::size_t i : {0u, 311u, 599u}) {
        const auto fit = regress(without(K, i, true), without(Y, i, false), absolute_ridge{0.01});
        double prediction = 0;
        for (std::size_t j = 0; j < 599; ++j) prediction += fit.weights()(j, 0) * K(i, j + (j >= i));
        CHECK_THAT(out.predictions(i, 0), WithinAbs(prediction, 1e-9));
    }
}

TEST_CASE("a single row knows of no other: the prior's mean and variance") {
    Matrix<double> K(1, 1);
    K(0, 0) = 4;
    const auto out = leave_one_out(K, std::vector<double>{6}, ridge{0.25});
    CHECK(out.predictions(0, 0) == 0);
    CHECK(out.errors(0, 0) == 6);
    CHECK_THAT(out.variances[0], WithinRel(5.0, 1e-15));
}

TEST_CASE("lvalues stay as they are, rvalues are used up, the upper triangle is not read") {
    auto K = well_conditioned<double>(30, 5);
    const auto Y = normal<double>(30, 2, 6);
    const auto expected = leave_one_out(K, Y, ridge{1e-2});
    for (std::size_t i = 0; i < 30; ++i)
        for (std::size_t j = i + 1; j < 30; ++j) K(i, j) = std::nan("");
    const auto same = leave_one_out(K, Y, ridge{1e-2});
    const auto consumed = leave_one_out(std::move(K), Y, ridge{1e-2});
    CHECK(K.empty());
    for (std::size_t k = 0; k < Y.size(); ++k) {
        CHECK(same.predictions.data()[k] == expected.predictions.data()[k]);
        CHECK(consumed.predictions.data()[k] == expected.predictions.data()[k]);
    }
    CHECK(leave_one_out(Matrix<double>(0, 0), Matrix<double>(0, 3)).mean_squared_error() == 0);
    CHECK(leave_one_out(well_conditioned<float>(3, 1), Matrix<float>(3, 0)).variances.size() == 3);
}

TEMPLATE_TEST_CASE("bad matrices have no leave-one-out errors, and are refused by name", "", float, double) {
    const std::vector<TestType> y(8, 1);
    const TestType nan = std::numeric_limits<TestType>::quiet_NaN(), inf = std::numeric_limits<TestType>::infinity();
    const struct {
        TestType value;
        std::size_t row, column;
    } cases[] = {{nan, 4, 4}, {nan, 6, 2}, {inf, 0, 0}, {-inf, 7, 0}};
    for (const auto& bad : cases) {
        auto K = well_conditioned<TestType>(8, 14);
        K(bad.row, bad.column) = bad.value;
        const auto e = thrown_by<not_finite>([&] { (void)leave_one_out(K, y, ridge{1}); });
        CHECK((e.row == bad.row && e.column == bad.column && says(e, "leave_one_out: K holds ")));
    }
    const auto K = well_conditioned<TestType>(8, 14);
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)leave_one_out(K, Matrix<TestType>(7, 1)); }), "leave_one_out: y has 7 rows"));
    CHECK(says(thrown_by<error>([&] { (void)leave_one_out(K, y, ridge{-1}); }), "leave_one_out: a ridge of -1"));
}

TEMPLATE_TEST_CASE("singular and slightly indefinite: refused, and the error's ridge cures it", "", float, double) {
    for (const double lowered : {0.0, 1e-3}) {
        auto X = normal<TestType>(40, 80, 21);
        for (std::size_t k = 0; k < X.cols(); ++k) X(39, k) = X(13, k);
        auto K = gram_of(X);
        K(39, 39) -= static_cast<TestType>(lowered);
        const auto Y = normal<TestType>(40, 1, 22);
        const auto e = thrown_by<not_positive_definite>([&] { (void)leave_one_out(K, Y); });
        CHECK((e.pivot == 39 && says(e, "leave_one_out: K with a ridge of 0 is not positive definite")));
        const auto out = leave_one_out(K, Y, absolute_ridge{e.suggested_ridge});
        for (std::size_t i = 0; i < 40; ++i) CHECK(std::isfinite(out.errors(i, 0)));
    }
}

TEST_CASE("what overflows is refused, not returned") {
    Matrix<float> K(2, 2);
    K(0, 0) = K(1, 1) = 1, K(1, 0) = 0.999f;
    CHECK(says(thrown_by<error>([&] { (void)leave_one_out(K, std::vector<float>{3e38f, -3e38f}); }),
               "leave_one_out: the prediction of row"));
}
