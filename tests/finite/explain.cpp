// What is said of a finite network is what its plan does.
#include <wide/finite/explain.hpp>

#include <string>

#include "networks.hpp"

using namespace wide;

namespace {

bool holds(const std::string& text, const std::string& words) { return text.find(words) != std::string::npos; }

struct Net : Serial<Dense<512, He>, Relu, Dense<512, He, Bias<0.1>>, Tanh, Dense<1, Frozen>> {};
struct Filtered : Serial<Conv<16, Filter<3, 3>, Same, He>, Relu, Conv<32, Filter<3, 3>, Same, Stride<2, 2>, Standard>, Relu,
                         Flatten, Dense<2>> {};

}  // namespace

TEST_CASE("explain_finite tells layers, parameters and costs", "[finite]") {
    const std::string text = explain_finite<Net, Vector<784>>();
    INFO(text);
    CHECK(holds(text, "finite network of 784: 664576 parameters"));
    CHECK(holds(text, "value 2 (512): dense layer of value 0, stored after ReLU\n"));
    CHECK(holds(text, "stored after tanh\n"));
    CHECK(holds(text, "leaf 0: weights 784 x 512 times 0.0505076\n"));
    CHECK(holds(text, "leaf 2: bias 512 times 0.1\n"));
    CHECK(holds(text, "leaf 3: weights 512 x 1 times 0.0441942, frozen\n    empirical NTK adds nothing\n"));
    CHECK(holds(text, "empirical NTK by structure: structure 1296, gradients "));
    CHECK(holds(text, "forward 664064, jvp 1.59027e+06, vjp 1.59027e+06"));
    static_assert(cost_of_sample(Network<Net, Vector<784>>::plan).forward == 784 * 512 + 512 * 512 + 512);
    static_assert(cost_of_sample(Network<Net, Vector<784>>::plan).gradient ==
                  2 * 784 * 512 + 3 * 512 * 512 + 2 * 512);
}

TEST_CASE("explain_finite names the contraction that is taken, and the other", "[finite]") {
    const std::string text = explain_finite<Filtered, Image<32, 32, 3>>();
    INFO(text);
    CHECK(holds(text, "value 2 (32 x 32 x 16): convolution 3 x 3, same padding of value 0, stored after ReLU\n"));
    CHECK(holds(text, "empirical NTK by gradients: gradients "));
    CHECK(holds(text, "full empirical NTK by structure: structure "));
    CHECK(holds(text, "leaf 1: weights 144 x 32 times 1, begins with deviation 0.0833333\n"));
    CHECK(holds(text, "flattened value 4"));
}

TEST_CASE("explain_finite knows every kind of step", "[finite]") {
    const std::string branches = explain_finite<Branches, Vector<9>>();
    INFO(branches);
    CHECK(holds(branches, "nonlinearity by itself, as others read value 1, too: tanh\n"));
    for (const char* const words : {"sum of values ", "product of values ", " side by side"}) CHECK(holds(branches, words));
    const std::string pooled = explain_finite<Pooled, Image<6, 7, 2>>();
    INFO(pooled);
    CHECK(holds(pooled, "nonlinearity of value 2: erf\n"));
    for (const char* const words : {"LayerNorm of value 1\n", ", over all positions", "global mean of ", "sums 2 x 3, stride 1 x 2, valid padding of "})
        CHECK(holds(pooled, words));
}
