// Rectified powers against the angular functions J_n of Cho & Saul (2009), written out.
#include <wide/dsl/words/nonlinearities/rectified.hpp>

#include "dual.hpp"

using namespace wide;
using by_hand::Double;
using by_hand::Real;

static_assert(Nonlinearity<RectifiedMonomial<0>> && RectifiedMonomial<2>::lowest_correlation(-1) == 0);
static_assert(RectifiedMonomial<2>::value(Double(3)).value == 9 &&
              RectifiedMonomial<2>::value(Double(-3)).value == 0);
static_assert(RectifiedMonomial<0>::value(Double(3)).value == 1 && RectifiedMonomial<0>::slope(Double(3)).value == 0);

template <int n>
constexpr Real angular(Real rho) {
    const Real theta = by_hand::arccosine(rho), sine = by_hand::root((1 - rho) * (1 + rho)),
               rest = by_hand::pi - theta;
    if constexpr (n == 0) return rest;
    if constexpr (n == 1) return sine + rest * rho;
    if constexpr (n == 2) return 3 * sine * rho + rest * (1 + 2 * rho * rho);
    if constexpr (n == 3)
        return 4 * sine * sine * sine + 15 * sine * rho * rho + rest * (9 * rho * sine * sine + 15 * rho * rho * rho);
}
template <int n>
constexpr by_hand::Expected expected(Real q11, Real q12, Real q22) {
    const Real scale = by_hand::root(q11) * by_hand::root(q22), rho = q12 / scale;
    Real power = 1, before = 0;
    for (int k = 0; k < n; ++k) {
        before = power;
        power *= scale;
    }
    return {power * angular<n>(rho) / (2 * by_hand::pi),
            n * n * before * angular<(n > 0 ? n - 1 : 0)>(rho) / (2 * by_hand::pi)};
}
template <int n>
constexpr bool good() {
    return by_hand::textbook_everywhere<RectifiedMonomial<n>>(expected<n>) &&
           by_hand::silent_is_finite<RectifiedMonomial<n>>(2);
}
static_assert(good<0>() && good<1>() && good<2>() && good<3>());
static_assert(by_hand::keeps_near_samples<RectifiedMonomial<2>>(1, 4 / 3.0L, 1e-8L));
static_assert(by_hand::keeps_near_samples<RectifiedMonomial<3>>(1, 9 / 5.0L));
