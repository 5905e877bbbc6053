// Branches read one value, and meet two by two.
#include <type_traits>

#include <wide/dsl.hpp>

using namespace wide;

struct Two : Sum<Serial<Dense<8>, Relu, Dense<5>>, Dense<5>> {};
static_assert(program<Two>.size == 5);
static_assert(program<Two>.inst[0].left == 0 && program<Two>.inst[3].left == 0);
static_assert(program<Two>.inst[4].op == Op::sum && program<Two>.inst[4].left == 3 &&
              program<Two>.inst[4].right == 4);
static_assert(program<Two>.inst[4].word == &identity<Sum<Serial<Dense<8>, Relu, Dense<5>>, Dense<5>>>);

// Three branches are two meetings; one branch is none.
struct Three : Product<Dense<5>, Dense<5>, Dense<5>> {};
static_assert(program<Three>.size == 5);
static_assert(program<Three>.inst[2].op == Op::product && program<Three>.inst[2].left == 1 &&
              program<Three>.inst[2].right == 2);
static_assert(program<Three>.inst[4].op == Op::product && program<Three>.inst[4].left == 3 &&
              program<Three>.inst[4].right == 4);
static_assert(program<Sum<Dense<5>>>.size == 1 && program<Concat<Dense<5>>>.inst[0].op == Op::affine);

// A residual block adds its input to what its layers make of it.
struct Block : Residual<Relu, Dense<64, He>> {};
static_assert(program<Block>.size == 3 && program<Block>.inst[2].op == Op::sum);
static_assert(program<Block>.inst[2].left == 0 && program<Block>.inst[2].right == 2);
static_assert(std::is_base_of_v<Sum<Identity, Serial<Relu, Dense<64, He>>>, Block>);
static_assert(accepts<Serial<Dense<64>, Block, Block, Relu, Dense<1>>, Vector<3>>);
static_assert(accepts<Serial<Dense<64>, Repeat<30, Block>, Dense<1>>, Vector<3>>);

// Shapes: Sum and Product keep them, Concat adds channels.
static_assert(std::is_same_v<output_of<Two, Vector<7>>, Vector<5>>);
static_assert(std::is_same_v<output_of<Three, Vector<>>, Vector<5>>);
static_assert(std::is_same_v<output_of<Concat<Dense<5>, Dense<6>, Dense<7>>, Vector<3>>, Vector<18>>);
static_assert(std::is_same_v<output_of<Concat<Identity, Dense<5>>, Vector<3>>, Vector<8>>);
static_assert(std::is_same_v<output_of<Concat<Identity, Dense<5>>, Vector<>>, Vector<>>);
static_assert(!accepts<Sum<Dense<5>, Dense<6>>, Vector<3>>);
static_assert(!accepts<Product<Dense<5>, Dense<6>>, Vector<3>>);

// At most one branch of a Sum may end without an affine layer of its own.
static_assert(accepts<Serial<Dense<5>, Sum<Relu, Dense<5>>, Dense<1>>, Vector<3>>);
static_assert(accepts<Serial<Dense<5>, Sum<Dense<5>, Serial<Relu, Dense<5>>, Relu>, Dense<1>>, Vector<3>>);
static_assert(!accepts<Serial<Dense<5>, Sum<Relu, Erf>, Dense<1>>, Vector<3>>);
static_assert(!accepts<Sum<Identity, Identity>, Vector<3>>);

// Sums and products of values that carry the same weights have cross terms; channels side by side have none.
static_assert(!accepts<Serial<Dense<5>, Sum<Identity, Identity>>, Vector<3>>);
static_assert(!accepts<Serial<Dense<5>, Product<Relu, Erf>, Dense<1>>, Vector<3>>);
static_assert(!accepts<Serial<Dense<5>, Sum<Identity, Residual<Relu, Dense<5>>>>, Vector<3>>);
static_assert(accepts<Serial<Dense<5>, Product<Serial<Relu, Dense<5>>, Relu>, Dense<1>>, Vector<3>>);
static_assert(accepts<Serial<Dense<5>, Concat<Relu, Erf>, Dense<1>>, Vector<3>>);

// What comes out of a product or of a Concat is not Gaussian; a sum of Gaussian branches is.
static_assert(accepts<Serial<Sum<Dense<5>, Dense<5>>, Relu>, Vector<3>>);
static_assert(!accepts<Serial<Product<Dense<5>, Dense<5>>, Relu>, Vector<3>>);
static_assert(!accepts<Serial<Concat<Dense<5>, Dense<5>>, Relu>, Vector<3>>);
static_assert(!accepts<Serial<Dense<5>, Sum<Relu, Dense<5>>, Relu>, Vector<3>>);

static_assert(!accepts<Sum<>, Vector<3>> && !accepts<Product<>, Vector<3>> && !accepts<Concat<>, Vector<3>>);
