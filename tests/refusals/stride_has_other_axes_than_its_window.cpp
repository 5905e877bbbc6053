// expect: rejected<(wide::)?stride_has_other_axes_than_its_window, (wide::)?at_layer<2[ul]*, (wide::)?AvgPool<(wide::)?Window<2[ul]*, 2[ul]*>, (wide::)?Stride<2[ul]*> ?> ?>, (wide::)?received<(wide::)?Image<6[ul]*, 6[ul]*, 8[ul]*> ?> ?>
#include <wide/dsl.hpp>
using namespace wide;

#ifdef CURED
using Net = Serial<Conv<8, Filter<3, 3>>, Relu, AvgPool<Window<2, 2>, Stride<2, 2>>, Flatten, Dense<10>>;
#else
using Net = Serial<Conv<8, Filter<3, 3>>, Relu, AvgPool<Window<2, 2>, Stride<2>>, Flatten, Dense<10>>;
#endif
using Out = output_of<Net, Image<8, 8, 3>>;
