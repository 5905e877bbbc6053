#include <wide/dsl/words/nonlinearities/gabor.hpp>
#include <wide/dsl/words/nonlinearities/gaussian.hpp>

#include "check.hpp"

using namespace wide;

KEEPS_CONTRACT(Gaussian<1, -1>)
KEEPS_CONTRACT(Gaussian<1, 0.05>)
KEEPS_CONTRACT(Gabor)
