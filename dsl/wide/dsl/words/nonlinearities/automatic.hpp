#pragma once
// The dual of any activation, made from its Hermite coefficients (Daniely et al. 2016; layers_and_duals, section 3).
// With normalised Hermite polynomials h_k and a_k(q) = E phi(sqrt(q) g) h_k(g), per sample,
//
//     rho' = sum_k a_k(q1) a_k(q2) rho^k        q' = sum_k a_k(q)^2        (a scaled to sum_k a_k^2 = 1)
//
// so that a pair costs a few multiply-adds a term. Even and odd terms are two polynomials in z = rho^2; of an odd or
// an even activation one of them is empty. On w = 1 - |rho| nothing cancels, as 1 - z^j = (1 - z)(1 + z + ... ):
//
//     1 - rho' = sum_k (a_k(q1) - a_k(q2))^2 / 2 + sum_k a_k(q1) a_k(q2) (1 - rho^k)
//
// How many terms there are is decided when the samples are known: the part of E phi^2 and of E phi'^2 that is cut off
// has to be below `tolerance`, as far as `capacity` terms of each parity suffice. What is cut off beyond that is
// measured in docs/accuracy.md; where it is more than `largest_loss`, the kernel is refused. An activation with kinks
// has a form of its own: angle_series.hpp, split_kinks.hpp.
#include <cstddef>

#include <wide/dsl/grammar/nonlinearity.hpp>
#include <wide/dsl/meaning/deficit.hpp>
#include <wide/dsl/words/nonlinearities/hermite_coefficients.hpp>

namespace wide {

template <class N>
struct Automatic {
    /// Coefficients of one parity that are kept for pairs on lanes of T.
    template <class T>
    static constexpr int capacity = sizeof(T) == sizeof(float) ? 256 : 512;
    /// The part of the activation's variance that may be cut off.
    template <class T>
    static constexpr double tolerance = sizeof(T) == sizeof(float) ? 2e-7 : 2e-11;

    /// More than this is refused.
    template <class T>
    static constexpr double largest_loss = sizeof(T) == sizeof(float) ? 2e-6 : 1e-7;

    static constexpr double flops = 200;  ///< of some thirty terms
    static constexpr Domain domain = domain_of<N>();

    static constexpr double lowest_correlation(double) { return -1; }

    /// Writes the coefficients: as many as `settled` says, or, while that is not known, as many as this sample needs.
    /// All samples have equally many, for what is cut off of one would meet coefficients of another that are not
    /// small.
    template <class T, class L>
    static constexpr L variance(L q, L* numbers, HermiteUse& use, const Terms& settled) {
        constexpr int half = capacity<T>;
        const HermiteCoefficients<N, L, 2 * half> a(q, tolerance<T>, settled.longest());
        use = a.use;
        use.converged = use.missing <= largest_loss<T>;
        if (settled.all() > 0) use.terms = settled;
        const L scale = select(L(0) < a.variance, L(1) / sqrt(select(L(0) < a.variance, a.variance, L(1))), L(0));
        for (int k = 0; k < use.terms.even; ++k) numbers[k] = a.coefficient[2 * k] * scale;
        for (int k = 0; k < use.terms.odd; ++k) numbers[use.terms.even + k] = a.coefficient[2 * k + 1] * scale;
        return a.variance;
    }

    template <double lowest, class Stored, class L, class Left, class Right>
    [[gnu::always_inline]] static constexpr Dual<L> dual(L t, Left left, Right right, const Terms& terms) {
        using T = typename L::value_type;
        const L w = lowest >= 0 ? t : abs(t), rho = L(1) - w, z = rho * rho;
        L apart(0);
        const Part<L> even = part(z, left, right, 0, terms.even, apart);
        const Part<L> odd = part(z, left, right, terms.even, terms.odd, apart);
        const L gap = fma(L(T(0.5)), apart, fma(w * (L(2) - w), even.quotient + odd.quotient, w * odd.value));
        const L even_slope = L(2) * rho * even.slope, odd_slope = fma(L(2) * z, odd.slope, odd.value);
        const L one_minus = signed_deficit(gap);
        if constexpr (lowest >= 0) {
            return {one_minus, even_slope + odd_slope};
        } else {
            const auto negative = t < L(0);
            const L slope = odd_slope + select(negative, L(0) - even_slope, even_slope);
            // An odd phi takes opposite samples to opposite ones, exactly.
            if (terms.even == 0) {
                const L mirrored = select(one_minus < L(0), L(0) - one_minus, opposite(one_minus));
                return {select(negative, mirrored, one_minus), slope};
            }
            const L across = signed_deficit(fma(L(2) * rho, odd.value, gap));
            return {select(negative, across, one_minus), slope};
        }
    }

private:
    /// A polynomial p(z) with p', and the value at 1 of (p(z) - p(x)) / (z - x), which is the sum of Horner's partial
    /// sums.
    template <class L>
    struct Part {
        L value, slope, quotient;
    };

    template <class L, class Left, class Right>
    [[gnu::always_inline]] static constexpr Part<L> part(L z, Left left, Right right, int first, int count,
                                                         L& apart) {
        Part<L> p{L(0), L(0), L(0)};
        for (int j = count - 1; j >= 0; --j) {
            const L one = left[first + j], two = right[first + j], difference = one - two;
            apart = fma(difference, difference, apart);
            p.quotient = p.quotient + p.value;
            p.slope = fma(p.slope, z, p.value);
            p.value = fma(p.value, z, one * two);
        }
        return p;
    }
};

}  // namespace wide
