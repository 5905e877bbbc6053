#include <wide/infer/cross_validation.hpp>

#include <stop_token>
#include <vector>

#include <wide/infer/folds.hpp>

#include "../catch.hpp"
#include "../thrown.hpp"
#include "reference.hpp"

using namespace wide;

namespace {

/// Two classes that overlap, in a linear kernel and a constant.
struct Overlap {
    Matrix<double> K{40, 40};
    std::vector<int> labels;
    Overlap() {
        const auto x = normal<double>(40, 1, 3);
        for (std::size_t i = 0; i < 40; ++i) {
            labels.push_back(static_cast<int>(i % 2));
            for (std::size_t j = 0; j < 40; ++j)
                K(i, j) = 1 + (x(i, 0) + static_cast<double>(i % 2)) * (x(j, 0) + static_cast<double>(j % 2));
        }
    }
};

}  // namespace

TEST_CASE("each C on each fold: what a machine on the fold's rows gets right of the others") {
    const Overlap data;
    const SvmRows rows(data.K);
    const auto folds = make_folds(data.labels, 4, 0);
    const std::vector<double> grid{0.01, 1, 100};
    const auto tried = cross_validate(rows, data.labels, folds, grid);
    REQUIRE((tried.accuracy.rows() == 3 && tried.accuracy.cols() == 4 && tried.C == grid));
    for (std::size_t c = 0; c < 3; ++c) {
        double sum = 0;
        for (std::size_t f = 0; f < 4; ++f) {
            const auto machine = rows.train(data.labels, folds[f].train, {.C = grid[c]});
            const auto decided = rows.predict(machine, folds[f].held_out);
            std::vector<int> truth;
            for (const std::size_t row : folds[f].held_out) truth.push_back(data.labels[row]);
            CHECK(tried.accuracy(c, f) == accuracy(decided, truth));
            CHECK(tried.gave_up(c, f) == 0);
            sum += tried.accuracy(c, f);
        }
        CHECK(tried.mean(c) == sum / 4);
        CHECK(tried.mean(c) <= tried.mean(tried.best()));
    }
    for (const int threads : {1, 2}) {
        const auto again = cross_validate(rows, data.labels, folds, grid, {.threads = threads});
        for (std::size_t k = 0; k < 12; ++k) CHECK(again.accuracy.data()[k] == tried.accuracy.data()[k]);
    }
}

TEST_CASE("of equal means the first C is best") {
    CrossValidation tried{{1, 2, 3, 4}, Matrix<double>(4, 2), Matrix<unsigned char>(4, 2)};
    const double accuracies[] = {50, 70, 80, 70, 70, 80, 90, 10};
    for (std::size_t k = 0; k < 8; ++k) tried.accuracy.data()[k] = accuracies[k];
    CHECK(tried.mean(1) == 75);
    CHECK(tried.best() == 1);
}

TEST_CASE("nothing to try, and folds of other data, are refused") {
    const Overlap data;
    const SvmRows rows(data.K);
    const auto folds = make_folds(data.labels, 4, 0);
    CHECK_THROWS_AS(cross_validate(rows, data.labels, folds, {}), shape_mismatch);
    CHECK_THROWS_AS(cross_validate(rows, data.labels, {}, {1}), shape_mismatch);
    CHECK_THROWS_AS(cross_validate(rows, data.labels, folds, {1, -1}), error);
    CHECK_THROWS_AS(cross_validate(rows, std::vector<int>(39), folds, {1}), shape_mismatch);
    CHECK_THROWS_AS(cross_validate(rows, data.labels, std::vector<Fold>{{{0, 1}, {40}}}, {1}), shape_mismatch);
    CHECK_THROWS_AS(cross_validate(rows, data.labels, std::vector<Fold>{{{0, 40}, {1}}}, {1}), shape_mismatch);
    CHECK_THROWS_AS(cross_validate(rows, data.labels, std::vector<Fold>{{{}, {1}}}, {1}), shape_mismatch);
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)cross_validate(rows, data.labels, std::vector<Fold>{{{0, 1}, {}}}, {1}); }),
               "fold 0 holds no row out"));
    std::stop_source source;
    source.request_stop();
    CHECK_THROWS_AS(cross_validate(rows, data.labels, folds, {1}, {.stop = source.get_token()}), cancelled);
}
