// Kernels of samples with positions against formulas on whole tensors: dropout, parameterisations, layers behind
// Flatten, one and three dimensions.
#include "image_agrees.hpp"
#include "image_layers.hpp"

using namespace wide;
using namespace image_layers;

namespace {

struct DropsFlat
    : Serial<Keeps<4, Bias<.1>>, Relu, Dropout<.8, Train>, Keeps<>, Relu, Dropout<.5, Train>, Flatten, Dense<1>> {};
struct DropsPooled : Serial<Keeps<4, Bias<.1>>, Relu, Dropout<.5, Train>, AvgPool<Window<2, 2>>, Keeps<>, Relu,
                            Dropout<.7, Train>, GlobalAvgPool, Dropout<.9, Train>, Dense<1>> {};
struct Standards : Serial<Keeps<4, Standard, Bias<.2>>, Relu, Conv<6, Filter<2, 2>, Weight<1.3>, Frozen, Bias<.1>>,
                          Relu, Conv<5, Filter<2, 3>, Standard>, Relu, GlobalAvgPool, Dense<1, Standard, Bias<.1>>> {
};
struct Vectors
    : Serial<Keeps<>, Relu, Flatten, Dense<8, He, Bias<.2>>, Relu, Residual<Dense<8>, Erf, Dense<8, Bias<.1>>>,
             Dense<8, Frozen>, LayerNorm, Relu, Dense<1, Standard>> {};
struct PooledVectors : Serial<Keeps<>, GlobalAvgPool, Relu, Dense<8, He>, Abs, Dense<1>> {};
struct Cubes : Serial<Conv<4, Filter<2, 3, 2>, Same, Stride<1, 2, 1>, He>, Relu, AvgPool<Window<2, 1, 2>>,
                      Conv<4, Filter<1, 2, 1>, Circular, Bias<.2>>, Relu, GlobalAvgPool, Dense<1>> {};
struct Lines : Serial<Conv<4, Filter<4>, Stride<2>, Same, He>, Relu, Conv<4, Filter<3>, Circular>, Relu,
                      SumPool<Window<3>, Stride<2>, Same>, GlobalSumPool, Dense<1>> {};
struct NoLayers : GlobalAvgPool {};
struct Nothing : Flatten {};

}  // namespace

TEST_CASE("dropout of images") {
    agrees_with_formulas<DropsFlat, Odd>("DropsFlat");
    agrees_with_formulas<DropsPooled, Odd>("DropsPooled");
}

TEST_CASE("parameterisations, and layers of vectors behind images") {
    agrees_with_formulas<Standards, Odd>("Standards");
    agrees_with_formulas<Vectors, Odd>("Vectors");
    agrees_with_formulas<PooledVectors, Odd>("PooledVectors");
}

TEST_CASE("signals and volumes, and no layers at all") {
    agrees_with_formulas<Cubes, Volume<3, 4, 2, 2>>("Cubes");
    agrees_with_formulas<Lines, Signal<11, 2>>("Lines");
    agrees_with_formulas<NoLayers, Odd>("NoLayers");
    agrees_with_formulas<Nothing, Odd>("Nothing");
}
