#pragma once
// Waves, phi(x) = a sin(b x + c), and the Gaussian kernel that one of them has (Rahimi & Recht 2007).
//
// With r = b^2 q, C = cos 2c, d = (r11 + r22 - 2 r12) / 2 and d' = (r11 + r22 + 2 r12) / 2:
//     E phi phi = a^2/2 (e^-d - C e^-d')                            E phi' phi' = a^2 b^2 / 2 (e^-d + C e^-d')
// so that q' = a^2/2 V, V = 1 - C e^-2r, and on alpha = e^-r of each sample
//     sqrt(V1 V2) (1-rho') = -expm1(-d) + C (X - (alpha1 - alpha2)^2 / 2) - (sqrt V1 - sqrt V2)^2 / 2
//     X = e^-d' - alpha1 alpha2 = alpha1 alpha2 expm1(d)
// where nothing cancels that is not small. For C = 1, an odd phi, V may be small; samples of different variance then
// take rho' = sinh(r12) / sqrt(sinh(r11) sinh(r22)) in the way of erf.hpp. In float, d is known to a rounding error
// of |b| sqrt(q), and so is rho'.
//
//     struct Net : Serial<Dense<512>, Sin<1, 2>, Dense<512>, Rbf<.5>, Dense<1>> {};
#include <wide/dsl/grammar/nonlinearity.hpp>
#include <wide/dsl/grammar/number.hpp>
#include <wide/dsl/meaning/deficit.hpp>
#include <wide/dsl/words/nonlinearities/arccosine.hpp>
#include <wide/dsl/words/nonlinearities/distance.hpp>

namespace wide {

/// cos(2 phase), where what differs from 0, 1 or -1 by rounding of the phase is just that.
consteval double cosine_of_twice(double phase) {
    long double x = 2 * static_cast<long double>(phase), sum = 0, term = 1;
    constexpr long double turn = 6.28318530717958647692528676655900577L;
    x -= turn * static_cast<long double>(static_cast<long long>(x / turn));
    for (int n = 0; n < 60; n += 2) {
        sum += term;
        term *= -x * x / static_cast<long double>((n + 1) * (n + 2));
    }
    for (int special = -1; special <= 1; ++special)
        if (sum - special < 4e-16L && special - sum < 4e-16L) return special;
    return static_cast<double>(sum);
}

/// sinh(x) / x - 1 on x^2 in [0, 1].
template <Lane L>
[[gnu::always_inline]] constexpr L hyperbolic_excess(L square) {
    using T = typename L::value_type;
    constexpr int terms = sizeof(T) == sizeof(float) ? 4 : 9;
    L sum(0);
    for (int k = terms; k > 0; --k) sum = fma(sum, square, square) * L(T(1.0 / (2 * k * (2 * k + 1))));
    return sum;
}

template <Number auto height = 1, Number auto frequency = 1, Number auto phase = 0>
struct Sin {
    static constexpr double a = height, b = frequency, c = phase;
    static_assert(a != 0 && b != 0, "Sin<a, b, c> with a = 0 or b = 0 is no nonlinearity: it is constant");
    static_assert(-1e6 < c && c < 1e6, "Sin<a, b, c>: the phase c has to be within a million");

private:
    static constexpr double C = cosine_of_twice(c);
    static constexpr bool odd = C == 1, even = C == -1;

public:
    static constexpr char name[] = "a sin(b x + c)";
    static constexpr int hoisted = C == 0 ? 1 : odd ? 5 : 4;
    static constexpr double flops = C == 0 ? 30 : odd ? 105 : 80;

    template <class L>
    static constexpr L value(L x) {
        using T = typename L::value_type;
        return L(T(a)) * sin(fma(L(T(b)), x, L(T(c))));
    }
    template <class L>
    static constexpr L slope(L x) {
        using T = typename L::value_type;
        return L(T(a * b)) * cos(fma(L(T(b)), x, L(T(c))));
    }

    static constexpr double lowest_correlation(double lowest) { return lowest < 0 && !even && C != 0 ? -1 : 0; }

    template <Lane L>
    static constexpr L variance(L q, L* numbers) {
        using T = typename L::value_type;
        const L none(0), one(1), r = L(T(b * b)) * q, half = L(T(a * a / 2));
        numbers[0] = L(T(b < 0 ? -b : b)) * sqrt(q);
        if constexpr (C == 0) {
            return half;
        } else {
            const L part = odd ? none - expm1(none - (r + r)) : one - L(T(C)) * exp(none - (r + r));
            const L root = sqrt(part);
            const auto something = none < root;
            numbers[1] = exp(none - r);
            numbers[2] = root;
            numbers[3] = select(something, one / select(something, root, one), none);
            if constexpr (odd) {
                const auto small = r < one;
                const L excess = hyperbolic_excess(select(small, r * r, one)), ratio = sqrt(one + excess);
                numbers[4] = select(small, excess / (ratio * (one + ratio)), one);
            }
            return half * part;
        }
    }

    template <double lowest, Lane L, class Left, class Right>
    [[gnu::always_inline]] static constexpr Dual<L> dual(L t, Left left, Right right) {
        using T = typename L::value_type;
        constexpr bool nonnegative = lowest >= 0, folded = nonnegative || odd || even;  // seen as if rho >= 0
        const L none(0), one(1), half(T(0.5)), w = odd || even ? abs(t) : t;
        const L size = left[0] * right[0], distant = half_squared_distance(left[0], right[0], distance<folded>(w));
        const L near = expm1(none - distant), same = one + near;  // same is e^-d
        if constexpr (C == 0) {
            return {none - near, size * same};
        } else {
            const L norm = left[3] * right[3], both = left[1] * right[1];
            const L fades = left[1] - right[1], roots = left[2] - right[2], unlike = roots * roots;
            const L least(smallest_gap<T>);  // so that far samples aren't a division by 0
            L across, less;                  // e^-d' and, for an odd phi, e^(d-d') - 1
            if constexpr (odd) {
                less = expm1((w - one) * (size + size));
                across = fma(same, less, same);
            } else {
                const L sum = L(2) - distance<folded>(w), other = folded ? sum : select(w < none, none - w, sum);
                across = exp(none - half_squared_distance(left[0], right[0], other));
            }
            const L excess = select(distant < one, (none - both * near) / (same + least), across - both);
            const L bent = L(T(C)) * fnma(half * fades, fades, excess);
            L gap = norm * (bent - fma(half, unlike, near));
            const L slope = size * norm * fma(L(T(C)), across, same);
            if constexpr (odd) {
                const L rho = one - w, line = size * rho, off = fma(one - left[4], right[4], left[4]);
                const L small = fma(rho, fnma(one - off, hyperbolic_excess(line * line), off), w);
                const L large = fma(norm * same, less, one);
                const auto alike = unlike < L(4) * left[2] * right[2] * off * off;
                gap = select(alike, gap, select(off < one, small, large));
                return {deficit_of_gap<nonnegative>(gap, t), slope};
            } else if constexpr (even) {
                return {deficit_of_gap<true>(gap, t), nonnegative ? slope : select(t < none, none - slope, slope)};
            } else {
                return {signed_deficit(deficit_of_gap<true>(gap, t)), slope};
            }
        }
    }
};

/// a cos(b x + c)
template <Number auto height = 1, Number auto frequency = 1, Number auto phase = 0>
struct Cos : Sin<height, frequency, static_cast<double>(phase) + pi / 2> {
    static constexpr char name[] = "a cos(b x + c)";
};

/// The function sqrt(2) sin(sqrt(2 gamma) x + pi/4), whose covariance is the Gaussian kernel exp(-gamma |x - z|^2).
template <Number auto gamma = 1>
struct Rbf : Sin<constant_sqrt(2), constant_sqrt(2 * static_cast<double>(gamma)), pi / 4> {
    static_assert(gamma > 0, "Rbf<gamma>: gamma has to be positive");
    static constexpr char name[] = "Gaussian kernel";

    template <Lane L>
    static constexpr L variance(L q, L* numbers) {
        numbers[0] = sqrt(L(static_cast<typename L::value_type>(2 * static_cast<double>(gamma))) * q);
        return L(1);
    }
};

}  // namespace wide
