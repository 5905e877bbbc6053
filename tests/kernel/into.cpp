// Grams into memory that is there already.
#include <wide/kernel/gram.hpp>

#include "../catch.hpp"
#include "../random_rows.hpp"

using namespace wide;

namespace {
struct Net : Serial<Dense<8, He>, Relu, Dense<1>> {};
}  // namespace

TEMPLATE_TEST_CASE("gram_into writes over memory of the right size and replaces other memory", "", float, double) {
    const auto data = random_rows<TestType>(120, 7, 1), other = random_rows<TestType>(120, 7, 2);
    const auto x = rows<Vector<7>>(data), y = rows<Vector<7>>(other);
    Gram<TestType> result;
    gram_into<Net>(result, x);
    const TestType *nngp = result.nngp.data(), *theta = result.ntk.data();
    const auto check = [&](const Gram<TestType>& expected) {
        REQUIRE(result.nngp.rows() == expected.nngp.rows());
        REQUIRE(result.ntk.cols() == expected.ntk.cols());
        for (std::size_t k = 0; k < expected.ntk.size(); ++k) {
            CHECK(result.nngp.data()[k] == expected.nngp.data()[k]);
            CHECK(result.ntk.data()[k] == expected.ntk.data()[k]);
        }
    };
    check(gram<Net>(x));
    gram_into<Net>(result, y);
    CHECK((result.nngp.data() == nngp && result.ntk.data() == theta));
    check(gram<Net>(y));
    gram_into<Net>(result, x, y, default_scales<Net>());
    CHECK((result.nngp.data() == nngp && result.ntk.data() == theta));
    check(gram<Net>(x, y));
    gram_into<Net>(result, rows<Vector<7>>(data.data(), 20), y);
    check(gram<Net>(rows<Vector<7>>(data.data(), 20), y));
    gram_into<Net>(result, rows<Vector<7>>(data.data(), 0));
    CHECK((result.nngp.rows() == 0 && result.ntk.rows() == 0));
}

TEST_CASE("with fill::lower gram_into leaves what stands above the diagonal") {
    const auto data = random_rows<float>(110, 7, 1), other = random_rows<float>(110, 7, 2);
    auto result = gram<Net>(rows<Vector<7>>(other));
    const auto before = gram<Net>(rows<Vector<7>>(other)), expected = gram<Net>(rows<Vector<7>>(data));
    gram_into<Net>(result, rows<Vector<7>>(data), options{.fill = fill::lower});
    for (std::size_t i = 0; i < 110; ++i)
        for (std::size_t j = 0; j < 110; ++j) CHECK(result.ntk(i, j) == (j <= i ? expected : before).ntk(i, j));
}
