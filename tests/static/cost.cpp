// What a pair costs.
#include <wide/dsl.hpp>

using namespace wide;

struct Net : Serial<Dense<512, He>, Relu, Dense<512, He>, Relu, Dense<1>> {};
constexpr Cost price = cost_of<Net, Vector<784>>;
static_assert(price.contraction == 2 * 784);
static_assert(price.duals == 2);
static_assert(price.bytes == 8);
static_assert(price.hoisted == 0);
static_assert(price.flops == price.contraction + price.recursion);
static_assert(price.recursion > 2 * Relu::flops && price.recursion < 4 * Relu::flops);

// A width of run time costs nothing yet; everything after it is known.
static_assert(cost_of<Net, Vector<>>.contraction == 0 && cost_of<Net, Vector<>>.recursion == price.recursion);

// Every layer of a repetition is paid for, although its code stands there once.
template <std::size_t depth>
struct Deep : Serial<Repeat<depth, Dense<8>, Relu>, Dense<1>> {};
static_assert(cost_of<Deep<40>, Vector<3>>.duals == 40);
static_assert(cost_of<Deep<40>, Vector<3>>.recursion - cost_of<Deep<39>, Vector<3>>.recursion ==
              cost_of<Deep<20>, Vector<3>>.recursion - cost_of<Deep<19>, Vector<3>>.recursion);

// Numbers kept per sample: two for a bias, one or two more in standard parameterisation, two where branches meet, the nonlinearity's own.
static_assert(cost_of<Dense<5>, Vector<3>>.hoisted == 0);
static_assert(cost_of<Dense<5, Bias<.1>>, Vector<3>>.hoisted == 2);
static_assert(cost_of<Dense<5, Bias<.1>, Standard>, Vector<3>>.hoisted == 4);
static_assert(cost_of<Dense<5, Standard>, Vector<3>>.hoisted == 1);
static_assert(cost_of<Sum<Dense<5>, Dense<5>>, Vector<3>>.hoisted == 2);
static_assert(cost_of<Serial<Dense<5>, Erf>, Vector<3>>.hoisted == Erf::hoisted);

// What is not trained costs less.
static_assert(cost_of<Serial<Dense<5, Frozen>, Relu, Dense<1, Frozen>>, Vector<3>>.recursion <
              cost_of<Serial<Dense<5>, Relu, Dense<1>>, Vector<3>>.recursion);

template <class N, class In>
concept Priced = requires {
    cost_of<N, In>.flops;
};
static_assert(Priced<Net, Vector<784>> && !Priced<Net, Image<2, 2, 2>>);
