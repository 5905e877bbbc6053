// expect: rejected<(wide::)?input_width_must_be_known_here, (wide::)?at_layer<0[ul]*, .*>, (wide::)?received<(wide::)?Vector<(18446744073709551615[ul]*)?> ?> ?>
#include <wide/dsl.hpp>
using namespace wide;

using Net = Serial<Dense<64>, Relu, Dense<1>>;
#ifdef CURED
inline constexpr auto parameters = parameters_of<Net, Vector<784>>;
#else
inline constexpr auto parameters = parameters_of<Net, Vector<>>;
#endif
