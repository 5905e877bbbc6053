#pragma once
// 0 .. n - 1 in an order that depends on a seed and a stream alone, on every machine (Fisher and Yates).
//
//     const auto order = shuffled(60'000, seed{0}, epoch);
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include <wide/run/random.hpp>

namespace wide {

[[nodiscard]] inline std::vector<std::size_t> shuffled(std::size_t n, seed from, std::uint32_t stream = 0) {
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    const Random random(from, stream);
    for (std::size_t k = n; k > 1; --k) std::swap(order[k - 1], order[random.below(k, k)]);
    return order;
}

}  // namespace wide
