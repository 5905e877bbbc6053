#pragma once
// The one architecture that both translation units ask about.
#include <wide/wide.hpp>

struct Net : wide::Serial<wide::Dense<512, wide::He>, wide::Relu, wide::Dense<1>> {};
