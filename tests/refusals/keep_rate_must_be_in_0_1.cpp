// expect: rejected<(wide::)?keep_rate_must_be_in_0_1, (wide::)?at_layer<2[ul]*, (wide::)?Dropout<2, (wide::)?Train> ?>, (wide::)?received<(wide::)?Vector<64[ul]*> ?> ?>
#include <wide/dsl.hpp>
using namespace wide;

#ifdef CURED
using Net = Serial<Dense<64>, Relu, Dropout<.2, Train>, Dense<1>>;
#else
using Net = Serial<Dense<64>, Relu, Dropout<2, Train>, Dense<1>>;
#endif
using Out = output_of<Net, Vector<784>>;
