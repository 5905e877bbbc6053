// expect: rejected<(wide::)?nonlinearity_expects_an_affine_layer_before_it, (wide::)?at_layer<2[ul]*, (wide::)?Erf ?>, (wide::)?received<(wide::)?Vector<64[ul]*> ?> ?>
#include <wide/dsl.hpp>
using namespace wide;

struct One : Serial<Dense<64>, Relu, Dense<1>> {};
#ifdef CURED
struct Two : Serial<Dense<64>, Relu, Dense<64>, Erf, Dense<1>> {};
#else
struct Two : Serial<Dense<64>, Relu, Erf, Dense<1>> {};
#endif
using Out = output_of<Family<One, Two>, Vector<784>>;
