// Kernels of samples with positions against formulas on whole tensors: branches and norms.
#include "image_agrees.hpp"
#include "image_layers.hpp"

using namespace wide;
using namespace image_layers;

namespace {

struct Residuals
    : Serial<Keeps<>, Repeat<2, Residual<Relu, Keeps<>, Relu, Keeps<4, Bias<.2>>>>, Relu, GlobalAvgPool, Dense<1>> {};
struct Branches
    : Serial<Keeps<4, Bias<.3>>,
             Concat<Serial<Relu, Pixels<3>>, Serial<Erf, Keeps<12>>, Conv<1, Filter<1, 3>, Circular>>, Pixels<4>,
             Relu, Product<Pixels<8, Bias<.5>>, Keeps<8>>, Pixels<4>, Relu, GlobalAvgPool, Dense<1>> {};
/// One branch reads what the other one halves as well; both are pooled apart.
struct Shortcuts : Serial<Keeps<>,
                          Sum<Serial<Relu, Conv<4, Filter<3, 3>, Same, Stride<2, 2>>, Relu, Keeps<>>,
                              Serial<Relu, AvgPool<Window<2, 2>, Stride<2, 2>, Same>, Pixels<4>>,
                              Conv<4, Filter<1, 1>, Stride<2, 2>>>,
                          Relu, Flatten, Dense<1>> {};
struct Norms : Serial<Keeps<4, Bias<.1>>, LayerNorm, Relu, Keeps<>, LayerNormAll, LeakyRelu<0.2>, Keeps<4, Bias<.3>>,
                      LayerNormAll, Relu, GlobalAvgPool, Dense<1>> {};
struct PooledNorm : Serial<Keeps<4, Bias<.1>>, AvgPool<Window<2, 2>>, LayerNorm, Relu, Flatten, Dense<1>> {};

}  // namespace

TEST_CASE("branches of images") {
    agrees_with_formulas<Residuals, Odd>("Residuals");
    agrees_with_formulas<Branches, Odd>("Branches");
    agrees_with_formulas<Shortcuts, Odd>("Shortcuts");
}

TEST_CASE("norms of images") {
    agrees_with_formulas<Norms, Odd>("Norms");
    agrees_with_formulas<PooledNorm, Odd>("PooledNorm");
}

TEST_CASE("branches of images in float") {
    agrees_with_formulas<Branches, Odd, float>("Branches", 5e-6);
    agrees_with_formulas<Norms, Odd, float>("Norms", 5e-6);
}
