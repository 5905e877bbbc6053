// expect: rejected<(wide::)?bias_must_not_be_negative, (wide::)?at_layer<2[ul]*, (wide::)?Dense<1[ul]*, (wide::)?He, (wide::)?Bias<-1> ?> ?>, (wide::)?received<(wide::)?Vector<64[ul]*> ?> ?>
#include <wide/dsl.hpp>
using namespace wide;

#ifdef CURED
using Net = Serial<Dense<64>, Relu, Dense<1, He, Bias<0>>>;
#else
using Net = Serial<Dense<64>, Relu, Dense<1, He, Bias<-1>>>;
#endif
using Out = output_of<Net, Vector<784>>;
