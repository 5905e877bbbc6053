// expect: the architecture is rejected: .*; end it with Flatten, GlobalAvgPool or GlobalSumPool
#include <wide/kernel/diagonal.hpp>
using namespace wide;

#ifdef CURED
using Net = Serial<Conv<8, Filter<3, 3>>, Flatten>;
#else
using Net = Serial<Conv<8, Filter<3, 3>>>;
#endif
void ask();
void ask() { static_cast<void>(diagonal<Net>(rows<Image<4, 4, 1>>(static_cast<const float*>(nullptr), 0))); }
