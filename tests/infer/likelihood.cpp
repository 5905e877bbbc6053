#include <wide/infer/likelihood.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "reference.hpp"

using namespace wide;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {
template <class T>
constexpr T not_a_number = std::numeric_limits<T>::quiet_NaN();
template <class T>
constexpr double eps = static_cast<double>(std::numeric_limits<T>::epsilon());

/// The error that a call throws; a call that throws nothing, or another type, fails the test.
template <class Error, class Call>
Error thrown_by(Call call) {
    try {
        call();
    } catch (const Error& e) {
        return e;
    }
    FAIL("no error was thrown");
    throw error{"unreachable"};
}

bool says(const std::exception& e, const std::string& part) {
    INFO(e.what());
    const bool found = std::string{e.what()}.find(part) != std::string::npos;
    CHECK(found);
    return found;
}

template <class To, class From>
Matrix<To> cast(const Matrix<From>& A) {
    Matrix<To> B(A.rows(), A.cols());
    for (std::size_t k = 0; k < A.size(); ++k) B.data()[k] = static_cast<To>(A.data()[k]);
    return B;
}

template <class T>
double mean_diagonal(const Matrix<T>& K) {
    double trace = 0;
    for (std::size_t i = 0; i < K.rows(); ++i) trace += static_cast<double>(K(i, i));
    return trace / static_cast<double>(K.rows());
}

/// log det(K + lambda I) by Gauss elimination; a positive definite matrix needs no pivoting.
long double log_determinant(const Matrix<long double>& K, double lambda) {
    const std::size_t n = K.rows();
    Matrix<long double> W = K.copy();
    for (std::size_t i = 0; i < n; ++i) W(i, i) += lambda;
    long double sum = 0;
    for (std::size_t k = 0; k < n; ++k) {
        sum += std::log(W(k, k));
        for (std::size_t i = k + 1; i < n; ++i) {
            const long double factor = W(i, k) / W(k, k);
            for (std::size_t j = k; j < n; ++j) W(i, j) -= factor * W(k, j);
        }
    }
    return sum;
}

/// The definition, in long double; K is symmetric, both triangles given.
long double log_density(const Matrix<long double>& K, const Matrix<long double>& Y, double lambda) {
    const auto weights = reference_solution(K, lambda, Y);
    long double fit = 0;
    for (std::size_t k = 0; k < Y.size(); ++k) fit += Y.data()[k] * weights.data()[k];
    const auto n = static_cast<long double>(K.rows()), outputs = static_cast<long double>(Y.cols());
    return -fit / 2 - outputs / 2 * (log_determinant(K, lambda) + n * std::log(2 * std::numbers::pi_v<long double>));
}

/// d log p / d s at K + s D by a central difference; `rule` is asked for lambda on either side.
template <class R>
double difference(const Matrix<long double>& K, const Matrix<long double>& Y, const Matrix<long double>& D,
                  const R& rule) {
    const long double step = 1e-5L;
    const auto at = [&](long double s) {
        Matrix<long double> moved = K.copy();
        for (std::size_t k = 0; k < K.size(); ++k) moved.data()[k] += s * D.data()[k];
        return log_density(moved, Y, rule.on(mean_diagonal(moved)));
    };
    return static_cast<double>((at(step) - at(-step)) / (2 * step));
}

/// lambda grows with the square of the diagonal: a rule that the library does not know.
struct SquaredRidge {
    double value = 0;
    double on(double mean_diagonal) const { return value * mean_diagonal * mean_diagonal; }
};
double ridge_growth(const SquaredRidge& rule, double mean_diagonal) { return 2 * rule.value * mean_diagonal; }

struct OpaqueRidge {
    double value = 0;
    double on(double mean_diagonal) const { return value + mean_diagonal; }
};

template <class T>
bool same_bits(const Matrix<T>& A, const Matrix<T>& B) {
    if (A.rows() != B.rows() || A.cols() != B.cols()) return false;
    for (std::size_t k = 0; k < A.size(); ++k)
        if (A.data()[k] != B.data()[k]) return false;
    return true;
}

template <class T>
bool same(const Evidence<T>& a, const Evidence<T>& b) {
    return a.value == b.value && a.ridge == b.ridge && a.ridge_slope == b.ridge_slope &&
           same_bits(a.weights, b.weights);
}
}  // namespace

static_assert(DifferentiableRidge<ridge> && DifferentiableRidge<absolute_ridge> && DifferentiableRidge<SquaredRidge>);
static_assert(Ridge<OpaqueRidge> && !DifferentiableRidge<OpaqueRidge>);

TEST_CASE("one training row is a normal density") {
    Matrix<double> K(1, 1);
    K(0, 0) = 1.5;
    const auto evidence = marginal_likelihood(K, std::vector<double>{3}, absolute_ridge{0.5});
    CHECK(evidence.ridge == 0.5);
    CHECK_THAT(evidence.value, WithinRel(-9.0 / 4 - std::log(2.0) / 2 - std::log(2 * std::numbers::pi) / 2, 1e-15));
    CHECK_THAT(evidence.weights(0, 0), WithinRel((9.0 / 4 - 1.0 / 2) / 2, 1e-15));
    CHECK(evidence.ridge_slope == evidence.weights(0, 0));
}

TEMPLATE_TEST_CASE("value and weights agree with elimination in long double", "", float, double) {
    for (std::size_t n = 1; n <= 20; ++n)
        for (std::size_t outputs : {1u, 3u, 10u}) {
            const auto K = well_conditioned<TestType>(n, static_cast<unsigned>(n));
            const auto Y = normal<TestType>(n, outputs, 50);
            const auto evidence = marginal_likelihood(K, Y, absolute_ridge{0.125});
            const double expected =
                static_cast<double>(log_density(cast<long double>(K), cast<long double>(Y), 0.125));
            REQUIRE(evidence.ridge == 0.125);
            REQUIRE_THAT(evidence.value, WithinRel(expected, 20 * eps<TestType>));

            Matrix<TestType> identity(n, n);
            for (std::size_t i = 0; i < n; ++i) identity(i, i) = 1;
            const auto inverse = reference_solution(K, 0.125, identity), a = reference_solution(K, 0.125, Y);
            long double largest = 0, error = 0, trace = 0;
            for (std::size_t i = 0; i < n; ++i)
                for (std::size_t j = 0; j < n; ++j) {
                    long double W = -static_cast<long double>(outputs) * inverse(i, j);
                    for (std::size_t o = 0; o < outputs; ++o) W += a(i, o) * a(j, o);
                    W /= 2;
                    if (i == j) trace += W;
                    largest = std::max(largest, std::abs(W));
                    error = std::max(error, std::abs(W - evidence.weights(i, j)));
                    REQUIRE(evidence.weights(i, j) == evidence.weights(j, i));
                }
            REQUIRE(error <= 100 * eps<TestType> * largest);
            REQUIRE_THAT(evidence.ridge_slope,
                         WithinAbs(static_cast<double>(trace),
                                   100 * eps<TestType> * static_cast<double>(largest) * static_cast<double>(n)));
        }
}

TEMPLATE_TEST_CASE("the slope is a central difference, whatever the ridge", "", float, double) {
    const std::size_t n = 12;
    const auto K = well_conditioned<TestType>(n, 1);
    const auto long_K = cast<long double>(K);
    const auto compare = [&](const auto& rule) {
        for (std::size_t outputs : {1u, 4u}) {
            const auto Y = normal<TestType>(n, outputs, 2);
            const auto long_Y = cast<long double>(Y);
            const auto evidence = marginal_likelihood(K, Y, rule);
            CHECK_THAT(evidence.ridge, WithinRel(rule.on(mean_diagonal(K)), 1e-15));

            // An indefinite direction, a positive one, and the diagonal alone.
            auto noise = normal<TestType>(n, n, 3), identity = Matrix<TestType>(n, n);
            for (std::size_t i = 0; i < n; ++i) {
                for (std::size_t j = 0; j < i; ++j) noise(j, i) = noise(i, j);
                identity(i, i) = 1;
            }
            const auto gram = well_conditioned<TestType>(n, 4);
            for (const Matrix<TestType>* dK : {&std::as_const(noise), &std::as_const(identity), &gram}) {
                const double expected = difference(long_K, long_Y, cast<long double>(*dK), rule);
                CHECK_THAT(evidence.slope(*dK), WithinAbs(expected, 2e-7 + 1000 * eps<TestType>));
            }

            const auto unmoved = Matrix<TestType>(n, n);
            const double step = 1e-5;
            const auto at = [&](double lambda) { return log_density(long_K, long_Y, lambda); };
            const auto by_ridge =
                static_cast<double>(at(evidence.ridge + step) - at(evidence.ridge - step)) / (2 * step);
            CHECK_THAT(evidence.ridge_slope, WithinAbs(by_ridge, 2e-7 + 1000 * eps<TestType>));
            CHECK(evidence.slope(unmoved) == 0);
        }
    };
    compare(absolute_ridge{});
    compare(absolute_ridge{0.3});
    compare(ridge{});
    compare(ridge{0.3});
    compare(SquaredRidge{0.3});
}

TEMPLATE_TEST_CASE("the ridge times its slope is the slope by its logarithm, relative or not", "", float, double) {
    const auto K = well_conditioned<TestType>(10, 5), Y = normal<TestType>(10, 2, 6);
    const double step = 1e-4;
    const auto compare = [&](auto rule) {
        const auto at = [&](double log_factor) {
            return log_density(cast<long double>(K), cast<long double>(Y),
                               decltype(rule){rule.value * std::exp(log_factor)}.on(mean_diagonal(K)));
        };
        const auto evidence = marginal_likelihood(K, Y, rule);
        CHECK_THAT(evidence.ridge * evidence.ridge_slope,
                   WithinAbs(static_cast<double>(at(step) - at(-step)) / (2 * step), 1e-6 + 1000 * eps<TestType>));
    };
    compare(ridge{0.2});
    compare(absolute_ridge{0.2});
}

TEMPLATE_TEST_CASE("under a relative ridge, the slope along K itself is known", "", float, double) {
    // K -> s K turns the density's quadratic form into 1 / s of it and adds n log s to each log determinant.
    const std::size_t n = 400, outputs = 3;
    const auto K = gram_of(normal<TestType>(n, 600, 7));
    const auto Y = normal<TestType>(n, outputs, 8);
    const auto fit = regress(K, Y, ridge{0.01});
    double quadratic = 0;
    for (std::size_t k = 0; k < Y.size(); ++k)
        quadratic += static_cast<double>(Y.data()[k]) * static_cast<double>(fit.weights().data()[k]);
    const double expected = (quadratic - static_cast<double>(n * outputs)) / 2;
    CHECK_THAT(marginal_likelihood(K, Y, ridge{0.01}).slope(K), WithinRel(expected, 1000 * eps<TestType>));
}

TEMPLATE_TEST_CASE("outputs are independent: values and weights add", "", float, double) {
    const std::size_t n = 15;
    const auto K = well_conditioned<TestType>(n, 9), Y = normal<TestType>(n, 2, 10);
    const auto both = marginal_likelihood(K, Y, ridge{0.1});
    double value = 0;
    Matrix<TestType> weights(n, n);
    for (std::size_t o = 0; o < 2; ++o) {
        std::vector<TestType> y(n);
        for (std::size_t i = 0; i < n; ++i) y[i] = Y(i, o);
        const auto one = marginal_likelihood(K, y, ridge{0.1});
        value += one.value;
        for (std::size_t k = 0; k < weights.size(); ++k) weights.data()[k] += one.weights.data()[k];
    }
    CHECK_THAT(both.value, WithinRel(value, 10 * eps<TestType>));
    for (std::size_t k = 0; k < weights.size(); ++k)
        CHECK_THAT(static_cast<double>(both.weights.data()[k]),
                   WithinAbs(static_cast<double>(weights.data()[k]), 100 * eps<TestType>));
}

TEMPLATE_TEST_CASE("one output: a vector, a span and a column are the same, lvalue or rvalue", "", float, double) {
    auto K = well_conditioned<TestType>(9, 11);
    const auto column = normal<TestType>(9, 1, 12);
    const std::vector<TestType> vector(column.data(), column.data() + 9);
    const auto expected = marginal_likelihood(K, column, ridge{0.1});
    CHECK(same(expected, marginal_likelihood(K, vector, ridge{0.1})));
    CHECK(same(expected, marginal_likelihood(K, std::span<const TestType>{vector}, ridge{0.1})));
    CHECK(same(marginal_likelihood(K, column), marginal_likelihood(K, vector)));
    CHECK(same(expected, marginal_likelihood(K.copy(), column, ridge{0.1})));
    const TestType* const memory = K.data();
    const auto moved = marginal_likelihood(std::move(K), vector, ridge{0.1});
    CHECK(same(expected, moved));
    CHECK(moved.weights.data() == memory);
}

TEMPLATE_TEST_CASE("only lower triangles are read, and an lvalue stays as it is", "", float, double) {
    const std::size_t n = 300;
    auto K = gram_of(normal<TestType>(n, 400, 13)), dK = gram_of(normal<TestType>(n, 400, 14));
    const auto Y = normal<TestType>(n, 3, 15), whole = K.copy();
    const auto expected = marginal_likelihood(K, Y, ridge{1e-3});
    const double slope = expected.slope(dK);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = i + 1; j < n; ++j) K(i, j) = dK(i, j) = not_a_number<TestType>;
    const auto evidence = marginal_likelihood(K, Y, ridge{1e-3});
    CHECK(same(evidence, expected));
    CHECK(evidence.slope(dK) == slope);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j <= i; ++j) REQUIRE(K(i, j) == whole(i, j));
}

TEMPLATE_TEST_CASE("the evidence of nothing is one", "", float, double) {
    const auto nothing = marginal_likelihood(Matrix<TestType>(0, 0), std::vector<TestType>{}, ridge{0.1});
    CHECK(nothing.value == 0);
    CHECK(nothing.weights.empty());
    CHECK(nothing.ridge_slope == 0);
    CHECK(nothing.slope(Matrix<TestType>(0, 0)) == 0);
    const auto K = well_conditioned<TestType>(3, 16);
    const auto no_outputs = marginal_likelihood(K, Matrix<TestType>(3, 0));
    CHECK(no_outputs.value == 0);
    CHECK(no_outputs.slope(K) == 0);
}

TEMPLATE_TEST_CASE("a number that is not finite is named", "", float, double) {
    const auto K = well_conditioned<TestType>(8, 17);
    const std::vector<TestType> y(8, 1);
    auto bad_K = K.copy();
    bad_K(6, 2) = not_a_number<TestType>;
    const auto in_K = thrown_by<not_finite>([&] { (void)marginal_likelihood(bad_K, y); });
    CHECK(in_K.row == 6);
    CHECK(in_K.column == 2);
    CHECK(says(in_K, "marginal_likelihood: K holds nan at row 6, column 2: look at these two training rows"));
    CHECK_THROWS_AS(marginal_likelihood(std::move(bad_K), y), not_finite);

    Matrix<TestType> bad_y(8, 3);
    bad_y(3, 1) = std::numeric_limits<TestType>::infinity();
    const auto in_y = thrown_by<not_finite>([&] { (void)marginal_likelihood(K, bad_y); });
    CHECK(in_y.row == 3);
    CHECK(in_y.column == 1);
    CHECK(says(in_y, "marginal_likelihood: y holds inf at row 3, column 1: mend or leave out this training row"));

    Matrix<TestType> dK(8, 8);
    dK(5, 4) = -std::numeric_limits<TestType>::infinity();
    const auto in_dK = thrown_by<not_finite>([&] { (void)marginal_likelihood(K, y).slope(dK); });
    CHECK(in_dK.row == 5);
    CHECK(in_dK.column == 4);
    CHECK(says(in_dK, "slope: dK holds -inf at row 5, column 4: look at these two training rows"));
}

TEST_CASE("sizes that disagree are both named in a likelihood") {
    const auto K = well_conditioned<double>(4, 18);
    const std::vector<double> y(4);
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)marginal_likelihood(Matrix<double>(4, 5), y); }),
               "marginal_likelihood: K is 4 x 5, but has to be square: pass the Gram of the training rows"));
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)marginal_likelihood(K, std::vector<double>(3)); }),
               "marginal_likelihood: y has 3 rows, but K is 4 x 4: pass one row of y for each training row"));
    const auto evidence = marginal_likelihood(K, y);
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)evidence.slope(Matrix<double>(4, 3)); }),
               "slope: dK is 4 x 3, but K was 4 x 4: pass the derivative of each entry of K"));
    CHECK_THROWS_AS(evidence.slope(Matrix<double>(3, 3)), shape_mismatch);
}

TEMPLATE_TEST_CASE("equal rows without a ridge have no density: the error's ridge cures it", "", float, double) {
    auto X = normal<TestType>(10, 20, 19);
    for (std::size_t k = 0; k < X.cols(); ++k) X(9, k) = X(3, k);
    const auto K = gram_of(X), Y = normal<TestType>(10, 2, 20);
    const auto e = thrown_by<not_positive_definite>([&] { (void)marginal_likelihood(K, Y); });
    CHECK(e.pivot == 9);
    CHECK(says(e, "marginal_likelihood: K with a ridge of 0 is not positive definite: pivot 9 is "));
    CHECK(e.suggested_ridge > 0);
    CHECK(std::isfinite(marginal_likelihood(K, Y, absolute_ridge{e.suggested_ridge}).value));
}

TEST_CASE("a ridge that is negative or not finite is refused by a likelihood") {
    const auto K = well_conditioned<double>(4, 21);
    const std::vector<double> y(4);
    CHECK(says(thrown_by<error>([&] { (void)marginal_likelihood(K, y, ridge{-0.5}); }),
               "marginal_likelihood: a ridge of -0.5 is refused: pass a finite number, zero or more"));
    CHECK(says(thrown_by<error>([&] { (void)marginal_likelihood(K, y, absolute_ridge{not_a_number<double>}); }),
               "a ridge of nan"));
}

TEST_CASE("a likelihood that overflows is refused, not returned") {
    Matrix<float> small(1, 1);
    small(0, 0) = 1e-10f;
    CHECK(says(thrown_by<error>([&] { (void)marginal_likelihood(small, std::vector<float>{1e30f}); }), "overflows"));
    // The weights of regress are finite here, their squares are not.
    CHECK(says(thrown_by<error>([&] { (void)marginal_likelihood(small, std::vector<float>{1e15f}); }),
               "the value or its gradient overflows: scale y down, take a larger ridge, or compute in double"));
    Matrix<double> K(1, 1), dK(1, 1);
    K(0, 0) = 1, dK(0, 0) = 1e300;
    const auto evidence = marginal_likelihood(K, std::vector<double>{1e10});
    CHECK(says(thrown_by<error>([&] { (void)evidence.slope(dK); }), "slope: overflows: scale dK down"));
}
