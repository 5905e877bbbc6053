// Polynomials against sums of the moments of two Gaussians.
#include <wide/dsl/words/nonlinearities/polynomial.hpp>

#include "dual.hpp"

using namespace wide;
using by_hand::Double;
using by_hand::Real;

struct Mixed : Polynomial<.25, 1, -.5, .125> {};
struct Odd : Polynomial<0, 1, 0, -.125> {};
struct Even : Polynomial<1, 0, .5> {};

static_assert(Nonlinearity<Mixed> && Nonlinearity<Polynomial<0, 2>> && Nonlinearity<Polynomial<3>>);
static_assert(Mixed::lowest_correlation(0) == -1 && Even::lowest_correlation(-1) == 0);
static_assert(Polynomial<0, 1, 1>::lowest_correlation(.5) == 0 && Polynomial<0, 1, 1>::lowest_correlation(-1) == -1);
static_assert(Polynomial<0, 1, 0, 0>::hoisted == 2 && domain_of<Polynomial<0, 0, 0, 0, 0, 0, 1>>().largest == 1e5);
static_assert(Mixed::value(Double(2)).value == 1.25 && Mixed::slope(Double(2)).value == .5);

/// E (c0 + c1 x + c2 x^2 + c3 x^3)(the same of z), and the derivative by E xz.
template <class W>
constexpr by_hand::Expected expected(Real q, Real y, Real p) {
    Real c[4]{};
    for (int k = 0; k < W::series.last() + 1; ++k) c[k] = W::series.c[k];
    const Real constant = c[0] * c[0] + c[0] * c[2] * (q + p) + c[2] * c[2] * q * p;
    const Real line = c[1] * c[1] + 3 * c[1] * c[3] * (q + p) + 9 * c[3] * c[3] * q * p;
    return {constant + line * y + 2 * c[2] * c[2] * y * y + 6 * c[3] * c[3] * y * y * y,
            line + 4 * c[2] * c[2] * y + 18 * c[3] * c[3] * y * y};
}
template <class W>
constexpr bool good() {
    return by_hand::textbook_everywhere<W>(expected<W>) && by_hand::slope_is_derivative<W>() &&
           by_hand::silent_is_finite<W>(2);
}
static_assert(good<Mixed>() && good<Odd>() && good<Even>() && good<Polynomial<0, 0, 1, .5>>());

constexpr Real rate(Real q) { return expected<Mixed>(q, q, q).slope * q / expected<Mixed>(q, q, q).product; }
static_assert(by_hand::keeps_near_samples<Mixed>(1, rate(1)) && by_hand::keeps_near_samples<Odd>(1e-8, 1, 1e-6L));
