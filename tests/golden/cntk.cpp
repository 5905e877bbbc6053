// The convolutional kernels of Arora et al. 2019 ("On exact computation with an infinitely wide neural net"), of two
// photographs. Their recursion, for convolutions of 3 x 3 with zeros around the image, `box` the sum over a filter's
// nine joint offsets, r the correlation and s the root of the two variances that belong to S:
//
//     S[0] = box(<x, z>)        T[0] = S[0], or 0 where the first layer is not trained
//     K[h] = s (r (pi - acos r) + sqrt(1 - r^2)) / (9 pi)        T~[h] = (pi - acos r) / (9 pi) T[h - 1] + K[h]
//     S[h] = box(K[h])          T[h] = box(T~[h])                h = 1 ... L = depth - 1
//
//     CNTK-V = sum T~[L] over the pairs of equal positions       CNTK-GAP = mean (T~[L] - K[L]) over all pairs
//
// It sums over the three channels of a pixel where a Conv takes their mean, and CNTK-V over the positions where a
// Flatten takes their mean; a ninth of a box's sum and twice the expectation behind a Relu are Conv<..., He>.
#include <array>
#include <cstddef>
#include <vector>

#include <wide/wide.hpp>

#include "../catch.hpp"
#include "../skipped.hpp"

using namespace wide;

namespace {

using In = Image<32, 32, 3>;

template <class... Options>
using Layer = Conv<64, Filter<3, 3>, Same, He, Options...>;

/// CNTK-V.
template <int depth>
struct Flat : Serial<Repeat<depth - 1, Layer<>, Relu>, Flatten, Dense<10>> {};

/// CNTK-GAP: neither the first nor the last layer is trained.
template <int depth>
struct Gap : Serial<Layer<Frozen>, Relu, Repeat<depth - 2, Layer<>, Relu>, GlobalAvgPool, Dense<10, Frozen>> {};

template <int depth>
struct GapAllTrained : Serial<Repeat<depth - 1, Layer<>, Relu>, GlobalAvgPool, Dense<10>> {};

enum { flat, gap, gap_all_trained, gap_nngp, kernels };

/// What is known of images i and j; `exactly`: CNTK-V in rational arithmetic, from its homogeneity,
/// depth times the sum of K[L](x, x) over the positions.
struct Known {
    std::size_t i, j;
    std::array<double, kernels> value;
    bool exactly = false;
};

/// Computed in double elsewhere, to the digits written here.
template <int depth>
const std::vector<Known> known;
template <>
const std::vector<Known> known<3> = {{0, 0, {1845.722929357651, 0.4085938502, 1.2502543992, 0.493192326996}, true},
                                     {0, 1, {1919.74398424, 0.585158033815, 1.78950778648, 0.694772410265}},
                                     {1, 1, {3970.036147350734, 0.8560947426, 2.6190882039, 0.983869352491}, true}};
template <>
const std::vector<Known> known<4> = {{0, 1, {2363.77097153, 1.044022279, 2.13994796959, 0.67447991043}}};
template <>
const std::vector<Known> known<6> = {{0, 1, {3078.35730414, 1.70563332884, 2.64530503627, 0.645309770427}}};
template <>
const std::vector<Known> known<11> = {{0, 0, {5936.682736234348, 1.808934876, 2.324971041, 0.429859297993}, true},
                                      {0, 1, {4276.09276005, 2.5642405659, 3.29244691391, 0.597186130688}},
                                      {1, 1, {12519.65429046653, 3.857297211, 4.931022223, 0.833562376197}, true}};

template <int depth, class T>
void reproduce(const Matrix<T>& images) {
    INFO("depth " << depth);
    const auto x = rows<In>(images);
    const auto all_trained = gram<GapAllTrained<depth>>(x);
    const std::array<Matrix<T>, kernels> found = {ntk<Flat<depth>>(x), ntk<Gap<depth>>(x), all_trained.ntk.copy(),
                                                  all_trained.nngp.copy()};
    for (const Known& pair : known<depth>)
        for (std::size_t kernel = 0; kernel < kernels; ++kernel) {
            INFO("images " << pair.i << " and " << pair.j << ", kernel " << kernel);
            const double channels = 3, positions = kernel == flat ? 32 * 32 : 1;
            const double value = channels * positions * static_cast<double>(found[kernel](pair.i, pair.j));
            // Where an image meets itself, the reference lost digits to acos.
            const bool exact = pair.exactly && kernel == flat;
            const double in_double = exact ? 1e-13 : pair.i == pair.j ? 1e-8 : 1e-10;
            const double tolerance = sizeof(T) == sizeof(float) ? 2e-5 : in_double;
            CHECK_THAT(value, Catch::Matchers::WithinRel(pair.value[kernel], tolerance));
        }
}

template <class T, int... depths>
void reproduce_all() {
    const auto test = cifar10<T>(data_split::test, "", 2);
    if (!test) {
        skipped(missing_cifar10(data_split::test));
        return;
    }
    REQUIRE(test->labels == std::vector{3, 8});  // a cat and a ship
    (reproduce<depths>(test->images), ...);
}

}  // namespace

TEST_CASE("the published convolutional kernels of two photographs are reproduced in double") {
    reproduce_all<double, 3, 4, 6, 11>();
}

TEST_CASE("the published convolutional kernels of two photographs are reproduced in float") {
    reproduce_all<float, 11>();
}
