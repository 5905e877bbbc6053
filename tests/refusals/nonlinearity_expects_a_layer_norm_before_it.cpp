// expect: rejected<(wide::)?nonlinearity_expects_a_layer_norm_before_it, (wide::)?at_layer<1[ul]*, (wide::)?Hermite<3> ?>, (wide::)?received<(wide::)?Vector<64[ul]*> ?> ?>
#include <wide/dsl.hpp>
using namespace wide;

#ifdef CURED
using Net = Serial<Dense<64>, LayerNorm, Hermite<3>, Dense<1>>;
#else
using Net = Serial<Dense<64>, Hermite<3>, Dense<1>>;
#endif
using Out = output_of<Net, Vector<784>>;
