// expect: rejected<(wide::)?branches_differ_in_shape, (wide::)?at_layer<4[ul]*, (wide::)?Sum<(wide::)?Identity, .*>, (wide::)?received<(wide::)?Vector<32[ul]*> ?> ?>
#include <wide/dsl.hpp>
using namespace wide;

#ifdef CURED
using Net = Serial<Dense<64>, Residual<Relu, Dense<64>>, Dense<1>>;
#else
using Net = Serial<Dense<64>, Residual<Relu, Dropout<.5>, Dense<32>>, Dense<1>>;
#endif
using Out = output_of<Net, Vector<784>>;
