#pragma once
// Polynomials by their coefficients: evaluated on any lane, and economised (Lanczos 1938), that is written in
// Chebyshev polynomials of an interval and cut off where what is left is small enough.
//
//     constexpr Coefficients<double, 3> p{{1, 0.5, 0.25}};      // 1 + x/2 + x^2/4
//     p(Block<double, 4>(0.1));
#include <wide/dsl/grammar/lane.hpp>

namespace wide {

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

/// sum_{k < kept} coefficient[k] T_k(slope w + shift) in powers of w: Clenshaw's recurrence on polynomials.
template <int capacity, class T>
constexpr void chebyshev_to_powers(const T* coefficient, int kept, T slope, T shift, T* power) {
    T one[capacity + 1]{}, two[capacity + 1]{};
    for (int next = kept - 1; next >= 0; --next) {
        const T factor = next == 0 ? 1 : 2;
        T sum[capacity + 1]{};
        for (int k = 0; k < kept; ++k) {
            sum[k] = factor * shift * one[k] - two[k];
            if (k > 0) sum[k] += factor * slope * one[k - 1];
        }
        sum[0] += coefficient[next];
        for (int k = 0; k < kept; ++k) {
            two[k] = one[k];
            one[k] = sum[k];
        }
    }
    for (int k = 0; k < kept; ++k) power[k] = one[k];
}

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

    /// The first `kept` terms, in powers of w again.
    template <int kept>
    constexpr Coefficients<long double, kept> powers() const {
        Coefficients<long double, kept> power{};
        chebyshev_to_powers<terms>(coefficient, kept, 2 / width, -1.0L, power.coefficient);
        return power;
    }
};

}  // namespace wide
