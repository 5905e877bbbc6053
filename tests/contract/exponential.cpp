#include <wide/dsl/words/nonlinearities/exponential.hpp>

#include "check.hpp"

using namespace wide;

KEEPS_CONTRACT(Exp<1, 0.5>)
KEEPS_CONTRACT(ExpNormalized<>)
KEEPS_CONTRACT(ExpNormalized<2, 0.5>)
