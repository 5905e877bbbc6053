#pragma once
// What a nonlinearity promises (dsl/grammar/nonlinearity.hpp), as tests for any word:
//
//     TEST_CASE("Relu keeps its promises") { check_nonlinearity<Relu>(); }
//
// It may have a kink at 0, nowhere else.
#include <cmath>
#include <cstddef>
#include <limits>

#include <wide/dsl.hpp>
#include <wide/kernel/gram.hpp>
#include <wide/simd/block.hpp>
#include <wide/simd/scalar.hpp>

#include "../catch.hpp"
#include "../eigenvalues.hpp"
#include "../random_rows.hpp"
#include "quadrature.hpp"

namespace contract {

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using wide::Block;
using wide::Dual;
using wide::Scalar;

inline constexpr double variances[] = {1e-3, 0.5, 1, 4, 10};

/// Signed deficits: |t| = 1 - |rho|, the sign of t is that of rho.
inline constexpr double deficits[] = {1e-9,  1e-6,  1e-3,  0.1,  0.3,  0.6,  0.95,  1,
                                      -1e-9, -1e-6, -1e-3, -0.1, -0.3, -0.6, -0.95, -1};

template <class W>
double value(double x) {
    return W::value(Scalar<double>(x)).value;
}
template <class W>
double slope(double x) {
    return W::slope(Scalar<double>(x)).value;
}

/// A sample as a pair sees it: its variance before and after the nonlinearity, and its hoisted numbers.
template <class W, class T>
struct Sample {
    Scalar<T> numbers[W::hoisted + 1]{};
    T before, after;
    constexpr explicit Sample(double q) : before{static_cast<T>(q)} {
        Scalar<double> in_double[W::hoisted + 1]{};
        after = static_cast<T>(W::variance(Scalar<double>(q), in_double).value);
        for (int k = 0; k < W::hoisted; ++k) numbers[k] = Scalar<T>(static_cast<T>(in_double[k].value));
    }
};

template <class W, bool nonnegative, class T>
constexpr Dual<Scalar<T>> dual(T t, const Sample<W, T>& one, const Sample<W, T>& two) {
    return W::template dual<nonnegative>(Scalar<T>(t), one.numbers, two.numbers);
}

inline constexpr double correlation_of(double t) { return wide::correlation<false>(Scalar<double>(t)).value; }

template <class W>
void slope_is_the_derivative_of_value() {
    const double step = 1e-5;
    for (const double size : {0.01, 0.2, 0.7, 1.0, 1.9, 3.1})
        for (const double x : {-size, size}) {
            INFO("x = " << x);
            const double quotient = (value<W>(x + step) - value<W>(x - step)) / (2 * step);
            CHECK_THAT(slope<W>(x), WithinAbs(quotient, 1e-8));
        }
}

template <class W>
void variance_is_the_expected_square() {
    for (const double q : variances) {
        INFO("q = " << q);
        const double s = std::sqrt(q);
        const double expected = quadrature::expectation([&](double g) { return value<W>(s * g) * value<W>(s * g); });
        CHECK_THAT((Sample<W, double>(q).after), WithinRel(expected, 1e-12));
    }
}

/// The dual's correlation and slope factor, by quadrature.
template <class W>
Dual<double> expected_dual(double t, double q1, double q2) {
    const double s1 = std::sqrt(q1), s2 = std::sqrt(q2);
    const double small = 2 * std::asin(std::sqrt(std::abs(t) / 2));
    const double angle = t < 0 ? quadrature::pi - small : small;
    const double scale = std::sqrt(Sample<W, double>(q1).after) * std::sqrt(Sample<W, double>(q2).after);
    const double product =
        quadrature::expectation(angle, [&](double x, double z) { return value<W>(s1 * x) * value<W>(s2 * z); });
    const double slopes =
        quadrature::expectation(angle, [&](double x, double z) { return slope<W>(s1 * x) * slope<W>(s2 * z); });
    return {product / scale, slopes * s1 * s2 / scale};
}

template <class W>
void check_dual(double t, double q1, double q2) {
    INFO("deficit " << t << ", variances " << q1 << " and " << q2);
    const Dual<double> expected = expected_dual<W>(t, q1, q2);
    const auto got = dual<W, false>(t, Sample<W, double>(q1), Sample<W, double>(q2));
    CHECK_THAT(correlation_of(got.deficit.value), WithinAbs(expected.deficit, 1e-11));
    CHECK_THAT(got.slope.value, WithinAbs(expected.slope, 1e-11 * (1 + std::abs(expected.slope))));
}

template <class W>
void dual_is_the_expected_product() {
    for (const double t : deficits)
        for (const double q1 : variances)
            for (const double q2 : variances)
                if (q1 <= q2) check_dual<W>(t, q1, q2);
}

/// A sample with itself and with its opposite: in the second case the deficit is never zero.
template <class W, class T>
void the_ends_are_kept() {
    const T rounding = 8 * std::numeric_limits<T>::epsilon();
    const double tolerance = static_cast<double>(rounding) + 1e-11;  // the quadrature's own
    for (const double q : variances) {
        INFO("q = " << q);
        const Sample<W, T> same(q);
        const Dual<double> parallel = expected_dual<W>(0, q, q), reversed = expected_dual<W>(-1e-300, q, q);
        const auto at_one = dual<W, false>(T(0), same, same);
        const auto at_minus_one = dual<W, false>(-wide::smallest_gap<T>, same, same);
        CHECK(std::abs(at_one.deficit.value) <= rounding);
        CHECK_THAT(static_cast<double>(at_one.slope.value), WithinRel(parallel.slope, tolerance));
        CHECK_THAT(correlation_of(static_cast<double>(at_minus_one.deficit.value)),
                   WithinAbs(reversed.deficit, tolerance));
        CHECK_THAT(static_cast<double>(at_minus_one.slope.value),
                   WithinAbs(reversed.slope, tolerance * (1 + std::abs(reversed.slope))));
        CHECK(correlation_of(static_cast<double>(at_minus_one.deficit.value)) >= -1);
    }
}

template <class W, class T>
void half_range_is_full_range() {
    const T rounding = 4 * std::numeric_limits<T>::epsilon();
    for (const double t : deficits)
        for (const double q1 : variances)
            for (const double q2 : variances) {
                if (t < 0) continue;
                INFO("deficit " << t << ", variances " << q1 << " and " << q2);
                const Sample<W, T> one(q1), two(q2);
                const auto half = dual<W, true>(static_cast<T>(t), one, two);
                const auto full = dual<W, false>(static_cast<T>(t), one, two);
                CHECK_THAT(half.deficit.value, WithinAbs(full.deficit.value, rounding));
                CHECK_THAT(half.slope.value,
                           WithinAbs(full.slope.value, rounding * (1 + std::abs(full.slope.value))));
            }
}

/// No correlation falls below the bound that decides where the half-range form may be used.
template <class W>
void lowest_correlation_is_a_lower_bound() {
    for (const double lowest : {-1.0, -0.7, -0.05, 0.0, 0.4})
        for (const double t : deficits)
            for (const double q : variances) {
                if (correlation_of(t) < lowest) continue;
                INFO("rho " << correlation_of(t) << " >= " << lowest << ", q = " << q);
                const Sample<W, double> one(1), two(q);
                CHECK(correlation_of(dual<W, false>(t, one, two).deficit.value) >=
                      W::lowest_correlation(lowest) - 1e-15);
            }
}

/// Different samples and deficits in every lane.
template <class W, class T>
void lanes_are_scalars() {
    constexpr int lanes = wide::lanes<T>, all = 4 * lanes, numbers = W::hoisted + 1;
    constexpr T rounding = 8 * std::numeric_limits<T>::epsilon();
    constexpr T elementary = 100 * std::numeric_limits<T>::epsilon();  // xsimd's erf is up to 68 units off in double
    alignas(64) T t[all], q[all], left[numbers][all], right[numbers][all], points[all];
    alignas(64) T deficit[all], slope[all], half_deficit[all], half_slope[all], at[all], rise[all];
    for (int i = 0; i < all; ++i) {
        t[i] = static_cast<T>(deficits[i % 16]);
        q[i] = static_cast<T>(variances[i * 7 % 5]);
        points[i] = static_cast<T>(0.37 * (i % 15 - 7));
        const Sample<W, T> one(static_cast<double>(q[i])), two(variances[i * 3 % 5]);
        for (int k = 0; k < W::hoisted; ++k) left[k][i] = one.numbers[k].value, right[k][i] = two.numbers[k].value;
    }
    using L = Block<T, 4>;
    L of_left[numbers], of_right[numbers];
    for (int k = 0; k < W::hoisted; ++k) of_left[k] = L::load(left[k]), of_right[k] = L::load(right[k]);
    const Dual<L> full = W::template dual<false>(L::load(t), of_left, of_right);
    const Dual<L> half = W::template dual<true>(abs(L::load(t)), of_left, of_right);
    full.deficit.store(deficit), full.slope.store(slope);
    half.deficit.store(half_deficit), half.slope.store(half_slope);
    W::value(L::load(points)).store(at);
    W::slope(L::load(points)).store(rise);
    for (int i = 0; i < all; ++i) {
        INFO("lane " << i << ", deficit " << t[i] << ", variances " << q[i] << " and " << variances[i * 3 % 5]);
        const Sample<W, T> one(static_cast<double>(q[i])), two(variances[i * 3 % 5]);
        const auto expected = dual<W, false>(t[i], one, two), expected_half = dual<W, true>(std::abs(t[i]), one, two);
        CHECK_THAT(deficit[i], WithinAbs(expected.deficit.value, rounding));
        CHECK_THAT(slope[i], WithinRel(expected.slope.value, rounding));
        CHECK_THAT(half_deficit[i], WithinAbs(expected_half.deficit.value, rounding));
        CHECK_THAT(half_slope[i], WithinRel(expected_half.slope.value, rounding));
        CHECK_THAT(at[i], WithinAbs(W::value(Scalar<T>(points[i])).value, elementary));
        CHECK_THAT(rise[i], WithinAbs(W::slope(Scalar<T>(points[i])).value, elementary));
    }
}

/// deficit and slope on a grid, as a value: once computed by the compiler, once at run time.
struct Table {
    double deficit[16][5]{}, slope[16][5]{}, after[5]{};
};

template <class W>
constexpr Table tabulated(double smallest) {
    Table table;
    for (int j = 0; j < 5; ++j) {
        const Sample<W, double> one(smallest * 1000), two(variances[j]);
        table.after[j] = two.after;
        for (int i = 0; i < 16; ++i) {
            const auto both = dual<W, false>(deficits[i], one, two);
            table.deficit[i][j] = both.deficit.value;
            table.slope[i][j] = both.slope.value;
        }
    }
    return table;
}

/// The compiler never fuses a multiplication with an addition, the machine may: a few units in the last place of 1.
template <class W>
void constant_evaluation_is_run_time() {
    static constexpr Table constant = tabulated<W>(1e-3);
    volatile double not_constant = 1e-3;
    const Table now = tabulated<W>(not_constant);
    for (int j = 0; j < 5; ++j) {
        CHECK_THAT(now.after[j], WithinRel(constant.after[j], 1e-15));
        for (int i = 0; i < 16; ++i) {
            INFO("deficit " << deficits[i] << ", variance " << variances[j]);
            CHECK_THAT(now.deficit[i][j], WithinAbs(constant.deficit[i][j], 2e-15));
            CHECK_THAT(now.slope[i][j], WithinAbs(constant.slope[i][j], 2e-15));
        }
    }
}

template <class W, class T>
void grams_are_positive_semidefinite() {
    struct Net : wide::Serial<wide::Dense<8>, W, wide::Dense<8, wide::Bias<0.3>>, W, wide::Dense<1>> {};
    const auto x = random_rows<T>(40, 3, 7);
    const auto G = wide::gram<Net>(wide::rows<wide::Vector<3>>(x));
    for (const auto* K : {&G.nngp, &G.ntk}) {
        double trace = 0;
        for (std::size_t i = 0; i < K->rows(); ++i) trace += static_cast<double>((*K)(i, i));
        CHECK(trace > 0);
        CHECK(smallest_eigenvalue(*K) >= -40 * static_cast<double>(std::numeric_limits<T>::epsilon()) * trace);
    }
}

}  // namespace contract

template <class W>
void check_nonlinearity() {
    static_assert(wide::Nonlinearity<W>);
    contract::slope_is_the_derivative_of_value<W>();
    contract::variance_is_the_expected_square<W>();
    contract::dual_is_the_expected_product<W>();
    contract::the_ends_are_kept<W, float>();
    contract::the_ends_are_kept<W, double>();
    contract::half_range_is_full_range<W, float>();
    contract::half_range_is_full_range<W, double>();
    contract::lowest_correlation_is_a_lower_bound<W>();
    contract::lanes_are_scalars<W, float>();
    contract::lanes_are_scalars<W, double>();
    contract::constant_evaluation_is_run_time<W>();
    contract::grams_are_positive_semidefinite<W, float>();
    contract::grams_are_positive_semidefinite<W, double>();
}
