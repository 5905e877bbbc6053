#pragma once
// phi(x) = sign(x), with the kernel of order 0 of Cho & Saul (2009): E phi phi = 1 - 2 theta / pi, cos(theta) = rho.
// On w = 1 - |rho| the deficit of the new correlation is 2/pi arccos(1 - w). Its derivative is taken to be 0, as that
// of sign is almost everywhere (layers_and_duals, 2).
//
//     struct Net : Serial<Dense<512>, Sign, Dense<1>> {};
#include <wide/dsl/grammar/nonlinearity.hpp>
#include <wide/dsl/meaning/deficit.hpp>
#include <wide/dsl/words/nonlinearities/arcsine.hpp>

namespace wide {

struct Sign {
    static constexpr char name[] = "sign";
    static constexpr int hoisted = 0, degree = 0;
    static constexpr double flops = 18;

    template <class L>
    static constexpr L value(L x) {
        return select(x < L(0), L(-1), select(L(0) < x, L(1), L(0)));
    }
    template <class L>
    static constexpr L slope(L) {
        return L(0);
    }

    static constexpr double lowest_correlation(double lowest) { return lowest < 0 ? -1 : 0; }

    template <Lane L>
    static constexpr L variance(L q, L*) {
        return select(L(0) < q, L(1), L(0));
    }

    template <double lowest, Lane L, class Left, class Right>
    [[gnu::always_inline]] static constexpr Dual<L> dual(L t, Left, Right) {
        constexpr bool nonnegative = lowest >= 0;
        const L angle = arccosine_below_one<lowest>(nonnegative ? t : abs(t));
        return {deficit_of_gap<nonnegative>(L(static_cast<typename L::value_type>(2 / pi)) * angle, t), L(0)};
    }
};

}  // namespace wide
