// The compile-time questions of the language's first page, word for word.
#include <type_traits>

#include <wide/dsl.hpp>

using namespace wide;

// clang-format off
// An architecture is a type. Each width is said once. `struct` rather than `using`: short symbols, short errors.
struct Net : Serial<Dense<512, He>, Relu, Dense<512, He>, Relu, Dense<1>> {};
using  In = Vector<784>;                       // Vector<> : width known at run time

static_assert( accepts<Net, In>);              // quiet yes/no, usable in `requires`
static_assert(!accepts<Net, Image<32,32,3>>);  // a Dense reads a Vector: Flatten first
static_assert(std::is_same_v<output_of<Net, In>, Vector<1>>);
static_assert(parameters_of<Net, In> == 784*512 + 512*512 + 512);     // no Bias<> said, so no bias counted
// clang-format on

template <class N, class I>
requires accepts<N, I>
constexpr bool welcome() { return true; }
template <class N, class I>
constexpr bool welcome() {
    return false;
}
static_assert(welcome<Net, In>());
static_assert(!welcome<Net, Image<32, 32, 3>>());
static_assert(accepts<Net, Vector<>>);
