// expect: rejected<(wide::)?stride_is_zero, (wide::)?at_layer<0[ul]*, (wide::)?Conv<8[ul]*, (wide::)?Filter<3[ul]*>, (wide::)?Stride<0[ul]*>, (wide::)?Same> ?>, (wide::)?received<(wide::)?Signal<100[ul]*, 4[ul]*> ?> ?>
#include <wide/dsl.hpp>
using namespace wide;

#ifdef CURED
using Net = Serial<Conv<8, Filter<3>, Stride<1>, Same>, Relu, GlobalAvgPool>;
#else
using Net = Serial<Conv<8, Filter<3>, Stride<0>, Same>, Relu, GlobalAvgPool>;
#endif
using Out = output_of<Net, Signal<100, 4>>;
