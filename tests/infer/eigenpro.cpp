#include <wide/infer/eigenpro.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stop_token>
#include <vector>

#include <wide/infer/radial_kernel.hpp>
#include <wide/io/mnist.hpp>
#include <wide/kernel/operator.hpp>

#include "../catch.hpp"
#include "../random_rows.hpp"
#include "../skipped.hpp"
#include "../thrown.hpp"
#include "operators.hpp"

using namespace wide;

namespace {

struct Net : Serial<Repeat<2, Dense<8, He>, Relu>, Dense<1>> {};

template <class T>
double error_of(const Matrix<T>& predictions, const std::vector<int>& labels) {
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < predictions.rows(); ++i) {
        const auto row = predictions.row(i);
        wrong += std::max_element(row.begin(), row.end()) - row.begin() != labels[i];
    }
    return 100.0 * static_cast<double>(wrong) / static_cast<double>(predictions.rows());
}

}  // namespace

TEST_CASE("epochs come nearer to the direct solution") {
    const auto x = normal<double>(600, 3, 1), z = normal<double>(50, 3, 2);
    Matrix<double> y(600, 2);
    for (std::size_t i = 0; i < 600; ++i) y(i, 0) = std::sin(x(i, 0)), y(i, 1) = x(i, 1) * x(i, 2);
    const auto K = radial_kernel(x, laplace{3});
    std::vector<double> residuals;
    const auto fit = regress(K, y, eigenpro{.epochs = 60, .batch = 100, .subsample = 300},
                             [&](std::size_t epoch, double residual, const Matrix<double>& weights) {
                                 residuals.push_back(residual);
                                 CHECK(epoch == residuals.size());
                                 CHECK(weights.rows() == 600);
                             });
    REQUIRE(residuals.size() == 60);
    CHECK(fit.iterations() == 60 * 6);
    CHECK(fit.stopped() == stopped::limit);
    CHECK(residuals.back() < 0.02 * residuals.front());
    CHECK(residuals.back() < 0.01);
    const auto all = all_places(600);
    const auto full = K.block(all, all);
    CHECK_THAT(fit.residual(), Catch::Matchers::WithinRel([&] {
                   const auto fitted = product_of(full, fit.weights());
                   double missed = 0, size = 0;
                   for (std::size_t k = 0; k < y.size(); ++k) {
                       missed += std::pow(y.data()[k] - fitted.data()[k], 2);
                       size += y.data()[k] * y.data()[k];
                   }
                   return std::sqrt(missed / size);
               }(), 1e-6));
    const auto exact = regress(full, y, ridge{});
    const auto Kz = K.against()(z).multiply(exact.weights());
    CHECK(relative_distance(fit.predict(z), Kz) < 0.02);
}

TEST_CASE("over the kernel of a net: the seed repeats a run, for any number of threads") {
    const auto data = random_rows<float>(500, 10, 1);
    const auto x = rows<Vector<10>>(data);
    Matrix<float> y(500, 2);
    for (std::size_t i = 0; i < 500; ++i) y(i, 0) = std::sin(data(i, 0)), y(i, 1) = data(i, 1) * data(i, 2);
    const eigenpro how{.epochs = 5, .batch = 64, .subsample = 200, .seed = {7}};
    const auto one = regress(kernel_of<Net>(x, options{.threads = 1}), y, how);
    const auto two = regress(kernel_of<Net>(x, options{.threads = 2}), y, how);
    CHECK(same_numbers(one.weights(), two.weights()));
    CHECK(one.residual() < 0.3);
    CHECK_FALSE(same_numbers(one.weights(), regress(kernel_of<Net>(x), y, eigenpro{.epochs = 5, .batch = 64,
                                                                                  .subsample = 200, .seed = {8}}).weights()));
    const auto exact = regress(ntk<Net>(x), y, ridge{});
    const auto longer = regress(kernel_of<Net>(x), y, eigenpro{.epochs = 100, .batch = 64, .subsample = 200});
    CHECK(longer.residual() < 0.05 * one.residual());
    CHECK(longer.predict(x).rows() == 500);
}

TEST_CASE("MNIST as published: Gaussian of width 5, five epochs against the direct solution", "[.slow]") {
    const auto all = mnist<float>(data_split::test);
    if (!all) return skipped("MNIST");
    Matrix<float> train(7000, 784), test(3000, 784);
    std::vector<int> labels(all->labels.begin() + 7000, all->labels.end());
    std::copy_n(all->images.data(), train.size(), train.data());
    std::copy_n(all->images.data() + train.size(), test.size(), test.data());
    Matrix<float> y(7000, 10);
    for (std::size_t i = 0; i < 7000; ++i)
        for (int c = 0; c < 10; ++c) y(i, static_cast<std::size_t>(c)) = all->labels[i] == c ? 0.9f : -0.1f;
    const auto K = radial_kernel(train, gaussian{5});
    const eigenpro how{.epochs = 5, .batch = 256, .subsample = 2000};
    // With 2,000 rows of MNIST about 56 directions leave a critical batch of about 434: steps of 1 per row.
    const auto plan = eigenpro_steps::plan(K, how, 256, 2000);
    CHECK(plan.directions.rows() > 45);
    CHECK(plan.directions.rows() < 70);
    CHECK(plan.step == 1);
    CHECK(error_of(regress(K, y, how).predict(test), labels) <= 3.2);
}

TEST_CASE("senseless options and bad outputs are refused") {
    auto K = well_conditioned<double>(40, 1);
    auto y = normal<double>(40, 2, 2);
    CHECK_THROWS_AS(regress(stored_kernel(K), y, eigenpro{.epochs = 0}), error);
    CHECK_THROWS_AS(regress(stored_kernel(K), y, eigenpro{.batch = 0}), error);
    CHECK_THROWS_AS(regress(stored_kernel(K), y, eigenpro{.subsample = 0}), error);
    CHECK_THROWS_AS(regress(stored_kernel(K), y, eigenpro{.alpha = 1.5}), error);
    CHECK_THROWS_AS(regress(stored_kernel(K), normal<double>(39, 2, 2), eigenpro{}), shape_mismatch);
    const Matrix<double> none;
    CHECK(regress(stored_kernel(none), Matrix<double>(0, 2), eigenpro{}).weights().rows() == 0);
    const Matrix<double> zero(4, 4);
    CHECK_THROWS_AS(regress(stored_kernel(zero), Matrix<double>(4, 1), eigenpro{}), error);
    y(7, 1) = std::numeric_limits<double>::quiet_NaN();
    CHECK(thrown_by<not_finite>([&] { (void)regress(stored_kernel(K), y, eigenpro{}); }).row == 7);

    const auto data = random_rows<float>(300, 10, 1);
    std::stop_source source;
    const auto running = kernel_of<Net>(rows<Vector<10>>(data), options{.stop = source.get_token()});
    CHECK_THROWS_AS(regress(running, random_rows<float>(300, 1, 2), eigenpro{.epochs = 9},
                            [&](std::size_t, double, const Matrix<float>&) { source.request_stop(); }),
                    cancelled);
}

TEST_CASE("as many directions as are asked for, at most; outputs whose squares have no room have a residual") {
    const auto x = normal<double>(40, 3, 1), y = normal<double>(40, 2, 2);
    const auto K = radial_kernel(x, laplace{3});
    const auto most = regress(K, y, eigenpro{.directions = std::numeric_limits<std::size_t>::max()});
    CHECK(same_numbers(most.weights(), regress(K, y, eigenpro{.directions = 40}).weights()));
    for (const int power : {-700, 700}) {
        Matrix<double> scaled = y.copy();
        for (std::size_t k = 0; k < y.size(); ++k) scaled.data()[k] = std::ldexp(y.data()[k], power);
        const auto fit = regress(K, scaled, eigenpro{.directions = 40}, [&](std::size_t, double residual, const Matrix<double>&) {
            CHECK((residual > 0 && residual < 10));
        });
        CHECK_THAT(fit.residual(), Catch::Matchers::WithinRel(most.residual(), 1e-9));
    }
}
