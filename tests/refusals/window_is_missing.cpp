// expect: rejected<(wide::)?window_is_missing, (wide::)?at_layer<2[ul]*, (wide::)?AvgPool<(wide::)?Stride<2[ul]*, 2[ul]*> ?> ?>, (wide::)?received<(wide::)?Image<6[ul]*, 6[ul]*, 8[ul]*> ?> ?>
#include <wide/dsl.hpp>
using namespace wide;

#ifdef CURED
using Net = Serial<Conv<8, Filter<3, 3>>, Relu, AvgPool<Window<2, 2>, Stride<2, 2>>, Flatten, Dense<10>>;
#else
using Net = Serial<Conv<8, Filter<3, 3>>, Relu, AvgPool<Stride<2, 2>>, Flatten, Dense<10>>;
#endif
using Out = output_of<Net, Image<8, 8, 3>>;
