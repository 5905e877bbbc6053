// Two correlated normal numbers beyond two thresholds: against integration (mpmath), where they are independent, and
// where one follows from the other.
#include <wide/dsl/words/nonlinearities/orthant.hpp>

#include "lane.hpp"

using namespace wide;
using by_hand::Double;
using by_hand::Real;

constexpr Real density(Real x) { return by_hand::exponential(-x * x / 2) / by_hand::root(2 * by_hand::pi); }
constexpr Real tail(Real x) { return (1 - by_hand::error_function(x / by_hand::root(2))) / 2; }

constexpr Threshold<Double> threshold(double at) {
    const Real h = at > 0 ? at : Threshold<Double>::least;
    return {Double(static_cast<double>(h)), Double(static_cast<double>(density(h))),
            Double(static_cast<double>(tail(h)))};
}

constexpr bool near(double value, Real expected) {
    const Real apart = static_cast<Real>(value) - expected;
    return -1e-14L < apart && apart < 1e-14L;
}
constexpr bool in_order(double h, double k, double rho, Real probability, Real product) {
    const double size = rho < 0 ? -rho : rho;
    const auto found = orthant(threshold(h), threshold(k), Double(1 - size), Double(rho < 0 ? -1 : 1));
    return near(found.probability.value, probability) && near(found.product.value, product);
}
constexpr bool is(double h, double k, double rho, Real probability, Real product) {
    return in_order(h, k, rho, probability, product) && in_order(k, h, rho, probability, product);
}

static_assert(is(.5, 1.25, .5, 0.069521605241015471517L, 0.03514230954020493451L));
static_assert(is(1, 2, -.25, 0.0011498613515489480673L, 0.00014575020412589241282L));
static_assert(is(1, 1, .9375, 0.12452763069935490138L, 0.06684585536862747625L));
static_assert(is(.25, .5, .75, 0.24192737793794672554L, 0.19080056369384431163L));
static_assert(is(3, .125, .5, 0.0012937937912288261008L, 0.00063127687223394408254L));

constexpr Real ramp(Real h) { return density(h) - h * tail(h); }
static_assert(is(.5, 1.5, 0, tail(.5L) * tail(1.5L), ramp(.5L) * ramp(1.5L)));

// Without thresholds: the angle of the corner, and ReLU's dual (Cho & Saul 2009).
constexpr bool is_corner(Real rho) {
    const Real angle = by_hand::pi - by_hand::arccosine(rho), sine = by_hand::root(1 - rho * rho);
    return is(0, 0, static_cast<double>(rho), angle / (2 * by_hand::pi), (sine + rho * angle) / (2 * by_hand::pi));
}
static_assert(is_corner(.25L) && is_corner(-.875L) && is_corner(0));

// Equal thresholds of equal numbers; where rounding 1 - rho moved a corner, it moves it by 1e-13.
constexpr bool is_equal(double h) {
    const auto found = orthant(threshold(h), threshold(h), Double(0), Double(1));
    const double probability = found.probability.value - static_cast<double>(tail(h));
    const double product = found.product.value - static_cast<double>((1 + h * h) * tail(h) - h * density(h));
    return -1e-13 < probability && probability < 1e-13 && -1e-13 < product && product < 1e-13;
}
static_assert(is_equal(0) && is_equal(.5) && is_equal(2));
