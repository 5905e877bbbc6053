// The distinct nonlinearities of an architecture, in order of first use; a user's own is one of them.
#include <type_traits>

#include <wide/dsl.hpp>

#include "lane.hpp"

using namespace wide;

struct Square {  // phi(x) = x^2: K' = 2 q12^2 + q11 q22
    static constexpr int hoisted = 0;
    static constexpr double flops = 6;
    template <class L>
    static constexpr L value(L x) {
        return x * x;
    }
    template <class L>
    static constexpr L slope(L x) {
        return x + x;
    }
    static constexpr double lowest_correlation(double) { return 0; }
    template <class L>
    static constexpr L variance(L q, L*) {
        return L(3) * q * q;
    }
    template <double lowest, class L, class Left, class Right>
    static constexpr Dual<L> dual(L t, Left, Right) {
        const L w = abs(t), rho = select(t < L(0), w - L(1), L(1) - w);
        return {w * (L(2) - w) * L(2.0 / 3), rho * L(4.0 / 3)};
    }
};
static_assert(Nonlinearity<Square> && !Nonlinearity<Dense<5>> && !Nonlinearity<int>);
static_assert(accepts<Serial<Dense<5>, Square, Dense<1>>, Vector<3>>);
static_assert(Square::dual<-1.0>(by_hand::Double(.5), nullptr, nullptr).deficit.value == .5);

struct Net : Serial<Dense<5>, Erf, Repeat<3, Dense<5>, Relu>, Residual<Square, Dense<5>>, Erf, Dense<1>> {};
static_assert(std::is_same_v<nonlinearities_of<Net>, Nonlinearities<Erf, Relu, Square>>);
static_assert(std::is_same_v<nonlinearities_of<Dense<5>>, Nonlinearities<>>);
static_assert(std::is_same_v<nonlinearities_of<Serial<>>, Nonlinearities<>>);
static_assert(std::is_same_v<nonlinearities_of<Relu>, Nonlinearities<Relu>>);

constexpr auto& used = nonlinearity_table<nonlinearities_of<Net>>;
static_assert(used.count == 3 && used.index_of(&identity<Erf>) == 0 && used.index_of(&identity<Square>) == 2);
static_assert(used.index_of(&identity<Abs>) == 3);
static_assert(used.hoisted[0] == Erf::hoisted && used.hoisted[1] == 0 && used.flops[2] == 6);
static_assert(used.lowest_correlation[0](-1) == -1 && used.lowest_correlation[1](-1) == 0);
static_assert(draft<Net>.step[1].nonlinearity == 0 && draft<Net>.step[3].nonlinearity == 1);

static_assert(std::is_same_v<nth<2, int, char, long>::type, long>);

// An activation has a value and a slope, and its dual is made for it: from what it does to doubles, or to any lane.
struct OnDoubles {
    static constexpr double value(double x) { return x / 2 + 1; }
    static constexpr double slope(double) { return .5; }
};
struct OnLanes {
    template <class L>
    static constexpr L value(L x) {
        return x * x * x;
    }
    template <class L>
    static constexpr L slope(L x) {
        return L(typename L::value_type(3)) * x * x;
    }
};
struct Kinked : OnDoubles {
    static constexpr double kinks[] = {0};
};
struct KinkedElsewhere : OnDoubles {
    static constexpr double kinks[] = {0, 1};
};
struct Slopeless {
    static constexpr double value(double x) { return x; }
};
static_assert(Nonlinearity<OnDoubles> && Nonlinearity<OnLanes> && !Nonlinearity<Slopeless>);
static_assert(Activation<OnDoubles> && !ClosedForm<OnDoubles> && ClosedForm<Square> && Activation<Square>);
template <class W>
using Around = Serial<Dense<5>, W, Dense<1>>;
static_assert(accepts<Around<OnDoubles>, Vector<3>> && accepts<Around<OnLanes>, Vector<3>>);
static_assert(accepts<Around<Kinked>, Vector<3>> && !accepts<Around<Slopeless>, Vector<3>>);
static_assert(std::is_same_v<kernel_form<OnDoubles>, Automatic<OnDoubles>> &&
              std::is_same_v<kernel_form<Square>, Square>);
static_assert(std::is_same_v<kernel_form<Kinked>, AngleSeries<Kinked>>);
static_assert(std::is_same_v<kernel_form<KinkedElsewhere>, SplitKinks<KinkedElsewhere>>);
static_assert(nonlinearity_table<nonlinearities_of<Around<OnLanes>>>.automatic[0] && !used.automatic[2]);
static_assert(cost_of<Around<OnDoubles>, Vector<3>>.duals == 1);
