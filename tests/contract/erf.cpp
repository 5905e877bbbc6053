#include "check.hpp"

using namespace wide;

KEEPS_CONTRACT(Erf)
KEEPS_CONTRACT(ScaledErf<1.5, 0.7, 0.2>)
KEEPS_CONTRACT(SigmoidLike)
