// expect: rejected<(wide::)?branches_are_missing, (wide::)?at_layer<1[ul]*, (wide::)?Concat<> ?>, (wide::)?received<(wide::)?Vector<64[ul]*> ?> ?>
#include <wide/dsl.hpp>
using namespace wide;

#ifdef CURED
using Net = Serial<Dense<64>, Concat<Identity>, Dense<1>>;
#else
using Net = Serial<Dense<64>, Concat<>, Dense<1>>;
#endif
using Out = output_of<Net, Vector<784>>;
