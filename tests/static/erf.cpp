// The error function's dual against the formula of Williams (1997), by an arcsine of the test's own.
#include <wide/dsl/words/nonlinearities/erf.hpp>

#include "dual.hpp"

using namespace wide;
using by_hand::Double;
using by_hand::Real;

static_assert(Nonlinearity<Erf> && Erf::hoisted == 4 && Nonlinearity<SigmoidLike> && SigmoidLike::hoisted == 6);
static_assert(Erf::lowest_correlation(-1) == -1 && Erf::lowest_correlation(0) == 0);

template <class W>
constexpr by_hand::Expected expected(Real q11, Real q12, Real q22) {
    const Real a = W::a, b = W::b, c = W::c, two = 2 * b * b;
    const Real grown = (1 + two * q11) * (1 + two * q22), product = two * q12;
    return {a * a * 2 / by_hand::pi * by_hand::arcsine(product / by_hand::root(grown)) + c * c,
            4 * a * a * b * b / (by_hand::pi * by_hand::root(grown - product * product))};
}
static_assert(by_hand::textbook_everywhere<Erf>(expected<Erf>));
static_assert(by_hand::textbook_everywhere<SigmoidLike>(expected<SigmoidLike>));
static_assert(by_hand::textbook_everywhere<ScaledErf<-2, .5, .75>>(expected<ScaledErf<-2, .5, .75>>));
static_assert(by_hand::textbook<Erf>(expected<Erf>, 1e-3, 1e3, .5) &&
              by_hand::textbook<Erf>(expected<Erf>, 2, 2, -1));

static_assert(by_hand::slope_is_derivative<Erf>() && by_hand::slope_is_derivative<SigmoidLike>());
static_assert(by_hand::silent_is_finite<Erf>(2) && by_hand::silent_is_finite<SigmoidLike>(2));

// Near samples keep their distance to full precision: 1 - rho' = slope(1) t - ...
constexpr Real rate(Real q) { return expected<Erf>(q, q, q).slope * q / expected<Erf>(q, q, q).product; }
static_assert(by_hand::keeps_near_samples<Erf>(1, rate(1)) && by_hand::keeps_near_samples<Erf>(1e-6, 1, 1e-11L));

// So do parallel samples of different length: no rounding error of 1 is left of what bends erf away from a line.
constexpr double parallel(double q1, double q2) {
    Double left[Erf::hoisted], right[Erf::hoisted];
    Erf::variance(Double(q1), left);
    Erf::variance(Double(q2), right);
    return Erf::dual<0.0>(Double(0), left, right).deficit.value;
}
static_assert(by_hand::agree(parallel(1e-3, 4e-3), 2.9408970321204717704e-6L, 1e-9L));
static_assert(by_hand::agree(parallel(.5, .501), 3.1746595516995807145e-8L, 1e-8L));
