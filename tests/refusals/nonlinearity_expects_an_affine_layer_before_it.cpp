// expect: rejected<(wide::)?nonlinearity_expects_an_affine_layer_before_it, (wide::)?at_layer<2[ul]*, (wide::)?Erf>, (wide::)?received<(wide::)?Vector<512[ul]*> ?> ?>
#include <wide/dsl.hpp>
using namespace wide;

#ifdef CURED
using Net = Serial<Dense<512>, Relu, Dense<512>, Erf, Dense<1>>;
#else
using Net = Serial<Dense<512>, Relu, Erf, Dense<1>>;
#endif
using Out = output_of<Net, Vector<784>>;
