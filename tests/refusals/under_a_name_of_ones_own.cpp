// expect: rejected<(wide::)?layer_expects_a_vector, (wide::)?at_layer<0[ul]*, (wide::)?Dense<64[ul]*, (wide::)?He> ?>, (wide::)?received<(wide::)?Image<32[ul]*, 32[ul]*, 3[ul]*> ?> ?>

// A word may have another name; the sentence says which word it is.
#include <wide/dsl.hpp>
using namespace wide;

struct Hidden : Dense<64, He> {};
struct Net : Serial<Hidden, Relu, Dense<1>> {};
#ifdef CURED
using Out = output_of<Net, Vector<784>>;
#else
using Out = output_of<Net, Image<32, 32, 3>>;
#endif
