// The naive images against numbers that were not computed by them: the golden convolutional nets, pools of the pixels
// themselves, and, where an image is one pixel, the naive objects.
#include "../../benchmarks/naive/images.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <memory>
#include <numbers>
#include <optional>
#include <random>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "../../benchmarks/naive/objects.hpp"
#include "../catch.hpp"

using namespace wide::naive::images;
namespace objects = wide::naive::objects;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

/// A batch of images with its memory.
template <class T>
struct Batch {
    std::vector<T> data;
    std::size_t count;
    Extent size;
    std::size_t channels;

    Images<T> images() const { return {data.data(), count, size, channels}; }
};

Batch<double> random_batch(std::size_t count, Extent size, std::size_t channels, unsigned seed) {
    std::mt19937 generator{seed};
    std::normal_distribution<double> normal;
    Batch<double> batch{std::vector<double>(count * size.count() * channels), count, size, channels};
    for (double& value : batch.data) value = normal(generator);
    return batch;
}

/// Layers from left to right, as in `net<T>(Conv<T>{...}, Relu<T>{})`.
template <class T, class... Each>
Layers<T> net(Each... layers) {
    Layers<T> result;
    (result.push_back(std::make_unique<Each>(std::move(layers))), ...);
    return result;
}

template <class T>
void append(Layers<T>& layers, Layers<T> more) {
    for (auto& layer : more) layers.push_back(std::move(layer));
}

const nlohmann::json& golden_case(const std::string& name) {
    static const nlohmann::json file = [] {
        std::ifstream stream("tests/golden/infinite.json");
        if (!stream) FAIL("tests/golden/infinite.json can't be read: run from the project's root");
        return nlohmann::json::parse(stream);
    }();
    for (const auto& one : file.at("cases"))
        if (one.at("name") == name) return one;
    FAIL("infinite.json has no case " << name);
    return file;
}

/// The file's input rule: the minimal standard generator from 1000 + s, ten states dropped, mapped to (-1, 1).
/// A signal is an image of height 1.
template <class T>
Batch<T> inputs(const nlohmann::json& shape, std::uint64_t s) {
    const auto extents = shape.get<std::vector<std::size_t>>();
    const bool signal = extents.size() == 3;
    Batch<T> batch{{},
                   extents.at(0),
                   {signal ? 1 : extents.at(1), signal ? extents.at(1) : extents.at(2)},
                   signal ? extents.at(2) : extents.at(3)};
    std::uint64_t state = 1000 + s;
    const auto next = [&state] { return state = state * 48271 % 2147483647; };
    for (int k = 0; k < 10; ++k) next();
    for (std::size_t i = 0; i < batch.count * batch.size.count() * batch.channels; ++i)
        batch.data.push_back(static_cast<T>(2 * static_cast<double>(next()) / 2147483647 - 1));
    return batch;
}

/// The lower triangle where the case pairs x1 with itself, everything otherwise. In double 1e-10, and 1e-7 for an
/// image with itself, as acos at rho = 1 is no better; in float 2e-5.
template <class T>
void reproduce(const std::string& name, const Layers<T>& layers) {
    const auto& one = golden_case(name);
    const auto &nngp = one.at("result").at("nngp"), &ntk = one.at("result").at("ntk");
    const bool symmetric = one.at("x2").is_null();
    const auto x1 = inputs<T>(one.at("x1"), 0), x2 = inputs<T>(symmetric ? one.at("x1") : one.at("x2"), 1);
    const Gram<T> both = symmetric ? gram(layers, x1.images()) : gram(layers, x1.images(), x2.images());
    REQUIRE(both.rows == nngp.size());
    REQUIRE(both.cols == nngp.at(0).size());
    for (std::size_t i = 0; i < both.rows; ++i)
        for (std::size_t j = 0; j < (symmetric ? i + 1 : both.cols); ++j) {
            const double in_double = symmetric && i == j ? 1e-7 : 1e-10;
            const double tolerance = std::is_same_v<T, double> ? in_double : 2e-5;
            INFO(name << " (" << i << ", " << j << "): " << one.at("spec"));
            CHECK_THAT(static_cast<double>(both.nngp[i * both.cols + j]),
                       WithinRel(nngp.at(i).at(j).get<double>(), tolerance));
            CHECK_THAT(static_cast<double>(both.ntk[i * both.cols + j]),
                       WithinRel(ntk.at(i).at(j).get<double>(), tolerance));
        }
}

/// W = sqrt2 and b = sqrt.5, the file's usual ones.
ConvOptions usual(Padding padding, Extent stride = {1, 1}) {
    return {.stride = stride, .padding = padding, .weight = std::numbers::sqrt2, .bias = std::sqrt(.5)};
}

/// Two 3x2 convolutions, each with a Relu, what reduces them to a vector, and a Dense.
template <class T, class Readout>
Layers<T> two_convolutions(ConvOptions first, ConvOptions second, Readout readout) {
    const Extent filter{3, 2};
    return net<T>(Conv<T>{filter, first}, Relu<T>{}, Conv<T>{filter, second}, Relu<T>{}, readout, Dense<T>{1});
}

template <class T, class Readout>
Layers<T> two_convolutions(ConvOptions options, Readout readout) {
    return two_convolutions<T>(options, options, readout);
}

/// Two convolutions plus a shortcut: the identity, or a strided convolution where the block `widens`.
Layers<double> block(std::size_t stride, bool widens) {
    const Extent filter{3, 3};
    const ConvOptions strided{.stride = {stride, stride}, .padding = Padding::same}, plain{.padding = Padding::same};
    std::vector<Layers<double>> branches(2);
    branches[0] =
        net<double>(Relu<double>{}, Conv<double>{filter, strided}, Relu<double>{}, Conv<double>{filter, plain});
    if (widens) branches[1] = net<double>(Conv<double>{filter, strided});
    return net<double>(Sum<double>{std::move(branches)});
}

}  // namespace

TEST_CASE("images: golden nets without pools", "[naive]") {
    reproduce("conv_valid_flat", two_convolutions<double>(usual(Padding::valid), Flatten<double>{}));
    reproduce("conv_same_flat", two_convolutions<double>(usual(Padding::same), Flatten<double>{}));
    reproduce("conv_circ_flat", two_convolutions<double>(usual(Padding::circular), Flatten<double>{}));
    reproduce("conv_stride_flat", two_convolutions<double>(usual(Padding::same, {2, 1}), usual(Padding::same, {1, 2}),
                                                           Flatten<double>{}));
    reproduce("conv_same_gap", two_convolutions<double>(usual(Padding::same), GlobalAvgPool<double>{}));
    reproduce("conv_valid_gap_same", two_convolutions<double>(usual(Padding::valid), GlobalAvgPool<double>{}));

    const ConvOptions plain{.padding = Padding::same, .weight = 1.2, .bias = .1};
    const ConvOptions strided{.stride = {1, 2}, .padding = Padding::same, .weight = 1.2, .bias = .1};
    reproduce("conv1d_gap", net<double>(Conv<double>{{1, 3}, plain}, Relu<double>{}, Conv<double>{{1, 4}, strided},
                                        Relu<double>{}, GlobalAvgPool<double>{}, Dense<double>{1}));
}

TEST_CASE("images: golden nets with pools", "[naive]") {
    const Conv<double> convolution{{3, 2}, usual(Padding::same)};
    reproduce("conv_sumpool", net<double>(convolution, Relu<double>{}, SumPool<double>{{2, 3}, {.stride = {2, 2}}},
                                          Flatten<double>{}, Dense<double>{1}));
    reproduce("conv_avgpool_circ",
              net<double>(convolution, Relu<double>{}, AvgPool<double>{{2, 3}, {.padding = Padding::circular}},
                          Flatten<double>{}, Dense<double>{1}));
}

TEST_CASE("images: golden residual net", "[naive]") {
    Layers<double> layers = net<double>(Conv<double>{{3, 3}, {.padding = Padding::same}});
    for (const std::size_t stride : {1u, 2u, 2u}) {
        append(layers, block(stride, true));
        append(layers, block(1, false));
    }
    append(layers, net<double>(AvgPool<double>{{2, 2}}, Flatten<double>{}, Dense<double>{1}));
    reproduce("wrn_bs2_8", layers);
}

TEST_CASE("images: golden Myrtle net, pools between its layers", "[naive]") {
    const Conv<double> convolution{{3, 3}, {.padding = Padding::same, .weight = std::numbers::sqrt2}};
    const AvgPool<double> halve{{2, 2}, {.stride = {2, 2}}};
    const Relu<double> relu;
    reproduce("myrtle5_32",
              net<double>(convolution, relu, convolution, relu, halve, convolution, relu, halve, convolution, relu,
                          halve, halve, halve, Flatten<double>{}, Dense<double>{std::numbers::sqrt2}));
}

TEST_CASE("images: golden nets in float", "[naive]") {
    reproduce("conv_same_flat", two_convolutions<float>(usual(Padding::same), Flatten<float>{}));
    reproduce("conv_valid_gap_same", two_convolutions<float>(usual(Padding::valid), GlobalAvgPool<float>{}));
}

TEST_CASE("images: relu_network is the golden 21 layers of weight 1, times 2^21, and a Dense", "[naive]") {
    const auto& one = golden_case("cnn21_gap_32");
    const auto x1 = inputs<float>(one.at("x1"), 0), x2 = inputs<float>(one.at("x2"), 1);
    const Kernels<float> entry = kernels(relu_network<float>(21), x1.images(), x2.images());
    const double nngp = one.at("result").at("nngp").at(0).at(0), ntk = one.at("result").at("ntk").at(0).at(0);
    CHECK_THAT(static_cast<double>(entry.nngp), WithinRel(std::ldexp(nngp, 21), 2e-5));
    CHECK_THAT(static_cast<double>(entry.ntk), WithinRel(std::ldexp(ntk + nngp, 21), 2e-5));
}

TEST_CASE("images: an axis reads what its padding says", "[naive]") {
    const auto read = [](const Axis& axis, std::size_t taps) {
        std::vector<std::vector<int>> result(axis.outputs());
        for (std::size_t output = 0; output < axis.outputs(); ++output)
            for (std::size_t tap = 0; tap < taps; ++tap) {
                const auto input = axis.read(output, tap);
                result[output].push_back(input ? static_cast<int>(*input) : -1);
            }
        return result;
    };
    using Table = std::vector<std::vector<int>>;
    CHECK(read(Axis{5, 3, 1, Padding::valid}, 3) == Table{{0, 1, 2}, {1, 2, 3}, {2, 3, 4}});
    CHECK(read(Axis{6, 3, 2, Padding::valid}, 3) == Table{{0, 1, 2}, {2, 3, 4}});
    CHECK(read(Axis{4, 3, 1, Padding::same}, 3) == Table{{-1, 0, 1}, {0, 1, 2}, {1, 2, 3}, {2, 3, -1}});
    // What does not divide evenly is padded at the end.
    CHECK(read(Axis{4, 3, 2, Padding::same}, 3) == Table{{0, 1, 2}, {2, 3, -1}});
    CHECK(read(Axis{5, 3, 2, Padding::same}, 3) == Table{{-1, 0, 1}, {1, 2, 3}, {3, 4, -1}});
    CHECK(read(Axis{3, 2, 1, Padding::same}, 2) == Table{{0, 1}, {1, 2}, {2, -1}});
    CHECK(read(Axis{4, 3, 1, Padding::circular}, 3) == Table{{3, 0, 1}, {0, 1, 2}, {1, 2, 3}, {2, 3, 0}});
    CHECK(read(Axis{2, 5, 1, Padding::circular}, 5) == Table{{0, 1, 0, 1, 0}, {1, 0, 1, 0, 1}});
    // A window larger than its stride is not required.
    CHECK(read(Axis{5, 1, 2, Padding::same}, 1) == Table{{0}, {2}, {4}});
}

TEST_CASE("images: runs cover each tap once", "[naive]") {
    for (const Padding padding : {Padding::valid, Padding::same, Padding::circular})
        for (const std::size_t stride : {1u, 2u, 3u})
            for (std::size_t taps = 1; taps <= 4; ++taps) {
                const Axis axis{7, taps, stride, padding};
                for (std::size_t tap = 0; tap < taps; ++tap) {
                    std::vector<std::optional<std::size_t>> read(axis.outputs());
                    for (const Run& run : runs(axis, tap, stride))
                        for (std::size_t k = 0; k < run.count; ++k) {
                            CHECK(!read.at(run.output + k));
                            read.at(run.output + k) = run.input + k * stride;
                        }
                    for (std::size_t output = 0; output < axis.outputs(); ++output)
                        CHECK(read[output] == axis.read(output, tap));
                }
            }
}

TEST_CASE("images: pooling kernels is pooling pixels", "[naive]") {
    const Extent size{5, 4}, window{3, 2}, stride{2, 1};
    const std::size_t channels = 3;
    const auto x = random_batch(1, size, channels, 1), z = random_batch(1, size, channels, 2);
    for (const Padding padding : {Padding::valid, Padding::same, Padding::circular})
        for (const bool average : {false, true})
            for (const bool normalize_edges : {false, true}) {
                const Axis rows{size.height, window.height, stride.height, padding};
                const Axis columns{size.width, window.width, stride.width, padding};
                const auto pooled = [&](const Batch<double>& image) {
                    Batch<double> result{{}, 1, {rows.outputs(), columns.outputs()}, channels};
                    for (std::size_t row = 0; row < rows.outputs(); ++row)
                        for (std::size_t column = 0; column < columns.outputs(); ++column)
                            for (std::size_t channel = 0; channel < channels; ++channel) {
                                double sum = 0, inside = 0;
                                for (std::size_t a = 0; a < window.height; ++a)
                                    for (std::size_t b = 0; b < window.width; ++b) {
                                        const auto i = rows.read(row, a), j = columns.read(column, b);
                                        if (!i || !j) continue;
                                        sum += image.data[(*i * size.width + *j) * channels + channel];
                                        ++inside;
                                    }
                                const double divisor = normalize_edges ? inside : 6;
                                result.data.push_back(average ? sum / divisor : sum);
                            }
                    return result;
                };
                const PoolOptions options{stride, padding, normalize_edges};
                const Dense<double> dense{1};
                const auto layers = average ? net<double>(dense, AvgPool<double>{window, options}, Flatten<double>{})
                                            : net<double>(dense, SumPool<double>{window, options}, Flatten<double>{});
                const auto entry = kernels(layers, x.images(), z.images());
                const auto expected =
                    kernels(net<double>(dense, Flatten<double>{}), pooled(x).images(), pooled(z).images());
                CHECK_THAT(entry.nngp, WithinAbs(expected.nngp, 1e-13));
                CHECK_THAT(entry.ntk, WithinAbs(expected.ntk, 1e-13));
                CHECK(std::abs(expected.nngp) > 1e-3);
            }
}

TEST_CASE("images: global pools sum and average over all pairs of positions", "[naive]") {
    const auto x = random_batch(1, {2, 3}, 2, 3), z = random_batch(1, {2, 3}, 2, 4);
    double sum = 0;
    for (std::size_t p = 0; p < 6; ++p)
        for (std::size_t q = 0; q < 6; ++q)
            for (std::size_t c = 0; c < 2; ++c) sum += x.data[p * 2 + c] * z.data[q * 2 + c] / 2;
    const Dense<double> dense{2};
    const auto added = kernels(net<double>(dense, GlobalSumPool<double>{}), x.images(), z.images());
    const auto averaged = kernels(net<double>(dense, GlobalAvgPool<double>{}), x.images(), z.images());
    CHECK_THAT(added.nngp, WithinRel(4 * sum, 1e-12));
    CHECK_THAT(added.ntk, WithinRel(4 * sum, 1e-12));
    CHECK_THAT(averaged.nngp, WithinRel(4 * sum / 36, 1e-12));
    CHECK_THAT(averaged.ntk, WithinRel(4 * sum / 36, 1e-12));
}

TEST_CASE("images: one pixel is a vector", "[naive]") {
    const std::size_t channels = 5;
    const auto x = random_batch(3, {1, 1}, channels, 5);
    objects::Rows rows(3, std::vector<double>(channels));
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t c = 0; c < channels; ++c) rows[i][c] = x.data[i * channels + c];

    const Conv<double> convolution{{1, 1}, {.weight = 1.3, .bias = .2}};
    const auto images = net<double>(convolution, Relu<double>{}, convolution,
                                    Residual<double>{net<double>(Erf<double>{}, Dense<double>{1.3, .2})},
                                    LayerNorm<double>{}, Relu<double>{}, convolution, Flatten<double>{});
    objects::Layers vectors, branch;
    const auto dense = [] { return std::make_unique<objects::Dense>(1.3, .2); };
    branch.push_back(std::make_unique<objects::Erf>());
    branch.push_back(dense());
    vectors.push_back(dense());
    vectors.push_back(std::make_unique<objects::Relu>());
    vectors.push_back(dense());
    vectors.push_back(std::make_unique<objects::Residual>(std::move(branch)));
    vectors.push_back(std::make_unique<objects::LayerNorm>());
    vectors.push_back(std::make_unique<objects::Relu>());
    vectors.push_back(dense());

    const auto found = gram(images, x.images());
    const auto expected = objects::gram(vectors, rows);
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < i; ++j) {
            CHECK_THAT(found.nngp[i * 3 + j], WithinRel(expected.nngp[i * 3 + j], 1e-12));
            CHECK_THAT(found.ntk[i * 3 + j], WithinRel(expected.ntk[i * 3 + j], 1e-12));
        }
}

TEST_CASE("images: variances are the same from the whole K(x,x) as from its diagonal", "[naive]") {
    const Conv<double> convolution{{3, 3}, {.padding = Padding::same, .weight = 1.2, .bias = .3}};
    const Conv<double> strided{{2, 3}, {.stride = {2, 1}, .padding = Padding::circular, .weight = 1.1}};
    const auto with_pool = [&](bool pool) {
        auto layers = pool ? net<double>(AvgPool<double>{{1, 1}}) : Layers<double>{};
        auto branch = net<double>(Relu<double>{}, convolution, Erf<double>{}, convolution);
        append(layers, net<double>(convolution, Residual<double>{std::move(branch)}, LayerNorm<double>{},
                                   Relu<double>{}, strided, Relu<double>{}, Flatten<double>{}, Dense<double>{1, .1},
                                   Relu<double>{}, Dense<double>{1}));
        return layers;
    };
    const auto x = random_batch(2, {4, 5}, 3, 6);
    const auto short_way = variances(with_pool(false), x.images().at(1)),
               long_way = variances(with_pool(true), x.images().at(1));
    REQUIRE(short_way.asked.size() == 6);
    REQUIRE(long_way.asked.size() == 6);
    for (std::size_t layer = 0; layer < 6; ++layer) {
        REQUIRE(short_way.asked[layer].size() == long_way.asked[layer].size());
        for (std::size_t p = 0; p < short_way.asked[layer].size(); ++p)
            CHECK_THAT(short_way.asked[layer][p], WithinRel(long_way.asked[layer][p], 1e-7));
    }
    CHECK(short_way.asked.front().size() == 20);
    CHECK(short_way.asked.back().size() == 1);
    CHECK_THAT(kernels(with_pool(false), x.images().at(0), x.images().at(1)).ntk,
               WithinRel(kernels(with_pool(true), x.images().at(0), x.images().at(1)).ntk, 1e-7));
}

TEST_CASE("images: LayerNorm gives every position the variance 1", "[naive]") {
    const auto x = random_batch(1, {3, 4}, 4, 7);
    const Conv<double> convolution{{3, 3}, {.padding = Padding::same, .bias = .1}};
    const auto entry =
        kernels(net<double>(convolution, LayerNorm<double>{}, Flatten<double>{}), x.images(), x.images());
    CHECK_THAT(entry.nngp, WithinRel(1.0, 1e-10));
    CHECK_THAT(entry.ntk, WithinRel(1.0, 1e-10));
}

TEST_CASE("images: a frozen layer adds nothing to Theta", "[naive]") {
    const auto x = random_batch(1, {3, 4}, 2, 8), z = random_batch(1, {3, 4}, 2, 9);
    const auto layers = [](bool frozen_convolution, bool frozen_dense) {
        const ConvOptions options{.weight = 1.2, .bias = .3, .frozen = frozen_convolution};
        return net<double>(Conv<double>{{2, 2}, options}, Relu<double>{}, GlobalAvgPool<double>{},
                           Dense<double>{1.1, .2, frozen_dense});
    };
    const auto entry = [&](bool frozen_convolution, bool frozen_dense) {
        return kernels(layers(frozen_convolution, frozen_dense), x.images(), z.images());
    };
    CHECK(entry(true, true).ntk == 0);
    CHECK(entry(true, false).ntk == entry(false, false).nngp);
    CHECK(entry(true, true).nngp == entry(false, false).nngp);
    CHECK_THAT(entry(false, true).ntk, WithinRel(entry(false, false).ntk - entry(false, false).nngp, 1e-12));
    CHECK(entry(false, true).ntk > 0);
}

TEST_CASE("images: symmetric is the lower triangle of cross, and cross is symmetric", "[naive]") {
    const std::size_t n = 4;
    const auto x = random_batch(n, {4, 4}, 3, 10);
    const auto layers = two_convolutions<double>(usual(Padding::same), GlobalAvgPool<double>{});
    const auto symmetric = gram(layers, x.images()), cross = gram(layers, x.images(), x.images());
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j) {
            CHECK(symmetric.nngp[i * n + j] == (j <= i ? cross.nngp[i * n + j] : 0.0));
            CHECK(symmetric.ntk[i * n + j] == (j <= i ? cross.ntk[i * n + j] : 0.0));
            CHECK_THAT(cross.nngp[i * n + j], WithinRel(cross.nngp[j * n + i], 1e-12));
            CHECK_THAT(cross.ntk[i * n + j], WithinRel(cross.ntk[j * n + i], 1e-12));
        }
    const auto entry = kernels(layers, x.images().at(2), x.images().at(1));
    CHECK(entry.nngp == cross.nngp[2 * n + 1]);
    CHECK(entry.ntk == cross.ntk[2 * n + 1]);
}

TEST_CASE("images: a black image is legal, what does not fit is not", "[naive]") {
    const auto x = random_batch(2, {3, 3}, 2, 11), other_size = random_batch(1, {3, 4}, 2, 12),
               other_channels = random_batch(1, {3, 3}, 1, 13);
    Batch<double> black = x;
    std::fill(black.data.begin(), black.data.end(), 0.0);
    const auto layers = relu_network<double>(2);
    const auto entry = kernels(layers, black.images(), x.images());
    CHECK(entry.nngp == 0);
    CHECK(entry.ntk == 0);
    CHECK(gram(layers, x.images(), Images<double>{nullptr, 0, {3, 3}, 2}).ntk.empty());

    CHECK_THROWS_AS(gram(layers, x.images(), other_size.images()), wide::shape_mismatch);
    CHECK_THROWS_AS(kernels(layers, x.images(), other_channels.images()), wide::shape_mismatch);
    CHECK_THROWS_AS(gram(net<double>(Conv<double>{{4, 1}}, Flatten<double>{}), x.images()), wide::shape_mismatch);
    CHECK_THROWS_AS(gram(net<double>(Conv<double>{{1, 1}, {.stride = {0, 1}}}), x.images()), wide::shape_mismatch);
    CHECK_THROWS_AS(gram(net<double>(Conv<double>{{2, 2}}), x.images()), wide::shape_mismatch);
    CHECK_THROWS_AS(
        gram(net<double>(Residual<double>{net<double>(Conv<double>{{2, 2}})}, Flatten<double>{}), x.images()),
        wide::shape_mismatch);
    CHECK_THROWS_AS(Sum<double>{std::vector<Layers<double>>{}}, wide::shape_mismatch);
}
