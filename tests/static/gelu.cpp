// GELU's dual against the closed form of the reference, on covariances.
#include <wide/dsl/words/nonlinearities/gelu.hpp>

#include "dual.hpp"

using namespace wide;
using by_hand::Real;

static_assert(Nonlinearity<Gelu> && Gelu::lowest_correlation(-1) == -1 && Gelu::lowest_correlation(0) == 0);

constexpr auto expected = [](Real q11, Real q12, Real q22) {
    const Real grown = (1 + q11) * (1 + q22), delta = by_hand::root(grown - q12 * q12);
    const Real angle = by_hand::arcsine(q12 / by_hand::root(grown));
    return by_hand::Expected{
        q12 / 4 + ((q12 * q12 + q11 * q22 * delta * delta) / (grown * delta) + q12 * angle) / (2 * by_hand::pi),
        static_cast<Real>(.25) + angle / (2 * by_hand::pi) +
            q12 / (2 * by_hand::pi * delta) * (1 / (delta * delta) + (1 - q11 * q22) / grown + 1)};
};
static_assert(by_hand::textbook_everywhere<Gelu>(expected));
static_assert(by_hand::textbook<Gelu>(expected, 1e-3, 1e3, .5) && by_hand::textbook<Gelu>(expected, 2, 2, -1));
static_assert(by_hand::slope_is_derivative<Gelu>() && by_hand::silent_is_finite<Gelu>(2));

constexpr Real rate(Real q) { return expected(q, q, q).slope * q / expected(q, q, q).product; }
static_assert(by_hand::keeps_near_samples<Gelu>(1, rate(1)) && by_hand::keeps_near_samples<Gelu>(100, rate(100)));
