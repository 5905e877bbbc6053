// The dual of e^(-x^2) sin x against the formula of the reference.
#include <wide/dsl/words/nonlinearities/gabor.hpp>

#include "dual.hpp"

using namespace wide;
using by_hand::Real;

static_assert(Nonlinearity<Gabor> && Gabor::lowest_correlation(-1) == -1 && Gabor::lowest_correlation(0) == 0);

constexpr auto expected = [](Real q11, Real q12, Real q22) {
    const Real d = 4 * (q11 * q22 - q12 * q12), s = q11 + q22, whole = 1 + 2 * s + d, r = by_hand::root(whole);
    const Real fade = by_hand::exponential(-(s + d) / (2 * whole)), odd = by_hand::hyperbolic_sine(q12 / whole);
    const Real even = by_hand::hyperbolic_cosine(q12 / whole);
    return by_hand::Expected{
        fade * odd / r, fade / (whole * whole * r) *
                            ((1 + 2 * s + 4 * (q12 * q12 + q11 * q22)) * even + 4 * q12 * (d + 3 * s + 2) * odd)};
};
static_assert(by_hand::textbook_everywhere<Gabor>(expected));
static_assert(by_hand::textbook<Gabor>(expected, 1e-3, 1e3, .5) && by_hand::textbook<Gabor>(expected, 2, 2, -1));
static_assert(by_hand::slope_is_derivative<Gabor>() && by_hand::silent_is_finite<Gabor>(2));

constexpr Real rate(Real q) { return expected(q, q, q).slope * q / expected(q, q, q).product; }
static_assert(by_hand::keeps_near_samples<Gabor>(1, rate(1)) && by_hand::keeps_near_samples<Gabor>(100, rate(100)));
