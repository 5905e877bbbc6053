// Waves of any phase against the formula of the reference, and the Gaussian kernel that one of them is.
#include <wide/dsl/words/nonlinearities/sine.hpp>

#include "dual.hpp"

using namespace wide;
using by_hand::Double;
using by_hand::Real;

static_assert(Nonlinearity<Sin<>> && Nonlinearity<Cos<1, .5>> && Nonlinearity<Rbf<2>>);
static_assert(Sin<>::lowest_correlation(-1) == -1 && Cos<>::lowest_correlation(-1) == 0 &&
              Rbf<>::lowest_correlation(-1) == 0);

// Phases that differ from a multiple of pi/4 by rounding are that multiple.
static_assert(cosine_of_twice(0) == 1 && cosine_of_twice(pi / 2) == -1 && cosine_of_twice(pi / 4) == 0);
static_assert(cosine_of_twice(-pi) == 1 && by_hand::agree(cosine_of_twice(.3), by_hand::cosine(.6L), 1e-15L));
static_assert(by_hand::agree(cosine_of_twice(100), by_hand::cosine(200 - 64 * by_hand::pi), 1e-13L));

template <class W>
constexpr by_hand::Expected expected(Real q11, Real q12, Real q22) {
    const Real a = W::a, b = W::b, mean = (q11 + q22) / 2;
    const Real near = by_hand::exponential(-b * b * (mean - q12));
    const Real across = by_hand::exponential(-b * b * (mean + q12)) * by_hand::cosine(2 * static_cast<Real>(W::c));
    return {a * a / 2 * (near - across), a * a * b * b / 2 * (near + across)};
}
template <class W>
constexpr bool good() {
    return by_hand::textbook_everywhere<W>(expected<W>) && by_hand::silent_is_finite<W>(2) &&
           by_hand::slope_is_derivative<W>();
}
static_assert(good<Sin<>>());
static_assert(good<Sin<2, .5, .4>>());
static_assert(good<Sin<1, 1, -1>>());
static_assert(good<Cos<>>());
static_assert(good<Cos<-1, .5, .25>>());
static_assert(good<Rbf<.5>>());

constexpr Real rate(Real q) { return expected<Sin<>>(q, q, q).slope * q / expected<Sin<>>(q, q, q).product; }
static_assert(by_hand::keeps_near_samples<Sin<>>(1, rate(1)) &&
              by_hand::keeps_near_samples<Sin<>>(1e-6, rate(1e-6L), 1e-9L));
static_assert(by_hand::keeps_near_samples<Rbf<.5>>(3, 3) && by_hand::keeps_near_samples<Sin<>>(1e12, 1e12L, 1e-6L));

// The Gaussian kernel exp(-gamma |x - z|^2) of vectors of length 1 at a right angle, gamma = 1/2.
constexpr double right_angle() {
    Double numbers[1];
    Rbf<.5>::variance(Double(1), numbers);
    return Rbf<.5>::dual<0.0>(Double(1), numbers, numbers).deficit.value;
}
static_assert(by_hand::agree(right_angle(), 1 - by_hand::exponential(-1), 1e-15L));
