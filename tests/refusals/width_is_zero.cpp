// expect: rejected<(wide::)?width_is_zero, (wide::)?at_layer<2[ul]*, (wide::)?Dense<0[ul]*> ?>, (wide::)?received<(wide::)?Vector<64[ul]*> ?> ?>
#include <wide/dsl.hpp>
using namespace wide;

#ifdef CURED
using Net = Serial<Dense<64>, Relu, Dense<1>>;
#else
using Net = Serial<Dense<64>, Relu, Dense<0>>;
#endif
inline constexpr auto parameters = parameters_of<Net, Vector<784>>;
