// expect: rejected<(wide::)?output_still_has_positions, (wide::)?at_layer<0[ul]*, (wide::)?Conv<8[ul]*, (wide::)?Filter<3[ul]*, 3[ul]*> ?> ?>, (wide::)?received<(wide::)?Image<2[ul]*, 2[ul]*, 8[ul]*> ?> ?>
#include <wide/kernel/gram.hpp>
using namespace wide;

#ifdef CURED
using Net = Serial<Conv<8, Filter<3, 3>>, Flatten>;
#else
using Net = Serial<Conv<8, Filter<3, 3>>>;
#endif
void ask();
void ask() { static_cast<void>(ntk<Net>(rows<Image<4, 4, 1>>(static_cast<const float*>(nullptr), 0))); }
