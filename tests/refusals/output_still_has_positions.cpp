// expect: the output of this architecture still has positions: end it with Flatten, GlobalAvgPool or GlobalSumPool
#include <wide/kernel/gram.hpp>
using namespace wide;

#ifdef CURED
using Net = Serial<Conv<8, Filter<3, 3>>, Flatten>;
#else
using Net = Serial<Conv<8, Filter<3, 3>>>;
#endif
void ask();
void ask() { static_cast<void>(ntk<Net>(rows<Image<4, 4, 1>>(static_cast<const float*>(nullptr), 0))); }
