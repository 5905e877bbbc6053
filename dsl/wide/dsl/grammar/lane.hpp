#pragma once
// On what a formula is computed. Every formula of the library is written once, for any Lane: a scalar in constant
// evaluation, a scalar at run time, several SIMD vectors in flight.
#include <concepts>

namespace wide {

/// Field arithmetic, `fma(a, b, c)` = a*b + c, `fnma(a, b, c)` = c - a*b, `sqrt`, `abs`, and a choice by comparison.
/// All of them are found by argument-dependent look-up.
template <class L>
concept Lane = requires(L a, L b, L c, typename L::value_type number) {
    L(number);
    { a + b } -> std::same_as<L>;
    { a - b } -> std::same_as<L>;
    { a* b } -> std::same_as<L>;
    { a / b } -> std::same_as<L>;
    { fma(a, b, c) } -> std::same_as<L>;
    { fnma(a, b, c) } -> std::same_as<L>;
    { sqrt(a) } -> std::same_as<L>;
    { abs(a) } -> std::same_as<L>;
    { select(a < b, a, b) } -> std::same_as<L>;
};

}  // namespace wide
