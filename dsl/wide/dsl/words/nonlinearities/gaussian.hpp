#pragma once
// phi(x) = a e^(b x^2), for 4 b q < 1 (layers_and_duals, 3): E phi phi = a^2 / sqrt(D), with
//
//     D = 1 - 2 b (q11 + q22) + 4 b^2 Q (1-rho^2) = y1 y2 (1 + z),   y = sqrt(1 - 4 b q) of each sample,
//     z = (y1 - y2)^2 / (2 y1 y2) + 4 b^2 Q (1-rho^2) / (y1 y2) >= 0
//     rho' = 1 / sqrt(1+z),  1-rho' = z / ((1+z) (1 + rho'))                      slope = 4 b^2 Q rho rho' / D
//
// Nothing cancels, and on h = 1/y and p = |b| q h^2 of each sample nothing overflows: 4 b^2 Q / (y1 y2) is
// 4 p1 p2 / (h1 h2).
//
//     struct Net : Serial<Dense<512>, LayerNorm, Gaussian<1, -.5>, Dense<1>> {};
#include <wide/dsl/grammar/nonlinearity.hpp>
#include <wide/dsl/grammar/number.hpp>
#include <wide/dsl/meaning/deficit.hpp>

namespace wide {

/// A sample's numbers h and p.
template <Lane L>
constexpr void write_widths(L q, double b, L* numbers) {
    using T = typename L::value_type;
    const L inverse = L(1) / fma(L(T(-4 * b)), q, L(1));
    numbers[0] = sqrt(inverse);
    numbers[1] = L(T(b < 0 ? -b : b)) * q * inverse;
}

/// How much wider than their own Gaussians the Gaussian of a pair is.
template <Lane L>
struct Widening {
    L narrow, pull, z;  ///< h1 h2, 4 p1 p2 / (h1 h2) and z

    template <class Left, class Right>
    [[gnu::always_inline]] constexpr Widening(const Left& left, const Right& right, L one_minus_squared)
        : Widening(left[0] * right[0], left[0] - right[0], left[1] * right[1], one_minus_squared) {}

private:
    [[gnu::always_inline]] constexpr Widening(L narrowness, L apart, L peaks, L one_minus_squared)
        : narrow(narrowness) {
        const L over = L(1) / narrow;
        pull = L(4) * peaks * over;
        z = fma(L(static_cast<typename L::value_type>(0.5)) * apart * over, apart, pull * one_minus_squared);
    }
};

template <Number auto height = 1, Number auto exponent = -1>
struct Gaussian {
    static constexpr double a = height, b = exponent;
    static_assert(a != 0 && b != 0, "Gaussian<a, b> with a = 0 or b = 0 is no nonlinearity: it is constant");
    static constexpr char name[] = "a exp(b x^2)";
    /// E phi^2 is finite below 4 b q = 1; 1 - 4 b q loses digits close to it.
    static constexpr Domain domain{1e-12, b > 0 && .249 / b < 1e12 ? .249 / b : 1e12};
    static constexpr int hoisted = 2;
    static constexpr double flops = 26;

    template <class L>
    static constexpr L value(L x) {
        using T = typename L::value_type;
        return L(T(a)) * exp(L(T(b)) * x * x);
    }
    template <class L>
    static constexpr L slope(L x) {
        using T = typename L::value_type;
        return L(T(2 * a * b)) * x * exp(L(T(b)) * x * x);
    }

    static constexpr double lowest_correlation(double) { return 0; }

    template <Lane L>
    static constexpr L variance(L q, L* numbers) {
        write_widths(q, b, numbers);
        return L(static_cast<typename L::value_type>(a * a)) * numbers[0];
    }

    template <double lowest, Lane L, class Left, class Right>
    [[gnu::always_inline]] static constexpr Dual<L> dual(L t, Left left, Right right) {
        const L one(1), w = lowest >= 0 ? t : abs(t);
        const Widening<L> wide(left, right, w * (L(2) - w));
        const L over = one / (one + wide.z), rho = sqrt(over);
        return {wide.z * over / (one + rho), wide.pull * correlation<(lowest >= 0)>(t) * over * rho};
    }
};

}  // namespace wide
