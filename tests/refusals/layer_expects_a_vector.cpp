// expect: rejected<(wide::)?layer_expects_a_vector, (wide::)?at_layer<2[ul]*, (wide::)?Dense<10[ul]*> ?>, (wide::)?received<(wide::)?Image<30[ul]*, 30[ul]*, 64[ul]*> ?> ?>
#include <wide/dsl.hpp>
using namespace wide;

using Net = Serial<Identity, Dropout<.9>, Dense<10>>;
#ifdef CURED
using In = Vector<30 * 30 * 64>;
#else
using In = Image<30, 30, 64>;
#endif
using Out = output_of<Net, In>;
