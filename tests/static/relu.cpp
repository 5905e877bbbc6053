// The ReLU family against its textbook dual (Cho & Saul 2009), with arccos and without any of the library's forms.
#include <wide/dsl/words/nonlinearities/relu.hpp>

#include "lane.hpp"

using namespace wide;
using by_hand::agree;
using by_hand::Double;
using by_hand::Real;

static_assert(Nonlinearity<Relu> && Nonlinearity<LeakyRelu<.1>> && Nonlinearity<Abs> && Nonlinearity<ABRelu<-1, 2>>);

// phi and phi' themselves.
static_assert(Relu::value(Double(3)).value == 3 && Relu::value(Double(-3)).value == 0);
static_assert(LeakyRelu<.25>::value(Double(-4)).value == -1 && LeakyRelu<.25>::value(Double(4)).value == 4);
static_assert(Abs::value(Double(-3)).value == 3 && ABRelu<2, 5>::value(Double(-3)).value == -6);
static_assert(Relu::slope(Double(3)).value == 1 && Relu::slope(Double(-3)).value == 0);
static_assert(ABRelu<2, 5>::slope(Double(-3)).value == 2 && ABRelu<2, 5>::slope(Double(3)).value == 5);

// E phi^2 = (a^2 + b^2) q / 2.
static_assert(Relu::variance(Double(3), static_cast<Double*>(nullptr)).value == 1.5);
static_assert(ABRelu<2, 4>::variance(Double(3), static_cast<Double*>(nullptr)).value == 30);

/// Whether word W, for unit variances and correlation rho, has the textbook's E phi phi and E phi' phi'.
template <class W>
constexpr bool textbook(Real rho) {
    const Real a = W::a, b = W::b, c = (a - b) * (a - b) / (2 * by_hand::pi), half = (a * a + b * b) / 2;
    const Real angle = by_hand::arccosine(rho), sine = by_hand::root((1 - rho) * (1 + rho));
    const Real slope = (half - c * angle) / half, product = (c * sine + (half - c * angle) * rho) / half;
    const Real expected = product < 0 ? -1 - product : 1 - product;
    const double t = static_cast<double>(rho < 0 ? -1 - rho : 1 - rho);
    const auto close = [](double value, Real wanted) {
        return value - static_cast<double>(wanted) < 4e-16 && static_cast<double>(wanted) - value < 4e-16;
    };
    const auto whole = W::template dual<-1.0>(Double(t), nullptr, nullptr);
    bool good = close(whole.deficit.value, expected) && close(whole.slope.value, slope);
    if (rho >= 0) {
        const auto half_range = W::template dual<0.0>(Double(t), nullptr, nullptr);
        good = good && close(half_range.deficit.value, expected) && close(half_range.slope.value, slope);
    }
    return good;
}

template <class W>
constexpr bool textbook_everywhere() {
    for (int k = -15; k <= 15; ++k)
        if (!textbook<W>(static_cast<Real>(k) / 16)) return false;
    return true;
}
static_assert(textbook_everywhere<Relu>() && textbook_everywhere<LeakyRelu<.1>>() && textbook_everywhere<Abs>());
static_assert(textbook_everywhere<ABRelu<.5, 2.0>>() && textbook_everywhere<ABRelu<-.5, 2.0>>());
static_assert(textbook_everywhere<ABRelu<1, 1>>() && textbook_everywhere<ABRelu<2, 0>>());

// Parallel samples stay exactly parallel, and near ones keep their distance to full precision: 1 - rho' = t - t^1.5
// ...
static_assert(Relu::dual<-1.0>(Double(0), nullptr, nullptr).deficit.value == 0);
static_assert(Relu::dual<0.0>(Double(0), nullptr, nullptr).slope.value == 1);
static_assert(agree(Relu::dual<0.0>(Double(1e-20), nullptr, nullptr).deficit.value, 1e-20L, 1e-9L));
// Opposite samples: relu has nothing in common, |x| everything.
static_assert(Relu::dual<-1.0>(Double(-1e-200), nullptr, nullptr).deficit.value == 1);
static_assert(Abs::dual<-1.0>(Double(-1e-200), nullptr, nullptr).deficit.value < 1e-15);

// Ranges: only a family member whose slopes have the same sign hands a negative correlation on.
static_assert(Relu::lowest_correlation(-1) == 0 && Abs::lowest_correlation(-1) == 0);
static_assert(LeakyRelu<.1>::lowest_correlation(-1) == -1 && LeakyRelu<.1>::lowest_correlation(0) > 0);
static_assert(LeakyRelu<-.1>::lowest_correlation(-1) == 0);
