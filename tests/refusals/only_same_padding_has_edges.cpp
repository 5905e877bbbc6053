// expect: rejected<(wide::)?only_same_padding_has_edges, (wide::)?at_layer<2[ul]*, (wide::)?AvgPool<(wide::)?Window<2[ul]*, 2[ul]*>, (wide::)?NormalizeEdges> ?>, (wide::)?received<(wide::)?Image<6[ul]*, 6[ul]*, 8[ul]*> ?> ?>
#include <wide/dsl.hpp>
using namespace wide;

#ifdef CURED
using Net = Serial<Conv<8, Filter<3, 3>>, Relu, AvgPool<Window<2, 2>, NormalizeEdges, Same>, Flatten, Dense<10>>;
#else
using Net = Serial<Conv<8, Filter<3, 3>>, Relu, AvgPool<Window<2, 2>, NormalizeEdges>, Flatten, Dense<10>>;
#endif
using Out = output_of<Net, Image<8, 8, 3>>;
