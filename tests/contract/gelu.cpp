#include <wide/dsl/words/nonlinearities/gelu.hpp>
#include <wide/dsl/words/nonlinearities/sign.hpp>

#include "check.hpp"

using namespace wide;

KEEPS_CONTRACT(Sign)
KEEPS_CONTRACT(Gelu)
