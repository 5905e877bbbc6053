// Kernels of samples with positions: edges of pools in one and three dimensions and before a nonlinearity, scales given
// at run time to layers in other parameterisations, and two sets in either order.
#include <cstring>

#include "image_agrees.hpp"
#include "image_layers.hpp"

using namespace wide;
using namespace image_layers;
using Catch::Matchers::WithinAbs;

namespace {

struct LineEdges : Serial<Conv<4, Filter<3>, Same, He>, Relu, AvgPool<Window<3>, Stride<2>, Same, NormalizeEdges>,
                          Conv<4, Filter<2>>, Relu, GlobalAvgPool, Dense<1>> {};
struct CubeEdges : Serial<Conv<4, Filter<2, 1, 3>, Same, Bias<.1>>, Relu,
                          AvgPool<Window<3, 2, 3>, Stride<1, 2, 1>, Same, NormalizeEdges>, Flatten, Dense<1>> {};
struct EdgesBefore : Serial<Keeps<4, Bias<.2>>, AvgPool<Window<3, 3>, Same, NormalizeEdges>, Relu, Keeps<>, Relu,
                            GlobalAvgPool, Dense<1>> {};

struct Mixed : Serial<Keeps<4, Standard, Bias<.2>>, Relu, Conv<6, Filter<2, 2>, Frozen, Bias<.1>>, Relu, GlobalAvgPool,
                      Dense<1, Standard, Bias<.3>>> {};
struct Said : Serial<Conv<4, Filter<3, 3>, Same, Weight<.7>, Standard, Bias<.4>>, Relu,
                     Conv<6, Filter<2, 2>, Weight<1.6>, Frozen, Bias<.9>>, Relu, GlobalAvgPool,
                     Dense<1, Weight<1.2>, Standard, Bias<.5>>> {};

struct Sides : Serial<Keeps<4, Bias<.2>>, Relu, AvgPool<Window<2, 2>>, Pixels<4>, LayerNorm, Keeps<>, Tanh,
                      GlobalAvgPool, Dense<1>> {};

template <class T>
bool same_bits(const Matrix<T>& a, const Matrix<T>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

/// A sample at the left is read as one number, at the right as a lane: apart from rounding that is the same.
template <class Net, class T>
void is_transposed(double tolerance) {
    const auto left = mixed_images<Odd, T>(19, 5), right = random_rows<T>(7, width_of<Odd>, 6);
    const auto z = rows<Odd>(left), x = rows<Odd>(right);
    const auto there = gram<Net>(z, x), back = gram<Net>(x, z);
    const auto of_z = diagonal<Net>(z), of_x = diagonal<Net>(x);
    for (std::size_t i = 0; i < 19; ++i)
        for (std::size_t j = 0; j < 7; ++j) {
            const double nngp = std::sqrt(static_cast<double>(of_z.nngp[i]) * static_cast<double>(of_x.nngp[j]));
            const double ntk = std::sqrt(static_cast<double>(of_z.ntk[i]) * static_cast<double>(of_x.ntk[j]));
            CHECK_THAT(static_cast<double>(there.nngp(i, j) - back.nngp(j, i)), WithinAbs(0, tolerance * nngp));
            CHECK_THAT(static_cast<double>(there.ntk(i, j) - back.ntk(j, i)), WithinAbs(0, tolerance * ntk));
        }
}

}  // namespace

TEST_CASE("edges of pools in one and three dimensions, and before a nonlinearity") {
    agrees_with_formulas<LineEdges, Signal<11, 2>>("LineEdges");
    agrees_with_formulas<CubeEdges, Volume<3, 4, 3, 2>>("CubeEdges");
    agrees_with_formulas<EdgesBefore, Odd>("EdgesBefore");
}

TEMPLATE_TEST_CASE("images: scales of standard and of frozen layers are scales of the type", "", float, double) {
    auto scales = default_scales<Mixed>();
    scales[0] = {.7, .4};
    scales[1] = {1.6, .9};
    scales[2] = {1.2, .5};
    const auto data = mixed_images<Odd, TestType>(9, 7);
    const auto x = rows<Odd>(data);
    const auto given = gram<Mixed>(x, scales), said = gram<Said>(x);
    CHECK(same_bits(given.nngp, said.nngp));
    CHECK(same_bits(given.ntk, said.ntk));
    CHECK(!same_bits(given.ntk, gram<Mixed>(x).ntk));
    CHECK(same_bits(ntk<Mixed>(x, x, scales), ntk<Said>(x, x)));
    CHECK(diagonal<Mixed>(x, scales).ntk == diagonal<Said>(x).ntk);
}

TEST_CASE("the kernels of z and x are those of x and z, transposed") {
    is_transposed<Sides, float>(2e-6);
    is_transposed<Sides, double>(1e-12);
    is_transposed<EdgesBefore, float>(2e-6);
    is_transposed<Mixed, double>(1e-13);
}
