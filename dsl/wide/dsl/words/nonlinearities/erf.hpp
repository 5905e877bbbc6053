#pragma once
// The error function, phi(x) = erf(x) (Williams 1997):
//
//     E phi phi   = (2/pi) arcsin(u),  u = 2 q12 / sqrt((1 + 2 q11)(1 + 2 q22))
//     E phi' phi' = 4 / (pi sqrt((1 + 2 q11)(1 + 2 q22) - 4 q12^2))
//
// Per sample: g = sqrt(2q / (1+2q)) and h = 1/(1+2q), so that u = g1 g2 rho and, on w = 1 - |rho|,
// 1 - u^2 = h1 + g1^2 h2 + g1^2 g2^2 w (2-w): a sum of non-negative terms.
// The new deficit is 1 - rho' rounded, so it is good to one rounding error of 1 (and exact for equal samples): enough for
// what is smooth, but a ReLU after an erf sees its root, up to 1e-4 of its NTK in float for samples with 1-rho < 1e-6.
// arcsin(u) = arccos(v), v = sqrt(1-u^2), which is u / sqrt(1+v) * P(u^2 / (1+v)): exact to rounding for small u too.
#include <wide/dsl/grammar/nonlinearity.hpp>
#include <wide/dsl/meaning/deficit.hpp>
#include <wide/dsl/words/nonlinearities/arccosine.hpp>

namespace wide {

struct Erf {
    static constexpr char name[] = "erf";
    static constexpr int hoisted = 3;
    static constexpr double flops = 52;

    template <class L>
    static constexpr L value(L x) {
        return erf(x);
    }
    template <class L>
    static constexpr L slope(L x) {
        return L(static_cast<typename L::value_type>(2 / root_pi)) * exp(L(0) - x * x);
    }

    static constexpr double lowest_correlation(double lowest) { return lowest < 0 ? -1 : 0; }

    template <Lane L>
    static constexpr L variance(L q, L* numbers) {
        const L one(1), h = one / (one + q + q), g_squared = (q + q) * h;
        const L ratio = arcsine_ratio(g_squared, sqrt(h * (one + g_squared)));
        numbers[0] = sqrt(g_squared);
        numbers[1] = h;
        numbers[2] = one / sqrt(ratio);
        return L(static_cast<typename L::value_type>(2 / pi)) * g_squared * ratio;
    }

    template <bool nonnegative, Lane L, class Left, class Right>
    [[gnu::always_inline]] static constexpr Dual<L> dual(L t, Left left, Right right) {
        const L one(1), w = nonnegative ? t : abs(t);
        const L g = left[0] * right[0], rho = one - w, norm = left[2] * right[2];
        const L rest = fma(left[0] * left[0], right[1], left[1]);
        const L v = sqrt(fma(g * g, w * (L(2) - w), rest));
        const L magnitude = norm * rho * arcsine_ratio(g * rho, v);
        // Equal samples stay exactly equal: the root that a ReLU takes of what rounding left would be 1e-4 of its
        // NTK.
        const L unlike = abs(left[0] - right[0]) + w;
        const L gap = select(unlike < L(static_cast<typename L::value_type>(1e-25)), w, one - magnitude);
        return {deficit_of_gap<nonnegative>(gap, t), norm / v};
    }

private:
    static constexpr double root_pi = 1.77245385090551602730;

    /// arcsin(u) / u for u in [0, 1], where v = sqrt(1 - u^2): 1 at 0, and nothing underflows.
    template <class L>
    static constexpr L arcsine_ratio(L u, L v) {
        using T = typename L::value_type;
        constexpr auto p = Arccosine<T>::p.template as<T>();
        const L scale = L(1) / (L(1) + v);
        return sqrt(scale) * p(u * u * scale);
    }
};

}  // namespace wide
