// expect: rejected<(wide::)?option_is_not_for_this_word, (wide::)?at_layer<0[ul]*, (wide::)?Dense<64[ul]*, (wide::)?He, Momentum> ?>, (wide::)?received<(wide::)?Vector<784[ul]*> ?> ?>
#include <wide/dsl.hpp>
using namespace wide;

struct Momentum {};
#ifdef CURED
using Net = Serial<Dense<64, He>, Relu, Dense<1>>;
#else
using Net = Serial<Dense<64, He, Momentum>, Relu, Dense<1>>;
#endif
using Out = output_of<Net, Vector<784>>;
