#pragma once
// Who may speak as a nonlinearity: any struct that says what it does to a number (`value`, `slope`) and what it does
// to the covariance of two correlated Gaussians (`variance`, `dual`). Nothing has to be registered or inherited.
//
//     struct Square {                                            // phi(x) = x^2: K' = 2 q12^2 + q11 q22
//         static constexpr int hoisted = 0;
//         static constexpr double flops = 6;
//         template <class L> static constexpr L value(L x) { return x * x; }
//         template <class L> static constexpr L slope(L x) { return x + x; }
//         static constexpr double lowest_correlation(double) { return 0; }
//         template <class L> static constexpr L variance(L q, L*) { return L(3) * q * q; }
//         template <bool nonnegative, class L, class Left, class Right>
//         static constexpr Dual<L> dual(L t, Left, Right) {
//             const L w = abs(t), rho = select(t < L(0), w - L(1), L(1) - w);
//             using T = typename L::value_type;
//             return {w * (L(2) - w) * L(T(2.0 / 3)), rho * L(T(4.0 / 3))};
//         }
//     };
#include <concepts>

namespace wide {

/// What a nonlinearity makes of a pair: the signed deficit of the new correlation, and the factor by which the
/// NTK changes, both in units of the two samples' own standard deviations (see lower/pair.hpp).
template <class L>
struct Dual {
    L deficit, slope;
};

/// `name`                     optional, for `explain`
/// `hoisted`                  how many numbers per sample the dual reads
/// `flops`                    floating-point operations of one dual
/// `value(x)`, `slope(x)`     phi and phi'
/// `lowest_correlation(rho)`  a lower bound of the new correlation, given one of the old
/// `variance(q, numbers)`     E phi(sqrt(q) g)^2, and writes the hoisted numbers
/// `dual<nonnegative>(t, left, right)`  the dual on a lane; `nonnegative` says that the correlation is known to be >=
/// 0,
///                            `left[k]` and `right[k]` are the hoisted numbers of the two samples
template <class W>
concept Nonlinearity = requires(double rho) {
    { W::hoisted } -> std::convertible_to<int>;
    { W::flops } -> std::convertible_to<double>;
    { W::lowest_correlation(rho) } -> std::convertible_to<double>;
};

}  // namespace wide
