// Derivatives along a direction of parameter space against differences of the network itself: the line through a network
// leaves it with the square of the step, two derivatives with the cube.
#include <wide/finite/forward.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

#include "networks.hpp"

using namespace wide;

namespace {

/// Largest distance of the network at theta + h direction from the sum of its first `terms` coefficients.
template <class Case>
double remainder(int terms, double h) {
    using Net = typename Case::Net;
    using In = typename Case::In;
    const auto theta = parameters<Case, double>(1), direction = trained_direction<Case, double>(2);
    const auto x = samples<Case, double>(4, 3);
    auto moved = theta.copy();
    moved.axpy(h, direction);
    const auto there = forward<Net>(moved, rows<In>(x));
    const auto series = taylor<Net>(theta, direction, rows<In>(x));
    double most = 0;
    for (std::size_t k = 0; k < there.size(); ++k) {
        double line = series.value.data()[k] + h * series.first.data()[k];
        if (terms > 2) line += h * h / 2 * series.second.data()[k];
        most = std::max(most, std::abs(there.data()[k] - line));
    }
    return most;
}

/// log2 of what halving the step three times does to the remainder, a halving.
template <class Case>
double order_of_remainder(int terms, double h) {
    return std::log2(remainder<Case>(terms, h) / remainder<Case>(terms, h / 8)) / 3;
}

using Curved = Joined<Smooth, std::tuple<On<Vectors, Vector<7>>, On<StandardVectors, Vector<33>>, On<FrozenVectors, Vector<5>>,
                                         On<Normed, Vector<6>>, On<Branches, Vector<9>>, On<Repeated, Vector<1>>,
                                         On<Signals, Signal<13, 2>>, On<Images, Image<7, 6, 3>>, On<Pooled, Image<6, 7, 2>>,
                                         On<Summed, Image<8, 6, 2>>, On<Volumes, Volume<3, 4, 3, 2>>>>;

}  // namespace

TEMPLATE_LIST_TEST_CASE("two coefficients leave the square of the step, three the cube", "[finite]", Curved) {
    const double of_line = order_of_remainder<TestType>(2, 0x1p-9), of_parabola = order_of_remainder<TestType>(3, 0x1p-8);
    CHECK((of_line > 1.9 && of_line < 2.1));
    CHECK((of_parabola > 2.8 && of_parabola < 3.2));
}

TEMPLATE_LIST_TEST_CASE("value, tangent and line are one thing in every call that gives them", "[finite]", Structures) {
    using Net = typename TestType::Net;
    using In = typename TestType::In;
    const auto theta = parameters<TestType, double>(1), direction = parameters<TestType, double>(2);
    const auto x = samples<TestType, double>(15, 3);
    const auto f = forward<Net>(theta, rows<In>(x));
    const auto pair = jvp<Net>(theta, direction, rows<In>(x));
    const auto series = taylor<Net>(theta, direction, rows<In>(x));
    CHECK(apart(pair.value, f) < 1e-14);
    CHECK(apart(series.value, f) < 1e-14);
    CHECK(apart(series.first, pair.tangent) < 1e-13);
    auto line = pair.value.copy();
    for (std::size_t k = 0; k < line.size(); ++k) line.data()[k] += pair.tangent.data()[k];
    CHECK(apart(linearize<Net>(theta)(direction, rows<In>(x)), line) < 1e-14);
    // The derivative is linear in the direction, and zero in the direction of nothing.
    auto twice = direction.copy();
    twice *= 2;
    auto doubled = pair.tangent.copy();
    for (std::size_t k = 0; k < doubled.size(); ++k) doubled.data()[k] *= 2;
    CHECK(apart(jvp<Net>(theta, twice, rows<In>(x)).tangent, doubled) < 1e-14);
    twice.set_zero();
    CHECK(product_of(jvp<Net>(theta, twice, rows<In>(x)).tangent, f) == 0);
}

TEMPLATE_LIST_TEST_CASE("kinks have the tangent of the side they are on", "[finite]", Kinked) {
    using Net = typename TestType::Net;
    using In = typename TestType::In;
    const auto theta = parameters<TestType, double>(1), direction = parameters<TestType, double>(2);
    const auto x = samples<TestType, double>(6, 3);
    const auto pair = jvp<Net>(theta, direction, rows<In>(x));
    const double h = 1e-6;
    auto up = theta.copy(), down = theta.copy();
    up.axpy(h, direction), down.axpy(-h, direction);
    auto difference = forward<Net>(up, rows<In>(x));
    const auto below = forward<Net>(down, rows<In>(x));
    for (std::size_t k = 0; k < difference.size(); ++k) difference.data()[k] = (difference.data()[k] - below.data()[k]) / (2 * h);
    CHECK(apart(pair.tangent, difference) < 1e-7);
}

TEST_CASE("frozen layers do not move", "[finite]") {
    using Case = On<FrozenVectors, Vector<5>>;
    const auto theta = parameters<Case, double>(1);
    const auto direction = parameters<Case, double>(2), trained = trained_direction<Case, double>(2);
    const auto x = samples<Case, double>(6, 3);
    CHECK(same_bits(jvp<FrozenVectors>(theta, direction, rows<Vector<5>>(x)).tangent,
                    jvp<FrozenVectors>(theta, trained, rows<Vector<5>>(x)).tangent));
    struct Still : Serial<Dense<6, Frozen>, Erf, Dense<3, Frozen>> {};
    const auto still = initial<Still, Vector<5>, double>(seed{1});
    const auto pair = jvp<Still>(still, still, rows<Vector<5>>(x));
    CHECK(product_of(pair.value, pair.value) > 0);
    CHECK(product_of(pair.tangent, pair.tangent) == 0);
}
