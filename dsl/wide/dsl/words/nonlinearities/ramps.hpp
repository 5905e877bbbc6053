#pragma once
// The part of an activation that has its kinks: a sum of ramps, as steep as phi' jumps, that rise outwards,
//
//     kappa(x) = sum_i s_i max(e_i x - |c_i|, 0)        s_i = phi'(c_i +) - phi'(c_i -),  e_i = the sign of c_i
//
// Outwards, so that of kinks that a sample does not reach nothing is left. phi - kappa has a continuous slope.
#include <wide/dsl/words/nonlinearities/hermite_coefficients.hpp>

namespace wide {

template <class N>
struct Ramps {
    static constexpr int count = sizeof(N::kinks) / sizeof(N::kinks[0]);

    static constexpr double place(int i) { return static_cast<double>(N::kinks[i]); }
    static constexpr double distance(int i) { return place(i) < 0 ? -place(i) : place(i); }
    static constexpr double direction(int i) { return place(i) < 0 ? -1 : 1; }

    /// s_i, by Richardson's extrapolation of what phi' is at two small distances from the kink.
    template <class L>
    static constexpr L jump(int i) {
        using T = typename L::value_type;
        const auto over = [&](double away) {
            const double step = away * (1 + distance(i));
            return slope_on<N>(L(static_cast<T>(place(i) + step))) - slope_on<N>(L(static_cast<T>(place(i) - step)));
        };
        return fma(L(T(2)), over(1e-7), L(T(0)) - over(2e-7));
    }

    template <class L>
    static constexpr L value(L x) {
        using T = typename L::value_type;
        L sum(T(0));
        for (int i = 0; i < count; ++i) {
            const L rise = fma(L(static_cast<T>(direction(i))), x, L(static_cast<T>(-distance(i))));
            sum = fma(jump<L>(i), select(rise < L(T(0)), L(T(0)), rise), sum);
        }
        return sum;
    }
    template <class L>
    static constexpr L slope(L x) {
        using T = typename L::value_type;
        L sum(T(0));
        for (int i = 0; i < count; ++i) {
            const L sign(static_cast<T>(direction(i)));
            sum = sum + select(sign * x < L(static_cast<T>(distance(i))), L(T(0)), sign * jump<L>(i));
        }
        return sum;
    }
};

/// phi - kappa
template <class N>
struct WithoutRamps {
    static constexpr const auto& kinks = N::kinks;
    template <class L>
    static constexpr L value(L x) {
        return value_on<N>(x) - Ramps<N>::value(x);
    }
    template <class L>
    static constexpr L slope(L x) {
        return slope_on<N>(x) - Ramps<N>::slope(x);
    }
};

}  // namespace wide
