// The promise of docs/accuracy.md, measured: the whole way from rows to Gram entries against quad precision, for ReLU
// nets of 1 to 100 layers, with and without bias and residual sums.
#include "measure.hpp"

using namespace wide;
using accuracy::check_family;

namespace {

template <std::size_t layers>
struct Plain : Serial<Repeat<layers, Dense<64, He>, Relu>, Dense<1>> {};
template <std::size_t layers>
struct Biased : Serial<Repeat<layers, Dense<64, He, Bias<0.1>>, Relu>, Dense<1, Bias<0.1>>> {};
template <std::size_t layers>
struct Residuals : Serial<Dense<64>, Repeat<layers, Residual<Relu, Dense<64, Weight<0.7071067811865476>, Bias<0.1>>>>,
                          Relu, Dense<1>> {};

}  // namespace

TEST_CASE("ReLU nets without bias are as exact as promised", "[accuracy]") {
    check_family<Plain, float>("ReLU", 10, 2e-6, 5e-6);
    check_family<Plain, double>("ReLU", 10, 1e-13, 1e-13);
}

TEST_CASE("ReLU nets with bias are as exact as promised", "[accuracy]") {
    check_family<Biased, float>("ReLU with bias", 10, 2e-6, 5e-6);
    check_family<Biased, double>("ReLU with bias", 10, 1e-13, 1e-13);
}

TEST_CASE("Residual ReLU nets are as exact as promised", "[accuracy]") {
    check_family<Residuals, float>("residual ReLU blocks", 10, 2e-6, 5e-6);
    check_family<Residuals, double>("residual ReLU blocks", 10, 1e-13, 1e-13);
}

TEST_CASE("Rows of width 784 lose no more than promised on the whole way", "[accuracy]") {
    check_family<Plain, float>("ReLU", 784, 5e-6, 5e-6);
    check_family<Biased, float>("ReLU with bias", 784, 5e-6, 5e-6);
    check_family<Residuals, float>("residual ReLU blocks", 784, 5e-6, 5e-6);
}
