// A ReLU after an Erf sees the square root of whatever Erf's correlation is rounded by: the same promise, for nets
// that take turns.
#include "measure.hpp"

using namespace wide;

namespace {

template <std::size_t layers>
struct Turns : Serial<Repeat<layers, Dense<64, Weight<1.5>, Bias<0.1>>, Erf, Dense<64, He>, Relu>, Dense<1>> {};

}  // namespace

TEST_CASE("Erf followed by ReLU is as exact as promised", "[accuracy]") {
    const char* const name = "Erf and ReLU in turns, so many of each";
    accuracy::Measurement<Turns, float>(name, 10).check<1, 30>(2e-6);
    accuracy::Measurement<Turns, double>(name, 10).check<1, 30>(1e-13);
}
