// Memory that is only planned: what is claimed never overlaps, and what is released is used again.
#include <wide/lower/planned_memory.hpp>

#include <cstdint>
#include <utility>
#include <vector>

#include "../catch.hpp"

using wide::PlannedMemory;

TEST_CASE("planned memory takes the first gap that is wide enough") {
    PlannedMemory memory;
    const std::size_t a = memory.claim(4), b = memory.claim(2), c = memory.claim(6);
    CHECK((a == 0 && b == 4 && c == 6 && memory.size() == 12));
    memory.release(a, 4);
    CHECK(memory.claim(5) == 12);
    CHECK(memory.claim(3) == 0);
    CHECK(memory.claim(1) == 3);
    CHECK(memory.size() == 17);
}

TEST_CASE("gaps of planned memory grow together, on both sides") {
    PlannedMemory memory;
    for (const std::size_t place : {0u, 2u, 4u, 6u}) CHECK(memory.claim(2) == place);
    memory.release(0, 2);
    memory.release(4, 2);
    CHECK(memory.claim(4) == 8);
    memory.release(2, 2);
    CHECK(memory.claim(6) == 0);
    CHECK(memory.size() == 12);
}

TEST_CASE("pieces of planned memory never overlap, and all of it is free in the end") {
    PlannedMemory memory;
    std::vector<std::pair<std::size_t, std::size_t>> held;
    std::uint64_t random = 1;
    const auto below = [&](std::uint64_t n) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        return static_cast<std::size_t>((random >> 33) % n);
    };
    bool apart = true;
    for (int turn = 0; turn < 2000; ++turn) {
        if (held.empty() || below(5) < 3) {
            const std::size_t size = 1 + below(9), place = memory.claim(size);
            for (const auto& [other, length] : held)
                apart = apart && (place + size <= other || other + length <= place);
            apart = apart && place + size <= memory.size();
            held.push_back({place, size});
        } else {
            const std::size_t k = below(held.size());
            memory.release(held[k].first, held[k].second);
            held.erase(held.begin() + static_cast<std::ptrdiff_t>(k));
        }
    }
    CHECK(apart);
    for (const auto& [place, size] : held) memory.release(place, size);
    const std::size_t all = memory.size();
    CHECK(memory.claim(all) == 0);
    CHECK(memory.size() == all);
}
