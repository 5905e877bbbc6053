// Kinks elsewhere than at 0: which form an activation gets, its ramps, and a dual against integration (mpmath).
#include <type_traits>

#include <wide/dsl.hpp>
#include <wide/simd/scalar.hpp>

#include "../by_hand.hpp"

using namespace wide;
using Double = Scalar<double>;

struct Clip {
    static constexpr double kinks[] = {-1, 1};
    template <class L>
    static constexpr L value(L x) {
        return select(x < L(-1), L(-1), select(L(1) < x, L(1), x));
    }
    template <class L>
    static constexpr L slope(L x) {
        return select(abs(x) < L(1), L(1), L(0));
    }
};

static_assert(std::is_same_v<kernel_form<Clip>, SplitKinks<Clip>>);
static_assert(std::is_same_v<kernel_form<HardSigmoid>, SplitKinks<HardSigmoid>>);
static_assert(!std::is_same_v<kernel_form<Elu<>>, SplitKinks<Elu<>>> &&
              !std::is_same_v<kernel_form<Tanh>, SplitKinks<Tanh>>);

// At -1 the slope jumps by 1, at 1 by -1; what is left of a piecewise linear phi is a line.
static_assert(Ramps<Clip>::jump<Double>(0).value == 1 && Ramps<Clip>::jump<Double>(1).value == -1);
static_assert(Ramps<Clip>::value(Double(-3)).value == 2 && Ramps<Clip>::value(Double(3)).value == -2);
static_assert(Ramps<Clip>::slope(Double(-3)).value == -1 && Ramps<Clip>::slope(Double(3)).value == -1);
static_assert(WithoutRamps<Clip>::value(Double(-3)).value == -3 && WithoutRamps<Clip>::value(Double(3)).value == 3);

struct Clipped {
    double first, second, deficit, slope, opposite, itself;
};
constexpr Clipped clipped = [] {
    constexpr Terms line{.even = 1, .odd = 1, .besides = 10};
    Double left[12], right[12];
    HermiteUse use;
    const double first = SplitKinks<Clip>::variance<double>(Double(1), left, use, line).value;
    const double second = SplitKinks<Clip>::variance<double>(Double(.5), right, use, line).value;
    const auto dual = [&](double t, const Double* two) {
        return SplitKinks<Clip>::dual<-1.0, double>(Double(t), static_cast<const Double*>(left), two, line);
    };
    const auto near = dual(.375, right);
    return Clipped{first,
                   second,
                   near.deficit.value,
                   near.slope.value,
                   dual(-.375, right).deficit.value,
                   dual(0, left).deficit.value};
}();
static_assert(by_hand::agree(clipped.first, 0.5160585509617133L, 1e-15L));
static_assert(by_hand::agree(clipped.second, 0.37109585481484521L, 1e-15L));
static_assert(by_hand::agree(clipped.deficit, 1 - 0.59469273365926487L, 1e-13L));
static_assert(by_hand::agree(clipped.slope, 0.99684771732486774L, 1e-13L));
static_assert(by_hand::agree(clipped.opposite, -(1 - 0.59469273365926487L), 1e-13L) && clipped.itself == 0);
