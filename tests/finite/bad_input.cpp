// What bad input gets from finite networks: an error of the right type, whose text says what and where.
#include <wide/finite/empirical.hpp>
#include <wide/finite/vjp.hpp>

#include <cstddef>
#include <limits>
#include <stop_token>
#include <string>
#include <utility>

#include "../thrown.hpp"
#include "networks.hpp"

using namespace wide;

namespace {

using In = Vector<7>;
const float nan_ = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
struct Rectified : Serial<Dense<16, He, Bias<0.3>>, Relu, Dense<9>, Relu, Dense<3>> {};

/// Every call that reads samples, on samples that are wrong.
template <class Error, class Net, class Check>
void every_call(const Parameters<Net, In, float>& theta, const Rows<In, float>& z, Check check) {
    const auto good = random_rows<float>(4, 7, 9);
    const Matrix<float> cotangent = random_rows<float>(z.count, 3, 4);
    check(thrown_by<Error>([&] { (void)forward<Net>(theta, z); }));
    check(thrown_by<Error>([&] { (void)jvp<Net>(theta, theta, z); }));
    check(thrown_by<Error>([&] { (void)taylor<Net>(theta, theta, z); }));
    check(thrown_by<Error>([&] { (void)linearize<Net>(theta)(theta, z); }));
    check(thrown_by<Error>([&] { (void)vjp<Net>(theta, z, cotangent); }));
    check(thrown_by<Error>([&] { (void)empirical_ntk<Net>(theta, z); }));
    check(thrown_by<Error>([&] { (void)empirical_ntk<Net>(theta, z, rows<In>(good)); }));
    check(thrown_by<Error>([&] { (void)empirical_ntk<Net>(theta, rows<In>(good), z); }));
    check(thrown_by<Error>([&] { (void)full_empirical_ntk<Net>(theta, z, rows<In>(good)); }));
    check(thrown_by<Error>([&] { (void)empirical_nngp<Net>(theta, rows<In>(good), z); }));
    check(thrown_by<Error>([&] { (void)ntk_vector_product<Net>(theta, rows<In>(good), z, cotangent); }));
}

// A line keeps a reference to the parameters: a temporary is refused.
template <class Theta>
concept Linear = requires(Theta theta) { linearize<Rectified>(std::forward<Theta>(theta)); };
static_assert(Linear<const Parameters<Rectified, In>&> && !Linear<Parameters<Rectified, In>>);

}  // namespace

TEMPLATE_TEST_CASE("NaN and Inf in samples are found and named", "[finite]", Vectors, Rectified) {
    const auto theta = initial<TestType, In>(seed{1});
    for (const float bad : {nan_, infinity, -infinity}) {
        auto x = random_rows<float>(83, 7, 1);
        x(71, 4) = bad;
        x(71, 6) = nan_;
        every_call<not_finite, TestType>(theta, rows<In>(x), [](const not_finite& e) {
            INFO(e.what());
            CHECK((e.row == 71 && e.column == 4));
            CHECK(says(e, "row 71"));
            CHECK(says(e, "column 4"));
        });
    }
}

TEST_CASE("NaN in parameters is found, and samples are not blamed", "[finite]") {
    auto theta = initial<Vectors, In>(seed{1});
    const auto x = random_rows<float>(83, 7, 1);
    theta.leaf(2)[5] = nan_;
    every_call<not_finite, Vectors>(theta, rows<In>(x), [](const not_finite& e) {
        INFO(e.what());
        CHECK(says(e, "parameters"));
    });
}

TEST_CASE("parameters too large for the element type are found", "[finite]") {
    auto theta = initial<Rectified, In>(seed{1});
    theta *= 1e20f;
    const auto x = random_rows<float>(8, 7, 1);
    every_call<not_finite, Rectified>(theta, rows<In>(x), [](const not_finite& e) { CHECK(says(e, "parameters are too large")); });
}

TEST_CASE("NaN in a direction or in a cotangent is found and named", "[finite]") {
    const auto theta = initial<Vectors, In>(seed{1});
    auto direction = theta.copy();
    direction.leaf(2)[3] = nan_;
    const auto x = random_rows<float>(8, 7, 1);
    const auto z = rows<In>(x);
    const auto leaf = [](const not_finite& e, const char* what) {
        INFO(e.what());
        CHECK((e.row == 2 && e.column == 3));
        CHECK(says(e, std::string("element 3 of leaf 2 of the ") + what));
    };
    leaf(thrown_by<not_finite>([&] { (void)jvp<Vectors>(theta, direction, z); }), "direction");
    leaf(thrown_by<not_finite>([&] { (void)taylor<Vectors>(theta, direction, z); }), "direction");
    leaf(thrown_by<not_finite>([&] { (void)forward<Vectors>(direction, z); }), "parameters");
    auto cotangent = random_rows<float>(8, 3, 2);
    cotangent(5, 1) = infinity;
    const auto check = [](const not_finite& e) {
        INFO(e.what());
        CHECK((e.row == 5 && e.column == 1));
        CHECK(says(e, "row 5, column 1 of the cotangent"));
    };
    check(thrown_by<not_finite>([&] { (void)vjp<Vectors>(theta, z, cotangent); }));
    check(thrown_by<not_finite>([&] { (void)sample_gradients<Vectors>(theta, z, cotangent); }));
    check(thrown_by<not_finite>([&] { (void)ntk_vector_product<Vectors>(theta, z, z, cotangent); }));
}

TEST_CASE("a gradient too large for the element type is no silent infinity", "[finite]") {
    const auto theta = initial<Vectors, In>(seed{1});
    const auto x = random_rows<float>(8, 7, 1);
    Matrix<float> cotangent(8, 3);
    for (std::size_t k = 0; k < cotangent.size(); ++k) cotangent.data()[k] = 3e38f;
    CHECK(says(thrown_by<not_finite>([&] { (void)vjp<Vectors>(theta, rows<In>(x), cotangent); }), "of the gradient"));
    CHECK(says(thrown_by<not_finite>([&] { (void)sample_gradients<Vectors>(theta, rows<In>(x), cotangent); }), "too large"));

    auto steep = theta.copy();
    for (float& w : steep.leaf(3)) w *= 1e25f;
    const auto z = rows<In>(x);
    for (const auto& e : {thrown_by<not_finite>([&] { (void)empirical_ntk<Vectors>(steep, z); }),
                          thrown_by<not_finite>([&] { (void)empirical_ntk<Vectors>(steep, z, z); }),
                          thrown_by<not_finite>([&] { (void)full_empirical_ntk<Vectors>(steep, z); })})
        CHECK(says(e, "the empirical kernel of samples 0 and 0"));
}

TEST_CASE("shapes that do not fit are both named", "[finite]") {
    const auto theta = initial<Vectors, In>(seed{1});
    const auto x = random_rows<float>(8, 9, 1), good = random_rows<float>(8, 7, 1);
    const auto of_run_time = rows<Vector<>>(x);
    for (const auto& e : {thrown_by<shape_mismatch>([&] { (void)forward<Vectors>(theta, of_run_time); }),
                          thrown_by<shape_mismatch>([&] { (void)vjp<Vectors>(theta, of_run_time, Matrix<float>(8, 3)); }),
                          thrown_by<shape_mismatch>([&] { (void)empirical_ntk<Vectors>(theta, of_run_time); }),
                          thrown_by<shape_mismatch>([&] { (void)empirical_ntk<Vectors>(theta, rows<In>(good), of_run_time); })})
        CHECK(says(e, "the rows have width 9, but the network reads 7 numbers a sample"));
    const auto wide_cotangent = thrown_by<shape_mismatch>([&] { (void)vjp<Vectors>(theta, rows<In>(good), Matrix<float>(8, 4)); });
    CHECK(says(wide_cotangent, "the cotangent is 8 x 4, but the outputs are 8 x 3"));
    CHECK_THROWS_AS((void)vjp<Vectors>(theta, rows<In>(good), Matrix<float>(7, 3)), shape_mismatch);
    CHECK_THROWS_AS((void)ntk_vector_product<Vectors>(theta, rows<In>(good), rows<In>(good), Matrix<float>(7, 3)), shape_mismatch);
}

TEST_CASE("what does not fit the budget is refused before it is allocated", "[finite]") {
    const auto theta = initial<Vectors, In>(seed{1});
    const auto x = random_rows<float>(500, 7, 1);
    const options small{.budget = 1000};
    CHECK_THROWS_AS((void)forward<Vectors>(theta, rows<In>(x), small), insufficient_memory);
    CHECK_THROWS_AS((void)jvp<Vectors>(theta, theta, rows<In>(x), small), insufficient_memory);
    CHECK_THROWS_AS((void)vjp<Vectors>(theta, rows<In>(x), Matrix<float>(500, 3), small), insufficient_memory);
    CHECK_THROWS_AS((void)empirical_ntk<Vectors>(theta, rows<In>(x), small), insufficient_memory);
    CHECK_THROWS_AS((void)empirical_nngp<Vectors>(theta, rows<In>(x), rows<In>(x), options{.budget = 20000}), insufficient_memory);
    const auto e = thrown_by<insufficient_memory>([&] { (void)full_empirical_ntk<Vectors>(theta, rows<In>(x), rows<In>(x), small); });
    CHECK((e.needed >= 500 * 3 * 500 * 3 * sizeof(float) && e.budget == 1000));
}

TEST_CASE("a stop token that is set cancels", "[finite]") {
    const auto theta = initial<Vectors, In>(seed{1});
    const auto x = random_rows<float>(500, 7, 1);
    std::stop_source source;
    source.request_stop();
    for (const int threads : {1, 2}) {
        const options how{.threads = threads, .stop = source.get_token()};
        CHECK_THROWS_AS((void)forward<Vectors>(theta, rows<In>(x), how), cancelled);
        CHECK_THROWS_AS((void)jvp<Vectors>(theta, theta, rows<In>(x), how), cancelled);
        CHECK_THROWS_AS((void)vjp<Vectors>(theta, rows<In>(x), Matrix<float>(500, 3), how), cancelled);
        CHECK_THROWS_AS((void)empirical_ntk<Vectors>(theta, rows<In>(x), how), cancelled);
    }
}

TEST_CASE("a rectifier makes no number of a parameter that is none", "[finite]") {
    auto theta = initial<Rectified, In>(seed{1});
    theta.leaf(0)[5] = nan_;
    const auto x = random_rows<float>(83, 7, 1);
    CHECK_THROWS_AS((void)forward<Rectified>(theta, rows<In>(x)), not_finite);
}
