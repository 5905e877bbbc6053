// What bad input gets: an error of the right type, whose text says what, where, and what to do.
#include <wide/kernel/gram.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../random_rows.hpp"
#include "../thrown.hpp"

using namespace wide;

namespace {

struct Net : Serial<Dense<8, He, Bias<0.1>>, Relu, Dense<1>> {};

template <class T>
constexpr T not_a_number = std::numeric_limits<T>::quiet_NaN();
template <class T>
constexpr T infinity = std::numeric_limits<T>::infinity();

}  // namespace

TEMPLATE_TEST_CASE("NaN and Inf are found, and the first of them is named", "", float, double) {
    auto x = random_rows<TestType>(600, 7, 1);
    x(345, 4) = not_a_number<TestType>;
    x(345, 6) = infinity<TestType>;
    const auto view = rows<Vector<7>>(x);
    const auto check = [](const not_finite& e) {
        INFO(e.what());
        CHECK(e.row == 345);
        CHECK(e.column == 4);
        CHECK(says(e, "row 345 of the samples holds NaN in column 4: drop or repair that row"));
    };
    check(thrown_by<not_finite>([&] { (void)ntk<Net>(view); }));
    check(thrown_by<not_finite>([&] { (void)nngp<Net>(view, options{.threads = 1}); }));
    check(thrown_by<not_finite>([&] { (void)gram<Net>(view); }));
    check(thrown_by<not_finite>([&] { (void)diagonal<Net>(view); }));
}

TEST_CASE("a negative number of threads is refused") {
    const auto x = random_rows<float>(3, 7, 1);
    CHECK(says(thrown_by<error>([&] { (void)ntk<Net>(rows<Vector<7>>(x), options{.threads = -1}); }), "options::threads is -1"));
}

TEMPLATE_TEST_CASE("of two sets of samples the bad one is named", "", float, double) {
    auto x = random_rows<TestType>(20, 7, 1), z = random_rows<TestType>(30, 7, 2);
    z(29, 0) = -infinity<TestType>;
    const auto first = thrown_by<not_finite>([&] { (void)ntk<Net>(rows<Vector<7>>(z), rows<Vector<7>>(x)); });
    CHECK(first.row == 29);
    CHECK(first.column == 0);
    CHECK(says(first, "row 29 of the first set of samples holds Inf in column 0"));
    const auto second = thrown_by<not_finite>([&] { (void)ntk<Net>(rows<Vector<7>>(x), rows<Vector<7>>(z)); });
    CHECK(second.row == 29);
    CHECK(says(second, "row 29 of the second set of samples holds Inf in column 0"));
}

TEST_CASE("a norm that overflows is no Inf in the data") {
    auto x = random_rows<double>(5, 7, 1);
    x(3, 2) = 1e200;
    const auto e = thrown_by<not_finite>([&] { (void)ntk<Net>(rows<Vector<7>>(x)); });
    CHECK(e.row == 3);
    CHECK(says(e, "row 3 of the samples is so large that its squared norm overflows: scale the data"));
    auto large = random_rows<float>(5, 7, 1);
    large(3, 2) = 1e19f;  // its square has no room in float, and needs none
    CHECK(std::isfinite(ntk<Net>(rows<Vector<7>>(large))(3, 0)));
}

/// Finite data whose kernels have no room in the element type: an error, never a silent NaN or Inf.
TEST_CASE("a kernel too large for its element type is refused") {
    auto x = random_rows<float>(5, 7, 1);
    for (std::size_t k = 0; k < 7; ++k) x(3, k) *= 1e25f, x(4, k) *= 1e25f;
    CHECK_THROWS_AS((void)ntk<Net>(rows<Vector<7>>(x)), error);
    CHECK_THROWS_AS((void)ntk<Net>(rows<Vector<7>>(x), rows<Vector<7>>(x)), error);
    CHECK_THROWS_AS((void)diagonal<Net>(rows<Vector<7>>(x)), error);
    struct Large : Serial<Dense<8, Weight<1e30>>, Relu, Dense<1, Weight<1e30>>> {};
    const auto ordinary = random_rows<float>(5, 7, 1);
    CHECK_THROWS_AS((void)ntk<Large>(rows<Vector<7>>(ordinary)), error);
}

TEST_CASE("widths that disagree are both named") {
    const auto x = random_rows<float>(5, 7, 1), z = random_rows<float>(5, 9, 1);
    const auto pair = thrown_by<shape_mismatch>([&] { (void)ntk<Net>(rows<Vector<>>(z), rows<Vector<>>(x)); });
    CHECK(says(pair, "the two sets of rows have widths 9 and 7: they have to agree"));
    const auto type = thrown_by<shape_mismatch>([&] { (void)rows<Vector<784>>(x); });
    CHECK(
        says(type, "the rows have width 7, but the input type says 784: pass the matching input type, or Vector<>"));
    const auto none = thrown_by<shape_mismatch>([&] { (void)rows<Vector<>>(x.data(), 5, 0); });
    CHECK(says(none, "the rows have width 0: a sample needs at least one number"));
    CHECK_THROWS_AS((void)rows<Vector<>>(Matrix<float>(5, 0)), shape_mismatch);
    const std::vector<float> numbers(20);
    const auto part = thrown_by<shape_mismatch>([&] { (void)rows<Vector<7>>(numbers); });
    CHECK(says(part, "20 numbers are not a whole number of samples of width 7"));
    CHECK_THROWS_AS((void)rows<Vector<>>(numbers, 0), shape_mismatch);
}

TEMPLATE_TEST_CASE("no rows are legal", "", float, double) {
    const auto x = random_rows<TestType>(5, 7, 1);
    const Matrix<TestType> nothing, no_rows(0, 7);
    for (const auto& empty : {rows<Vector<7>>(nothing), rows<Vector<7>>(no_rows), rows<Vector<7>>(x.data(), 0)}) {
        const auto own = gram<Net>(empty);
        CHECK((own.nngp.rows() == 0 && own.nngp.cols() == 0 && own.ntk.rows() == 0 && own.ntk.cols() == 0));
        const auto wide = gram<Net>(empty, rows<Vector<7>>(x));
        CHECK((wide.nngp.rows() == 0 && wide.nngp.cols() == 5 && wide.ntk.rows() == 0 && wide.ntk.cols() == 5));
        const auto tall = gram<Net>(rows<Vector<7>>(x), empty);
        CHECK((tall.nngp.rows() == 5 && tall.nngp.cols() == 0 && tall.ntk.rows() == 5 && tall.ntk.cols() == 0));
        const auto D = diagonal<Net>(empty);
        CHECK((D.nngp.empty() && D.ntk.empty()));
    }
    CHECK(ntk<Net>(rows<Vector<>>(nothing), rows<Vector<>>(x)).cols() == 5);
}

TEST_CASE("a Gram beyond the budget is refused, with both sizes") {
    const auto x = random_rows<float>(1000, 7, 1);
    const auto view = rows<Vector<7>>(x);
    const auto e = thrown_by<insufficient_memory>([&] { (void)ntk<Net>(view, options{.budget = 2_MiB}); });
    CHECK(e.budget == 2_MiB);
    CHECK(e.needed >= 1000 * 1000 * sizeof(float));
    CHECK(e.needed <= 1000 * 1000 * sizeof(float) + 200 * 1024);
    CHECK(says(e, "a Gram of 1000 x 1000 entries needs " + readable_bytes(e.needed) +
                      ", but the budget is 2 MiB: ask for fewer rows at a time"));
    CHECK(says(e, "or raise options::budget"));
    const auto both = thrown_by<insufficient_memory>([&] { (void)gram<Net>(view, options{.budget = 2_MiB}); });
    CHECK(both.needed == e.needed + 1000 * 1000 * sizeof(float));
    CHECK(ntk<Net>(view, options{.budget = e.needed}).rows() == 1000);
    CHECK_THROWS_AS((void)ntk<Net>(view, options{.budget = e.needed - 1}), insufficient_memory);

    Gram<float> result = gram<Net>(rows<Vector<7>>(x.data(), 3));
    const float *nngp = result.nngp.data(), before = nngp[1];
    CHECK_THROWS_AS(gram_into<Net>(result, view, options{.budget = 2_MiB}), insufficient_memory);
    CHECK((result.nngp.data() == nngp && result.nngp.rows() == 3 && nngp[1] == before));
}

/// Views of samples that nobody has: sizes are judged before a sample is read.
TEST_CASE("sizes beyond 64 bits are refused") {
    const float number = 1;
    const auto view = [&](std::size_t count, std::size_t width) {
        return Rows<Vector<>, float>{&number, count, width, 0, 0};
    };
    const auto check = [](const insufficient_memory& e) {
        INFO(e.what());
        CHECK(e.needed > std::uint64_t{1} << 42);
        CHECK(e.needed > e.budget);
    };
    constexpr std::size_t half = std::size_t{1} << 32;
    check(thrown_by<insufficient_memory>([&] { (void)ntk<Net>(view(half, 3)); }));
    check(thrown_by<insufficient_memory>([&] { (void)ntk<Net>(view(half * (half / 4), 3)); }));
    check(thrown_by<insufficient_memory>([&] { (void)gram<Net>(view(half, 3), view(half, 3)); }));
    check(thrown_by<insufficient_memory>([&] { (void)gram<Net>(view(SIZE_MAX / 4, 3), view(1, 3)); }));
    check(thrown_by<insufficient_memory>([&] { (void)ntk<Net>(view(1, SIZE_MAX / 4), view(1, SIZE_MAX / 4)); }));
    // Samples whose bytes, results included, come to a small number modulo 2^64.
    struct Plain : Serial<Dense<8, He>, Relu, Dense<1>> {};
    const std::size_t many = std::size_t{1} << 40, width = (std::size_t{1} << 22) - 3;
    check(thrown_by<insufficient_memory>([&] { (void)gram<Plain>(view(many, width), view(1, width)); }));
}

TEST_CASE("scales that are no standard deviations are named") {
    const auto x = random_rows<float>(5, 7, 1);
    const auto view = rows<Vector<7>>(x);
    const auto refused = [&](int word, Scale scale) {
        auto scales = default_scales<Net>();
        scales[word] = scale;
        CHECK_THROWS_AS((void)diagonal<Net>(view, scales), error);
        CHECK_THROWS_AS((void)gram<Net>(view, view, scales), error);
        const auto e = thrown_by<error>([&] { (void)ntk<Net>(view, scales); });
        INFO(e.what());
        return says(e, "scales[" + std::to_string(word) + "] is no pair of standard deviations") &&
               says(e, "must be positive") && says(e, "must not be negative");
    };
    CHECK(refused(0, {not_a_number<double>, 0}));
    CHECK(refused(0, {1, not_a_number<double>}));
    CHECK(refused(0, {0, 0.1}));
    CHECK(refused(1, {-1, 0}));
    CHECK(refused(0, {1, -0.1}));
    CHECK(refused(1, {infinity<double>, 0}));
    CHECK(refused(0, {1, infinity<double>}));
}

/// A dual has its domain; beyond it nothing is computed, and nothing written.
TEMPLATE_TEST_CASE("variances that a dual is not made for are refused, by row and layer", "", float, double) {
    struct Growing : Serial<Dense<8>, Relu, Dense<8, Weight<1.5>>, Gaussian<1, 0.3>, Dense<1>> {};
    auto data = random_rows<TestType>(20, 7, 1);
    for (std::size_t k = 0; k < 7; ++k) data(13, k) = TestType(1.25);
    for (TestType& number : std::span(data.data(), 13 * 7)) number *= TestType(0.1);
    for (TestType& number : std::span(data.data() + 14 * 7, 6 * 7)) number *= TestType(0.1);
    const auto x = rows<Vector<7>>(data);
    const auto e = thrown_by<outside_domain>([&] { (void)gram<Growing>(x); });
    INFO(e.what());
    CHECK(e.row == 13);
    CHECK(std::abs(e.variance - 1.25 * 1.25 / 2 * 2.25) < 1e-6);
    CHECK(says(e, "row 13 of the samples reaches layer 3, a exp(b x^2), with variance 1.757"));
    CHECK(says(e, "but its dual holds up to 0.83"));
    CHECK(says(e, ": scale the data, or lower the weights before it"));
    CHECK_THROWS_AS((void)diagonal<Growing>(x), outside_domain);
    const auto first = thrown_by<outside_domain>([&] { (void)ntk<Growing>(x, rows<Vector<7>>(data.data(), 5)); });
    CHECK(says(first, "row 13 of the first set of samples"));

    auto scales = default_scales<Growing>();
    scales[1].weight = 0.5;
    Gram<TestType> result = gram<Growing>(x, scales);
    const TestType *nngp = result.nngp.data(), before = result.ntk(3, 2);
    CHECK_THROWS_AS(gram_into<Growing>(result, x), outside_domain);
    CHECK((result.nngp.data() == nngp && result.nngp.rows() == 20 && result.ntk(3, 2) == before));
}

TEST_CASE("exponentials of large variance are refused") {
    struct Steep : Serial<Dense<8>, Exp<1, 1>, Dense<1>> {};
    auto data = random_rows<float>(6, 7, 1);
    CHECK(std::isfinite(ntk<Steep>(rows<Vector<7>>(data))(3, 2)));
    for (std::size_t k = 0; k < 7; ++k) data(4, k) = 7;
    const auto e = thrown_by<outside_domain>([&] { (void)ntk<Steep>(rows<Vector<7>>(data)); });
    INFO(e.what());
    CHECK((e.row == 4 && std::abs(e.variance - 49) < 1e-4));
    CHECK(says(e, "reaches layer 1, a exp(b x), with variance 49, but its dual holds up to 40: "));
}

TEST_CASE("a series that would be too long is refused") {
    struct Series : Serial<Dense<8>, Tanh, Dense<1>> {};
    auto data = random_rows<float>(6, 7, 1);
    for (std::size_t k = 0; k < 7; ++k) data(2, k) = 100;
    const auto e = thrown_by<outside_domain>([&] { (void)gram<Series>(rows<Vector<7>>(data)); });
    INFO(e.what());
    CHECK((e.row == 2 && std::abs(e.variance - 1e4) < 1));
    CHECK(says(e, "row 2 of the samples reaches layer 1, tanh, with variance 10000"));
    CHECK(
        says(e, "where the Hermite series of its dual is too long: scale the data, or lower the weights before it"));
}
