// Dropout: nothing in use, an instruction in training.
#include <type_traits>

#include <wide/dsl.hpp>

using namespace wide;

static_assert(program<Dropout<.9>>.size == 0);
static_assert(program<Dropout<.9, Test>>.size == 0);
static_assert(program<Dropout<.9, Train>>.size == 1);
static_assert(program<Dropout<.9, Train>>.inst[0].op == Op::dropout &&
              program<Dropout<.9, Train>>.inst[0].keep == .9);
static_assert(std::is_same_v<lowered_t<Serial<Dense<5>, Dropout<.9>, Relu, Dense<1>>>,
                             lowered_t<Serial<Dense<5>, Relu, Dense<1>>>>);

static_assert(accepts<Dropout<1>, Vector<3>> && accepts<Dropout<1, Train>, Vector<3>>);
static_assert(!accepts<Dropout<0>, Vector<3>> && !accepts<Dropout<0, Train>, Vector<3>>);
static_assert(!accepts<Dropout<1.5>, Vector<3>> && !accepts<Dropout<1.5, Train>, Vector<3>>);
static_assert(!accepts<Dropout<-.5>, Vector<3>> && !accepts<Dropout<.5, int>, Vector<3>>);

// Dropped units are no Gaussians any more, unless nothing is dropped.
static_assert(!accepts<Serial<Dense<5>, Dropout<.5, Train>, Relu>, Vector<3>>);
static_assert(accepts<Serial<Dense<5>, Dropout<.5>, Relu>, Vector<3>>);
static_assert(accepts<Serial<Dense<5>, Relu, Dropout<.5, Train>, Dense<1>>, Vector<3>>);
static_assert(std::is_same_v<output_of<Dropout<.5, Train>, Image<4, 5, 6>>, Image<4, 5, 6>>);
