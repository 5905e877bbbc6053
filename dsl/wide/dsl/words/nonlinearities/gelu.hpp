#pragma once
// The Gaussian error linear unit, phi(x) = x Phi(x), exact (Hendrycks & Gimpel 2016; kernel: Tsuchida et al. 2021).
//
// With g = sqrt(q/(1+q)), c = 1/sqrt(1+q), I = (c1 c2)^2 and u = g1 g2 rho, v = sqrt(1-u^2) as in arcsine.hpp:
//     E phi phi / sqrt(Q) = F = rho/4 + [g1 g2 (rho^2 I / v + v) + rho arcsin(u)] / 2 pi
//     E phi' phi'             = 1/4 + [arcsin(u) + (u/v) (I/v^2 + I + 1 - g1^2 g2^2)] / 2 pi
// A sample with itself has F = 1/4 + [A + 2 g^2 T] / 2 pi, where T = tan(pi/4 - A/2) = sqrt((1-g^2)/(1+g^2)).
// For rho = 1 - w >= 0, on f = sqrt(F) of each sample, z = g1 g2, v0 = sqrt(1-z^2), Tz = sqrt((1-z)/(1+z)) and
// d = g1 - g2:
//     f1 f2 (1-rho') = (F1+F2)/2 - F12 - (f1-f2)^2 / 2
//     (F1+F2)/2 - F12 = w/4 + [shortfall + w arcsin(u) + g1^2 T1 + g2^2 T2 - g1 g2 (rho^2 I / v + v)] / 2 pi
// and the last three terms, which would cancel, are
//     (g1 sqrt T1 - g2 sqrt T2)^2
//       + z (2 (sqrt(T1 T2) - Tz) + [w (2-w) (2 Tz z^2 / (v + v0) + 1 - 2z) + rho^2 d^2] / v)
//     sqrt(T1 T2) - Tz = -2 d^2 (1+z^2) / ((1+g1^2)(1+g2^2) (T1 T2 (1+z)^2 + v0^2) (sqrt(T1 T2) + Tz))
// For rho < 0 the covariance has no such neighbour, and F12 itself is taken.
//
//     struct Net : Serial<Dense<512, Weight<1.5>>, Gelu, Dense<1>> {};
#include <wide/dsl/grammar/nonlinearity.hpp>
#include <wide/dsl/meaning/deficit.hpp>
#include <wide/dsl/words/nonlinearities/arcsine.hpp>

namespace wide {

struct Gelu {
    static constexpr char name[] = "GELU";
    static constexpr int hoisted = 6;
    static constexpr double flops = 150;

    template <class L>
    static constexpr L value(L x) {
        return x * below(x);
    }
    template <class L>
    static constexpr L slope(L x) {
        using T = typename L::value_type;
        return below(x) + x * L(T(inverse_root_two_pi)) * exp(L(T(-0.5)) * x * x);
    }

    static constexpr double lowest_correlation(double lowest) { return lowest < 0 ? -1 : 0; }

    template <Lane L>
    static constexpr L variance(L q, L* numbers) {
        using T = typename L::value_type;
        const Arc<L> arc(q);
        arc.write(numbers);
        const L squared = arc.root * arc.root, angle = fma(arc.excess, squared, squared);
        const L tangent = arc.slack / sqrt(L(1) + squared);
        const L part = fma(L(T(inverse_two_pi)), fma(squared + squared, tangent, angle), L(T(0.25)));
        numbers[3] = angle;
        numbers[4] = sqrt(tangent);
        numbers[5] = sqrt(part);
        return q * part;
    }

    template <double lowest, Lane L, class Left, class Right>
    [[gnu::always_inline]] static constexpr Dual<L> dual(L t, Left left, Right right) {
        using T = typename L::value_type;
        constexpr bool nonnegative = lowest >= 0;
        const auto negative = t < L(0);
        const L one(1), half(T(0.5)), quarter(T(0.25)), inverse = L(T(inverse_two_pi));
        const L w = nonnegative ? t : abs(t), rho = one - w, squares = w * (L(2) - w);
        const Arcs<L> arcs(left, right);
        const L z = arcs.product, u = z * rho, rest = arcs.rest();
        const L v = sqrt(fma(z * z, squares, rest)), over_v = one / v;
        const L slack = left[1] * right[1], both = slack * slack;
        const L norm = one / (left[5] * right[5]);

        const auto shortfall = arcs.shortfall(w, u, v);
        const L sine = nonnegative ? shortfall.sine : select(negative, u, shortfall.sine);
        const L cosine = nonnegative ? shortfall.cosine : select(negative, v, shortfall.cosine);
        const L arc = fma(sine, arcsine_excess(sine, cosine), sine);
        const L angle = fma(half, left[3] + right[3], L(0) - arc);

        const L roots = left[2] + right[2], least(smallest_gap<T>);
        const L apart = (arcs.cosine + arcs.cosine) * arcs.between / (roots + least), unlike = apart * apart;
        const L root = sqrt(rest), up = one + z, middle = root / up, tangent = left[4] * right[4];
        const L grown = (left[0] + left[0] + left[1]) * (right[0] + right[0] + right[1]);  // sqrt((1+g1^2)(1+g2^2))
        const L spread = grown * grown * fma(tangent * up, tangent * up, rest) * (tangent + middle);
        const L lower = unlike * fma(z, z, one) / spread;  // (Tz - sqrt(T1 T2)) / 2
        const L steep = fma(middle + middle, z * z / (v + root), one - (z + z));
        const L bend = fma(over_v, fma(squares, steep, rho * rho * unlike), L(-4) * lower);
        const L ends = left[2] * left[4] - right[2] * right[4];
        const L bent = fma(z, bend, fma(ends, ends, fma(w, angle, arc)));
        const L parts = left[5] - right[5];
        const L gap = norm * fma(inverse, bent, fma(quarter, w, L(0) - half * parts * parts));

        const L rate = u * over_v * fma(both, over_v * over_v, both + rest);
        if constexpr (nonnegative) {
            return {deficit_of_gap<true>(gap, t), norm * fma(inverse, angle + rate, quarter)};
        } else {
            const L against = fma(z, fma(rho * rho, both * over_v, v), rho * arc);
            const L product = norm * fnma(quarter, rho, inverse * against);
            const L slope = select(negative, L(0) - arc - rate, angle + rate);
            return {signed_deficit(select(negative, one - product, deficit_of_gap<true>(gap, t))),
                    norm * fma(inverse, slope, quarter)};
        }
    }

private:
    static constexpr double inverse_two_pi = 0.159154943091895335769, inverse_root_two_pi = 0.398942280401432677940;

    /// The share of the normal distribution below x.
    template <class L>
    static constexpr L below(L x) {
        using T = typename L::value_type;
        return L(T(0.5)) * (L(1) + erf(L(T(0.707106781186547524401)) * x));
    }
};

}  // namespace wide
