// expect: the two sets of samples have to be of one shape
#include <wide/kernel/gram.hpp>
using namespace wide;

using Net = Serial<Conv<8, Filter<3, 3>>, GlobalAvgPool>;
#ifdef CURED
using Other = Image<4, 4, 1>;
#else
using Other = Image<5, 4, 1>;
#endif
const float* const nothing = nullptr;

void ask();
void ask() { static_cast<void>(ntk<Net>(rows<Image<4, 4, 1>>(nothing, 0), rows<Other>(nothing, 0))); }
