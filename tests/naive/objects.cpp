// The naive objects against numbers that were not computed by them: the published recursion's golden values,
// closed forms at duplicates, and expectations taken by quadrature.
#include "../../benchmarks/naive/objects.hpp"

#include <cmath>
#include <cstddef>
#include <functional>
#include <memory>
#include <numbers>
#include <random>
#include <utility>
#include <vector>

#include "../catch.hpp"

using namespace wide::naive::objects;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

/// |x| = 1, |z| = 1.5, cos = .6 after the division by the width, 2.
Rows golden_x() { return {{std::numbers::sqrt2, 0}}; }
Rows golden_z() { return {{std::numbers::sqrt2 * .9, std::numbers::sqrt2 * 1.2}}; }

Rows random_rows(std::size_t count, std::size_t width, unsigned seed) {
    std::mt19937 generator{seed};
    std::normal_distribution<double> normal;
    Rows x(count, std::vector<double>(width));
    for (auto& row : x)
        for (auto& value : row) value = normal(generator);
    return x;
}

/// E[f(u) f(v)] for the covariance (q11, q12, q22), by the midpoint rule on +-9 standard deviations.
double expectation(const std::function<double(double)>& f, const Pair& pair) {
    constexpr int points = 900;
    constexpr double range = 9, step = 2 * range / points;
    const double along = pair.q12 / std::sqrt(pair.q11), across = std::sqrt(pair.q22 - along * along);
    double sum = 0;
    for (int i = 0; i < points; ++i)
        for (int j = 0; j < points; ++j) {
            const double g = -range + (i + .5) * step, h = -range + (j + .5) * step;
            sum += std::exp(-(g * g + h * h) / 2) * f(std::sqrt(pair.q11) * g) * f(along * g + across * h);
        }
    return sum * step * step / (2 * std::numbers::pi);
}

/// The layer's T and T' at one covariance against quadrature of phi and its slope.
void check_dual(const Layer& layer, const std::function<double(double)>& phi,
                const std::function<double(double)>& slope, double tolerance) {
    const Pair before{1.3, -.4, .7, 1};
    Pair after = before;
    layer.apply(after);
    CHECK_THAT(after.q12, WithinAbs(expectation(phi, before), tolerance));
    CHECK_THAT(after.theta, WithinAbs(expectation(slope, before), tolerance));

    Pair same{1.3, 1.3, 1.3, 1};
    layer.apply(same);
    CHECK_THAT(same.q11, WithinRel(same.q12, 1e-9));
    CHECK_THAT(same.q22, WithinRel(same.q12, 1e-9));
    CHECK_THAT(after.q11, WithinRel(same.q11, 1e-14));
}

}  // namespace

TEST_CASE("objects: golden NTK of He ReLU networks", "[naive]") {
    const double golden[] = {1.65067083987899, 2.31662445101582, 2.92843002777698, 3.50269764084740};
    for (std::size_t depth = 1; depth <= 4; ++depth) {
        const Gram cross = gram(relu_network(depth), golden_z(), golden_x());
        REQUIRE(cross.ntk.size() == 1);
        CHECK_THAT(cross.ntk[0], WithinRel(golden[depth - 1], 1e-13));
    }
}

TEST_CASE("objects: golden NNGP of He ReLU networks", "[naive]") {
    // K[depth][depth] of the same table, times 2^depth.
    const double golden[] = {2 * .508160675824884, 4 * .275037669684586, 8 * .145371081533263, 16 * .075716983612158};
    for (std::size_t depth = 1; depth <= 4; ++depth)
        CHECK_THAT(gram(relu_network(depth), golden_z(), golden_x()).nngp[0], WithinRel(golden[depth - 1], 1e-13));
}

TEST_CASE("objects: the diagonal of a He ReLU network is |x|^2 / d and L + 1 times that", "[naive]") {
    const Rows x = random_rows(3, 5, 1);
    const Gram symmetric = gram(relu_network(4), x);
    for (std::size_t i = 0; i < 3; ++i) {
        const double variance = covariance(x[i], x[i]);
        CHECK_THAT(symmetric.nngp[i * 3 + i], WithinRel(variance, 1e-9));
        CHECK_THAT(symmetric.ntk[i * 3 + i], WithinRel(5 * variance, 1e-7));
    }
}

TEST_CASE("objects: duals agree with quadrature", "[naive]") {
    const auto kinked = [](double a, double b) { return [=](double u) { return u < 0 ? a * u : b * u; }; };
    const auto step = [](double a, double b) { return [=](double u) { return u < 0 ? a : b; }; };
    check_dual(Relu{}, kinked(0, 1), step(0, 1), 2e-3);
    check_dual(LeakyRelu{.2}, kinked(.2, 1), step(.2, 1), 2e-3);
    check_dual(ABRelu{-1, 1}, kinked(-1, 1), step(-1, 1), 4e-3);
    check_dual(
        Erf{}, [](double u) { return std::erf(u); },
        [](double u) { return 2 / std::sqrt(std::numbers::pi) * std::exp(-u * u); }, 1e-10);
}

TEST_CASE("objects: Dense, LayerNorm, Sum and Residual by hand", "[naive]") {
    Pair dense{1, 2, 4, 3};
    Dense{2, .5}.apply(dense);
    CHECK(dense.q11 == 4.25);
    CHECK(dense.q12 == 8.25);
    CHECK(dense.q22 == 16.25);
    CHECK(dense.theta == 20.25);

    Pair norm{4, 3, 9, 12};
    LayerNorm{}.apply(norm);
    CHECK_THAT(norm.q11, WithinRel(1.0, 1e-11));
    CHECK_THAT(norm.q12, WithinRel(.5, 1e-11));
    CHECK_THAT(norm.q22, WithinRel(1.0, 1e-11));
    CHECK_THAT(norm.theta, WithinRel(2.0, 1e-11));

    Layers branch;
    branch.push_back(std::make_unique<Dense>(2.0));
    Pair residual{1, 2, 4, 3};
    Residual{std::move(branch)}.apply(residual);
    CHECK(residual.q11 == 5);
    CHECK(residual.q12 == 10);
    CHECK(residual.q22 == 20);
    CHECK(residual.theta == 23);

    std::vector<Layers> branches(2);
    branches[1].push_back(std::make_unique<Dense>(2.0));
    Pair sum{1, 2, 4, 3};
    Sum{std::move(branches)}.apply(sum);
    CHECK(sum.q11 == 5);
    CHECK(sum.q12 == 10);
    CHECK(sum.q22 == 20);
    CHECK(sum.theta == 23);
}

TEST_CASE("objects: symmetric is the lower triangle of cross, and cross is symmetric", "[naive]") {
    const std::size_t n = 17;
    const Rows x = random_rows(n, 6, 2);
    const Layers net = relu_network(3, .3);
    const Gram symmetric = gram(net, x), cross = gram(net, x, x);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j) {
            CHECK(symmetric.nngp[i * n + j] == (j <= i ? cross.nngp[i * n + j] : 0.0));
            CHECK(symmetric.ntk[i * n + j] == (j <= i ? cross.ntk[i * n + j] : 0.0));
            CHECK_THAT(cross.nngp[i * n + j], WithinRel(cross.nngp[j * n + i], 1e-13));
            CHECK_THAT(cross.ntk[i * n + j], WithinRel(cross.ntk[j * n + i], 1e-13));
        }
}

TEST_CASE("objects: a zero row is legal, other widths are not", "[naive]") {
    const Gram zero = gram(relu_network(2), Rows{{0, 0}, {1, 2}});
    for (const std::size_t entry : {0u, 2u}) {
        CHECK(zero.nngp[entry] == 0);
        CHECK(zero.ntk[entry] == 0);
    }
    CHECK(gram(relu_network(2), Rows{}).ntk.empty());
    CHECK_THROWS_AS(gram(relu_network(1), Rows{{1, 2}}, Rows{{1, 2, 3}}), wide::shape_mismatch);
    CHECK_THROWS_AS(gram(relu_network(1), Rows{{}}), wide::shape_mismatch);
}
