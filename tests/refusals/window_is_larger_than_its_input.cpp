// expect: rejected<(wide::)?window_is_larger_than_its_input, (wide::)?at_layer<4[ul]*, (wide::)?Conv<8[ul]*, (wide::)?Filter<3[ul]*, 3[ul]*> ?> ?>, (wide::)?received<(wide::)?Image<2[ul]*, 4[ul]*, 8[ul]*> ?> ?>
#include <wide/dsl.hpp>
using namespace wide;

template <class... Padding>
using Net = Serial<Repeat<2, Conv<8, Filter<3, 3>>, Relu>, Conv<8, Filter<3, 3>, Padding...>, Relu, Flatten>;
#ifdef CURED
using Out = output_of<Net<Same>, Image<6, 8, 3>>;
#else
using Out = output_of<Net<>, Image<6, 8, 3>>;
#endif
