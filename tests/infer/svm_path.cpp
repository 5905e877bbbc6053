#include <wide/infer/svm_path.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stop_token>
#include <vector>

#include <wide/infer/folds.hpp>
#include <wide/infer/svm.hpp>

#include "../catch.hpp"
#include "../thrown.hpp"
#include "reference.hpp"

using namespace wide;

namespace {

/// Clusters in the plane that overlap, and a Gaussian kernel.
struct Clusters {
    Matrix<double> K;
    std::vector<int> labels;

    explicit Clusters(std::size_t count, std::size_t classes, double spread = 0.7) : K(count, count) {
        const auto noise = normal<double>(count, 2, 1);
        std::vector<double> x, y;
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t c = i * 7 % classes;
            const double angle = 2 * 3.141592653589793 * static_cast<double>(c) / static_cast<double>(classes);
            labels.push_back(static_cast<int>(3 * c) - 2);
            x.push_back(std::cos(angle) + spread * noise(i, 0));
            y.push_back(std::sin(angle) + spread * noise(i, 1));
        }
        for (std::size_t i = 0; i < count; ++i)
            for (std::size_t j = 0; j < count; ++j)
                K(i, j) = std::exp(-std::pow(x[i] - x[j], 2) - std::pow(y[i] - y[j], 2));
    }
};

const std::vector<double> grid{0.01, 0.1, 1, 10, 100};

}  // namespace

TEST_CASE("at a tight tolerance, libsvm's decisions at each C from 0.1 on, for any number of rows and classes") {
    constexpr std::size_t several[] = {2, 3, 5}, counts[] = {31, 64, 90};
    for (const std::size_t classes : several)
        for (const std::size_t count : counts) {
            const Clusters data(count, classes);
            const Fold fold = make_folds(data.labels, 3, 0)[0];
            const auto path = svm_path(data.K, data.labels, fold, grid, {}, 1e-9);
            const SvmRows rows(data.K);
            for (std::size_t c = 0; c < grid.size(); ++c) {
                // At 0.01 every coefficient is at its bound: the bias is the middle of an interval, decided by rounding.
                if (grid[c] < 0.1) continue;
                const auto machine = rows.train(data.labels, fold.train, {.C = grid[c], .tolerance = 1e-9});
                CHECK(path.decided[c] == rows.predict(machine, fold.held_out));
                CHECK(path.gave_up[c] == 0);
            }
        }
}

TEST_CASE("at the tolerance that both have by themselves, libsvm's decisions but for a row in a hundred") {
    std::size_t decided = 0, apart = 0;
    constexpr std::size_t several[] = {2, 4};
    for (const std::size_t classes : several) {
        const Clusters data(240, classes);
        const Fold fold = make_folds(data.labels, 2, 0)[0];
        const SvmRows rows(data.K);
        const auto path = svm_path(data.K, data.labels, fold, {0.1, 1, 10, 100, 1000});
        for (std::size_t c = 0; c < path.C.size(); ++c) {
            const auto theirs = rows.predict(rows.train(data.labels, fold.train, {.C = path.C[c]}), fold.held_out);
            decided += theirs.size();
            for (std::size_t k = 0; k < theirs.size(); ++k) apart += theirs[k] != path.decided[c][k];
        }
    }
    CHECK(decided == 1200);
    CHECK(100 * apart <= decided);
}

TEST_CASE("what a C finds does not depend on those before it") {
    const Clusters data(70, 3);
    const Fold fold = make_folds(data.labels, 2, 0)[0];
    const auto path = svm_path(data.K, data.labels, fold, grid, {}, 1e-9);
    for (std::size_t c = 0; c < grid.size(); ++c) {
        const auto alone = svm_path(data.K, data.labels, fold, {grid[c]}, {}, 1e-9);
        CHECK(alone.decided[0] == path.decided[c]);
        CHECK(alone.accuracy[0] == path.accuracy[c]);
    }
}

TEST_CASE("the same for any number of threads, and from the lower triangle alone") {
    Clusters data(60, 5);
    const Fold fold = make_folds(data.labels, 3, 1)[1];
    const auto path = svm_path(data.K, data.labels, fold, grid, {.threads = 1});
    for (std::size_t i = 0; i < 60; ++i)
        for (std::size_t j = i + 1; j < 60; ++j) data.K(i, j) = std::numeric_limits<double>::quiet_NaN();
    const auto again = svm_path(data.K, data.labels, fold, grid, {.threads = 2});
    CHECK(again.decided == path.decided);
    CHECK(again.accuracy == path.accuracy);
}

TEST_CASE("one class is always decided for") {
    const Matrix<double> K(4, 4);
    const std::vector<int> one{7, 7, 7, 7};
    CHECK(svm_path(K, one, {{0, 1}, {2, 3}}, {1}).decided[0] == std::vector<int>{7, 7});
}

TEST_CASE("where three classes beat each other in a circle, each has one vote, and the smallest label wins") {
    // A pinwheel: each class is two points at the ends of a blade, the next is the same, turned by 120 degrees. The line
    // in the middle of two blades runs past the origin always on the same side.
    constexpr std::size_t origin = 6;
    double x[7] = {}, y[7] = {};
    for (std::size_t k = 0; k < origin; ++k) {
        const double turn = 2 * 3.141592653589793 * static_cast<double>(k / 2) / 3, along = k % 2 == 0 ? 0 : 2;
        x[k] = std::cos(turn) - along * std::sin(turn);
        y[k] = std::sin(turn) + along * std::cos(turn);
    }
    Matrix<double> K(7, 7);
    for (std::size_t i = 0; i < 7; ++i)
        for (std::size_t j = 0; j < 7; ++j) K(i, j) = x[i] * x[j] + y[i] * y[j];
    const auto decided = [&](const std::vector<int>& labels, const std::vector<std::size_t>& train) {
        return svm_path(K, labels, {train, {origin}}, {100}).decided[0];
    };
    for (const std::vector<int>& of : {std::vector{3, 4, 5}, {5, 3, 4}, {4, 5, 3}, {5, 4, 3}}) {
        const std::vector<int> labels{of[0], of[0], of[1], of[1], of[2], of[2], of[0]};
        CHECK(decided(labels, {0, 1, 2, 3}) == std::vector{of[1]});
        CHECK(decided(labels, {2, 3, 4, 5}) == std::vector{of[2]});
        CHECK(decided(labels, {4, 5, 0, 1}) == std::vector{of[0]});
        CHECK(decided(labels, {0, 1, 2, 3, 4, 5}) == std::vector{3});
    }
}

TEST_CASE("bad input is refused, and says why") {
    const Clusters data(20, 2);
    const Fold fold = make_folds(data.labels, 2, 0)[0];
    CHECK_THROWS_AS(svm_path(Matrix<double>(3, 4), data.labels, fold, grid), shape_mismatch);
    CHECK_THROWS_AS(svm_path(data.K, std::vector<int>{1, 2}, fold, grid), shape_mismatch);
    CHECK_THROWS_AS(svm_path(data.K, data.labels, {{}, {1}}, grid), shape_mismatch);
    CHECK_THROWS_AS(svm_path(data.K, data.labels, {{1}, {}}, grid), shape_mismatch);
    CHECK_THROWS_AS(svm_path(data.K, data.labels, {{1}, {20}}, grid), shape_mismatch);
    CHECK_THROWS_AS(svm_path(data.K, data.labels, fold, {}), error);
    CHECK_THROWS_AS(svm_path(data.K, data.labels, fold, {1, 0.1}), error);
    CHECK_THROWS_AS(svm_path(data.K, data.labels, fold, {0, 1}), error);
    constexpr double nan = std::numeric_limits<double>::quiet_NaN(), infinite = std::numeric_limits<double>::infinity();
    CHECK_THROWS_AS(svm_path(data.K, data.labels, fold, {1, nan, 10}), error);
    CHECK_THROWS_AS(svm_path(data.K, data.labels, fold, {-1, 10}), error);
    CHECK_THROWS_AS(svm_path(data.K, data.labels, fold, {1, infinite}), error);
    for (const double tolerance : {0.0, -1e-3, nan, infinite})
        CHECK(says(thrown_by<error>([&] { (void)svm_path(data.K, data.labels, fold, grid, {}, tolerance); }), "a tolerance of"));
    auto K = data.K.copy();
    K(4, 2) = std::numeric_limits<double>::infinity();
    CHECK_THROWS_AS(svm_path(K, data.labels, fold, grid), not_finite);
    // Two classes are one pair, so one thread's worth.
    const std::uint64_t needed = 8 * fold.train.size() * fold.train.size();
    CHECK_NOTHROW(svm_path(data.K, data.labels, fold, grid, {.budget = needed}));
    CHECK_THROWS_AS(svm_path(data.K, data.labels, fold, grid, {.budget = needed - 1}), insufficient_memory);
    std::stop_source stop;
    stop.request_stop();
    CHECK_THROWS_AS(svm_path(data.K, data.labels, fold, grid, {.stop = stop.get_token()}), cancelled);
}
