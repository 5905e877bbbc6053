#pragma once
// What a nonlinearity does to a number that moves: the chain rule on Taylor coefficients, y(h) = y0 + y1 h + y2 h^2 + ...
//
//     phi(y(h)) = phi(y0) + phi'(y0) y1 h + (phi'(y0) y2 + phi''(y0) y1^2 / 2) h^2
//
// phi'' is phi' on a lane that carries a derivative, so that no word has to say it.
#include <array>
#include <concepts>
#include <cstddef>

#include <wide/simd/block.hpp>
#include <wide/simd/differential.hpp>
#include <wide/simd/scalar.hpp>

namespace wide {

/// Stands where no nonlinearity is applied.
struct NoNonlinearity {
    template <class L>
    static constexpr L value(L x) {
        return x;
    }
    template <class L>
    static constexpr L slope(L) {
        return L(typename L::value_type(1));
    }
};

/// Number by number: a user's activation may be written for double alone.
template <class L, class F>
L each_number(L x, F function) {
    using T = typename L::value_type;
    constexpr std::size_t size = sizeof(L) / sizeof(T);
    alignas(64) T number[size];
    x.store(number);
    for (T& one : number) one = static_cast<T>(function(static_cast<double>(one)));
    return L::load(number);
}

template <class N, class L>
[[gnu::always_inline]] inline L value_of(L x) {
    if constexpr (requires { { N::value(x) } -> std::same_as<L>; }) return N::value(x);
    else return each_number(x, [](double y) { return static_cast<double>(N::value(y)); });
}
template <class N, class L>
[[gnu::always_inline]] inline L slope_of(L x) {
    if constexpr (requires { { N::slope(x) } -> std::same_as<L>; }) return N::slope(x);
    else return each_number(x, [](double y) { return static_cast<double>(N::slope(y)); });
}

/// phi' and phi'' at x.
template <class L>
struct SlopeAndCurvature {
    L slope, curvature;
};
template <class N, class L>
[[gnu::always_inline]] inline SlopeAndCurvature<L> slope_and_curvature(L x) {
    using D = Differential<L, 1>;
    static_assert(requires(D d) { N::slope(d); },
                  "a second derivative needs an activation whose slope is written for any lane, not for double alone");
    D moving(x);
    moving.slope[0] = L(typename L::value_type(1));
    const D slope = N::slope(moving);
    return {slope.value, slope.slope[0]};
}

/// Some numbers as Taylor coefficients in one direction.
template <class L, int order>
using Jet = std::array<L, static_cast<std::size_t>(order + 1)>;

template <class N, int order, class L>
[[gnu::always_inline]] inline Jet<L, order> apply(const Jet<L, order>& y) {
    Jet<L, order> made;
    made[0] = value_of<N>(y[0]);
    if constexpr (order == 1) {
        made[1] = slope_of<N>(y[0]) * y[1];
    } else if constexpr (order == 2) {
        const auto [slope, curvature] = slope_and_curvature<N>(y[0]);
        made[1] = slope * y[1];
        made[2] = fma(curvature * y[1], L(typename L::value_type(0.5)) * y[1], slope * y[2]);
    }
    return made;
}

}  // namespace wide
