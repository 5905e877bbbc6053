#pragma once
// The two functions behind every dual of the ReLU family, without acos and without cancellation. For w in [0, 1]:
//
//     arccos(1 - w)                          = sqrt(w) P(w)
//     sqrt(w (2-w)) - (1-w) arccos(1 - w)    = w sqrt(w) R(w)
//
// (Cho & Saul 2009 for the kernels.) P and R are minimax polynomials of degree 19 and 18 on [0, 1], relative error
// 2.5e-18. Where less is asked, in float or on [0, 1 - lowest], they are economised (Lanczos 1938): written in
// Chebyshev polynomials of that interval, and cut off where what is left falls below a quarter of a rounding error.
// Both functions have their singularity at w = 2, so a degree gains a factor of 5.8 on [0, 1] and of 18 on [0, 0.4].
//
//     constexpr auto& p = Arccosine<float, 0.45>::p;       // 6 coefficients for correlations >= 0.45; on [0, 1] 8
#include <cstddef>

#include <wide/dsl/grammar/lane.hpp>

namespace wide {

inline constexpr double pi = 3.14159265358979323846;

template <class T, int terms>
struct Coefficients {
    T coefficient[terms];

    /// c[0] + c[1] x + ..., fused multiply-adds only. Long polynomials go in two chains of x^2, for their latency.
    template <Lane L>
    [[gnu::always_inline]] constexpr L operator()(L x) const {
        if constexpr (terms > 10) {
            const L square = x * x;
            return fma(horner<1>(square), x, horner<0>(square));
        } else {
            L sum(coefficient[terms - 1]);
            for (int k = terms - 2; k >= 0; --k) sum = fma(sum, x, L(coefficient[k]));
            return sum;
        }
    }

    /// The value at a plain number.
    constexpr T at(T x) const {
        T sum = 0;
        for (int k = terms - 1; k >= 0; --k) sum = sum * x + coefficient[k];
        return sum;
    }

    /// Every coefficient times `factor`, rounded once.
    constexpr Coefficients times(long double factor) const {
        Coefficients scaled{};
        for (int k = 0; k < terms; ++k) scaled.coefficient[k] = static_cast<T>(coefficient[k] * factor);
        return scaled;
    }

    /// Rounded to another element type.
    template <class U>
    constexpr Coefficients<U, terms> as() const {
        Coefficients<U, terms> rounded{};
        for (int k = 0; k < terms; ++k) rounded.coefficient[k] = static_cast<U>(coefficient[k]);
        return rounded;
    }

private:
    template <int parity, class L>
    [[gnu::always_inline]] constexpr L horner(L square) const {
        constexpr int top = (terms - 1 - parity) / 2 * 2 + parity;
        L sum(coefficient[top]);
        for (int k = top - 2; k >= 0; k -= 2) sum = fma(sum, square, L(coefficient[k]));
        return sum;
    }
};

/// A polynomial of degree below `terms` in Chebyshev polynomials of [0, width].
template <int terms>
struct ChebyshevSeries {
    long double width;
    long double coefficient[terms + 1]{};

    constexpr ChebyshevSeries(const Coefficients<long double, terms>& power, double interval) : width{interval} {
        // Horner's rule: times w = width (1 + x) / 2, plus the next coefficient; x T_k = (T_{k+1} + T_{|k-1|}) / 2.
        for (int next = terms - 1; next >= 0; --next) {
            long double shifted[terms + 1]{};
            for (int k = 0; k < terms; ++k) {
                const long double half = coefficient[k] * width / 2;
                shifted[k] += half;
                shifted[k + 1] += half / 2;
                shifted[k == 0 ? 1 : k - 1] += half / 2;
            }
            for (int k = 0; k < terms; ++k) coefficient[k] = shifted[k];
            coefficient[0] += power.coefficient[next];
        }
    }

    /// How many terms are needed for this absolute error.
    constexpr int needed(long double error) const {
        long double rest = 0;
        int count = terms;
        for (; count > 1; --count) {
            rest += coefficient[count - 1] < 0 ? -coefficient[count - 1] : coefficient[count - 1];
            if (rest > error) break;
        }
        return count;
    }

    /// The first `kept` terms, in powers of w again (Clenshaw's recurrence on polynomials).
    template <int kept>
    constexpr Coefficients<long double, kept> powers() const {
        Coefficients<long double, kept> one{}, two{};
        for (int next = kept - 1; next >= 0; --next) {
            const long double factor = next == 0 ? 1 : 2;
            Coefficients<long double, kept> sum{};
            for (int k = 0; k < kept; ++k) {
                sum.coefficient[k] = -factor * one.coefficient[k] - two.coefficient[k];
                if (k > 0) sum.coefficient[k] += factor * 2 / width * one.coefficient[k - 1];
            }
            sum.coefficient[0] += coefficient[next];
            two = one;
            one = sum;
        }
        return one;
    }
};

inline constexpr Coefficients<long double, 20> longest_p{
    1.41421356237309504531e+00L,  1.17851130197760651667e-01L,  2.65165042941407993483e-02L,
    7.89181677259136102807e-03L,  2.68540937023467136174e-03L,  9.88727352359879538897e-04L,
    3.83354307895721897690e-04L,  1.54998561824271690417e-04L,  5.98165523674655068531e-05L,
    4.38714323127804364440e-05L,  -4.28181268465173091870e-05L, 1.39651763637909237216e-04L,
    -2.54964133016686416294e-04L, 3.79952561928913379049e-04L,  -4.26601585677073385024e-04L,
    3.61973938918917545281e-04L,  -2.23361696963767063499e-04L, 9.53428515845717824197e-05L,
    -2.52119876391428500429e-05L, 3.17199438684264772005e-06L};
inline constexpr Coefficients<long double, 19> longest_r{
    9.42809041582063366679e-01L,  4.71404520791025972193e-02L,  7.57614408420838860373e-03L,
    1.75373705341647961950e-03L,  4.88256415382692338821e-04L,  1.52109499950209037947e-04L,
    5.11372167977189230551e-05L,  1.80749283244180747538e-05L,  7.10317023639608776732e-06L,
    1.13063577536169471042e-06L,  5.05027297340352914414e-06L,  -8.25075056449599732192e-06L,
    1.42855820959548180984e-05L,  -1.73834521036115489441e-05L, 1.61183903296576254276e-05L,
    -1.07377223485432096672e-05L, 4.94278923717737923652e-06L,  -1.40245219679235680093e-06L,
    1.90677319620622334175e-07L};

/// P and R for correlations >= lowest (not below 0), in long double: scale, then round by `as<T>()`.
template <class T, double lowest>
struct Arccosine {
    static constexpr double width = lowest > 0 ? 1 - lowest : 1;
    static constexpr long double error = sizeof(T) == sizeof(float) ? 0x1p-25L : 0x1p-54L;
    static constexpr ChebyshevSeries<20> p_series{longest_p, width};
    static constexpr ChebyshevSeries<19> r_series{longest_r, width};
    static constexpr auto p = p_series.template powers<p_series.needed(error)>();
    static constexpr auto r = r_series.template powers<r_series.needed(error)>();
};

}  // namespace wide
