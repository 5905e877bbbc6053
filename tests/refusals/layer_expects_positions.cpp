// expect: rejected<(wide::)?layer_expects_positions, (wide::)?at_layer<1[ul]*, (wide::)?Conv<8[ul]*, (wide::)?Filter<3[ul]*, 3[ul]*> ?> ?>, (wide::)?received<(wide::)?Vector<192[ul]*> ?> ?>
#include <wide/dsl.hpp>
using namespace wide;

#ifdef CURED
using Net = Serial<Conv<8, Filter<3, 3>>, Relu, Flatten, Dense<10>>;
#else
using Net = Serial<Flatten, Conv<8, Filter<3, 3>>, Relu, Dense<10>>;
#endif
using Out = output_of<Net, Image<8, 8, 3>>;
