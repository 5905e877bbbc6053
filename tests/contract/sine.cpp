#include <wide/dsl/words/nonlinearities/sine.hpp>

#include "check.hpp"

using namespace wide;

KEEPS_CONTRACT(Sin<>)
KEEPS_CONTRACT(Sin<1.5, 2, 0.4>)
KEEPS_CONTRACT(Cos<2, 0.5, 0.3>)
KEEPS_CONTRACT(Rbf<0.5>)
