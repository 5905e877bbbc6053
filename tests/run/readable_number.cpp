#include <wide/run/readable_number.hpp>

#include <limits>

#include "../catch.hpp"

using wide::readable_number;

TEST_CASE("numbers in messages have four digits, and exponents where those are shorter") {
    CHECK(readable_number(0.25) == "0.25");
    CHECK(readable_number(1e-9) == "1e-09");
    CHECK(readable_number(1e300) == "1e+300");
    CHECK(readable_number(-1234.567) == "-1235");
    CHECK(readable_number(std::numeric_limits<double>::quiet_NaN()) == "nan");
    CHECK(readable_number(std::numeric_limits<double>::infinity()) == "inf");
}
