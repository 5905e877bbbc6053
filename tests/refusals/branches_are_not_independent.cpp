// expect: rejected<(wide::)?branches_are_not_independent, (wide::)?at_layer<2[ul]*, (wide::)?Product<(wide::)?Relu, (wide::)?Erf> ?>, (wide::)?received<(wide::)?Vector<64[ul]*> ?> ?>
#include <wide/dsl.hpp>
using namespace wide;

#ifdef CURED
using Net = Serial<Dense<64>, Product<Relu, Serial<Erf, Dense<64>>>, Dense<1>>;
#else
using Net = Serial<Dense<64>, Product<Relu, Erf>, Dense<1>>;
#endif
using Out = output_of<Net, Vector<784>>;
