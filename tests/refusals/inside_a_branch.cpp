// expect: rejected<(wide::)?option_is_given_twice, (wide::)?at_layer<8[ul]*, (wide::)?Dense<32[ul]*, (wide::)?He, (wide::)?He> ?>, (wide::)?received<(wide::)?Vector<64[ul]*> ?> ?>

// A mistake in a branch of a named block, inside another named block.
#include <wide/dsl.hpp>
using namespace wide;

#ifdef CURED
struct Branch : Serial<Relu, Dense<32, He>, Relu, Dense<64, He>> {};
#else
struct Branch : Serial<Relu, Dense<32, He, He>, Relu, Dense<64, He>> {};
#endif
struct Block : Sum<Serial<Relu, Dense<64>>, Branch, Identity> {};
struct Net : Serial<Dense<64>, Relu, Dense<64>, Repeat<2, Identity>, Block, Dense<1>> {};
using Out = output_of<Net, Vector<784>>;
