#include <wide/dsl/words/nonlinearities/hermite.hpp>
#include <wide/dsl/words/nonlinearities/monomial.hpp>
#include <wide/dsl/words/nonlinearities/polynomial.hpp>
#include <wide/dsl/words/nonlinearities/rectified.hpp>

#include "check.hpp"

using namespace wide;

KEEPS_CONTRACT(Hermite<3>)
KEEPS_CONTRACT(Monomial<2>)
KEEPS_CONTRACT(Monomial<5>)
KEEPS_CONTRACT(RectifiedMonomial<0>)
KEEPS_CONTRACT(RectifiedMonomial<2>)
KEEPS_CONTRACT(Polynomial<1, 0.5, -0.25, 0.1>)
