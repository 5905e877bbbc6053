#include <wide/dsl/grammar/lane.hpp>
#include <wide/simd/scalar.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "../catch.hpp"

using namespace wide;

static_assert(Lane<Scalar<float>> && Lane<Scalar<double>>);
static_assert(constant_sqrt(2.25) == 1.5 && constant_sqrt(0) == 0 && constant_sqrt(1) == 1);
static_assert(constant_sqrt(4.9406564584124654e-324) > 2.2e-162 && constant_sqrt(1.7976931348623157e308) < 1.35e154);
static_assert(sqrt(Scalar(2.25f)).value == 1.5f);

/// In float the double root is rounded once more, which is harmless (53 >= 2 * 24 + 2); in double it may be one unit
/// in the last place off where the exact root lies within 2^-10 of a rounding boundary.
TEST_CASE("constant_sqrt is std::sqrt, but for rare last bits") {
    std::uint64_t state = 1;
    int different = 0;
    constexpr int tried = 200000;
    for (int k = 0; k < tried; ++k) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        const auto x = std::bit_cast<double>((state ^ state >> 29) & 0x7fefffffffffffffu);  // subnormals too
        const double root = constant_sqrt(x), expected = std::sqrt(x);
        const auto apart = std::bit_cast<std::int64_t>(root) - std::bit_cast<std::int64_t>(expected);
        if (apart < -1 || apart > 1) FAIL(x << ": " << root << " instead of " << expected);
        different += apart != 0;
    }
    INFO(different << " of " << tried << " differ");
    CHECK(different <= tried / 500);
    for (int power = -1074; power <= 1023; ++power) {
        const double x = std::ldexp(1.0, power);
        CHECK(constant_sqrt(x) == std::sqrt(x));
    }
    for (std::uint64_t bits = 1; bits < 3000; ++bits) {
        const auto x = std::bit_cast<double>(bits);
        CHECK(std::abs(constant_sqrt(x) / std::sqrt(x) - 1) < 2.3e-16);
    }
}

TEST_CASE("constant_sqrt of floats, rounded to float, is std::sqrt's") {
    std::uint32_t state = 1;
    int different = 0;
    for (int k = 0; k < 200000; ++k) {
        state = state * 1664525u + 1013904223u;
        const auto x = std::bit_cast<float>(state & 0x7f7fffffu);
        different += static_cast<float>(constant_sqrt(static_cast<double>(x))) != std::sqrt(x);
    }
    CHECK(different == 0);
}

TEST_CASE("constant_sqrt of what has no root") {
    const double infinity = std::numeric_limits<double>::infinity();
    CHECK(std::isnan(constant_sqrt(-1)));
    CHECK(std::isnan(constant_sqrt(std::nan(""))));
    CHECK(std::isnan(constant_sqrt(-infinity)));
    CHECK(constant_sqrt(infinity) == infinity);
    CHECK(constant_sqrt(0.0) == 0);
    CHECK(std::signbit(constant_sqrt(-0.0)));
}

TEMPLATE_TEST_CASE("a scalar is its number", "", float, double) {
    using L = Scalar<TestType>;
    const TestType a = TestType(1.75), b = TestType(-0.3), c = TestType(11);
    CHECK((L(a) + L(b)).value == a + b);
    CHECK((L(a) - L(b)).value == a - b);
    CHECK((L(a) * L(b)).value == a * b);
    CHECK((L(a) / L(b)).value == a / b);
    CHECK(L(b) < L(a));
    CHECK(!(L(a) < L(a)));
    CHECK(abs(L(b)).value == -b);
    CHECK(sqrt(L(c)).value == std::sqrt(c));
    CHECK(select(true, L(a), L(b)).value == a);
    CHECK(select(false, L(a), L(b)).value == b);
    CHECK(std::abs(fma(L(a), L(b), L(c)).value - std::fma(a, b, c)) <=
          2 * std::numeric_limits<TestType>::epsilon() * c);
    CHECK(std::abs(fnma(L(a), L(b), L(c)).value - std::fma(-a, b, c)) <=
          2 * std::numeric_limits<TestType>::epsilon() * c);
    CHECK(nearest(L(a)).value == 2);
    CHECK(nearest(L(b)).value == 0);
    CHECK(nearest(L(-c)).value == -11);
    CHECK(times_power_of_two(L(a), L(5)).value == 32 * a);
    CHECK(times_power_of_two(L(b), L(-3)).value == b / 8);
}
