#include <wide/run/shuffled.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "../catch.hpp"

using namespace wide;

TEST_CASE("shuffled numbers are all of them, once") {
    for (const std::size_t n : {0u, 1u, 2u, 37u}) {
        auto order = shuffled(n, seed{3}, 1);
        std::ranges::sort(order);
        REQUIRE(order.size() == n);
        for (std::size_t k = 0; k < n; ++k) CHECK(order[k] == k);
    }
}

TEST_CASE("the same seed and stream shuffle the same, others otherwise") {
    const auto order = shuffled(50, seed{7}, 2);
    CHECK(shuffled(50, seed{7}, 2) == order);
    CHECK(shuffled(50, seed{8}, 2) != order);
    CHECK(shuffled(50, seed{7}, 3) != order);
}

TEST_CASE("every order of three is shuffled as often as any other, to four deviations") {
    std::vector<std::size_t> counts(27);
    constexpr std::size_t draws = 6000;
    for (std::size_t draw = 0; draw < draws; ++draw) {
        const auto order = shuffled(3, seed{draw});
        ++counts[9 * order[0] + 3 * order[1] + order[2]];
    }
    // Of 6000 draws 1000 each; the deviation is sqrt(6000 * 1/6 * 5/6) = 29.
    for (const std::size_t count : counts)
        if (count > 0) CHECK((count > 1000 - 4 * 29 && count < 1000 + 4 * 29));
    CHECK(std::ranges::count_if(counts, [](std::size_t count) { return count > 0; }) == 6);
}
