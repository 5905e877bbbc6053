// Normalised Hermite polynomials: rho^n, and the polynomials themselves.
#include <wide/dsl/words/nonlinearities/hermite.hpp>

#include "dual.hpp"

using namespace wide;
using by_hand::agree;
using by_hand::Double;
using by_hand::Real;

static_assert(Nonlinearity<Hermite<0>> && Nonlinearity<Hermite<5>> && needs_unit_variance<Hermite<2>>());
static_assert(Hermite<3>::lowest_correlation(-1) == -1 && Hermite<2>::lowest_correlation(-1) == 0);
static_assert(Hermite<0>::value(Double(3)).value == 1 && Hermite<1>::value(Double(3)).value == 3);
static_assert(agree(Hermite<2>::value(Double(3)).value, 8 / by_hand::root(2), 1e-15L));
static_assert(agree(Hermite<3>::value(Double(3)).value, 18 / by_hand::root(6), 1e-15L));

template <int n>
constexpr by_hand::Expected expected(Real, Real q12, Real) {
    Real power = 1, before = 0;
    for (int k = 0; k < n; ++k) {
        before = power;
        power *= q12;
    }
    return {power, n * before};
}
template <int n>
constexpr bool good() {
    for (int k = -4; k <= 4; ++k)
        if (!by_hand::textbook<Hermite<n>>(expected<n>, 1, 1, k / 4.0)) return false;
    return by_hand::slope_is_derivative<Hermite<n>>() && by_hand::keeps_near_samples<Hermite<n>>(1, n);
}
static_assert(good<0>() && good<1>() && good<2>() && good<3>() && good<6>());
