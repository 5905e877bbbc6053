#include <wide/infer/first_not_finite.hpp>

#include <limits>
#include <vector>

#include "../catch.hpp"

using namespace wide;

TEMPLATE_TEST_CASE("every finite number passes, the largest, the smallest and zero included", "", float, double) {
    using Limits = std::numeric_limits<TestType>;
    const std::vector<TestType> values{0,
                                       -TestType{0},
                                       1,
                                       -1,
                                       Limits::max(),
                                       Limits::lowest(),
                                       Limits::min(),
                                       -Limits::min(),
                                       Limits::denorm_min(),
                                       -Limits::denorm_min()};
    CHECK_FALSE(first_not_finite(std::span<const TestType>{values}));
    CHECK_FALSE(first_not_finite(std::span<const TestType>{}));
}

TEMPLATE_TEST_CASE("the first NaN or infinity is found wherever it stands", "", float, double) {
    using Limits = std::numeric_limits<TestType>;
    for (const TestType bad : {Limits::quiet_NaN(), -Limits::quiet_NaN(), Limits::signaling_NaN(), Limits::infinity(),
                               -Limits::infinity()})
        for (std::size_t n = 1; n <= 40; ++n)
            for (std::size_t at = 0; at < n; ++at) {
                std::vector<TestType> values(n, Limits::max());
                values[at] = bad;
                values[n - 1] = bad;
                const auto found = first_not_finite(std::span<const TestType>{values});
                REQUIRE(found.has_value());
                REQUIRE(*found == at);
            }
}
