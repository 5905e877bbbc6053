#pragma once
// Random numbers that depend on a seed and a place alone: element k of leaf i is made of the same bits on every machine and
// for any number of threads; normal numbers are the same up to the last bits of the C library's log, sin and cos. Philox
// 4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3") makes 128 bits of a counter and a key; Box and
// Muller (1958) make two normal numbers of them.
//
//     static_assert(philox({0, 0, 0, 0}, {0, 0})[0] == 0x6627e8d5);
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace wide {

/// What makes a run repeatable.
struct seed {
    std::uint64_t value = 0;
};

constexpr std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
    constexpr std::uint64_t multiplier[] = {0xD2511F53, 0xCD9E8D57};
    constexpr std::uint32_t golden_ratio = 0x9E3779B9, square_root_of_3 = 0xBB67AE85;
    constexpr int rounds = 10;
    for (int round = 0; round < rounds; ++round) {
        const std::uint64_t one = multiplier[0] * counter[0], two = multiplier[1] * counter[2];
        counter = {static_cast<std::uint32_t>(two >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(two),
                   static_cast<std::uint32_t>(one >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(one)};
        key[0] += golden_ratio;
        key[1] += square_root_of_3;
    }
    return counter;
}

/// Streams of random numbers, each read at any place.
class Random {
public:
    explicit constexpr Random(seed from, std::uint32_t stream = 0)
        : key_{static_cast<std::uint32_t>(from.value), static_cast<std::uint32_t>(from.value >> 32)}, stream_{stream} {}

    /// 128 random bits at place k.
    [[nodiscard]] constexpr std::array<std::uint32_t, 4> bits(std::uint64_t k) const {
        return philox({static_cast<std::uint32_t>(k), static_cast<std::uint32_t>(k >> 32), stream_, 0}, key_);
    }

    /// Numbers 2k and 2k + 1 of a standard normal distribution.
    [[nodiscard]] std::array<double, 2> normal_pair(std::uint64_t k) const {
        const auto random = bits(k);
        const double radius = std::sqrt(-2 * std::log(uniform(random[0], random[1])));
        const double angle = 2 * std::numbers::pi * uniform(random[2], random[3]);
        return {radius * std::cos(angle), radius * std::sin(angle)};
    }

    /// A number of (0, 1), all alike.
    [[nodiscard]] constexpr double uniform(std::uint64_t k) const {
        const auto random = bits(k);
        return uniform(random[0], random[1]);
    }

    /// A whole number below n, with a bias below n / 2^64.
    [[nodiscard]] constexpr std::uint64_t below(std::uint64_t n, std::uint64_t k) const {
        const auto random = bits(k);
        return ((std::uint64_t{random[0]} << 32) | random[1]) % n;
    }

private:
    /// In (0, 1]: 53 random bits and a half.
    static constexpr double uniform(std::uint32_t high, std::uint32_t low) {
        const std::uint64_t bits = ((std::uint64_t{high} << 32) | low) >> 11;
        return (static_cast<double>(bits) + 0.5) * 0x1p-53;
    }

    std::array<std::uint32_t, 2> key_;
    std::uint32_t stream_;
};

}  // namespace wide
