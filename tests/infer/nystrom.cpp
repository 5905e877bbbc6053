#include <wide/infer/nystrom.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include <wide/infer/radial_kernel.hpp>
#include <wide/kernel/operator.hpp>

#include "../catch.hpp"
#include "../random_rows.hpp"
#include "../thrown.hpp"
#include "operators.hpp"

using namespace wide;

namespace {
struct Net : Serial<Repeat<2, Dense<8, He>, Relu>, Dense<1>> {};
}  // namespace

TEMPLATE_TEST_CASE("with all rows as landmarks it is kernel ridge regression", "", float, double) {
    const auto K = fast_spectrum<TestType>(90, 40, 0.05, 1);
    const auto y = normal<TestType>(90, 3, 2), Kz = normal<TestType>(7, 90, 3);
    const auto exact = regress(K, y, ridge{0.01});
    for (const pivots choice : {pivots::weighted, pivots::uniform}) {
        const auto fit = regress(stored_kernel(K), y, ridge{0.01}, nystrom{.landmarks = 90, .pivots = choice});
        CHECK(fit.weights().rows() == 90);
        CHECK(fit.ridge() == exact.ridge());
        CHECK(relative_distance(fit.predict(Kz), exact.predict(Kz)) < (sizeof(TestType) == 4 ? 1e-3 : 1e-10));
    }
}

TEST_CASE("weights minimise what they are to minimise") {
    const auto K = fast_spectrum<double>(120, 50, 0.02, 1);
    const auto y = normal<double>(120, 1, 2);
    const auto fit = regress(stored_kernel(K), y, absolute_ridge{0.3}, nystrom{.landmarks = 25, .seed = {5}});
    const LowRank some = low_rank(stored_kernel(K), {.rank = 25, .seed = {5}});
    const auto columns = stored_kernel(K).columns(some.pivots), own = stored_kernel(K).block(some.pivots, some.pivots);
    // The gradient: K_Sx (K_xS a - y) + lambda K_SS a.
    Matrix<double> rest = product_of(columns, fit.weights());
    double missed = 0, size = 0;
    for (std::size_t i = 0; i < 120; ++i) {
        rest(i, 0) -= y(i, 0);
        missed += rest(i, 0) * rest(i, 0);
        size += y(i, 0) * y(i, 0);
    }
    CHECK_THAT(fit.residual(), Catch::Matchers::WithinRel(std::sqrt(missed / size), 1e-9));
    const Matrix<double> slope = transposed_product(columns, rest), pull = product_of(own, fit.weights());
    for (std::size_t s = 0; s < 25; ++s) CHECK(std::abs(slope(s, 0) + 0.3 * pull(s, 0)) < 1e-10);
}

TEST_CASE("over the kernel of a net: only landmarks are kept, equal rows are none") {
    auto data = random_rows<double>(300, 6, 1);
    for (std::size_t i = 150; i < 300; ++i)
        for (std::size_t k = 0; k < 6; ++k) data(i, k) = data(i - 150, k);
    const auto other = random_rows<double>(20, 6, 2), y = random_rows<double>(300, 2, 3);
    const auto x = rows<Vector<6>>(data), z = rows<Vector<6>>(other);
    const auto fit = regress(kernel_of<Net>(x), y, ridge{1e-3}, nystrom{.landmarks = 300});
    CHECK(fit.weights().rows() == 150);
    const auto exact = regress(ntk<Net>(x), y, ridge{1e-3});
    CHECK(relative_distance(fit.predict(z), exact.predict(ntk<Net>(z, x))) < 1e-8);
    // Without a ridge the doubled rows make K singular; the landmarks do not.
    CHECK(regress(kernel_of<Net>(x), y, ridge{}, nystrom{.landmarks = 300}).residual() < 1);
    const auto some = regress(kernel_of<Net>(x), y, ridge{1e-3}, nystrom{.landmarks = 40});
    CHECK(some.weights().rows() == 40);
    CHECK(some.residual() > fit.residual());
}

TEST_CASE("bad arguments are refused") {
    auto K = well_conditioned<double>(40, 1);
    auto y = normal<double>(40, 2, 2);
    CHECK_THROWS_AS(regress(stored_kernel(K), normal<double>(41, 2, 2), ridge{}, nystrom{}), shape_mismatch);
    CHECK_THROWS_AS(regress(stored_kernel(K), y, ridge{-1}, nystrom{}), error);
    CHECK_THROWS_AS(regress(stored_kernel(K), y, ridge{}, nystrom{.landmarks = 0}), error);
    CHECK_THROWS_AS(regress(stored_kernel(K), y, ridge{}, nystrom{.budget = 100}), insufficient_memory);
    y(3, 1) = std::numeric_limits<double>::infinity();
    CHECK(thrown_by<not_finite>([&] { (void)regress(stored_kernel(K), y, ridge{}, nystrom{}); }).row == 3);
    const Matrix<double> none;
    CHECK(regress(stored_kernel(none), Matrix<double>(0, 2), ridge{}, nystrom{}).weights().rows() == 0);
    const Matrix<double> zero(4, 4);
    const auto nothing = regress(stored_kernel(zero), Matrix<double>(4, 1), ridge{}, nystrom{});
    CHECK(nothing.weights().rows() == 0);
    CHECK(nothing.predict(zero)(3, 0) == 0);
}

TEST_CASE("the residual is that of the weights as they are, rounded to float, and of the worst output") {
    const auto x = normal<float>(600, 3, 1);
    Matrix<float> y(600, 2);
    for (std::size_t i = 0; i < 600; ++i) y(i, 0) = std::sin(3 * x(i, 0)), y(i, 1) = 100 * x(i, 1);
    const auto K = radial_kernel(x, gaussian{3});
    for (const double r : {0.0, 1e-10, 1e-2}) {
        const auto fit = regress(K, y, ridge{r}, nystrom{.landmarks = 300});
        const auto fitted = fit.predict(x);
        double worst = 0;
        for (std::size_t o = 0; o < 2; ++o) {
            double missed = 0, size = 0;
            for (std::size_t i = 0; i < 600; ++i) {
                const double off = static_cast<double>(fitted(i, o)) - static_cast<double>(y(i, o));
                missed += off * off;
                size += static_cast<double>(y(i, o)) * static_cast<double>(y(i, o));
            }
            worst = std::fmax(worst, std::sqrt(missed / size));
        }
        INFO("ridge " << r);
        // What is lost of a sum depends on its order a little.
        CHECK_THAT(fit.residual(), Catch::Matchers::WithinRel(worst, 0.1));
    }
}

TEST_CASE("outputs whose squares have no room have a residual") {
    const auto K = fast_spectrum<double>(60, 20, 0.1, 1);
    auto y = normal<double>(60, 1, 2);
    const double expected = regress(stored_kernel(K), y, ridge{1e-2}, nystrom{.landmarks = 10}).residual();
    CHECK(expected > 0.1);
    for (const int power : {-700, 700}) {
        Matrix<double> scaled = y.copy();
        for (std::size_t i = 0; i < 60; ++i) scaled(i, 0) = std::ldexp(y(i, 0), power);
        CHECK_THAT(regress(stored_kernel(K), scaled, ridge{1e-2}, nystrom{.landmarks = 10}).residual(),
                   Catch::Matchers::WithinRel(expected, 1e-12));
    }
}
