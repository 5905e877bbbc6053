// expect: rejected<(wide::)?branch_must_end_in_an_affine_layer, (wide::)?at_layer<4[ul]*, (wide::)?Sum<(wide::)?Relu, .*(wide::)?Erf> ?> ?>, (wide::)?received<(wide::)?Vector<64[ul]*> ?> ?>
#include <wide/dsl.hpp>
using namespace wide;

#ifdef CURED
using Net = Serial<Dense<64>, Sum<Relu, Serial<Dense<64>, Dropout<.5>, Dense<64>>>, Dense<1>>;
#else
using Net = Serial<Dense<64>, Sum<Relu, Serial<Dense<64>, Dropout<.5>, Erf>>, Dense<1>>;
#endif
using Out = output_of<Net, Vector<784>>;
