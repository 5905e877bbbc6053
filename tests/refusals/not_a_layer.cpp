// expect: rejected<(wide::)?not_a_layer, (wide::)?at_layer<1[ul]*, Squash>, (wide::)?received<(wide::)?Vector<512[ul]*> ?> ?>
#include <wide/dsl.hpp>
using namespace wide;

struct Squash {};
#ifdef CURED
using Net = Serial<Dense<512>, Erf, Dense<1>>;
#else
using Net = Serial<Dense<512>, Squash, Dense<1>>;
#endif
using Out = output_of<Net, Vector<784>>;
