#pragma once
// Who may speak as a nonlinearity. Two kinds, and nothing has to be registered or inherited for either:
//
//   an activation   says what it does to a number: `value` and `slope`. Its dual is made for it from its Hermite
//                   coefficients (words/nonlinearities/automatic.hpp);
//   a closed form   says in addition what it does to the covariance of two correlated Gaussians: `variance`, `dual`.
//
//     struct Square {                                            // phi(x) = x^2: K' = 2 q12^2 + q11 q22
//         static constexpr int hoisted = 0;
//         static constexpr double flops = 6;
//         template <class L> static constexpr L value(L x) { return x * x; }
//         template <class L> static constexpr L slope(L x) { return x + x; }
//         static constexpr double lowest_correlation(double) { return 0; }
//         template <class L> static constexpr L variance(L q, L*) { return L(3) * q * q; }
//         template <double lowest, class L, class Left, class Right>
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
    L correlation{};  ///< optional, see `keeps_small`
};

/// The variances of pre-activations for which a word keeps its contract. Zero always belongs to them; beyond
/// `largest` a kernel is refused.
struct Domain {
    double smallest = 1e-12, largest = 1e12;
};

/// `name`                     optional, for `explain`
/// `domain`                   optional, a Domain
/// `unit_variance`            optional, true: holds for pre-activations of variance 1, after a LayerNorm, only
/// `degree`                   optional: phi(c x) = c^n phi(x) for c > 0, and the dual reads no numbers
/// `keeps_small`              optional, true: `dual` gives the new correlation as well, since a deficit has the
///                            rounding error of 1, and rho^3 is worth more where rho is small
/// `hoisted`                  how many numbers per sample the dual reads
/// `flops`                    floating-point operations of one dual
/// `value(x)`, `slope(x)`     phi and phi'; a kernel that belongs to no function has neither
/// `lowest_correlation(rho)`  a lower bound of the new correlation, given one of the old
/// `variance(q, numbers)`     E phi(sqrt(q) g)^2, and writes the hoisted numbers
/// `dual<lowest>(t, left, right)`  the dual on a lane; `lowest` is a lower bound of the correlation (-1: none),
///                            `left[k]` and `right[k]` are the hoisted numbers of the two samples
template <class W>
concept ClosedForm = requires(double rho) {
    { W::hoisted } -> std::convertible_to<int>;
    { W::flops } -> std::convertible_to<double>;
    { W::lowest_correlation(rho) } -> std::convertible_to<double>;
};

/// `name`, `domain`, and
/// `value(x)`, `slope(x)`     phi and phi', on doubles or on any lane
/// `kinks`                    optional, an array of the points where phi is not smooth
template <class W>
concept Activation = requires(double x) {
    W::value(x);
    W::slope(x);
};

template <class W>
concept Nonlinearity = ClosedForm<W> || Activation<W>;

template <class W>
constexpr Domain domain_of() {
    if constexpr (requires { Domain(W::domain); }) return W::domain;
    else return {};
}

template <class W>
constexpr bool keeps_small() {
    if constexpr (requires { W::keeps_small; }) return W::keeps_small;
    else return false;
}

template <class W>
constexpr bool needs_unit_variance() {
    if constexpr (requires { W::unit_variance; }) return W::unit_variance;
    else return false;
}

}  // namespace wide
