#pragma once
// The elementary functions that the tests' own formulas need, in long double and in constant evaluation, by other
// ways than the library's: Newton's iteration and the series of the arctangent.

namespace by_hand {

using Real = long double;

inline constexpr Real pi = 3.14159265358979323846264338327950288L;

constexpr Real root(Real x) {
    if (!(x > 0)) return 0;
    Real guess = x > 1 ? x : 1;
    for (int k = 0; k < 200; ++k) {
        const Real next = (guess + x / guess) / 2;
        if (next == guess) break;
        guess = next;
    }
    return guess;
}

/// Of x >= 0: five times the half angle, then the series.
constexpr Real arctangent(Real x) {
    for (int k = 0; k < 5; ++k) x = x / (1 + root(1 + x * x));
    Real sum = 0, power = x;
    for (int n = 0; n < 16; ++n, power *= -x * x) sum += power / static_cast<Real>(2 * n + 1);
    return 32 * sum;
}

constexpr Real arccosine(Real rho) { return rho > -1 ? 2 * arctangent(root((1 - rho) / (1 + rho))) : pi; }

constexpr Real arcsine(Real u) { return pi / 2 - arccosine(u); }

/// Whether `value` is `expected` up to `tolerance` relative.
constexpr bool agree(double value, Real expected, Real tolerance = 1e-13L) {
    const Real apart = static_cast<Real>(value) - expected, size = expected < 0 ? -expected : expected;
    return (apart < 0 ? -apart : apart) <= tolerance * size;
}

static_assert(root(2.25L) == 1.5L && root(0) == 0);
static_assert(agree(1, arctangent(1) * 4 / pi, 1e-17L));
static_assert(agree(1, arccosine(.5L) * 3 / pi, 1e-17L) && agree(1, arccosine(-.5L) * 1.5L / pi, 1e-17L));

}  // namespace by_hand
