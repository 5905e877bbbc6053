// The signed deficit of a correlation: |t| = 1 - |rho|, with rho's sign.
#include <wide/dsl/meaning/deficit.hpp>

#include "lane.hpp"

using namespace wide;
using by_hand::Double;

static_assert(correlation<false>(Double(.25)).value == .75 && correlation<false>(Double(-.25)).value == -.75);
static_assert(correlation<true>(Double(.25)).value == .75 && correlation<false>(Double(0)).value == 1);
static_assert(distance<false>(Double(.25)).value == .25 && distance<false>(Double(-.25)).value == 1.75);
static_assert(distance<true>(Double(.25)).value == .25);

static_assert(opposite(Double(.25)).value == -.25);
static_assert(opposite(Double(0)).value == -smallest_gap<double> && opposite(Double(-1e-17)).value < 0);
static_assert(correlation<false>(opposite(Double(0))).value == -1);

static_assert(signed_deficit(Double(.25)).value == .25 && signed_deficit(Double(1.75)).value == -.25);
static_assert(signed_deficit(Double(1)).value == 1 && signed_deficit(Double(2)).value == -smallest_gap<double>);

constexpr bool there_and_back() {
    for (int k = 0; k <= 64; ++k) {
        const double apart = k / 32.0;
        const Double t = signed_deficit(Double(apart));
        if (k < 64 && distance<false>(t).value != apart) return false;
        if (correlation<false>(t).value != 1 - apart) return false;
    }
    return true;
}
static_assert(there_and_back());

static_assert(deficit_of_gap<false>(Double(.25), Double(-.5)).value == -.25);
static_assert(deficit_of_gap<false>(Double(.25), Double(.5)).value == .25);
static_assert(deficit_of_gap<true>(Double(-1e-17), Double(0)).value >= 0);
static_assert(deficit_of_gap<false>(Double(-1e-17), Double(-.5)).value < 0);
static_assert(smallest_gap<float> * smallest_gap<float> == 0 && smallest_gap<float> > 0 && smallest_gap<double> > 0);
