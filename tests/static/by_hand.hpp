#pragma once
// The elementary functions that the tests' own formulas need, in long double and in constant evaluation, by other
// ways than the library's: Newton's iteration, and power series of arguments that are made small first.

namespace by_hand {

using Real = long double;

inline constexpr Real pi = 3.14159265358979323846264338327950288L;

constexpr Real root(Real x) {
    if (!(x > 0)) return 0;
    Real guess = x > 1 ? x : 1;
    for (int k = 0; k < 200; ++k) {
        const Real next = (guess + x / guess) / 2;
        if (!(next < guess)) break;  // it falls until only rounding is left
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

/// e^x - 1: the series of x / 2^n, then n squarings.
constexpr Real exponential_less_one(Real x) {
    if (x < -12000) return -1;
    Real scale = 1;
    int squarings = 0;
    for (; x / scale > .5L || x / scale < -.5L; scale *= 2) ++squarings;
    Real sum = 0, term = x / scale;
    for (int n = 2; n < 24; ++n) {
        sum += term;
        term *= x / scale / static_cast<Real>(n);
    }
    for (; squarings > 0; --squarings) sum = sum * (2 + sum);
    return sum;
}
constexpr Real exponential(Real x) { return 1 + exponential_less_one(x); }

constexpr Real hyperbolic_sine(Real x) { return (exponential_less_one(x) - exponential_less_one(-x)) / 2; }
constexpr Real hyperbolic_cosine(Real x) { return (exponential(x) + exponential(-x)) / 2; }

/// Of |x| of a few units.
constexpr Real sine(Real x) {
    Real sum = 0, term = x;
    for (int n = 1; n < 60; n += 2) {
        sum += term;
        term *= -x * x / static_cast<Real>((n + 1) * (n + 2));
    }
    return sum;
}
constexpr Real cosine(Real x) { return sine(x + pi / 2); }

/// Of |x| of a few units.
constexpr Real error_function(Real x) {
    Real sum = 0, term = x;
    for (int n = 0; n < 90; ++n) {
        sum += term / static_cast<Real>(2 * n + 1);
        term *= -x * x / static_cast<Real>(n + 1);
    }
    return 2 / root(pi) * sum;
}

/// Whether `value` is `expected` up to `tolerance` relative.
constexpr bool agree(double value, Real expected, Real tolerance = 1e-13L) {
    const Real apart = static_cast<Real>(value) - expected, size = expected < 0 ? -expected : expected;
    return (apart < 0 ? -apart : apart) <= tolerance * size;
}

static_assert(root(2.25L) == 1.5L && root(0) == 0);
static_assert(agree(1, arctangent(1) * 4 / pi, 1e-17L));
static_assert(agree(1, arccosine(.5L) * 3 / pi, 1e-17L) && agree(1, arccosine(-.5L) * 1.5L / pi, 1e-17L));
static_assert(agree(2.718281828459045, exponential(1), 1e-16L) && agree(22026.465794806717, exponential(10), 1e-16L));
static_assert(agree(-1e-20, exponential_less_one(-1e-20L), 1e-16L) && agree(.5, sine(pi / 6), 1e-17L));
static_assert(agree(.8427007929497149, error_function(1), 1e-15L));

}  // namespace by_hand
