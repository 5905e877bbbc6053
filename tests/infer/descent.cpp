#include <wide/infer/descent.hpp>

#include <limits>

#include "../catch.hpp"
#include "../thrown.hpp"

using namespace wide;

TEST_CASE("rates, momenta and times that are none are refused with a sentence") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    for (const double rate : {0.0, -1.0, nan, forever}) {
        CHECK(says(thrown_by<error>([&] { descent::require(learning_rate{rate}, "here"); }), "here: a learning rate of"));
        CHECK_THROWS_AS(descent::require(heavy_ball{rate, 0.5}, "here"), error);
    }
    for (const double momentum : {-0.1, 1.0, nan})
        CHECK(says(thrown_by<error>([&] { descent::require(heavy_ball{1, momentum}, "here"); }), "take one from 0 to below 1"));
    for (const double time : {-1e-9, nan})
        CHECK(says(thrown_by<error>([&] { descent::require(time, "here"); }), "take 0 or later"));
    descent::require(heavy_ball{1, 0}, "here");
    descent::require(forever, "here");
    descent::require(steps{0}, "here");
    CHECK((descent::is_forever(forever) && !descent::is_forever(1e300) && !descent::is_forever(steps{9})));
}
