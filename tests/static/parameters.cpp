// How many parameters a finite network has.
#include <wide/dsl.hpp>

using namespace wide;

static_assert(parameters_of<Serial<Dense<512, He>, Relu, Dense<1>>, Vector<784>> == 784 * 512 + 512);
static_assert(parameters_of<Dense<10, Bias<.1>>, Vector<784>> == 784 * 10 + 10);
static_assert(parameters_of<Dense<10, Bias<0>>, Vector<784>> == 784 * 10 + 10);
static_assert(parameters_of<Dense<10, Frozen>, Vector<784>> == 784 * 10);
static_assert(parameters_of<Serial<>, Vector<784>> == 0 && parameters_of<Identity, Image<4, 4, 3>> == 0);
static_assert(parameters_of<Repeat<3, Dense<10>>, Vector<784>> == 784 * 10 + 10 * 10 * 2);

struct Block : Residual<Relu, Dense<64, Bias<.1>>> {};
static_assert(parameters_of<Serial<Dense<64>, Repeat<5, Block>, Dense<1>>, Vector<3>> ==
              3 * 64 + 5 * (64 * 64 + 64) + 64);
static_assert(parameters_of<Serial<Concat<Dense<5>, Dense<6>>, Dense<7>>, Vector<3>> == 3 * 5 + 3 * 6 + 11 * 7);

// More than fit into 32 bits.
static_assert(parameters_of<Serial<Dense<100'000>, Relu, Dense<100'000>>, Vector<1>> == 10'000'100'000);
