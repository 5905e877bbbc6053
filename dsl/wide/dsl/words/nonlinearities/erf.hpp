#pragma once
// The error function, phi(x) = a erf(b x) + c (Williams 1997), on r = b^2 q:
//
//     E phi phi   = a^2 (2/pi) arcsin(u) + c^2,  u = 2 r12 / sqrt((1 + 2 r11)(1 + 2 r22))
//     E phi' phi' = 4 a^2 b^2 / (pi sqrt((1 + 2 r11)(1 + 2 r22) - 4 r12^2))
//
// u = g1 g2 rho as in arcsine.hpp, with the angle A = arcsin(g^2) of a sample with itself and f = g / sqrt(A). The
// correlation of the erf alone is arcsin(u) / sqrt(A1 A2) = f1 f2 rho arcsin(u) / u. On w = 1 - rho >= 0, its deficit
// is
//     (shortfall - (sqrt A1 - sqrt A2)^2 / 2) / sqrt(A1 A2)            for samples of similar variance,
//     w + rho (1 - f1 f2 - f1 f2 (arcsin(u) / u - 1))                  else.
// What cancels is small: the first bracket's last term, and in the second all that bends erf away from a line. So a
// ReLU behind it sees no rounding error of 1. The constant c is a second part of a sum.
//
//     struct Net : Serial<Dense<512, Weight<1.5>, Bias<.1>>, Erf, Dense<1>> {};
#include <wide/dsl/grammar/nonlinearity.hpp>
#include <wide/dsl/grammar/number.hpp>
#include <wide/dsl/meaning/deficit.hpp>
#include <wide/dsl/words/nonlinearities/arcsine.hpp>

namespace wide {

template <Number auto height, Number auto steepness, Number auto middle>
struct ScaledErf {
    static constexpr double a = height, b = steepness, c = middle;
    static_assert(a != 0 && b != 0, "ScaledErf<a, b, c> with a = 0 or b = 0 is no nonlinearity: it is constant");
    static constexpr char name[] = "a erf(b x) + c";
    static constexpr int hoisted = c == 0 ? 4 : 6;
    static constexpr double flops = c == 0 ? 83 : 96;

    template <class L>
    static constexpr L value(L x) {
        using T = typename L::value_type;
        return L(T(a)) * erf(L(T(b)) * x) + L(T(c));
    }
    template <class L>
    static constexpr L slope(L x) {
        using T = typename L::value_type;
        return L(T(a * b * two_by_root_pi)) * exp(L(T(-b * b)) * x * x);
    }

    static constexpr double lowest_correlation(double lowest) { return lowest < 0 ? -1 : 0; }

    template <Lane L>
    static constexpr L variance(L q, L* numbers) {
        using T = typename L::value_type;
        const Arc<L> arc(L(T(2 * b * b)) * q);
        arc.write(numbers);
        const L ratio = L(1) + arc.excess, root = sqrt(ratio);
        numbers[3] = arc.excess / (root * (L(1) + root));
        const L odd = L(T(a * a * (2 / pi))) * arc.root * arc.root * ratio;
        if constexpr (c == 0) {
            return odd;
        } else {
            const L total = odd + L(T(c * c));
            numbers[4] = sqrt(odd / total);
            numbers[5] = L(T(c < 0 ? -c : c)) / sqrt(total);
            return total;
        }
    }

    template <double lowest, Lane L, class Left, class Right>
    [[gnu::always_inline]] static constexpr Dual<L> dual(L t, Left left, Right right) {
        using T = typename L::value_type;
        constexpr bool nonnegative = lowest >= 0;
        const L half(T(0.5)), w = nonnegative ? t : abs(t), rho = L(1) - w;
        const Arcs<L> arcs(left, right);
        const L g = arcs.product, u = g * rho, v = sqrt(fma(g * g, w * (L(2) - w), arcs.rest()));

        const L least(smallest_gap<T>);  // so that a sample of variance 0 isn't a division by 0
        // On x = g1 f2 and y = g2 f1 one has (sqrt A1 - sqrt A2)^2 / sqrt(A1 A2) = (x-y)^2 / (x y).
        const L one = L(1) - left[3], two = L(1) - right[3], norm = one * two, size = norm * g;
        const L apart = fma(left[2] - right[2], two, right[2] * (left[3] - right[3])), unlike = apart * apart;
        const L bent = fma(one, right[3], left[3]);  // 1 - f1 f2
        const auto alike = unlike < L(4) * size * bent * bent;
        const auto shortfall = arcs.shortfall(w, u, v);
        const L sine = select(alike, shortfall.sine, u);
        const L excess = arcsine_excess(sine, select(alike, shortfall.cosine, v));
        const L angle = fma(sine, excess, sine);
        const L near = fma(norm * norm, angle, L(0) - half * unlike) / (size + least);
        const L gap = select(alike, near, fma(rho, fnma(norm, excess, bent), w));

        if constexpr (c == 0) {
            return {deficit_of_gap<nonnegative>(gap, t), norm / v};
        } else {
            const L share = left[4] * right[4], shares = left[4] - right[4], constants = left[5] - right[5];
            const L kept = select(gap < least, least, gap), apart_too = shares * shares;
            const L one_minus = fma(share, nonnegative ? kept : select(t < L(0), L(2) - kept, kept),
                                    half * fma(constants, constants, apart_too));
            const L slope = share * norm / v;
            if constexpr (nonnegative) {
                return {one_minus, slope};
            } else {
                const L sum = left[5] + right[5];
                const L one_plus = fma(share, kept, half * fma(sum, sum, apart_too));
                return {select(L(1) < one_minus, opposite(one_plus), one_minus), slope};
            }
        }
    }

private:
    static constexpr double two_by_root_pi = 1.12837916709551257390;
};

struct Erf : ScaledErf<1, 1, 0> {
    static constexpr char name[] = "erf";
};

/// The erf that is closest to 1 / (1 + e^-x).
struct SigmoidLike : ScaledErf<.5, 1 / 2.4020563531719796, .5> {
    static constexpr char name[] = "sigmoid-like erf";
};

}  // namespace wide
