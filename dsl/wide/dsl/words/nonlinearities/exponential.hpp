#pragma once
// phi(x) = a e^(b x) and the normalised exponential kernel (Mairal 2016), on 1 - rho:
//
//     Exp             rho' = exp(-b^2 (q11 + q22 - 2 q12) / 2)
//                     q' = a^2 e^(2 b^2 q)
//                     slope = b^2 sqrt(Q) rho'
//     ExpNormalized   rho' = exp(-gamma (1-rho))
//                     q' = q e^(gamma (1 + shift))
//                     slope = gamma rho'
//
// In float, the distance of the samples in Exp is known to a rounding error of |b| sqrt(q).
//
//     struct Net : Serial<Dense<512>, Exp<1, .5>, Dense<512>, ExpNormalized<2>, Dense<1>> {};
#include <wide/dsl/grammar/nonlinearity.hpp>
#include <wide/dsl/grammar/number.hpp>
#include <wide/dsl/meaning/deficit.hpp>
#include <wide/dsl/words/nonlinearities/distance.hpp>

namespace wide {

template <Number auto factor = 1, Number auto rate = 1>
struct Exp {
    static constexpr double a = factor, b = rate;
    static_assert(a != 0, "Exp<0, b> is no nonlinearity: it is 0");
    static constexpr char name[] = "a exp(b x)";
    /// E phi^2 stays within float's range.
    static constexpr Domain domain{1e-12, b* b * 1e12 < 40 ? 1e12 : 40 / (b * b)};
    static constexpr int hoisted = 1;
    static constexpr double flops = 28;

    template <class L>
    static constexpr L value(L x) {
        using T = typename L::value_type;
        return L(T(a)) * exp(L(T(b)) * x);
    }
    template <class L>
    static constexpr L slope(L x) {
        using T = typename L::value_type;
        return L(T(a * b)) * exp(L(T(b)) * x);
    }

    static constexpr double lowest_correlation(double) { return 0; }

    template <Lane L>
    static constexpr L variance(L q, L* numbers) {
        using T = typename L::value_type;
        numbers[0] = L(T(b < 0 ? -b : b)) * sqrt(q);
        return L(T(a * a)) * exp(L(T(2 * b * b)) * q);
    }

    template <double lowest, Lane L, class Left, class Right>
    [[gnu::always_inline]] static constexpr Dual<L> dual(L t, Left left, Right right) {
        const L one = left[0], two = right[0];
        const L gap = L(0) - expm1(L(0) - half_squared_distance(one, two, distance<(lowest >= 0)>(t)));
        return {gap, one * two * (L(1) - gap)};
    }
};

/// A kernel that belongs to no function: it may stand wherever a nonlinearity may, in infinitely wide nets only.
template <Number auto steepness = 1, Number auto offset = -1>
struct ExpNormalized {
    static constexpr double gamma = steepness, shift = offset;
    static_assert(gamma > 0, "ExpNormalized<gamma>: gamma has to be positive");
    static constexpr char name[] = "normalised exponential";
    static constexpr int hoisted = 0, degree = 1;
    static constexpr double flops = 22;

    static constexpr double lowest_correlation(double) { return 0; }

    template <Lane L>
    static constexpr L variance(L q, L*) {
        if constexpr (shift == -1) return q;
        else return q * exp(L(static_cast<typename L::value_type>(gamma * (1 + shift))));
    }

    template <double lowest, Lane L, class Left, class Right>
    [[gnu::always_inline]] static constexpr Dual<L> dual(L t, Left, Right) {
        const L rate(static_cast<typename L::value_type>(gamma));
        const L gap = L(0) - expm1(L(0) - rate * distance<(lowest >= 0)>(t));
        return {gap, rate * (L(1) - gap)};
    }
};

}  // namespace wide
