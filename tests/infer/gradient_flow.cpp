#include <wide/infer/gradient_flow.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../spectrum.hpp"
#include "../thrown.hpp"
#include "reference.hpp"

using namespace wide;

namespace {

template <class T>
constexpr double eps = static_cast<double>(std::numeric_limits<T>::epsilon());

constexpr std::size_t n = 14, m = 5, outputs = 3;

template <class T>
struct Problem {
    Matrix<T> x = normal<T>(n, 3 * n, 1), K = gram_of(x), Kz = normal<T>(m, n, 2), y = normal<T>(n, outputs, 3);
    Matrix<T> f0 = normal<T>(n, outputs, 4), f0z = normal<T>(m, outputs, 5);

    double lambda(const absolute_ridge& rule) const { return rule.value; }
    double lambda(const ridge& rule) const {
        double trace = 0;
        for (std::size_t i = 0; i < n; ++i) trace += static_cast<double>(K(i, i));
        return rule.value * trace / n;
    }

    /// f0 + V (1 - left) V^T (y - f0), and its test rows.
    template <class Law, class Time, class Rule>
    void is_closed_form(const Law& law, Time time, const Rule& rule, double tolerance) const {
        const Spectrum spectrum = spectrum_of(K, lambda(rule));
        const auto at = [&](long double value) {
            return descent::decay(law, n * outputs, std::max(0.0, static_cast<double>(value)), time);
        };
        const Exact residual = sum(y, f0, -1);
        const Exact train =
            sum(f0, times(function_of(spectrum, [&](auto v) { return 1 - static_cast<long double>(at(v).left); }), residual));
        const Exact test =
            sum(f0z, times(Kz, times(function_of(spectrum, [&](auto v) { return at(v).learnt; }), residual)));
        const auto flow = gradient_flow(K, y, law, rule, f0);
        CHECK(apart(flow.train(time), train) < tolerance);
        CHECK(apart(flow.test(Kz, time, f0z), test) < tolerance);
    }
};

}  // namespace

TEMPLATE_TEST_CASE("flows and steps are the closed form in long double", "", float, double) {
    const Problem<TestType> problem;
    const double tolerance = 2000 * eps<TestType>;
    for (const double t : {0.0, 1e-6, 0.3, 7.0, 200.0}) {
        problem.is_closed_form(learning_rate{0.7}, t, ridge{}, tolerance);
        problem.is_closed_form(learning_rate{0.7}, t, ridge{0.1}, tolerance);
        problem.is_closed_form(heavy_ball{0.7, 0.5}, t, absolute_ridge{0.2}, tolerance);
        problem.is_closed_form(heavy_ball{0.7, 0.95}, t, ridge{}, tolerance);
    }
    for (const std::uint64_t k : {0u, 1u, 5u, 400u}) {
        problem.is_closed_form(learning_rate{0.7}, steps{k}, ridge{1e-3}, tolerance);
        problem.is_closed_form(heavy_ball{0.7, 0.9}, steps{k}, ridge{}, tolerance);
    }
}

TEST_CASE("steps are those of gradient descent itself, on the outputs, one after the other") {
    const Problem<double> problem;
    const double rate = 1.5, momentum = 0.8;
    Exact f = sum(problem.f0, problem.f0, 0), fz = sum(problem.f0z, problem.f0z, 0), v(n, outputs);
    const auto flow = gradient_flow(problem.K, problem.y, heavy_ball{rate, momentum}, ridge{}, problem.f0);
    for (std::uint64_t k = 1; k <= 30; ++k) {
        for (std::size_t i = 0; i < v.size(); ++i)
            v.data()[i] = momentum * v.data()[i] + (f.data()[i] - problem.y.data()[i]) / (n * outputs);
        f = sum(f, times(problem.K, v), -rate);
        fz = sum(fz, times(problem.Kz, v), -rate);
        CHECK(apart(flow.train(steps{k}), f) < 1e-13);
        CHECK(apart(flow.test(problem.Kz, steps{k}, problem.f0z), fz) < 1e-12);
    }
}

TEMPLATE_TEST_CASE("at the end the training rows are y, and the test rows what regression says", "", float, double) {
    const Problem<TestType> problem;
    const auto& [x, K, Kz, y, f0, f0z] = problem;
    const auto flow = gradient_flow(K, y, learning_rate{1}, ridge{0.05}, f0);
    CHECK(apart(flow.train(forever), sum(y, y, 0)) == 0);
    Matrix<TestType> residual = y.copy();
    for (std::size_t k = 0; k < y.size(); ++k) residual.data()[k] -= f0.data()[k];
    const Exact expected = sum(f0z, times(Kz, reference_solution(K, flow.ridge(), residual)));
    CHECK(apart(flow.test(Kz, forever, f0z), expected) < 200 * eps<TestType>);
    CHECK(apart(flow.test(Kz, 1e9, f0z), expected) < 2000 * eps<TestType>);
    CHECK(flow.fit(forever).ridge() == flow.ridge());
}

TEST_CASE("at the beginning nothing has moved, to the last bit") {
    const Problem<double> problem;
    const auto flow = gradient_flow(problem.K, problem.y, heavy_ball{1, 0.9}, ridge{}, problem.f0);
    CHECK(apart(flow.train(0.0), sum(problem.f0, problem.f0, 0)) == 0);
    CHECK(apart(flow.test(problem.Kz, steps{0}, problem.f0z), sum(problem.f0z, problem.f0z, 0)) == 0);
}

TEST_CASE("where nothing is given, outputs begin at zero; one output may be a vector") {
    const Problem<double> problem;
    const Matrix<double> zero(n, outputs), zero_test(m, outputs);
    const auto silent = gradient_flow(problem.K, problem.y, learning_rate{1}), said = gradient_flow(problem.K, problem.y, learning_rate{1}, ridge{}, zero);
    CHECK(apart(silent.train(3.0), sum(said.train(3.0), zero)) == 0);
    CHECK(apart(silent.test(problem.Kz, 3.0), sum(said.test(problem.Kz, 3.0, zero_test), zero_test)) == 0);
    std::vector<double> column(n);
    Matrix<double> as_matrix(n, 1);
    for (std::size_t i = 0; i < n; ++i) column[i] = as_matrix(i, 0) = problem.y(i, 1);
    CHECK(apart(gradient_flow(problem.K, column, learning_rate{1}).train(2.0),
                sum(gradient_flow(problem.K, as_matrix, learning_rate{1}).train(2.0), as_matrix, 0)) == 0);
}

TEST_CASE("eigenvalues that are zero, or below it by rounding, learn nothing on the training rows and stay finite") {
    // Two equal rows: along their difference nothing moves, and a flow has no trouble with that; its end has.
    Matrix<double> x = normal<double>(8, 12, 9);
    for (std::size_t k = 0; k < 12; ++k) x(5, k) = x(2, k);
    const auto K = gram_of(x), y = normal<double>(8, 2, 10);
    const auto flow = gradient_flow(K, y, learning_rate{1});
    CHECK(flow.eigenvalues().back() < 1e-15);
    CHECK(flow.eigenvalues().back() >= 0);
    const auto f = flow.train(1e6);
    for (std::size_t o = 0; o < 2; ++o) {
        CHECK_THAT(f(5, o), Catch::Matchers::WithinAbs(f(2, o), 1e-8));
        CHECK_THAT(f(5, o), Catch::Matchers::WithinAbs((y(5, o) + y(2, o)) / 2, 1e-6));
    }
    const auto caught = thrown_by<not_positive_definite>([&] { (void)flow.test(K, forever); });
    CHECK(caught.pivot == 5);
    CHECK(caught.suggested_ridge > 0);
    CHECK(says(caught, "pass absolute_ridge{"));
    CHECK_NOTHROW(gradient_flow(K, y, learning_rate{1}, absolute_ridge{caught.suggested_ridge}).test(K, forever));
}

TEST_CASE("only the lower triangle of K is read, and K stays as it is") {
    Problem<double> problem;
    const auto expected = gradient_flow(problem.K, problem.y, learning_rate{1}).test(problem.Kz, 3.0);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = i + 1; j < n; ++j) problem.K(i, j) = std::numeric_limits<double>::quiet_NaN();
    const Matrix<double> before = problem.K.copy();
    const auto flow = gradient_flow(problem.K, problem.y, learning_rate{1});
    CHECK(apart(flow.test(problem.Kz, 3.0), sum(expected, expected, 0)) == 0);
    CHECK_NOTHROW(flow.test(problem.Kz, forever));
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j <= i; ++j) CHECK(before(i, j) == problem.K(i, j));
}

TEST_CASE("steps that are too long say so when they have grown beyond all numbers") {
    const Problem<double> problem;
    const auto flow = gradient_flow(problem.K, problem.y, learning_rate{1e4});
    CHECK(flow.train(steps{2}).rows() == n);
    const auto caught = thrown_by<diverged>([&] { (void)flow.train(steps{100'000}); });
    CHECK((caught.step == 100'000 && says(caught, "below max_learning_rate")));
    CHECK_THROWS_AS(flow.test(problem.Kz, steps{100'000}), diverged);
}

TEST_CASE("bad input is refused with a sentence, before anything is computed") {
    Problem<double> problem;
    const auto& [x, K, Kz, y, f0, f0z] = problem;
    const learning_rate rate{1};
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)gradient_flow(Kz, y, rate); }), "gradient_flow: K is 5 x 14"));
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)gradient_flow(K, f0z, rate); }), "y has 5 rows"));
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)gradient_flow(K, y, rate, ridge{}, f0z); }), "f0 is 5 x 3, but y is 14 x 3"));
    CHECK_THROWS_AS(gradient_flow(K, y, learning_rate{-1}), error);
    CHECK_THROWS_AS(gradient_flow(K, y, heavy_ball{1, 1}), error);
    CHECK_THROWS_AS(gradient_flow(K, y, rate, ridge{-1}), error);
    const auto memory = thrown_by<insufficient_memory>([&] { (void)gradient_flow(K, y, rate, ridge{}, {}, 1000); });
    CHECK((memory.needed == 4 * n * n * sizeof(double) && memory.budget == 1000));

    const auto flow = gradient_flow(K, y, rate, ridge{}, f0);
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)flow.test(Kz, 1.0); }), "pass their outputs at time 0"));
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)flow.test(Kz, 1.0, f0); }), "f0z is 14 x 3, but has to be 5 x 3"));
    CHECK_THROWS_AS(flow.test(f0z, 1.0, f0z), shape_mismatch);
    CHECK_THROWS_AS(flow.train(-1.0), error);
    CHECK_THROWS_AS(flow.train(std::numeric_limits<double>::quiet_NaN()), error);

    const double nan = std::numeric_limits<double>::quiet_NaN();
    const auto refused = [&](Matrix<double> bad_K, Matrix<double> bad_y, Matrix<double> bad_f0) {
        return thrown_by<not_finite>([&] { (void)gradient_flow(bad_K, bad_y, rate, ridge{}, bad_f0); });
    };
    for (const double bad : {nan, forever, -forever}) {
        Matrix<double> on = K.copy(), off = K.copy(), label = y.copy(), origin = f0.copy(), cross = Kz.copy(), start = f0z.copy();
        on(3, 3) = off(7, 2) = label(4, 1) = origin(6, 2) = cross(2, 9) = start(1, 0) = bad;
        const auto a = refused(on.copy(), y.copy(), f0.copy()), b = refused(off.copy(), y.copy(), f0.copy());
        const auto c = refused(K.copy(), label.copy(), f0.copy()), d = refused(K.copy(), y.copy(), origin.copy());
        CHECK((a.row == 3 && a.column == 3 && b.row == 7 && b.column == 2));
        CHECK((c.row == 4 && c.column == 1 && d.row == 6 && d.column == 2));
        const auto e = thrown_by<not_finite>([&] { (void)flow.test(cross, 1.0, f0z); });
        const auto f = thrown_by<not_finite>([&] { (void)flow.test(Kz, 1.0, start); });
        CHECK((e.row == 2 && e.column == 9 && f.row == 1 && f.column == 0));
    }
}

TEST_CASE("what is never learnt is not said to be, and an indefinite matrix is no kernel") {
    Matrix<double> twins(3, 3), minus(3, 3), y(3, 1);
    const double rows[] = {2, 2, 0.2, 2, 2, 0.2, 0.2, 0.2, 1}, labels[] = {1, -1, 2};
    std::copy_n(rows, 9, twins.data());
    std::copy_n(labels, 3, y.data());
    for (std::size_t i = 0; i < 3; ++i) minus(i, i) = -1;
    const auto flow = gradient_flow(twins, y, learning_rate{1});
    CHECK(std::abs(flow.train(1e12)(0, 0)) < 1e-3);
    CHECK_THROWS_AS(flow.train(forever), not_positive_definite);
    CHECK(flow.decay_of(0, forever).learnt == 1 / flow.eigenvalues()[0]);
    CHECK(flow.decay_of(0, forever).left == 0);
    CHECK_THROWS_AS(flow.decay_of(3, 1.0), shape_mismatch);
    const auto caught = thrown_by<not_positive_definite>([&] { (void)gradient_flow(minus, y, learning_rate{1}); });
    CHECK(says(caught, "has the eigenvalue -1"));
    CHECK_NOTHROW(gradient_flow(minus, y, learning_rate{1}, absolute_ridge{caught.suggested_ridge}).train(forever));
}

TEST_CASE("nothing to train on, or for, is no failure") {
    const Matrix<double> none(0, 0);
    CHECK(gradient_flow(none, Matrix<double>(0, 2), learning_rate{1}).train(1.0).cols() == 2);
    const auto flow = gradient_flow(none, Matrix<double>(0, 2), learning_rate{1});
    CHECK(flow.test(Matrix<double>(3, 0), 1.0).rows() == 3);
    const auto begun = gradient_flow(well_conditioned<double>(3, 1), Matrix<double>(3, 1), learning_rate{1}, ridge{}, Matrix<double>(3, 1));
    CHECK(begun.test(Matrix<double>(0, 3), 1.0, Matrix<double>(0, 1)).rows() == 0);
    CHECK(gradient_flow(well_conditioned<double>(3, 1), Matrix<double>(3, 0), learning_rate{1}).train(1.0).rows() == 3);
}
