#pragma once
// The distance of two pre-activations, for the words whose covariance depends on it: with a root r = |b| sqrt(q) of
// each sample, half the squared distance b^2 (q11 + q22 - 2 q12) / 2 is (r1 - r2)^2 / 2 + r1 r2 (1-rho), a sum of
// what is not negative (layers_and_duals, 3).
#include <wide/dsl/grammar/lane.hpp>

namespace wide {

template <Lane L>
[[gnu::always_inline]] constexpr L half_squared_distance(L one, L two, L one_minus_rho) {
    const L apart = one - two;
    return fma(L(static_cast<typename L::value_type>(0.5)) * apart, apart, one * two * one_minus_rho);
}

}  // namespace wide
