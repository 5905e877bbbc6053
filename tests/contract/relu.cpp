#include "check.hpp"

using namespace wide;

KEEPS_CONTRACT(Relu)
KEEPS_CONTRACT(LeakyRelu<0.1>)
KEEPS_CONTRACT(Abs)
KEEPS_CONTRACT(ABRelu<0.3, 1.7>)
KEEPS_CONTRACT(ABRelu<-0.5, 0.2>)
