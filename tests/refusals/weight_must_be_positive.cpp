// expect: rejected<(wide::)?weight_must_be_positive, (wide::)?at_layer<0[ul]*, (wide::)?Dense<64[ul]*, (wide::)?Weight<-1> ?> ?>, (wide::)?received<(wide::)?Vector<784[ul]*> ?> ?>
#include <wide/dsl.hpp>
using namespace wide;

#ifdef CURED
using Net = Serial<Dense<64, Weight<1>>, Relu, Dense<1>>;
#else
using Net = Serial<Dense<64, Weight<-1>>, Relu, Dense<1>>;
#endif
using Out = output_of<Net, Vector<784>>;
