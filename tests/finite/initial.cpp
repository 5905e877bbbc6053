// Random numbers are those of the paper, and initial parameters are normal, independent and a matter of the seed alone.
#include <wide/finite/initial.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include <wide/dsl.hpp>

#include "../catch.hpp"

using namespace wide;

// Random123-1.09, tests/kat_vectors: philox4x32 10.
static_assert(philox({0, 0, 0, 0}, {0, 0}) == std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
static_assert(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
              std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
static_assert(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
              std::array<std::uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});

namespace {

struct Net : Serial<Dense<300, He, Bias<0.1>>, Relu, Dense<201>> {};
struct Standards : Serial<Dense<300, Weight<1.5>, Standard, Bias<0.3>>, Relu, Dense<201, Standard>> {};
using In = Vector<400>;

struct Moments4 {
    double mean = 0, variance = 0, skew = 0, kurtosis = 0, neighbours = 0;
};
template <class Numbers>
Moments4 moments_of(const Numbers& numbers) {
    const double share = 1 / static_cast<double>(numbers.size());
    Moments4 m;
    for (const double x : numbers) m.mean += share * x;
    for (std::size_t k = 0; k < numbers.size(); ++k) {
        const double x = static_cast<double>(numbers[k]) - m.mean;
        m.variance += share * x * x, m.skew += share * x * x * x, m.kurtosis += share * x * x * x * x;
        if (k > 0) m.neighbours += share * x * (static_cast<double>(numbers[k - 1]) - m.mean);
    }
    m.skew /= std::pow(m.variance, 1.5), m.kurtosis /= m.variance * m.variance, m.neighbours /= m.variance;
    return m;
}

}  // namespace

TEST_CASE("initial parameters have the moments of a standard normal distribution", "[finite]") {
    const auto theta = initial<Net, In, double>(seed{5});
    for (const int leaf : {0, 2}) {
        const auto m = moments_of(theta.leaf(leaf));
        // Five standard errors.
        const double error = 5 / std::sqrt(static_cast<double>(theta.leaf(leaf).size()));
        CHECK(std::abs(m.mean) < error);
        CHECK(std::abs(m.variance - 1) < error * std::sqrt(2.0));
        CHECK(std::abs(m.skew) < error * std::sqrt(6.0));
        CHECK(std::abs(m.kurtosis - 3) < error * std::sqrt(24.0));
        CHECK(std::abs(m.neighbours) < error);
    }
}

TEST_CASE("standard parameterisation begins with the deviations that the NTK's multiplies by", "[finite]") {
    const auto theta = initial<Standards, In, double>(seed{5});
    const auto unit = initial<Net, In, double>(seed{5});
    for (std::size_t k = 0; k < 100; ++k) {
        CHECK(std::abs(theta.leaf(0)[k] - 1.5 / 20 * unit.leaf(0)[k]) < 1e-15);
        CHECK(std::abs(theta.leaf(1)[k] - 0.3 * unit.leaf(1)[k]) < 1e-15);
        CHECK(std::abs(theta.leaf(2)[k] - unit.leaf(2)[k] / std::sqrt(300.0)) < 1e-15);
    }
}

TEST_CASE("a seed decides everything, and seeds and leaves have numbers of their own", "[finite]") {
    const auto one = initial<Net, In, double>(seed{5}), again = initial<Net, In, double>(seed{5});
    const auto other = initial<Net, In, double>(seed{6}), high = initial<Net, In, double>(seed{5 + (std::uint64_t{1} << 32)});
    const auto rounded = initial<Net, In>(seed{5});
    CHECK(std::equal(one.data(), one.data() + one.size(), again.data()));
    const double count = static_cast<double>(one.count), error = 5 / std::sqrt(count);
    CHECK(std::abs(dot(one, other)) / count < error);
    CHECK(std::abs(dot(one, high)) / count < error);
    double leaves = 0;
    for (std::size_t k = 0; k < 60000; ++k) leaves += one.leaf(0)[k] * one.leaf(2)[k] / 60000;
    CHECK(std::abs(leaves) < 5 / std::sqrt(60000.0));
    for (std::size_t k = 0; k < 1000; ++k) CHECK(rounded.leaf(0)[k] == static_cast<float>(one.leaf(0)[k]));
    // A leaf of odd length has its last number, too.
    CHECK(one.leaf(2).back() != 0);
    static_assert(Random(seed{1}).below(10, 3) < 10);
}
