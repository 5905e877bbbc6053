// The exponential and the normalised exponential kernel against their formulas.
#include <wide/dsl/words/nonlinearities/exponential.hpp>

#include "dual.hpp"

using namespace wide;
using by_hand::exponential;
using by_hand::Real;
using by_hand::root;

static_assert(Nonlinearity<Exp<>> && Nonlinearity<ExpNormalized<>> && !Activation<ExpNormalized<>>);
static_assert(Exp<>::lowest_correlation(-1) == 0 && ExpNormalized<>::lowest_correlation(-1) == 0);
static_assert(domain_of<Exp<>>().largest == 40 && domain_of<Exp<1, 2>>().largest == 10);

template <class W>
constexpr by_hand::Expected exponentials(Real q11, Real q12, Real q22) {
    const Real b = W::b, product = W::a * W::a * exponential(b * b * ((q11 + q22) / 2 + q12));
    return {product, b * b * product};
}
static_assert(by_hand::textbook_everywhere<Exp<>>(exponentials<Exp<>>));
static_assert(by_hand::textbook_everywhere<Exp<2, -.5>>(exponentials<Exp<2, -.5>>));
static_assert(by_hand::slope_is_derivative<Exp<2, -.5>>() && by_hand::silent_is_finite<Exp<>>(2));
static_assert(by_hand::keeps_near_samples<Exp<>>(3, 3));

template <class W>
constexpr by_hand::Expected normalised(Real q11, Real q12, Real q22) {
    const Real scale = root(q11) * root(q22);
    const Real kernel = exponential(W::gamma * (1 + W::shift)) * exponential(-W::gamma * (1 - q12 / scale));
    return {scale * kernel, W::gamma * kernel};
}
static_assert(by_hand::textbook_everywhere<ExpNormalized<>>(normalised<ExpNormalized<>>));
static_assert(by_hand::textbook_everywhere<ExpNormalized<3, 0>>(normalised<ExpNormalized<3, 0>>));
static_assert(by_hand::keeps_near_samples<ExpNormalized<3>>(1, 3) && by_hand::silent_is_finite<ExpNormalized<>>(1));
