#pragma once
// How much is known about the correlations that a step reads. The exact lower bound is a number; code is written for
// a few of them only, so that layers of nearly the same bound share it, and long nets end in a loop.
//
//     static_assert(range_floor[range_of(0.5)] == 0.45);      // the half-range form, with polynomials for [0, 0.55]

namespace wide {

/// Bounds that code is written for; -1: nothing is known. Polynomials on [0, 1 - bound] lose one degree from one
/// bound to the next (words/nonlinearities/arccosine.hpp).
inline constexpr double range_floor[] = {-1, 0, 0.3, 0.45, 0.6};
inline constexpr int ranges = 5;

/// The largest of these bounds that `lowest` is not below.
constexpr unsigned char range_of(double lowest) {
    int range = ranges - 1;
    while (range > 0 && lowest < range_floor[range]) --range;
    return static_cast<unsigned char>(range);
}

}  // namespace wide
