// expect: rejected<(wide::)?window_is_empty, (wide::)?at_layer<0[ul]*, (wide::)?SumPool<(wide::)?Window<2[ul]*, 0[ul]*> ?> ?>, (wide::)?received<(wide::)?Image<8[ul]*, 8[ul]*, 3[ul]*> ?> ?>
#include <wide/dsl.hpp>
using namespace wide;

#ifdef CURED
using Net = Serial<SumPool<Window<2, 1>>, Flatten, Dense<10>>;
#else
using Net = Serial<SumPool<Window<2, 0>>, Flatten, Dense<10>>;
#endif
inline constexpr auto parameters = parameters_of<Net, Image<8, 8, 3>>;
