#include <wide/infer/folds.hpp>

#include <algorithm>
#include <vector>

#include "../catch.hpp"
#include "../thrown.hpp"

using namespace wide;

TEST_CASE("every row is held out once, and trains otherwise; classes and sizes are even") {
    std::vector<int> labels;
    for (int i = 0; i < 103; ++i) labels.push_back(i % 10 == 0 ? 7 : i % 3);
    for (const std::size_t count : {2u, 5u, 103u}) {
        const auto folds = make_folds(labels, count, 4);
        REQUIRE(folds.size() == count);
        std::vector<int> held(103);
        for (const Fold& fold : folds) {
            CHECK(fold.train.size() + fold.held_out.size() == 103);
            CHECK((std::ranges::is_sorted(fold.train) && std::ranges::is_sorted(fold.held_out)));
            CHECK((fold.held_out.size() == 103 / count || fold.held_out.size() == 103 / count + 1));
            std::vector<std::size_t> both;
            std::ranges::set_intersection(fold.train, fold.held_out, std::back_inserter(both));
            CHECK(both.empty());
            for (const std::size_t row : fold.held_out) ++held[row];
            for (const int label : {0, 1, 2, 7}) {
                const auto of = std::ranges::count(labels, label);
                const auto here = std::ranges::count_if(fold.held_out, [&](std::size_t row) { return labels[row] == label; });
                CHECK(std::abs(static_cast<double>(here) - static_cast<double>(of) / static_cast<double>(count)) < 1);
            }
        }
        CHECK(std::ranges::all_of(held, [](int times) { return times == 1; }));
    }
}

TEST_CASE("the seed decides, and nothing else") {
    const std::vector<int> labels(20, 1);
    const auto a = make_folds(labels, 4, 1), b = make_folds(labels, 4, 1), c = make_folds(labels, 4, 2);
    for (std::size_t f = 0; f < 4; ++f) CHECK((a[f].train == b[f].train && a[f].held_out == b[f].held_out));
    CHECK(a[0].held_out != c[0].held_out);
    // The same on every machine.
    CHECK(a[0].held_out == std::vector<std::size_t>{4, 5, 7, 14, 15});
}

TEST_CASE("fewer than two folds, or more than rows, are refused") {
    const std::vector<int> labels(5);
    for (const std::size_t count : {0u, 1u, 6u}) CHECK_THROWS_AS(make_folds(labels, count, 0), shape_mismatch);
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)make_folds(labels, 6, 0); }), "make_folds: 6 folds of 5 rows"));
}
