#include "nonlinearity.hpp"

TEST_CASE("Erf keeps its contract") { check_nonlinearity<wide::Erf>(); }
