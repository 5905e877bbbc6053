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

// Of images: at every position, or of all positions together, which then have variances of their own still.
using Layer = Conv<5, Filter<3, 3>>;
static_assert(program<LayerNormAll>.inst[0].op == Op::normalize && program<LayerNormAll>.inst[0].all_positions);
static_assert(!program<LayerNorm>.inst[0].all_positions);
static_assert(accepts<Serial<Layer, LayerNorm, Relu>, Image<4, 4, 3>>);
static_assert(accepts<Serial<Layer, LayerNormAll, Relu>, Image<4, 4, 3>>);
static_assert(!accepts<Serial<Layer, Relu, LayerNormAll>, Image<4, 4, 3>> && !accepts<LayerNormAll, Image<4, 4, 3>>);
static_assert(accepts<Serial<Layer, LayerNorm, Hermite<2>>, Image<4, 4, 3>>);
static_assert(!accepts<Serial<Layer, LayerNormAll, Hermite<2>>, Image<4, 4, 3>>);
static_assert(accepts<Serial<Layer, LayerNormAll, LayerNorm, Hermite<2>>, Image<4, 4, 3>>);
// Where there is one position, both are the same.
static_assert(accepts<Serial<Layer, LayerNormAll, Hermite<2>>, Image<3, 3, 3>>);
static_assert(accepts<Serial<Dense<5>, LayerNormAll, Hermite<2>>, Vector<3>>);
static_assert(std::is_same_v<output_of<Serial<Layer, LayerNormAll>, Image<4, 4, 3>>, Image<2, 2, 5>>);
static_assert(parameters_of<Serial<Layer, LayerNormAll>, Image<4, 4, 3>> == 3 * 9 * 5);
