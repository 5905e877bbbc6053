// The chain rule of every operation of a lane, against difference quotients, and on SIMD lanes as on scalars.
#include <wide/simd/block.hpp>
#include <wide/simd/differential.hpp>
#include <wide/simd/scalar.hpp>

#include <cmath>
#include <limits>

#include "../catch.hpp"

using namespace wide;
using Catch::Matchers::WithinAbs;

namespace {

using One = Scalar<double>;
using Two = Differential<One, 2>;

static_assert(Lane<Two> && Lane<Differential<Block<float, 4>, 2>>);

/// x and y as functions of two parameters: x grows with the first, y with both.
Two lane(double value, double by_first, double by_second) {
    Two made(value);
    made.slope[0] = One(by_first);
    made.slope[1] = One(by_second);
    return made;
}

/// f(x, y) on lanes with derivatives, against the quotients of f on plain lanes.
template <class F>
void follows_the_chain_rule(F f, double x, double y) {
    const double growth[2][2] = {{1, 0.5}, {0, -2}}, h = 1e-3;
    const Two got = f(lane(x, growth[0][0], growth[1][0]), lane(y, growth[0][1], growth[1][1]));
    const double expected = f(One(x), One(y)).value;
    CHECK_THAT(got.value.value, WithinAbs(expected, 1e-15 * (1 + std::abs(expected))));
    for (int p = 0; p < 2; ++p) {
        const auto at = [&](double steps) {
            return f(One(x + steps * h * growth[p][0]), One(y + steps * h * growth[p][1])).value;
        };
        const double quotient = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h);
        INFO("parameter " << p << " at " << x << ", " << y);
        CHECK_THAT(got.slope[p].value, WithinAbs(quotient, 1e-8 * (1 + std::abs(quotient))));
    }
}

}  // namespace

TEST_CASE("arithmetic follows the chain rule") {
    for (const double x : {-1.7, -0.3, 0.4, 2.5})
        for (const double y : {-2.1, 0.6, 1.3}) {
            follows_the_chain_rule([](auto a, auto b) { return a + b; }, x, y);
            follows_the_chain_rule([](auto a, auto b) { return a - b; }, x, y);
            follows_the_chain_rule([](auto a, auto b) { return a * b; }, x, y);
            follows_the_chain_rule([](auto a, auto b) { return a / b; }, x, y);
            follows_the_chain_rule([](auto a, auto b) { return fma(a, b, a * a); }, x, y);
            follows_the_chain_rule([](auto a, auto b) { return fnma(a, b, b * b); }, x, y);
            follows_the_chain_rule([](auto a, auto b) { return abs(a) * b; }, x, y);
            follows_the_chain_rule([](auto a, auto b) { return select(a < b, a * a, b + b); }, x, y);
        }
}

TEST_CASE("functions follow the chain rule") {
    for (const double x : {0.05, 0.3, 0.9})
        for (const double y : {-1.4, 0.2, 1.1}) {
            follows_the_chain_rule([](auto a, auto b) { return sqrt(a) * b; }, x + 0.1, y);
            follows_the_chain_rule([](auto a, auto b) { return exp(a * b); }, x, y);
            follows_the_chain_rule([](auto a, auto b) { return expm1(a * b); }, x, y);
            follows_the_chain_rule([](auto a, auto b) { return log1p(a) * b; }, x, y);
            follows_the_chain_rule([](auto a, auto b) { return tanh(a - b); }, x, y);
            follows_the_chain_rule([](auto a, auto b) { return erf(a * b); }, x, y);
            follows_the_chain_rule([](auto a, auto b) { return sin(a + b); }, x, y);
            follows_the_chain_rule([](auto a, auto b) { return cos(a * b); }, x, y);
        }
}

/// A deficit of 0 is 0 whatever the parameters are.
TEST_CASE("the root of zero has no slope, rather than an infinite one") {
    const Two root = sqrt(lane(0, 1, -3));
    CHECK(root.value.value == 0);
    CHECK((root.slope[0].value == 0 && root.slope[1].value == 0));
}

TEST_CASE("differentials are for constant evaluation too") {
    constexpr double slope = [] {
        Differential<One, 1> x(2.0);
        x.slope[0] = One(1);
        return (x * x * x).slope[0].value;
    }();
    static_assert(slope == 12);
    SUCCEED();
}

TEMPLATE_TEST_CASE("SIMD lanes have the derivatives of scalars", "", float, double) {
    using T = TestType;
    using Wide = Differential<Block<T, 2>, 1>;
    using Single = Differential<Scalar<T>, 1>;
    const auto f = [](auto x) { return exp(x) * sqrt(x) / (x + tanh(x)); };
    constexpr int count = 2 * lanes<T>;
    alignas(64) T x[count], value[count], slope[count];
    for (int i = 0; i < count; ++i) x[i] = static_cast<T>(0.1 + 0.2 * i);
    Wide wide(Block<T, 2>::load(x));
    wide.slope[0] = Block<T, 2>(T(1));
    const Wide got = f(wide);
    got.value.store(value);
    got.slope[0].store(slope);
    for (int i = 0; i < count; ++i) {
        Single one(x[i]);
        one.slope[0] = Scalar<T>(T(1));
        const Single expected = f(one);
        const double tolerance = 16 * static_cast<double>(std::numeric_limits<T>::epsilon());
        CHECK_THAT(static_cast<double>(value[i]),
                   WithinAbs(static_cast<double>(expected.value.value), tolerance * 20));
        CHECK_THAT(static_cast<double>(slope[i]),
                   WithinAbs(static_cast<double>(expected.slope[0].value), tolerance * 20));
    }
}
