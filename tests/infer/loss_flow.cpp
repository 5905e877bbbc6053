#include <wide/infer/loss_flow.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stop_token>
#include <string>
#include <vector>

#include <wide/infer/gradient_flow.hpp>

#include "../catch.hpp"
#include "../spectrum.hpp"
#include "../thrown.hpp"
#include "reference.hpp"

using namespace wide;

namespace {

constexpr std::size_t n = 10, m = 4, outputs = 3;

template <class T>
struct Problem {
    Matrix<T> K = well_conditioned<T>(n, 1), Kz = normal<T>(m, n, 2), y = normal<T>(n, outputs, 3);
    Matrix<T> f0 = normal<T>(n, outputs, 4), f0z = normal<T>(m, outputs, 5);
};

/// loss.hpp's squared loss is a mean over samples, gradient_flow's over all entries.
learning_rate over_entries(const learning_rate& law) { return {law.value * outputs}; }
heavy_ball over_entries(const heavy_ball& law) { return {law.rate * outputs, law.momentum}; }

template <class T, class Law>
void is_closed_form(const Law& law, double tolerance) {
    const Problem<T> of;
    const std::vector<double> times{0, 0.01, 1, 30, 30, 400};
    const auto path = loss_flow(of.K, of.f0, squared{}, of.y, law, times);
    const auto flow = gradient_flow(of.K, of.y, over_entries(law), ridge{}, of.f0);
    REQUIRE((path.times == times && path.train.size() == times.size() && path.weights.size() == times.size()));
    for (std::size_t k = 0; k < times.size(); ++k) {
        INFO("time " << times[k] << ", " << path.steps << " steps in all");
        const auto train = flow.train(times[k]), test = flow.test(of.Kz, times[k], of.f0z);
        CHECK(apart(path.train[k], sum(train, train, 0)) < tolerance);
        CHECK(apart(path.test(of.Kz, k, of.f0z), sum(test, test, 0)) < tolerance);
        // Outputs are f0 + K w all along.
        CHECK(apart(path.train[k], sum(of.f0, ::times(of.K, path.weights[k]))) < tolerance);
    }
    CHECK(apart(path.train[0], sum(of.f0, of.f0, 0)) == 0);
}

/// d loss / d f as a class number sees it, in long double, for a fixed-step Runge-Kutta of fourth order.
Exact softmax_slope(const Exact& f, const Matrix<double>& labels) {
    Exact made(f.rows(), f.cols());
    for (std::size_t i = 0; i < f.rows(); ++i) {
        long double total = 0;
        for (std::size_t o = 0; o < f.cols(); ++o) total += std::exp(f(i, o));
        for (std::size_t o = 0; o < f.cols(); ++o)
            made(i, o) = (std::exp(f(i, o)) / total - (static_cast<double>(o) == labels(i, 0) ? 1 : 0)) /
                         static_cast<long double>(f.rows());
    }
    return made;
}

}  // namespace

TEST_CASE("on squared loss the integration is the closed form, with momentum or without") {
    is_closed_form<double>(learning_rate{0.8}, 1e-6);
    is_closed_form<double>(heavy_ball{0.8, 0.5}, 1e-6);
    is_closed_form<double>(heavy_ball{0.8, 0.95}, 1e-6);
    is_closed_form<float>(learning_rate{0.8}, 2e-4);
    is_closed_form<float>(heavy_ball{0.8, 0.9}, 2e-4);
}

TEST_CASE("a smaller tolerance is a smaller error") {
    const Problem<double> of;
    const auto flow = gradient_flow(of.K, of.y, learning_rate{0.8 * outputs}, ridge{}, of.f0);
    const auto exact = flow.train(20.0);
    double before = HUGE_VAL;
    for (const double tolerance : {1e-4, 1e-7, 1e-10}) {
        const auto path = loss_flow(of.K, of.f0, squared{}, of.y, learning_rate{0.8}, {20},
                                    dormand_prince{.absolute = tolerance, .relative = tolerance});
        const double error = apart(path.train[0], sum(exact, exact, 0));
        CHECK(error < 20 * tolerance);
        CHECK(error < before);
        before = error;
    }
}

TEST_CASE("one sample of logistic loss: f + exp f grows with time") {
    Matrix<double> K(1, 1), f0(1, 1), y(1, 1);
    K(0, 0) = 1.7, f0(0, 0) = -2, y(0, 0) = 1;
    const std::vector<double> times{0.5, 10, 300};
    const auto path = loss_flow(K, f0, logistic{}, y, learning_rate{0.4}, times);
    for (std::size_t k = 0; k < times.size(); ++k) {
        const double f = path.train[k](0, 0);
        CHECK_THAT(f + std::exp(f), Catch::Matchers::WithinRel(-2 + std::exp(-2.0) + 0.4 * 1.7 * times[k], 1e-6));
    }
}

TEST_CASE("softmax: an integration by small steps in long double, and outputs whose sum stays") {
    const Problem<double> of;
    Matrix<double> labels(n, 1);
    for (std::size_t i = 0; i < n; ++i) labels(i, 0) = static_cast<double>(i % outputs);
    const double rate = 2;
    Exact f = sum(of.f0, of.f0, 0);
    const int count = 2000;
    const long double h = 25.0L / count;
    const auto slope = [&](const Exact& at) { return times(of.K, softmax_slope(at, labels)); };
    for (int k = 0; k < count; ++k) {
        const Exact a = slope(f), b = slope(sum(f, a, -rate * h / 2)), c = slope(sum(f, b, -rate * h / 2));
        const Exact d = slope(sum(f, c, -rate * h));
        f = sum(sum(sum(sum(f, a, -rate * h / 6), b, -rate * h / 3), c, -rate * h / 3), d, -rate * h / 6);
    }
    const auto path = loss_flow(of.K, of.f0, softmax{}, labels, learning_rate{rate}, {25});
    CHECK(apart(path.train[0], f) < 1e-6);
    for (std::size_t i = 0; i < n; ++i) {
        double before = 0, after = 0;
        for (std::size_t o = 0; o < outputs; ++o) before += of.f0(i, o), after += path.train[0](i, o);
        CHECK_THAT(after, Catch::Matchers::WithinAbs(before, 1e-12));
    }
    CHECK(loss_and_cotangent(softmax{}, path.train[0], labels).value < loss_and_cotangent(softmax{}, of.f0, labels).value);
}

TEST_CASE("a loss of one's own is given by its gradient") {
    const Problem<double> of;
    std::size_t asked = 0;
    const auto path = loss_flow(
        of.K, of.f0,
        [&](const Matrix<double>& f) {
            ++asked;
            return loss_and_cotangent(squared{}, f, of.y).cotangent.copy();
        },
        heavy_ball{0.8, 0.5}, {3});
    const auto same = loss_flow(of.K, of.f0, squared{}, of.y, heavy_ball{0.8, 0.5}, {3});
    CHECK(apart(path.train[0], sum(same.train[0], of.y, 0)) == 0);
    // Dormand and Prince's seventh stage is the next step's first.
    CHECK(asked == 6 * path.steps + 1);
}

TEST_CASE("a step that leaves what the loss is defined for is tried shorter") {
    // L = 2/3 f^(3/2): f' = -sqrt f, so sqrt f falls by half of the time, to zero at time 2; below zero there is no loss.
    Matrix<double> K(1, 1), f0(1, 1);
    K(0, 0) = 1, f0(0, 0) = 1;
    const auto root = [](const Matrix<double>& f) {
        Matrix<double> made(1, 1);
        made(0, 0) = std::sqrt(f(0, 0));
        return made;
    };
    const auto path = loss_flow(K, f0, root, learning_rate{1}, {1, 1.9, 1.999});
    CHECK_THAT(path.train[0](0, 0), Catch::Matchers::WithinRel(0.25, 1e-6));
    CHECK_THAT(path.train[1](0, 0), Catch::Matchers::WithinRel(0.0025, 1e-4));
    // Beyond time 2 nothing follows, however short the step.
    CHECK_THROWS_AS(loss_flow(K, f0, root, learning_rate{1}, {3}), error);
    const auto half = [](const Matrix<double>& f) {
        Matrix<double> made(1, 1);
        made(0, 0) = f(0, 0) < 0.5 ? std::numeric_limits<double>::quiet_NaN() : 1.0;
        return made;
    };
    CHECK_THROWS_AS(loss_flow(K, f0, half, learning_rate{1}, {1}), not_finite);
}

TEST_CASE("only the lower triangle of K is read") {
    Problem<double> of;
    const auto expected = loss_flow(of.K, of.f0, squared{}, of.y, learning_rate{1}, {2});
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = i + 1; j < n; ++j) of.K(i, j) = std::numeric_limits<double>::quiet_NaN();
    CHECK(apart(loss_flow(of.K, of.f0, squared{}, of.y, learning_rate{1}, {2}).train[0],
                sum(expected.train[0], of.y, 0)) == 0);
}

TEST_CASE("progress goes to its end, and a stop ends the integration with nothing") {
    const Problem<double> of;
    std::uint64_t last = 0;
    bool rising = true;
    dormand_prince how{.progress = [&](std::uint64_t done, std::uint64_t total) {
        rising = rising && done >= last && total == 1000;
        last = done;
    }};
    CHECK(loss_flow(of.K, of.f0, squared{}, of.y, learning_rate{1}, {5, 50}, how).times.size() == 2);
    CHECK((rising && last == 1000));
    std::stop_source source;
    how.stop = source.get_token();
    how.progress = [&](std::uint64_t done, std::uint64_t) {
        if (done > 100) source.request_stop();
    };
    CHECK_THROWS_AS(loss_flow(of.K, of.f0, squared{}, of.y, learning_rate{1}, {50}, how), cancelled);
}

TEST_CASE("an integration that takes too many steps says how far it came") {
    const Problem<double> of;
    const auto caught = thrown_by<did_not_converge>([&] {
        (void)loss_flow(of.K, of.f0, squared{}, of.y, learning_rate{1}, {1e6}, dormand_prince{.steps = 50});
    });
    CHECK((caught.iterations == 50 && caught.residual > 0.9 && caught.residual < 1));
    CHECK(says(caught, "the steps are used up at time "));
}

TEST_CASE("bad input of an integration is refused with a sentence") {
    const Problem<double> of;
    const learning_rate rate{1};
    const auto run = [&](const Matrix<double>& K, const Matrix<double>& f0, const std::vector<double>& times) {
        return loss_flow(K, f0, squared{}, of.y, rate, times);
    };
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)run(of.Kz, of.f0, {1}); }), "loss_flow: K is 4 x 10"));
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)run(of.K, of.f0z, {1}); }), "f0 has 4 rows, but K is 10 x 10"));
    CHECK(says(thrown_by<error>([&] { (void)run(of.K, of.f0, {1, 0.5}); }), "time number 1 is 0.5"));
    CHECK_THROWS_AS(run(of.K, of.f0, {-1}), error);
    CHECK_THROWS_AS(run(of.K, of.f0, {forever}), error);
    CHECK_THROWS_AS(run(of.K, of.f0, {std::numeric_limits<double>::quiet_NaN()}), error);
    CHECK_THROWS_AS(loss_flow(of.K, of.f0, squared{}, of.y, learning_rate{-1}, {1}), error);
    CHECK_THROWS_AS(loss_flow(of.K, of.f0, squared{}, of.y, heavy_ball{1, 1.5}, {1}), error);
    CHECK_THROWS_AS(loss_flow(of.K, of.f0, squared{}, of.Kz, rate, {1}), shape_mismatch);
    CHECK_THROWS_AS(loss_flow(of.K, of.f0, logistic{}, of.y, rate, {1}), shape_mismatch);
    CHECK_THROWS_AS(loss_flow(of.K, of.f0, squared{}, of.y, rate, {1}, dormand_prince{.absolute = -1}), error);
    CHECK(says(thrown_by<shape_mismatch>([&] {
                   (void)loss_flow(of.K, of.f0, [](const Matrix<double>&) { return Matrix<double>(2, 2); }, rate, {1});
               }),
               "the gradient is 2 x 2, but f is 10 x 3"));
    const auto path = run(of.K, of.f0, {1});
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)path.test(of.Kz, 1); }), "time number 1 was asked for, of 1"));
    CHECK_THROWS_AS(path.test(of.f0z, 0), shape_mismatch);
    CHECK_THROWS_AS(path.test(of.Kz, 0, of.f0), shape_mismatch);
    for (const double bad : {std::numeric_limits<double>::quiet_NaN(), forever}) {
        Matrix<double> K = of.K.copy(), f0 = of.f0.copy(), y = of.y.copy();
        K(3, 1) = f0(2, 2) = y(4, 0) = bad;
        const auto one = thrown_by<not_finite>([&] { (void)run(K, of.f0, {1}); });
        const auto two = thrown_by<not_finite>([&] { (void)run(of.K, f0, {1}); });
        const auto three = thrown_by<not_finite>([&] { (void)loss_flow(of.K, of.f0, squared{}, y, rate, {1}); });
        CHECK((one.row == 3 && one.column == 1 && two.row == 2 && two.column == 2 && three.row == 4 && three.column == 0));
        CHECK(says(three, "the gradient of the loss"));
    }
}

TEST_CASE("no time asked for is no integration, and nothing trained on no failure") {
    const Problem<double> of;
    CHECK(loss_flow(of.K, of.f0, squared{}, of.y, learning_rate{1}, {}).train.empty());
    CHECK(loss_flow(Matrix<double>(0, 0), Matrix<double>(0, 2), squared{}, Matrix<double>(0, 2), learning_rate{1}, {1})
              .train[0].rows() == 0);
}
