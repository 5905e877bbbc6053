// expect: rejected<(wide::)?normalization_expects_an_affine_layer_before_it, (wide::)?at_layer<0[ul]*, (wide::)?LayerNorm>, (wide::)?received<(wide::)?Vector<784[ul]*> ?> ?>
#include <wide/dsl.hpp>
using namespace wide;

#ifdef CURED
using Net = Serial<Dense<512>, LayerNorm, Relu, Dense<1>>;
#else
using Net = Serial<LayerNorm, Dense<512>, Relu, Dense<1>>;
#endif
using Out = output_of<Net, Vector<784>>;
