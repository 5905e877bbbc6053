// expect: rejected<(wide::)?filter_is_missing, (wide::)?at_layer<0[ul]*, (wide::)?Conv<8[ul]*, (wide::)?Same, (wide::)?He> ?>, (wide::)?received<(wide::)?Image<8[ul]*, 8[ul]*, 3[ul]*> ?> ?>
#include <wide/dsl.hpp>
using namespace wide;

#ifdef CURED
using Net = Serial<Conv<8, Filter<3, 3>, Same, He>, Relu, Flatten, Dense<10>>;
#else
using Net = Serial<Conv<8, Same, He>, Relu, Flatten, Dense<10>>;
#endif
using Out = output_of<Net, Image<8, 8, 3>>;
