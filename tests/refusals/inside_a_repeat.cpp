// expect: rejected<(wide::)?nonlinearity_expects_an_affine_layer_before_it, (wide::)?at_layer<4[ul]*, (wide::)?Relu>, (wide::)?received<(wide::)?Vector<64[ul]*> ?> ?>

// The first round reads a Dense, the second its own Dropout: repetitions are counted one by one.
#include <wide/dsl.hpp>
using namespace wide;

#ifdef CURED
struct Net : Serial<Dense<64>, Repeat<3, Relu, Dropout<.5, Train>, Dense<64>>, Dense<1>> {};
#else
struct Net : Serial<Dense<64>, Repeat<3, Relu, Dropout<.5, Train>, Dropout<.9>>, Dense<1>> {};
#endif
using Out = output_of<Net, Vector<784>>;
