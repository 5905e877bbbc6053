// expect: the architecture is rejected: .*; put Flatten before this layer, or say Conv<n, Filter<1, 1>> for one at every pixel
#include <wide/dsl.hpp>
using namespace wide;

#ifdef CURED
using Net = Serial<Flatten, Dense<10>>;
#else
using Net = Serial<Dense<10>>;
#endif
using Out = output_of<Net, Image<30, 30, 64>>;
