// Compile-time questions only: what a translation unit pays that merely asks.
#include <type_traits>

#include <wide/dsl.hpp>

using namespace wide;

struct Net : Serial<Dense<512, He>, Relu, Dense<512, He>, Relu, Dense<1>> {};
using In = Vector<784>;

static_assert(accepts<Net, In>);
static_assert(!accepts<Net, Image<32, 32, 3>>);
static_assert(std::is_same_v<output_of<Net, In>, Vector<1>>);
static_assert(parameters_of<Net, In> == 784 * 512 + 512 * 512 + 512);
