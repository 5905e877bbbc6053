#pragma once
// Activations that have no dual in closed form, and get one from their Hermite coefficients. Each says phi and phi',
// and where it has kinks; a user's own is written in the same way:
//
//     struct Swish2 {
//         static constexpr char name[] = "x sigmoid(2x)";
//         template <class L> static constexpr L value(L x) { return x * sigmoid(x + x); }
//         template <class L> static constexpr L slope(L x) { ... }
//     };
//
// A lane has exp, expm1, log1p (on [0, 1]), tanh, erf, sin, cos, sqrt, abs, min, max and select
// (simd/elementary.hpp).
#include <wide/dsl/grammar/nonlinearity.hpp>
#include <wide/dsl/grammar/number.hpp>

namespace wide {

/// 1 / (1 + e^-x), without overflow on either side.
template <class L>
constexpr L sigmoid(L x) {
    using T = typename L::value_type;
    return fma(L(T(0.5)), tanh(L(T(0.5)) * x), L(T(0.5)));
}

/// The slope of the sigmoid at x: e^-|x| / (1 + e^-|x|)^2.
template <class L>
constexpr L sigmoid_slope(L x) {
    using T = typename L::value_type;
    const L less = exp(L(T(0)) - abs(x)), sum = L(T(1)) + less;
    return less / (sum * sum);
}

struct Tanh {
    static constexpr char name[] = "tanh";
    template <class L>
    static constexpr L value(L x) {
        return tanh(x);
    }
    template <class L>
    static constexpr L slope(L x) {
        return L(typename L::value_type(4)) * sigmoid_slope(x + x);
    }
};

struct Sigmoid {
    static constexpr char name[] = "sigmoid";
    template <class L>
    static constexpr L value(L x) {
        return sigmoid(x);
    }
    template <class L>
    static constexpr L slope(L x) {
        return sigmoid_slope(x);
    }
};

/// x sigmoid(x), also known as swish (Elfwing et al. 2018).
struct Silu {
    static constexpr char name[] = "SiLU";
    template <class L>
    static constexpr L value(L x) {
        return x * sigmoid(x);
    }
    template <class L>
    static constexpr L slope(L x) {
        return fma(x, sigmoid_slope(x), sigmoid(x));
    }
};

/// log(1 + e^x).
struct Softplus {
    static constexpr char name[] = "softplus";
    template <class L>
    static constexpr L value(L x) {
        const L zero(typename L::value_type(0));
        return select(x < zero, zero, x) + log1p(exp(zero - abs(x)));
    }
    template <class L>
    static constexpr L slope(L x) {
        return sigmoid(x);
    }
};

/// x tanh(softplus(x)) (Misra 2019). With n = e^-|x|, tanh(softplus(x)) is (1 + 2n) / (1 + 2n + 2n^2) for x > 0, and
/// (n^2 + 2n) / (n^2 + 2n + 2) for x < 0.
struct Mish {
    static constexpr char name[] = "Mish";
    template <class L>
    static constexpr L value(L x) {
        return x * level(x);
    }
    template <class L>
    static constexpr L slope(L x) {
        const L y = level(x);
        return fma(x * fnma(y, y, L(typename L::value_type(1))), sigmoid(x), y);
    }

private:
    template <class L>
    static constexpr L level(L x) {
        using T = typename L::value_type;
        const L n = exp(L(T(0)) - abs(x)), two_n = n + n, square = n * n;
        const auto negative = x < L(T(0));
        const L above = select(negative, square + two_n, L(T(1)) + two_n);
        return above / (above + select(negative, L(T(2)), square + square));
    }
};

/// x above 0, alpha (e^x - 1) below (Clevert et al. 2016), times a scale.
template <Number auto alpha, Number auto scale>
struct ScaledElu {
    static constexpr double kinks[] = {0};
    /// The polynomial in the angle is long enough for 1e-6; its slope has rounding errors besides.
    static constexpr double promise_float = 2e-6;
    template <class L>
    static constexpr L value(L x) {
        const L zero(typename L::value_type(0));
        return select(x < zero, number<L>(alpha * scale) * expm1(select(x < zero, x, zero)), number<L>(scale) * x);
    }
    template <class L>
    static constexpr L slope(L x) {
        const L zero(typename L::value_type(0));
        return select(x < zero, number<L>(alpha * scale) * exp(select(x < zero, x, zero)), number<L>(scale));
    }

private:
    template <class L>
    static constexpr L number(double factor) {
        return L(static_cast<typename L::value_type>(factor));
    }
};

template <Number auto alpha = 1.0>
struct Elu : ScaledElu<alpha, 1.0> {
    static constexpr char name[] = "ELU";
};

/// The one ELU that keeps mean 0 and variance 1 (Klambauer et al. 2017).
struct Selu : ScaledElu<1.67326324235437728482, 1.05070098735548049342> {
    static constexpr char name[] = "SELU";
};

/// (x + 3) / 6, kept between 0 and 1.
struct HardSigmoid {
    static constexpr char name[] = "hard sigmoid";
    static constexpr double kinks[] = {-3, 3};
    template <class L>
    static constexpr L value(L x) {
        using T = typename L::value_type;
        const L line = fma(x, L(static_cast<T>(1.0 / 6)), L(T(0.5)));
        return select(line < L(T(0)), L(T(0)), select(L(T(1)) < line, L(T(1)), line));
    }
    template <class L>
    static constexpr L slope(L x) {
        using T = typename L::value_type;
        return select(abs(x) < L(T(3)), L(static_cast<T>(1.0 / 6)), L(T(0)));
    }
};

}  // namespace wide
