// Layer normalisation: where it may stand, and that it costs pairs nothing.
#include <type_traits>

#include <wide/dsl.hpp>

using namespace wide;

static_assert(program<LayerNorm>.inst[0].op == Op::normalize);
static_assert(accepts<Serial<Dense<5>, LayerNorm, Relu, Dense<1>>, Vector<3>>);
static_assert(accepts<Serial<Sum<Dense<5>, Dense<5>>, LayerNorm>, Vector<3>>);
static_assert(!accepts<Serial<Dense<5>, Relu, LayerNorm, Dense<1>>, Vector<3>>);
static_assert(!accepts<LayerNorm, Vector<3>>);
static_assert(std::is_same_v<output_of<Serial<Dense<5>, LayerNorm>, Vector<3>>, Vector<5>>);
static_assert(parameters_of<Serial<Dense<5>, LayerNorm>, Vector<3>> == 15);
static_assert(cost_of<Serial<Dense<5>, LayerNorm, Relu, Dense<1>>, Vector<3>>.recursion ==
              cost_of<Serial<Dense<5>, Relu, Dense<1>>, Vector<3>>.recursion);
