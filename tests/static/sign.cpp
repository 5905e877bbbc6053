// sign's dual against 1 - 2 theta / pi (Cho & Saul 2009).
#include <wide/dsl/words/nonlinearities/sign.hpp>

#include "dual.hpp"

using namespace wide;
using by_hand::Double;
using by_hand::Real;

static_assert(Nonlinearity<Sign> && Sign::lowest_correlation(-1) == -1 && Sign::lowest_correlation(.5) == 0);
static_assert(Sign::value(Double(-3)).value == -1 && Sign::value(Double(2)).value == 1 &&
              Sign::slope(Double(2)).value == 0);

constexpr auto expected = [](Real q11, Real q12, Real q22) {
    return by_hand::Expected{1 - 2 / by_hand::pi * by_hand::arccosine(q12 / by_hand::root(q11) / by_hand::root(q22)),
                             0};
};
static_assert(by_hand::textbook_everywhere<Sign>(expected) && by_hand::silent_is_finite<Sign>(1));
static_assert(Sign::variance(Double(0), static_cast<Double*>(nullptr)).value == 0);

// 1 - rho' = 2/pi sqrt(2t) ..., from both ends.
static_assert(by_hand::agree(Sign::dual<0.0>(Double(1e-20), 0, 0).deficit.value,
                             2 / by_hand::pi * by_hand::root(2e-20L)));
static_assert(by_hand::agree(Sign::dual<-1.0>(Double(-1e-20), 0, 0).deficit.value,
                             -2 / by_hand::pi * by_hand::root(2e-20L)));
