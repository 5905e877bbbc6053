// expect: rejected<(wide::)?option_is_given_twice, (wide::)?at_layer<0[ul]*, (wide::)?Dense<64[ul]*, (wide::)?He, (wide::)?Weight<2> ?> ?>, (wide::)?received<(wide::)?Vector<784[ul]*> ?> ?>
#include <wide/dsl.hpp>
using namespace wide;

#ifdef CURED
using Net = Serial<Dense<64, He>, Relu, Dense<1>>;
#else
using Net = Serial<Dense<64, He, Weight<2>>, Relu, Dense<1>>;
#endif
using Out = output_of<Net, Vector<784>>;
