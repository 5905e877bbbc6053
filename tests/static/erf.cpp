// The error function's dual against the formula of Williams (1997), by an arcsine of the test's own.
#include <wide/dsl/words/nonlinearities/erf.hpp>

#include "lane.hpp"

using namespace wide;
using by_hand::Double;
using by_hand::Real;

static_assert(Nonlinearity<Erf> && Erf::hoisted == 3);
static_assert(Erf::lowest_correlation(-1) == -1 && Erf::lowest_correlation(0) == 0);

constexpr Real product(Real q11, Real q12, Real q22) {
    return 2 / by_hand::pi * by_hand::arcsine(2 * q12 / by_hand::root((1 + 2 * q11) * (1 + 2 * q22)));
}

/// Whether the dual of samples with variances q1, q2 and correlation rho is the formula's.
template <bool nonnegative>
constexpr bool textbook(double q1, double q2, double rho) {
    Double left[Erf::hoisted], right[Erf::hoisted];
    const double one = Erf::variance(Double(q1), left).value, two = Erf::variance(Double(q2), right).value;
    const auto dual = Erf::dual<nonnegative>(Double(rho < 0 ? -1 - rho : 1 - rho), left, right);
    const Real q12 = static_cast<Real>(rho) * by_hand::root(static_cast<Real>(q1) * static_cast<Real>(q2));
    const Real grown = (1 + 2 * static_cast<Real>(q1)) * (1 + 2 * static_cast<Real>(q2));
    const Real scale = by_hand::root(static_cast<Real>(one) * static_cast<Real>(two));
    const Real correlation = product(q1, q12, q2) / scale;
    const Real slope = 4 / (by_hand::pi * by_hand::root(grown - 4 * q12 * q12)) *
                       by_hand::root(static_cast<Real>(q1) * static_cast<Real>(q2)) / scale;
    const double t = dual.deficit.value, found = t < 0 ? -1 - t : 1 - t;
    const double apart = found - static_cast<double>(correlation);
    return by_hand::agree(one, product(q1, q1, q1), 1e-15L) && by_hand::agree(dual.slope.value, slope, 2e-15L) &&
           apart < 1e-15 && -apart < 1e-15;
}

constexpr bool textbook_everywhere(double q1, double q2) {
    for (int k = -7; k <= 8; ++k) {
        if (!textbook<false>(q1, q2, k / 8.0)) return false;
        if (k >= 0 && !textbook<true>(q1, q2, k / 8.0)) return false;
    }
    return true;
}
static_assert(textbook_everywhere(1, 1) && textbook_everywhere(.25, 9) && textbook_everywhere(1e-3, 1e3));

// A silent sample (variance 0) yields numbers, not NaN.
constexpr bool silent_is_finite() {
    Double left[Erf::hoisted], right[Erf::hoisted];
    const double none = Erf::variance(Double(0), left).value;
    Erf::variance(Double(2), right);
    const auto dual = Erf::dual<false>(Double(1), left, right);
    return none == 0 && dual.deficit.value == 1 && dual.slope.value > 0 && dual.slope.value < 10;
}
static_assert(silent_is_finite());
