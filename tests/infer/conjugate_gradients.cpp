#include <wide/infer/conjugate_gradients.hpp>

#include <cmath>
#include <limits>
#include <stop_token>
#include <vector>

#include <wide/kernel/operator.hpp>

#include "../catch.hpp"
#include "../random_rows.hpp"
#include "../thrown.hpp"
#include "operators.hpp"

using namespace wide;

namespace {
struct Net : Serial<Repeat<3, Dense<8, He>, Relu>, Dense<1>> {};
constexpr std::size_t none = 0;
}  // namespace

TEST_CASE("weights agree with the direct solution, preconditioned or not") {
    const auto K = fast_spectrum<double>(300, 80, 0.05, 1);
    const auto y = normal<double>(300, 4, 2), Kz = normal<double>(9, 300, 3);
    for (const double lambda : {0.0, 0.01, 10.0})
        for (const std::size_t rank : {none, std::size_t{20}, std::size_t{300}}) {
            const auto exact = regress(K, y, absolute_ridge{lambda});
            const auto fit = regress(stored_kernel(K), y, absolute_ridge{lambda},
                                     conjugate_gradients{.tolerance = 1e-12, .rank = rank});
            CHECK(fit.stopped() == stopped::converged);
            CHECK(fit.ridge() == lambda);
            CHECK(fit.residual() <= 1e-12);
            CHECK(relative_distance(fit.weights(), exact.weights()) < 1e-9);
            CHECK(relative_distance(fit.predict(Kz), exact.predict(Kz)) < 1e-9);
        }
}

TEMPLATE_TEST_CASE("the residual that is claimed is true, and a preconditioner saves iterations", "", float, double) {
    const auto K = fast_spectrum<TestType>(500, 150, 1e-3, 1);
    const auto y = normal<TestType>(500, 3, 2);
    const auto plain = regress(stored_kernel(K), y, ridge{1e-4}, conjugate_gradients{.tolerance = 1e-3, .rank = 0});
    const auto helped = regress(stored_kernel(K), y, ridge{1e-4}, conjugate_gradients{.tolerance = 1e-3, .rank = 120});
    for (const auto* fit : {&plain, &helped}) {
        const double truth = residual_of(K, fit->ridge(), fit->weights(), y);
        CHECK(truth < 1.1e-3);
        CHECK_THAT(fit->residual(), Catch::Matchers::WithinRel(truth, sizeof(TestType) == 4 ? 0.05 : 1e-6));
    }
    CHECK(helped.iterations() * 2 < plain.iterations());
}

TEST_CASE("over the kernel of a net, trained and asked without a Gram") {
    const auto data = random_rows<double>(400, 10, 1), other = random_rows<double>(33, 10, 2);
    const auto x = rows<Vector<10>>(data), z = rows<Vector<10>>(other);
    const auto y = random_rows<double>(400, 2, 3);
    static_assert(KernelOperator<NetKernel<Net, Wanted::ntk, Vector<10>, double>>);
    const auto fit = regress(kernel_of<Net>(x), y, ridge{1e-2}, conjugate_gradients{.tolerance = 1e-11});
    const auto exact = regress(ntk<Net>(x), y, ridge{1e-2});
    CHECK_THAT(fit.ridge(), Catch::Matchers::WithinRel(exact.ridge(), 1e-14));
    CHECK(relative_distance(fit.weights(), exact.weights()) < 1e-9);
    CHECK(relative_distance(fit.predict(z), exact.predict(ntk<Net>(z, x))) < 1e-9);
    // One output, as a vector.
    std::vector<double> first(400);
    for (std::size_t i = 0; i < 400; ++i) first[i] = y(i, 0);
    const auto one = regress(kernel_of<Net>(x), first, ridge{1e-2}, conjugate_gradients{.tolerance = 1e-11});
    CHECK(one.weights().cols() == 1);
    CHECK_THAT(one.weights()(17, 0), Catch::Matchers::WithinAbs(fit.weights()(17, 0), 1e-8));
}

TEST_CASE("an output that is zero, one that is easy and one that is hard end at their own times") {
    const auto K = fast_spectrum<double>(120, 40, 0.1, 1);
    Matrix<double> y(120, 3);
    const auto pairs = normal<double>(120, 1, 2);
    for (std::size_t i = 0; i < 120; ++i) y(i, 1) = 1e-30 * pairs(i, 0), y(i, 2) = 1e30 * pairs(119 - i, 0);
    const auto fit = regress(stored_kernel(K), y, ridge{1e-3}, conjugate_gradients{.tolerance = 1e-8, .rank = 0});
    for (std::size_t i = 0; i < 120; ++i) CHECK(fit.weights()(i, 0) == 0);
    CHECK(residual_of(K, fit.ridge(), fit.weights(), y) <= 1.01e-8);
}

TEST_CASE("empty problems have empty answers") {
    const Matrix<double> none_at_all;
    const auto fit = regress(stored_kernel(none_at_all), Matrix<double>(0, 3), ridge{1}, conjugate_gradients{});
    CHECK(fit.weights().rows() == 0);
    CHECK(fit.iterations() == 0);
    const auto K = well_conditioned<double>(7, 1);
    const auto no_outputs = regress(stored_kernel(K), Matrix<double>(7, 0), ridge{1}, conjugate_gradients{});
    CHECK(no_outputs.weights().cols() == 0);
    const auto single = well_conditioned<double>(1, 1);
    const auto one = regress(stored_kernel(single), Matrix<double>(1, 1), ridge{},
                             conjugate_gradients{});
    CHECK(one.weights()(0, 0) == 0);
}

TEST_CASE("the limit of iterations and rounding are told apart, and thrown or returned") {
    const auto K = fast_spectrum<double>(300, 100, 1e-3, 1);
    const auto y = normal<double>(300, 2, 2);
    conjugate_gradients how{.tolerance = 1e-10, .iterations = 4, .rank = 0};
    const auto e = thrown_by<did_not_converge>([&] { (void)regress(stored_kernel(K), y, ridge{}, how); });
    CHECK(e.iterations == 4);
    CHECK(e.residual > 1e-10);
    CHECK(says(e, "the limit of iterations was reached"));
    how.required = false;
    const auto early = regress(stored_kernel(K), y, ridge{}, how);
    CHECK(early.stopped() == stopped::limit);
    CHECK(early.iterations() == 4);
    CHECK_THAT(early.residual(), Catch::Matchers::WithinRel(residual_of(K, 0, early.weights(), y), 1e-6));

    const auto F = fast_spectrum<float>(300, 100, 1e-3, 1);
    const auto v = normal<float>(300, 2, 2);
    conjugate_gradients fine{.tolerance = 1e-14, .required = false};
    const auto rounded = regress(stored_kernel(F), v, ridge{}, fine);
    CHECK(rounded.stopped() == stopped::stagnation);
    CHECK(rounded.residual() < 0.1);
    CHECK(rounded.iterations() < 1000);
    fine.required = true;
    CHECK(says(thrown_by<did_not_converge>([&] { (void)regress(stored_kernel(F), v, ridge{}, fine); }), "stagnation"));
}

TEST_CASE("bad arguments are refused, and say so") {
    auto K = well_conditioned<double>(40, 1);
    auto y = normal<double>(40, 2, 2);
    const conjugate_gradients usual;
    CHECK_THROWS_AS(regress(stored_kernel(K), normal<double>(39, 2, 2), ridge{}, usual), shape_mismatch);
    CHECK_THROWS_AS(regress(stored_kernel(K), y, ridge{-1}, usual), error);
    CHECK_THROWS_AS(regress(stored_kernel(K), y, ridge{std::nan("")}, usual), error);
    CHECK_THROWS_AS(regress(stored_kernel(K), y, ridge{}, conjugate_gradients{.iterations = 0}), error);
    CHECK_THROWS_AS(regress(stored_kernel(K), y, ridge{}, conjugate_gradients{.tolerance = 0}), error);
    CHECK_THROWS_AS(regress(stored_kernel(K), y, ridge{}, conjugate_gradients{.tolerance = std::nan("")}), error);
    CHECK_THROWS_AS(regress(stored_kernel(K), y, ridge{}, conjugate_gradients{.budget = 100}), insufficient_memory);
    const auto fit = regress(stored_kernel(K), y, ridge{1}, usual);
    CHECK_THROWS_AS(fit.predict(Matrix<double>(3, 39)), shape_mismatch);
    y(7, 1) = std::numeric_limits<double>::quiet_NaN();
    const auto e = thrown_by<not_finite>([&] { (void)regress(stored_kernel(K), y, ridge{}, usual); });
    CHECK(e.row == 7);
    CHECK(e.column == 1);
}

TEST_CASE("an indefinite kernel is found out, with the preconditioner and without") {
    auto K = well_conditioned<double>(60, 1);
    for (std::size_t i = 0; i < 60; ++i) K(i, i) -= 1;
    const auto y = normal<double>(60, 1, 2);
    const auto e = thrown_by<not_positive_definite>([&] {
        (void)regress(stored_kernel(K), y, absolute_ridge{}, conjugate_gradients{.tolerance = 1e-8, .rank = 0});
    });
    CHECK(e.value < 0);
    CHECK(says(e, "is not positive definite: a direction that output 0 leads to"));
    // The direction bounds the smallest eigenvalue from above only: what it suggests may have to be taken again.
    double lambda = e.suggested_ridge;
    bool cured = false;
    for (int tries = 0; tries < 5 && !cured; ++tries) {
        try {
            cured = regress(stored_kernel(K), y, absolute_ridge{lambda}, conjugate_gradients{.rank = 0}).residual() < 1e-3;
        } catch (const not_positive_definite& more) {
            CHECK(more.suggested_ridge > lambda);
            lambda = more.suggested_ridge;
        }
    }
    CHECK(cured);
    CHECK_THROWS_AS(regress(stored_kernel(K), y, absolute_ridge{}, conjugate_gradients{}), not_positive_definite);
}

TEST_CASE("an indefinite kernel is solved where the ridge makes it positive definite") {
    Matrix<double> K(3, 3), y(3, 1);
    K(0, 0) = K(1, 1) = K(2, 2) = 1;
    K(0, 1) = K(1, 0) = 1.2;
    y(0, 0) = 1, y(1, 0) = -1, y(2, 0) = 2;
    const auto fit = regress(stored_kernel(K), y, absolute_ridge{0.5}, conjugate_gradients{.tolerance = 1e-10});
    CHECK(relative_distance(fit.weights(), regress(K, y, absolute_ridge{0.5}).weights()) < 1e-9);
}

TEST_CASE("weights whose products have no room are still those of the system") {
    Matrix<float> K(2, 2), y(2, 1);
    K(0, 0) = K(1, 1) = 100;
    K(0, 1) = K(1, 0) = 99.9f;
    y(0, 0) = 1e36f, y(1, 0) = -1e36f;
    const auto fit = regress(stored_kernel(K), y, ridge{}, conjugate_gradients{.tolerance = 1e-4, .rank = none});
    const double expected = 1e36 / (100 - static_cast<double>(99.9f));
    for (std::size_t i = 0; i < 2; ++i)
        CHECK_THAT(static_cast<double>(fit.weights()(i, 0)), Catch::Matchers::WithinRel(i == 0 ? expected : -expected, 1e-3));
}

TEST_CASE("progress is reported with the residual, and the kernel's stop token is heeded") {
    const auto K = fast_spectrum<double>(200, 60, 0.1, 1);
    const auto y = normal<double>(200, 2, 2);
    std::vector<std::size_t> iterations;
    std::vector<double> residuals;
    conjugate_gradients how{.tolerance = 1e-6, .rank = 10};
    how.report = [&](std::size_t k, double residual) {
        iterations.push_back(k);
        residuals.push_back(residual);
    };
    const auto fit = regress(stored_kernel(K), y, ridge{}, how);
    REQUIRE(iterations.size() >= 2);
    CHECK(iterations.front() == 0);
    CHECK(residuals.front() == 1);
    CHECK(iterations.back() == fit.iterations());
    CHECK(residuals.back() == fit.residual());

    const auto data = random_rows<float>(300, 10, 1);
    std::stop_source source;
    const auto x = rows<Vector<10>>(data);
    const auto running = kernel_of<Net>(x, options{.stop = source.get_token()});
    how.report = [&](std::size_t k, double) {
        if (k == 2) source.request_stop();
    };
    how.rank = 0;
    CHECK_THROWS_AS(regress(running, random_rows<float>(300, 1, 2), ridge{}, how), cancelled);
}

TEST_CASE("outputs whose squares have no room are solved like others") {
    const auto K = fast_spectrum<double>(80, 20, 0.1, 1);
    const auto y = normal<double>(80, 1, 2);
    const conjugate_gradients how{.tolerance = 1e-9, .rank = 10};
    const auto expected = regress(stored_kernel(K), y, ridge{1e-3}, how);
    for (const int power : {-700, -1000, 600, 1000}) {
        INFO("times 2^" << power);
        Matrix<double> scaled = y.copy();
        for (std::size_t i = 0; i < 80; ++i) scaled(i, 0) = std::ldexp(y(i, 0), power);
        const auto fit = regress(stored_kernel(K), scaled, ridge{1e-3}, how);
        CHECK(fit.iterations() == expected.iterations());
        CHECK(fit.residual() == expected.residual());
        for (std::size_t i = 0; i < 80; ++i) CHECK(fit.weights()(i, 0) == std::ldexp(expected.weights()(i, 0), power));
    }
}
