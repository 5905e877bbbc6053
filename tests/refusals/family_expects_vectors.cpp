// expect: rejected<(wide::)?family_expects_vectors, (wide::)?at_layer<0[ul]*, Both>, (wide::)?received<(wide::)?Image<4[ul]*, 4[ul]*, 1[ul]*> ?> ?>
#include <wide/kernel/gram.hpp>
using namespace wide;

#ifdef CURED
using Both = Serial<Conv<8, Filter<3, 3>>, Flatten>;
#else
struct Both : Family<Serial<Conv<8, Filter<3, 3>>, Flatten>, Serial<Conv<8, Filter<3, 3>>, GlobalAvgPool>> {};
#endif
void ask();
void ask() { static_cast<void>(gram<Both>(rows<Image<4, 4, 1>>(static_cast<const float*>(nullptr), 0))); }
