// What bad input gets where samples have positions: the same errors as vectors, and nothing before they are sure.
#include <wide/kernel/gram.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <stop_token>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../random_rows.hpp"
#include "../thrown.hpp"

using namespace wide;

namespace {

using In = Image<6, 6, 3>;
struct Net : Serial<Conv<8, Filter<3, 3>, Same, He, Bias<0.1>>, Relu, GlobalAvgPool, Dense<1>> {};

}  // namespace

TEMPLATE_TEST_CASE("a NaN pixel is found and named by row and column", "", float, double) {
    auto x = random_rows<TestType>(40, width_of<In>, 1), z = random_rows<TestType>(9, width_of<In>, 2);
    x(33, 41) = std::numeric_limits<TestType>::quiet_NaN();
    x(33, 70) = std::numeric_limits<TestType>::infinity();
    const auto bad = rows<In>(x), good = rows<In>(z);
    const auto check = [](const not_finite& e, const std::string& role) {
        INFO(e.what());
        CHECK(e.row == 33);
        CHECK(e.column == 41);
        CHECK(says(e, "row 33 of " + role + " holds NaN in column 41: drop or repair that row"));
    };
    check(thrown_by<not_finite>([&] { (void)gram<Net>(bad); }), "the samples");
    check(thrown_by<not_finite>([&] { (void)nngp<Net>(bad, options{.threads = 1}); }), "the samples");
    check(thrown_by<not_finite>([&] { (void)diagonal<Net>(bad); }), "the samples");
    check(thrown_by<not_finite>([&] { (void)ntk<Net>(bad, good); }), "the first set of samples");
    check(thrown_by<not_finite>([&] { (void)ntk<Net>(good, bad); }), "the second set of samples");
}

TEST_CASE("widths that no image has are named") {
    const auto x = random_rows<float>(5, 100, 1);
    const auto e = thrown_by<shape_mismatch>([&] { (void)rows<In>(x); });
    CHECK(says(e, "the rows have width 100, but the input type says 108"));
    CHECK_THROWS_AS((void)rows<In>(std::vector<float>(216 + 1)), shape_mismatch);
    CHECK(rows<In>(std::vector<float>(216)).count == 2);
}

TEMPLATE_TEST_CASE("no images are legal", "", float, double) {
    const auto x = random_rows<TestType>(5, width_of<In>, 1);
    const Matrix<TestType> nothing, no_rows(0, width_of<In>);
    for (const auto& empty : {rows<In>(nothing), rows<In>(no_rows), rows<In>(x.data(), 0)}) {
        const auto own = gram<Net>(empty);
        CHECK((own.nngp.rows() == 0 && own.nngp.cols() == 0 && own.ntk.rows() == 0 && own.ntk.cols() == 0));
        const auto wide = gram<Net>(empty, rows<In>(x));
        CHECK((wide.nngp.rows() == 0 && wide.nngp.cols() == 5 && wide.ntk.rows() == 0 && wide.ntk.cols() == 5));
        const auto tall = gram<Net>(rows<In>(x), empty);
        CHECK((tall.nngp.rows() == 5 && tall.nngp.cols() == 0 && tall.ntk.rows() == 5 && tall.ntk.cols() == 0));
        const auto D = diagonal<Net>(empty);
        CHECK((D.nngp.empty() && D.ntk.empty()));
    }
}

TEST_CASE("a Gram of images beyond the budget is refused, with both sizes") {
    const auto x = random_rows<float>(600, width_of<In>, 1);
    const auto view = rows<In>(x);
    const auto e =
        thrown_by<insufficient_memory>([&] { (void)ntk<Net>(view, options{.threads = 1, .budget = 1_MiB}); });
    CHECK(e.budget == 1_MiB);
    CHECK(e.needed >= 600 * 600 * sizeof(float));
    CHECK(says(e, "a Gram of 600 x 600 entries needs " + readable_bytes(e.needed) +
                      ", but the budget is 1 MiB: ask for fewer rows at a time"));
    // Enough for the results, and for nothing else.
    const auto tight = rows<In>(x.data(), 20);
    const auto working = thrown_by<insufficient_memory>(
        [&] { (void)gram<Net>(tight, options{.threads = 1, .budget = 2 * 20 * 20 * sizeof(float)}); });
    CHECK(working.needed > 2 * 20 * 20 * sizeof(float));
    CHECK(gram<Net>(tight, options{.threads = 1, .budget = working.needed}).ntk.rows() == 20);
    CHECK_THROWS_AS((void)gram<Net>(tight, options{.threads = 1, .budget = working.needed - 1}), insufficient_memory);

    Gram<float> result = gram<Net>(rows<In>(x.data(), 3));
    const float *nngp = result.nngp.data(), before = nngp[1];
    CHECK_THROWS_AS(gram_into<Net>(result, view, options{.budget = 1_MiB}), insufficient_memory);
    CHECK((result.nngp.data() == nngp && result.nngp.rows() == 3 && nngp[1] == before));
}

/// Views of images that nobody has: sizes are judged before an image is read.
TEST_CASE("Grams of images beyond 64 bits are refused") {
    const float number = 1;
    const auto view = [&](std::size_t count) { return Rows<In, float>{&number, count, width_of<In>, 0, 0}; };
    for (const std::size_t count : {std::size_t{1} << 32, std::size_t{1} << 62}) {
        CHECK_THROWS_AS((void)ntk<Net>(view(count)), insufficient_memory);
        CHECK_THROWS_AS((void)gram<Net>(view(count), view(count)), insufficient_memory);
    }
}

TEST_CASE("a stop token cancels kernels of images") {
    const auto x = random_rows<float>(50, width_of<In>, 1);
    std::stop_source source;
    CHECK(gram<Net>(rows<In>(x), options{.stop = source.get_token()}).ntk.rows() == 50);
    source.request_stop();
    CHECK_THROWS_AS((void)gram<Net>(rows<In>(x), options{.stop = source.get_token()}), cancelled);
    CHECK_THROWS_AS((void)ntk<Net>(rows<In>(x), rows<In>(x), options{.threads = 1, .stop = source.get_token()}),
                    cancelled);
    CHECK_THROWS_AS((void)diagonal<Net>(rows<In>(x), options{.stop = source.get_token()}), cancelled);
}

TEST_CASE("the progress of images ends at the total") {
    const auto x = random_rows<float>(50, width_of<In>, 1);
    std::uint64_t done = 0, total = 0;
    bool rising = true;
    const options how{.threads = 2, .progress = [&](std::uint64_t so_far, std::uint64_t in_all) {
                          rising = rising && so_far >= done;
                          done = so_far;
                          total = in_all;
                      }};
    (void)gram<Net>(rows<In>(x), how);
    CHECK((rising && done == 50 * 51 / 2 && total == done));
    done = 0;
    (void)ntk<Net>(rows<In>(x.data(), 7), rows<In>(x), how);
    CHECK((rising && done == 7 * 50 && total == done));
    done = 0;
    (void)diagonal<Net>(rows<In>(x), how);
    CHECK((rising && done == 50 && total == done));
    done = total = 1;
    (void)gram<Net>(rows<In>(x.data(), 0), how);
    CHECK((done == 0 && total == 0));
}

TEST_CASE("images: scales that are no standard deviations are named") {
    const auto x = random_rows<float>(5, width_of<In>, 1);
    auto scales = default_scales<Net>();
    scales[1].weight = -1;
    CHECK_THROWS_AS((void)diagonal<Net>(rows<In>(x), scales), error);
    CHECK(says(thrown_by<error>([&] { (void)ntk<Net>(rows<In>(x), scales); }),
               "scales[1] is no pair of standard deviations"));
}

/// Finite data whose kernels have no room in the element type: an error, never a silent NaN or Inf.
TEST_CASE("a kernel of images too large for its element type is refused") {
    auto x = random_rows<float>(5, width_of<In>, 1);
    for (std::size_t k = 0; k < width_of<In>; ++k) x(3, k) *= 1e25f, x(4, k) *= 1e25f;
    CHECK_THROWS_AS((void)ntk<Net>(rows<In>(x)), error);
    CHECK_THROWS_AS((void)ntk<Net>(rows<In>(x), rows<In>(x)), error);
    CHECK_THROWS_AS((void)diagonal<Net>(rows<In>(x)), error);
    struct Pooled : Serial<Conv<8, Filter<3, 3>, Weight<1e15>>, GlobalAvgPool, Dense<1, Weight<1e15>>> {};
    const auto ordinary = random_rows<float>(5, width_of<In>, 1);
    CHECK_THROWS_AS((void)ntk<Pooled>(rows<In>(ordinary)), error);
    CHECK_THROWS_AS((void)gram<Pooled>(rows<In>(ordinary), rows<In>(ordinary)), error);
}

/// A dual has its domain; one position beyond it is enough.
TEMPLATE_TEST_CASE("variances that a dual is not made for are refused, at any position", "", float, double) {
    struct Growing : Serial<Conv<8, Filter<1, 1>>, Gaussian<1, 0.3>, Flatten, Dense<1>> {};
    auto x = random_rows<TestType>(20, width_of<In>, 1);
    for (std::size_t k = 0; k < x.size(); ++k) x.data()[k] *= TestType(0.1);
    for (std::size_t k = 51; k < 54; ++k) x(13, k) = 2;
    const auto e = thrown_by<outside_domain>([&] { (void)gram<Growing>(rows<In>(x)); });
    INFO(e.what());
    CHECK(e.row == 13);
    CHECK(std::abs(e.variance - 4) < 1e-6);
    CHECK(says(e, "row 13 of the samples reaches layer 1, a exp(b x^2), with variance 4 at one of its positions"));
    CHECK(says(e, ": scale the data, or lower the weights before it"));
    CHECK_THROWS_AS((void)diagonal<Growing>(rows<In>(x)), outside_domain);
    const auto first = thrown_by<outside_domain>([&] { (void)ntk<Growing>(rows<In>(x), rows<In>(x.data(), 5)); });
    CHECK(says(first, "row 13 of the first set of samples"));
}

TEST_CASE("a series of images that would be too long is refused") {
    struct Series : Serial<Conv<8, Filter<1, 1>>, Tanh, Flatten, Dense<1>> {};
    auto x = random_rows<float>(6, width_of<In>, 1);
    for (std::size_t k = 0; k < 3; ++k) x(2, k) = 100;
    CHECK_THROWS_AS((void)gram<Series>(rows<In>(x)), outside_domain);
    CHECK_THROWS_AS((void)diagonal<Series>(rows<In>(x)), outside_domain);
}
