// Which pairs of positions meet in which, along one axis: by hand, and by counting.
#include <wide/lower/positions.hpp>

#include <set>
#include <utility>
#include <vector>

#include "../catch.hpp"

using namespace wide;

namespace {

std::vector<std::pair<int, int>> pairs(const std::vector<Meeting>& meetings) {
    std::vector<std::pair<int, int>> all;
    for (const Meeting& one : meetings) all.push_back({one.out, one.in});
    return all;
}

using Pairs = std::vector<std::pair<int, int>>;

}  // namespace

TEST_CASE("meetings of a pool that halves an axis") {
    const AxisWindows halves{
        .in = 4, .out = 2, .size = 2, .stride = 2, .first = 0, .circular = false, .same_tap = false};
    CHECK(pairs(halves.meetings(0, 0)) == Pairs{{0, 0}, {0, 1}, {1, 2}, {1, 3}});
    CHECK(pairs(halves.meetings(1, 0)) == Pairs{{0, 0}, {1, 2}});
    CHECK(pairs(halves.meetings(-1, 0)) == Pairs{{0, 0}, {1, 2}});
    CHECK(pairs(halves.meetings(1, 1)) == Pairs{{0, 1}});
    CHECK(pairs(halves.meetings(3, 1)) == Pairs{{0, 0}});
    CHECK(halves.meetings(2, 0).empty());
}

TEST_CASE("windows beyond an edge hold what lies inside, on a torus everything") {
    const AxisWindows same{.in = 4, .out = 4, .size = 3, .stride = 1, .first = 1, .circular = false, .same_tap = true};
    CHECK((same.inside(0) == 2 && same.inside(1) == 3 && same.inside(3) == 2));
    CHECK(pairs(same.meetings(0, 0)).size() == 10);
    CHECK(pairs(same.meetings(1, 1)) == Pairs{{0, 0}, {0, 1}, {1, 0}, {1, 1}, {1, 2}, {2, 1}, {2, 2}});
    CHECK(same.meetings(1, 0).empty());
    const AxisWindows round{.in = 4, .out = 4, .size = 3, .stride = 1, .first = 1, .circular = true, .same_tap = true};
    CHECK(round.inside(0) == 3);
    CHECK(round.meetings(0, 0).size() == 12);
    // Of neighbours on a torus some are three apart.
    CHECK(pairs(round.meetings(-3, 1)) == Pairs{{0, 0}, {2, 0}});
}

/// Every pair of taps of every pair of windows meets once, at one offset.
TEST_CASE("all meetings together are all taps of all windows") {
    for (const bool circular : {false, true})
        for (const std::ptrdiff_t size : {1, 2, 3})
            for (const std::ptrdiff_t stride : {1, 2}) {
                const AxisWindows axis{5, stride == 1 ? 5 : 3, size, stride, (size - 1) / 2, circular, false};
                std::size_t met = 0, expected = 0;
                for (std::ptrdiff_t to = 1 - axis.out; to < axis.out; ++to)
                    for (std::ptrdiff_t from = 1 - axis.in; from < axis.in; ++from)
                        met += axis.meetings(from, to).size();
                for (std::ptrdiff_t o = 0; o < axis.out; ++o)
                    for (std::ptrdiff_t p = 0; p < axis.out; ++p)
                        expected += static_cast<std::size_t>(axis.inside(o) * axis.inside(p));
                CHECK(met == expected);
            }
}
