// Powers against the moments of two Gaussians (Isserlis 1918), as the reference's table has them.
#include <wide/dsl/words/nonlinearities/monomial.hpp>

#include "dual.hpp"

using namespace wide;
using by_hand::Double;
using by_hand::Real;

static_assert(Nonlinearity<Monomial<0>> && Nonlinearity<Monomial<5>>);
static_assert(Monomial<3>::lowest_correlation(-1) == -1 && Monomial<2>::lowest_correlation(-1) == 0);
static_assert(Monomial<3>::value(Double(-2)).value == -8 && Monomial<3>::slope(Double(-2)).value == 12);
static_assert(odd_factorial(0) == 1 && odd_factorial(4) == 105);

// What float holds of (2n-1)!! q^n.
static_assert(domain_of<Monomial<2>>().largest == 1e12 && domain_of<Monomial<2>>().smallest < 1.1e-12);
static_assert(domain_of<Monomial<8>>().largest == 1e3 && domain_of<Monomial<8>>().smallest > 1e-6);

template <int n>
constexpr Real moment(Real q, Real y) {  // q = q11 q22, y = q12
    if constexpr (n == 0) return 1;
    if constexpr (n == 1) return y;
    if constexpr (n == 2) return 2 * y * y + q;
    if constexpr (n == 3) return 6 * y * y * y + 9 * y * q;
    if constexpr (n == 4) return 24 * y * y * y * y + 72 * y * y * q + 9 * q * q;
    if constexpr (n == 5) return 15 * y * (8 * y * y * y * y + 40 * y * y * q + 15 * q * q);
}
template <int n>
constexpr by_hand::Expected expected(Real q11, Real q12, Real q22) {
    return {moment<n>(q11 * q22, q12), n == 0 ? 0 : n * n * moment<(n > 0 ? n - 1 : 0)>(q11 * q22, q12)};
}
template <int n>
constexpr bool good(Real rate) {
    return by_hand::textbook_everywhere<Monomial<n>>(expected<n>) && by_hand::slope_is_derivative<Monomial<n>>() &&
           by_hand::keeps_near_samples<Monomial<n>>(1, rate) && by_hand::silent_is_finite<Monomial<n>>(2);
}
static_assert(good<0>(0) && good<1>(1) && good<2>(4 / 3.0L) && good<3>(27 / 15.0L));
static_assert(good<4>(16 * 15 / 105.0L) && good<5>(25 * 105 / 945.0L));
