#pragma once
// The correlation rho of a pair is kept as a *signed deficit* t: |t| = 1 - |rho|, and the sign of t is that of rho.
// It is exact where rho itself is not: for parallel and for opposite samples. ReLU's dual has an infinite slope
// there, so that 1e-7 of rho would be 1e-4 of the NTK in every layer (layers_and_duals, 4.4).
//
//     rho = 0.75 -> t = 0.25      rho = -0.75 -> t = -0.25      rho = 1 -> t = 0      rho = -1 -> t = -smallest_gap
#include <wide/dsl/grammar/lane.hpp>

namespace wide {

/// The smallest distance from rho = -1 that is kept: a negative deficit is never zero.
template <class T>
inline constexpr T smallest_gap = sizeof(T) == sizeof(float) ? T(1e-30) : T(1e-200);

/// The deficit of a negative correlation rho = -(1 - gap).
template <Lane L>
[[gnu::always_inline]] constexpr L opposite(L gap) {
    const L least(smallest_gap<typename L::value_type>);
    return L(0) - select(gap < least, least, gap);
}

/// The signed deficit of 1 - rho in [0, 2].
template <Lane L>
[[gnu::always_inline]] constexpr L signed_deficit(L one_minus_rho) {
    return select(L(1) < one_minus_rho, opposite(L(2) - one_minus_rho), one_minus_rho);
}

template <bool nonnegative, Lane L>
[[gnu::always_inline]] constexpr L correlation(L t) {
    if constexpr (nonnegative) return L(1) - t;
    else return select(t < L(0), abs(t) - L(1), L(1) - abs(t));
}

/// 1 - rho in [0, 2].
template <bool nonnegative, Lane L>
[[gnu::always_inline]] constexpr L distance(L t) {
    if constexpr (nonnegative) return t;
    else return select(t < L(0), L(2) + t, t);
}

/// The deficit of |rho| = 1 - gap, where rounding may have left `gap` a little below zero.
template <bool nonnegative, Lane L>
[[gnu::always_inline]] constexpr L deficit_of_gap(L gap, [[maybe_unused]] L sign) {
    const L least(smallest_gap<typename L::value_type>);
    const L kept = select(gap < least, least, gap);
    if constexpr (nonnegative) return kept;
    else return select(sign < L(0), L(0) - kept, kept);
}

}  // namespace wide
