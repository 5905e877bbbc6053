// Activations with kinks: at 0, where the dual is a polynomial in the angle, and elsewhere.
#include "check.hpp"

using namespace wide;

KEEPS_CONTRACT(Elu<>)
KEEPS_CONTRACT(Elu<0.5>)
KEEPS_CONTRACT(Selu)
KEEPS_CONTRACT(HardSigmoid)
