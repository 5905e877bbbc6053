// Which code serves a correlation that is known to be at least so large.
#include <wide/dsl/meaning/range.hpp>

using namespace wide;

static_assert(range_floor[0] == -1 && range_floor[1] == 0);
constexpr bool rises() {
    for (int k = 1; k < ranges; ++k)
        if (!(range_floor[k - 1] < range_floor[k])) return false;
    return sizeof(range_floor) / sizeof(range_floor[0]) == ranges;
}
static_assert(rises());

/// The floor is never above what is known, and the next one would be.
constexpr bool fits() {
    for (int k = -100; k <= 100; ++k) {
        const double lowest = k / 100.0;
        const int range = range_of(lowest);
        if (range_floor[range] > lowest) return false;
        if (range + 1 < ranges && range_floor[range + 1] <= lowest) return false;
    }
    return true;
}
static_assert(fits());
static_assert(range_of(-1) == 0 && range_of(-1e-300) == 0 && range_of(0) == 1 && range_of(1) == ranges - 1);
