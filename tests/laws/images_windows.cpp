// Kernels of samples with positions against formulas on whole tensors: odd sizes, strides, paddings, pools, branches.
#include <memory>
#include <numbers>
#include <utility>

#include "../../benchmarks/naive/images.hpp"
#include "image_agrees.hpp"

using namespace wide;

namespace {

using Odd = Image<7, 5, 3>;
using Keeps = Conv<4, Filter<3, 3>, Same, He>;

struct Strides : Serial<Conv<4, Filter<5, 3>, Stride<2, 3>, Same, He>, Relu, Conv<4, Filter<2, 2>, Same, Bias<.3>>,
                        Relu, Flatten, Dense<1>> {};
struct Wide4 : Serial<Conv<4, Filter<4, 4>>, Relu, GlobalAvgPool, Dense<1, Bias<.1>>> {};
struct Even : Serial<Repeat<2, Conv<4, Filter<2, 2>, Same>, Relu>, GlobalAvgPool> {};
struct Steps : Serial<Conv<4, Filter<3, 2>, Circular, Stride<3, 2>>, Erf, Conv<4, Filter<3, 3>, Circular>, Relu,
                      GlobalSumPool> {};
struct Pools : Serial<Keeps, Relu, AvgPool<Window<2, 2>, Stride<2, 2>>, Conv<4, Filter<2, 2>, Same>, Relu,
                      SumPool<Window<2, 2>, Circular, Stride<1, 2>>, Flatten, Dense<1>> {};
struct Edges : Serial<Keeps, Relu, AvgPool<Window<3, 3>, Same, NormalizeEdges, Stride<2, 1>>, Flatten, Dense<1>> {};
struct NoEdges : Serial<Keeps, Relu, AvgPool<Window<3, 2>, Same, Stride<2, 1>>, GlobalAvgPool, Dense<1>> {};
struct PoolFirst
    : Serial<AvgPool<Window<2, 1>>, Keeps, AvgPool<Window<2, 2>>, Relu, Keeps, LeakyRelu<0.2>, GlobalAvgPool> {};
struct Reaches : Serial<Conv<4, Filter<9, 9>, Same>, Relu, Conv<4, Filter<9, 8>, Circular>, Relu, GlobalAvgPool> {};

template <class... Each>
naive::images::Layers<double> layers(Each... each) {
    naive::images::Layers<double> result;
    (result.push_back(std::make_unique<Each>(std::move(each))), ...);
    return result;
}

template <class Net>
void agrees_with_objects(const naive::images::Layers<double>& objects) {
    const auto x = random_rows<double>(4, width_of<Odd>, 5), z = random_rows<double>(3, width_of<Odd>, 6);
    const auto found = gram<Net>(rows<Odd>(z), rows<Odd>(x));
    const auto right = naive::images::gram<double>(objects, {z.data(), 3, {7, 5}, 3}, {x.data(), 4, {7, 5}, 3});
    const auto own = diagonal<Net>(rows<Odd>(x)), other = diagonal<Net>(rows<Odd>(z));
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 4; ++j) {
            const double nngp = std::sqrt(other.nngp[i] * own.nngp[j]), ntk = std::sqrt(other.ntk[i] * own.ntk[j]);
            CHECK_THAT(found.nngp(i, j), Catch::Matchers::WithinAbs(right.nngp[i * 4 + j], 1e-9 * nngp));
            CHECK_THAT(found.ntk(i, j), Catch::Matchers::WithinAbs(right.ntk[i * 4 + j], 1e-9 * ntk));
        }
}

}  // namespace

TEST_CASE("convolutions of odd sizes, strides and paddings") {
    agrees_with_formulas<Strides, Odd>("Strides");
    agrees_with_formulas<Wide4, Odd>("Wide4");
    agrees_with_formulas<Even, Odd>("Even");
    agrees_with_formulas<Steps, Odd>("Steps");
    agrees_with_formulas<Reaches, Odd>("Reaches");
}

TEST_CASE("pools between layers, and before a nonlinearity") {
    agrees_with_formulas<Pools, Odd>("Pools");
    agrees_with_formulas<Edges, Odd>("Edges");
    agrees_with_formulas<NoEdges, Odd>("NoEdges");
    agrees_with_formulas<PoolFirst, Odd>("PoolFirst");
}

TEST_CASE("windows in float") {
    agrees_with_formulas<Strides, Odd, float>("Strides", 5e-6);
    agrees_with_formulas<Pools, Odd, float>("Pools", 5e-6);
}

/// Written by other hands than the formulas above.
TEST_CASE("layers as objects give the same") {
    namespace objects = naive::images;
    using objects::Padding;
    using std::numbers::sqrt2;
    agrees_with_objects<Strides>(
        layers(objects::Conv<double>{{5, 3}, {.stride = {2, 3}, .padding = Padding::same, .weight = sqrt2}},
               objects::Relu<double>{}, objects::Conv<double>{{2, 2}, {.padding = Padding::same, .bias = .3}},
               objects::Relu<double>{}, objects::Flatten<double>{}, objects::Dense<double>{1}));
    agrees_with_objects<Steps>(layers(objects::Conv<double>{{3, 2}, {.stride = {3, 2}, .padding = Padding::circular}},
                                      objects::Erf<double>{},
                                      objects::Conv<double>{{3, 3}, {.padding = Padding::circular}},
                                      objects::Relu<double>{}, objects::GlobalSumPool<double>{}));
    agrees_with_objects<Pools>(
        layers(objects::Conv<double>{{3, 3}, {.padding = Padding::same, .weight = sqrt2}}, objects::Relu<double>{},
               objects::AvgPool<double>{{2, 2}, {.stride = {2, 2}}},
               objects::Conv<double>{{2, 2}, {.padding = Padding::same}}, objects::Relu<double>{},
               objects::SumPool<double>{{2, 2}, {.stride = {1, 2}, .padding = Padding::circular}},
               objects::Flatten<double>{}, objects::Dense<double>{1}));
}
