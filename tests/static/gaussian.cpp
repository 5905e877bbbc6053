// The Gaussian's dual against its formula, with growing and with falling exponents.
#include <wide/dsl/words/nonlinearities/gaussian.hpp>

#include "dual.hpp"

using namespace wide;
using by_hand::Real;

static_assert(Nonlinearity<Gaussian<>> && Gaussian<>::lowest_correlation(-1) == 0);
static_assert(domain_of<Gaussian<>>().largest == 1e12 && domain_of<Gaussian<1, .1>>().largest < 2.5);

template <class W>
constexpr by_hand::Expected expected(Real q11, Real q12, Real q22) {
    const Real a = W::a, b = W::b, d = 1 - 2 * b * (q11 + q22) + 4 * b * b * (q11 * q22 - q12 * q12);
    return {a * a / by_hand::root(d), 4 * a * a * b * b * q12 / (d * by_hand::root(d))};
}
static_assert(by_hand::textbook_everywhere<Gaussian<>>(expected<Gaussian<>>));
static_assert(by_hand::textbook_everywhere<Gaussian<3, .125>>(expected<Gaussian<3, .125>>, 1.5));
static_assert(by_hand::textbook<Gaussian<>>(expected<Gaussian<>>, 1e-3, 1e3, .5));
static_assert(by_hand::slope_is_derivative<Gaussian<2, -.5>>() && by_hand::silent_is_finite<Gaussian<>>(2));

// 1 - rho' = slope(1) t - ...
static_assert(by_hand::keeps_near_samples<Gaussian<>>(1, 4 / 5.0L));
