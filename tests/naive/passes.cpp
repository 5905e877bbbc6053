// The matrix passes against the objects: two independent ways to the same numbers.
#include "../../benchmarks/naive/passes.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "../../benchmarks/naive/objects.hpp"
#include "../catch.hpp"

using namespace wide::naive;
using Catch::Matchers::WithinRel;

namespace {

/// The same samples in the form that either side wants; float values, so that both read the same numbers.
template <class T>
struct Data {
    std::size_t width;
    objects::Rows nested;
    std::vector<T> flat;

    Data(std::size_t count, std::size_t columns, unsigned seed) : width{columns} {
        std::mt19937 generator{seed};
        std::normal_distribution<float> normal;
        nested.assign(count, std::vector<double>(columns));
        for (auto& row : nested)
            for (auto& value : row) {
                const float sample = normal(generator);
                value = sample;
                flat.push_back(static_cast<T>(sample));
            }
    }
    [[nodiscard]] passes::Rows<T> rows() const { return {flat.data(), nested.size(), width}; }
};

/// The largest |a - b|(i, j) / sqrt(diagonal(i) diagonal(j)) over the lower triangle, or over everything.
template <class T>
double distance(const std::vector<double>& expected, const std::vector<T>& actual, std::size_t columns,
                const std::vector<double>& row_diagonal, const std::vector<double>& column_diagonal, bool lower) {
    double worst = 0;
    for (std::size_t i = 0; i < row_diagonal.size(); ++i)
        for (std::size_t j = 0; j < (lower ? i + 1 : columns); ++j) {
            const double difference = expected[i * columns + j] - static_cast<double>(actual[i * columns + j]);
            const double relative = std::abs(difference) / std::sqrt(row_diagonal[i] * column_diagonal[j]);
            if (std::isnan(relative)) return relative;
            worst = std::max(worst, relative);
        }
    return worst;
}

struct Diagonal {
    std::vector<double> nngp, ntk;
};

Diagonal diagonal(const objects::Layers& net, const objects::Rows& x) {
    Diagonal result;
    for (const auto& row : x) {
        const double q = objects::covariance(row, row);
        objects::Pair pair{q, q, q, 0};
        objects::apply(net, pair);
        result.nngp.push_back(pair.q12);
        result.ntk.push_back(pair.theta);
    }
    return result;
}

/// Both kernels of both implementations, symmetric and cross, within `tolerance` of the diagonal.
template <class T>
void check_agreement(const objects::Layers& net, const passes::Layers& same_net, const Data<T>& z, const Data<T>& x,
                     double tolerance) {
    const Diagonal of_x = diagonal(net, x.nested), of_z = diagonal(net, z.nested);
    const auto columns = x.nested.size();

    const auto expected = objects::gram(net, x.nested);
    const auto actual = passes::gram(same_net, x.rows());
    REQUIRE(actual.rows == columns);
    REQUIRE(actual.cols == columns);
    CHECK(distance(expected.nngp, actual.nngp, columns, of_x.nngp, of_x.nngp, true) <= tolerance);
    CHECK(distance(expected.ntk, actual.ntk, columns, of_x.ntk, of_x.ntk, true) <= tolerance);

    const auto expected_cross = objects::gram(net, z.nested, x.nested);
    const auto actual_cross = passes::gram(same_net, z.rows(), x.rows());
    REQUIRE(actual_cross.rows == z.nested.size());
    REQUIRE(actual_cross.cols == columns);
    CHECK(distance(expected_cross.nngp, actual_cross.nngp, columns, of_z.nngp, of_x.nngp, false) <= tolerance);
    CHECK(distance(expected_cross.ntk, actual_cross.ntk, columns, of_z.ntk, of_x.ntk, false) <= tolerance);
}

constexpr double agreement = 1e-5;

}  // namespace

TEST_CASE("passes: ReLU networks agree with the objects", "[naive]") {
    for (const std::size_t depth : {1u, 3u, 10u})
        for (const double bias : {0.0, .3})
            for (const auto& [count, width] : {std::pair{1u, 4u}, {7u, 3u}, {64u, 10u}, {130u, 784u}}) {
                CAPTURE(depth, bias, count, width);
                const Data<float> x{count, width, 1}, z{count / 2 + 1, width, 2};
                check_agreement(objects::relu_network(depth, bias), passes::relu_network(depth, bias), z, x,
                                agreement);
            }
}

TEST_CASE("passes: in double they agree to the accuracy of the acos polynomial", "[naive]") {
    const Data<double> x{40, 12, 3}, z{9, 12, 4};
    check_agreement(objects::relu_network(3), passes::relu_network(3), z, x, 2e-7);
}

TEST_CASE("passes: every layer agrees with its object", "[naive]") {
    const Data<float> x{50, 20, 5}, z{33, 20, 6};
    const auto wrapped = [](auto layer) {
        objects::Layers net;
        net.push_back(std::make_unique<objects::Dense>(1.2, .4));
        net.push_back(std::make_unique<decltype(layer)>(std::move(layer)));
        net.push_back(std::make_unique<objects::Dense>(.9, .1));
        return net;
    };
    const auto passed = [](passes::Layer layer) {
        return passes::Layers{passes::Dense{1.2, .4}, std::move(layer), passes::Dense{.9, .1}};
    };
    check_agreement(wrapped(objects::LeakyRelu{.2}), passed(passes::ABRelu{.2, 1}), z, x, agreement);
    check_agreement(wrapped(objects::ABRelu{-1, 1}), passed(passes::ABRelu{-1, 1}), z, x, agreement);
    check_agreement(wrapped(objects::Erf{}), passed(passes::Erf{}), z, x, agreement);
    check_agreement(wrapped(objects::LayerNorm{}), passed(passes::LayerNorm{}), z, x, agreement);
    check_agreement(wrapped(objects::Residual{objects::relu_network(2, .2)}),
                    passed(passes::Sum{{{}, passes::relu_network(2, .2)}}), z, x, agreement);
    std::vector<objects::Layers> branches;
    branches.push_back(objects::relu_network(1));
    branches.push_back(objects::relu_network(3, .5));
    check_agreement(wrapped(objects::Sum{std::move(branches)}),
                    passed(passes::Sum{{passes::relu_network(1), passes::relu_network(3, .5)}}), z, x, agreement);
}

TEST_CASE("passes: duplicate and opposite rows stay finite and near the objects", "[naive]") {
    Data<float> x{4, 8, 7};
    for (std::size_t k = 0; k < x.width; ++k) {
        x.nested[1][k] = x.nested[0][k];
        x.nested[2][k] = -x.nested[0][k];
        x.flat[x.width + k] = x.flat[k];
        x.flat[2 * x.width + k] = -x.flat[k];
    }
    // sqrt(1 - rho) of a rounded rho is what the textbook form loses here.
    check_agreement(objects::relu_network(3), passes::relu_network(3), x, x, 1e-3);
}

TEST_CASE("passes: symmetric is the lower triangle of cross, and cross is symmetric", "[naive]") {
    const std::size_t n = 37;
    const Data<float> x{n, 11, 8};
    const auto net = passes::relu_network(3, .2);
    const auto symmetric = passes::gram(net, x.rows()), cross = passes::gram(net, x.rows(), x.rows());
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < i; ++j) {
            const double scale = std::sqrt(static_cast<double>(symmetric.ntk[i * n + i]) *
                                           static_cast<double>(symmetric.ntk[j * n + j]));
            const auto near = [scale](float a, float b) {
                return std::abs(static_cast<double>(a) - static_cast<double>(b)) <= 2e-6 * scale;
            };
            CHECK(near(symmetric.nngp[i * n + j], cross.nngp[i * n + j]));
            CHECK(near(symmetric.ntk[i * n + j], cross.ntk[i * n + j]));
            CHECK(near(cross.nngp[i * n + j], cross.nngp[j * n + i]));
            CHECK(near(cross.ntk[i * n + j], cross.ntk[j * n + i]));
        }
}

TEST_CASE("passes: memory that exists is used again", "[naive]") {
    const Data<float> large{30, 5, 9}, small{20, 5, 10};
    const auto net = passes::relu_network(2);
    passes::Gram<float> reused;
    passes::gram(net, large.rows(), large.rows(), reused);
    const float* const memory = reused.ntk.data();
    passes::gram(net, small.rows(), large.rows(), reused);
    CHECK(reused.ntk.data() == memory);
    const auto fresh = passes::gram(net, small.rows(), large.rows());
    CHECK(reused.nngp == fresh.nngp);
    CHECK(reused.ntk == fresh.ntk);
}

TEST_CASE("passes: a zero row is legal, other widths are not", "[naive]") {
    const std::vector<float> values{0, 0, 1, 2};
    const auto zero = passes::gram(passes::relu_network(2), passes::Rows<float>{values.data(), 2, 2});
    for (const std::size_t entry : {0u, 2u}) {
        CHECK(zero.nngp[entry] == 0);
        CHECK(zero.ntk[entry] == 0);
    }
    CHECK_THAT(static_cast<double>(zero.nngp[3]), WithinRel(2.5, 1e-6));
    const passes::Rows<float> two{values.data(), 1, 2}, three{values.data(), 1, 3}, none{values.data(), 0, 2};
    CHECK(passes::gram(passes::relu_network(2), none).ntk.empty());
    CHECK(passes::gram(passes::relu_network(2), none, two).ntk.empty());
    CHECK_THROWS_AS(passes::gram(passes::relu_network(2), two, three), wide::shape_mismatch);
    CHECK_THROWS_AS(passes::gram(passes::relu_network(2), passes::Rows<float>{nullptr, 3, 0}), wide::shape_mismatch);
}
