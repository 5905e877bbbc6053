// The networks that benchmarks compare with compute what the library computes.
#include <wide/finite/vjp.hpp>

#include "../../benchmarks/naive/networks.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "../finite/networks.hpp"

using namespace wide;
using Catch::Matchers::WithinAbs;

namespace {

struct Fully : Serial<Dense<6, He, Bias<0.3>>, Relu, Dense<5, Weight<1.2>>, Tanh, Dense<2, Bias<0.1>>> {};
struct Filtered : Serial<Conv<4, Filter<3, 3>, Same, He, Bias<0.2>>, Tanh, Conv<3, Filter<2, 2>, Same>, Relu, Flatten,
                         Dense<2, Bias<0.1>>> {};

template <class P>
std::vector<double> leaf(const P& theta, int i) {
    return {theta.leaf(i).begin(), theta.leaf(i).end()};
}
template <class P>
double factor(const P& theta, int i) {
    return theta.plan.leaf[i].factor;
}

template <class Net, class In>
void agree(const naive::networks::Network<double>& plain) {
    const auto theta = initial<Net, In, double>(seed{1}), direction = initial<Net, In, double>(seed{2});
    constexpr std::size_t outputs = Network<Net, In>::outputs, inputs = Network<Net, In>::inputs;
    const auto x = random_rows<double>(9, inputs, 3), cotangent = random_rows<double>(9, outputs, 4);
    const auto f = forward<Net>(theta, rows<In>(x));
    const auto pair = jvp<Net>(theta, direction, rows<In>(x));
    const auto gradient = vjp<Net>(theta, rows<In>(x), cotangent);
    Parameters<Net, In, double> sum;
    naive::networks::Leaves<double> moves;
    for (int i = 0; i < direction.leaves; ++i) moves.push_back(leaf(direction, i));
    for (std::size_t i = 0; i < x.rows(); ++i) {
        const std::vector<double> one(x.data() + i * inputs, x.data() + (i + 1) * inputs);
        const std::vector<double> value = plain.forward(one);
        const auto [again, tangent] = plain.jvp(moves, one);
        REQUIRE(value.size() == outputs);
        for (std::size_t o = 0; o < outputs; ++o) {
            CHECK_THAT(f(i, o), WithinAbs(value[o], 1e-13));
            CHECK_THAT(pair.value(i, o), WithinAbs(again[o], 1e-13));
            CHECK_THAT(pair.tangent(i, o), WithinAbs(tangent[o], 1e-13));
        }
        const auto gradients = plain.vjp(one, {cotangent.data() + i * outputs, cotangent.data() + (i + 1) * outputs});
        REQUIRE(gradients.size() == static_cast<std::size_t>(sum.leaves));
        for (int l = 0; l < sum.leaves; ++l)
            for (std::size_t k = 0; k < sum.leaf(l).size(); ++k) sum.leaf(l)[k] += gradients[static_cast<std::size_t>(l)][k];
    }
    sum -= gradient;
    CHECK(norm(sum) < 1e-13 * norm(gradient));
}

}  // namespace

TEST_CASE("naive networks agree with the library: dense layers") {
    const auto theta = initial<Fully, Vector<7>, double>(seed{1});
    naive::networks::Network<double> plain;
    plain.add<naive::networks::Dense<double>>(std::size_t{7}, std::size_t{6}, leaf(theta, 0), leaf(theta, 1), factor(theta, 0),
                                              factor(theta, 1));
    plain.add<naive::networks::Relu<double>>();
    plain.add<naive::networks::Dense<double>>(std::size_t{6}, std::size_t{5}, leaf(theta, 2), std::vector<double>{},
                                              factor(theta, 2), 0.0);
    plain.add<naive::networks::Tanh<double>>();
    plain.add<naive::networks::Dense<double>>(std::size_t{5}, std::size_t{2}, leaf(theta, 3), leaf(theta, 4), factor(theta, 3),
                                              factor(theta, 4));
    agree<Fully, Vector<7>>(plain);
}

TEST_CASE("naive networks agree with the library: convolutions") {
    const auto theta = initial<Filtered, Image<5, 4, 3>, double>(seed{1});
    naive::networks::Network<double> plain;
    plain.add<naive::networks::Conv<double>>(std::size_t{5}, std::size_t{4}, std::size_t{3}, std::size_t{3}, std::size_t{4},
                                             leaf(theta, 0), leaf(theta, 1), factor(theta, 0), factor(theta, 1));
    plain.add<naive::networks::Tanh<double>>();
    plain.add<naive::networks::Conv<double>>(std::size_t{5}, std::size_t{4}, std::size_t{2}, std::size_t{4}, std::size_t{3},
                                             leaf(theta, 2), std::vector<double>{}, factor(theta, 2), 0.0);
    plain.add<naive::networks::Relu<double>>();
    plain.add<naive::networks::Dense<double>>(std::size_t{60}, std::size_t{2}, leaf(theta, 3), leaf(theta, 4), factor(theta, 3),
                                              factor(theta, 4));
    agree<Filtered, Image<5, 4, 3>>(plain);
}
