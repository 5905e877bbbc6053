#pragma once
// phi(x) = c_0 + c_1 x + c_2 x^2 + ... In Hermite polynomials of its argument over sqrt(q) (layers_and_duals, 3):
//
//     r_l(q) = sum_i c_(2i+l) (2i+l)! / (2^i i! sqrt(l!)) q^((2i+l)/2)
//     E phi phi = sum_l r_l(q11) r_l(q22) rho^l
//
// Of each sample only the direction a_l = r_l / sqrt(q') counts, q' = sum_l r_l^2:
//     rho' = sum_l a_l b_l rho^l        1-rho' = sum_l a_l b_l (1 - rho^l) + sum_l (a_l - b_l)^2 / 2
//
//     struct Net : Serial<Dense<512>, Polynomial<0, 1, .5>, Dense<1>> {};               // x + x^2/2
#include <wide/dsl/grammar/nonlinearity.hpp>
#include <wide/dsl/grammar/number.hpp>
#include <wide/dsl/meaning/deficit.hpp>

namespace wide {

/// sum_k c_k x^k
template <int terms>
struct PowerSeries {
    double c[terms];

    /// The power of the first term that is not 0, or `terms`.
    constexpr int first() const {
        int k = 0;
        while (k < terms && c[k] == 0) ++k;
        return k;
    }
    constexpr int last() const {
        int k = terms - 1;
        while (k > 0 && c[k] == 0) --k;
        return k;
    }
    /// Whether only powers of one parity occur.
    constexpr bool one_parity() const {
        for (int k = first(); k < terms; ++k)
            if ((k - first()) % 2 == 1 && c[k] != 0) return false;
        return true;
    }
    /// Whether no coefficient is negative, so that no covariance of non-negative ones is.
    constexpr bool growing() const {
        for (const double coefficient : c)
            if (coefficient < 0) return false;
        return true;
    }
    /// What q^((2i+l)/2) is multiplied with in r_l.
    constexpr double weight(int l, int i) const {
        double weight = c[2 * i + l], factorial = 1;
        for (int k = 2; k <= 2 * i + l; ++k) weight *= k;
        for (int k = 1; k <= i; ++k) weight /= 2 * k;
        for (int k = 2; k <= l; ++k) factorial *= k;
        return weight / constant_sqrt(factorial);
    }
    /// The largest power of 10 up to 1e12 where float holds sum_l r_l^2.
    constexpr double largest_variance() const {
        double largest = 1;
        for (double q = 10; q < 2e12; q *= 10) {
            double sum = 0, power = 1;
            for (int l = 0; l < terms; ++l, power *= q) {
                double r = 0, grown = 1;
                for (int i = 0; 2 * i + l < terms; ++i, grown *= q) r += weight(l, i) * grown;
                sum += r * r * power;
            }
            if (!(sum < 1e36)) break;
            largest = q;
        }
        return largest;
    }
};

template <Number auto... coefficients>
struct Polynomial {
    static_assert(0 < sizeof...(coefficients) && sizeof...(coefficients) <= 17,
                  "Polynomial<c0, c1, ...>: there have to be 1 to 17 coefficients");
    static constexpr PowerSeries<sizeof...(coefficients)> series{{static_cast<double>(coefficients)...}};

private:
    static constexpr int first = series.first(), last = series.last();
    static constexpr bool one_parity = series.one_parity(), even = one_parity && first % 2 == 0;
    static_assert(first <= last, "Polynomial<0, ...> is no nonlinearity: one coefficient has to differ from 0");

public:
    static constexpr char name[] = "polynomial";
    static constexpr Domain domain{1e-12, series.largest_variance()};
    static constexpr int hoisted = last + 1;
    static constexpr double flops = 10 + 9 * last;

    template <class L>
    static constexpr L value(L x) {
        using T = typename L::value_type;
        L sum = L(T(series.c[last]));
        for (int k = last - 1; k >= 0; --k) sum = fma(sum, x, L(T(series.c[k])));
        return sum;
    }
    template <class L>
    static constexpr L slope(L x) {
        using T = typename L::value_type;
        L sum(0);
        for (int k = last; k > 0; --k) sum = fma(sum, x, L(T(k * series.c[k])));
        return sum;
    }

    static constexpr double lowest_correlation(double lowest) {
        return series.growing() && (lowest >= 0 || even) ? 0 : -1;
    }

    template <Lane L>
    static constexpr L variance(L q, L* numbers) {
        using T = typename L::value_type;
        // All r_l over q^(first/2), so that the direction is known for q = 0 too.
        const L root = sqrt(q);
        L squares(0);
        for (int l = 0; l <= last; ++l) {
            L sum(0);
            for (int i = (last - l) / 2; i >= 0 && 2 * i + l >= first; --i)
                sum = fma(sum, q, L(T(series.weight(l, i))));
            for (int k = first > l ? (first - l) % 2 : l - first; k > 0; --k) sum = sum * root;
            numbers[l] = sum;
            squares = fma(sum, sum, squares);
        }
        const L scale = L(1) / sqrt(squares);
        for (int l = 0; l <= last; ++l) numbers[l] = numbers[l] * scale;
        for (int k = 0; k < first; ++k) squares = squares * q;
        return squares;
    }

    template <double lowest, Lane L, class Left, class Right>
    [[gnu::always_inline]] static constexpr Dual<L> dual(L t, Left left, Right right) {
        using T = typename L::value_type;
        constexpr bool nonnegative = lowest >= 0, folded = nonnegative || one_parity;  // seen as if rho >= 0
        const L w = distance<folded>(one_parity && !nonnegative ? abs(t) : t), rho = L(1) - w;
        L power(1), apart(0), gap(0), unlike(0), slope(0);  // rho^(l-1) and 1 - rho^l
        for (int l = 0; l <= last; ++l) {
            if (l > 0) apart = fma(rho, apart, w);
            if (!one_parity || (l - first) % 2 == 0) {
                const L one = left[l], two = right[l], both = one * two, difference = one - two;
                unlike = fma(difference, difference, unlike);
                gap = fma(both, apart, gap);
                if (l > 0) slope = fma(L(T(l)) * both, power, slope);
            }
            if (l > 0) power = power * rho;
        }
        gap = fma(L(T(0.5)), unlike, gap);
        const auto negative = t < L(0);
        const L one_minus = signed_deficit(deficit_of_gap<true>(gap, t));
        if constexpr (nonnegative || !one_parity) return {one_minus, slope};
        else if constexpr (even) return {one_minus, select(negative, L(0) - slope, slope)};
        const L mirrored = select(one_minus < L(0), L(0) - one_minus, opposite(one_minus));
        return {select(negative, mirrored, one_minus), slope};
    }
};

}  // namespace wide
