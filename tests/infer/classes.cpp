#include <wide/infer/classes.hpp>

#include <limits>
#include <vector>

#include "../catch.hpp"
#include "../thrown.hpp"

using namespace wide;

TEMPLATE_TEST_CASE("one column a class", "", float, double) {
    const std::vector<int> labels{2, 0, 1, 2};
    const auto y = one_hot<TestType>(labels, 3, 0.9, -0.1);
    REQUIRE((y.rows() == 4 && y.cols() == 3));
    for (std::size_t i = 0; i < 4; ++i)
        for (std::size_t c = 0; c < 3; ++c)
            CHECK(y(i, c) == static_cast<TestType>(labels[i] == static_cast<int>(c) ? 0.9 : -0.1));
    CHECK(one_hot<TestType>(labels, 5)(0, 2) == 1);
    CHECK(one_hot<TestType>(labels, 5)(0, 4) == 0);
    CHECK(one_hot<TestType>(std::vector<int>{}, 3).rows() == 0);
    CHECK(decisions(y) == labels);
    CHECK(accuracy(y, labels) == 100);
}

TEST_CASE("a label outside of the classes is named") {
    const auto e = thrown_by<not_a_class>([] { (void)one_hot(std::vector<int>{0, 3}, 3); });
    CHECK((e.row == 1 && e.label == 3));
    CHECK(says(e, "one_hot: row 1 has label 3, but there are 3 classes"));
    CHECK(thrown_by<not_a_class>([] { (void)one_hot(std::vector<int>{-1}, 3); }).label == -1);
    CHECK_THROWS_AS(one_hot(std::vector<int>{0}, 0), not_a_class);
}

TEST_CASE("the largest output decides, of equal ones the first") {
    Matrix<float> outputs(3, 3);
    outputs(0, 2) = 1;
    outputs(1, 1) = outputs(1, 2) = 4;
    outputs(2, 0) = -3, outputs(2, 1) = -1, outputs(2, 2) = -2;
    CHECK(decisions(outputs) == std::vector<int>{2, 1, 1});
    CHECK(accuracy(outputs, std::vector<int>{2, 2, 1}) == 200.0 / 3);
    CHECK(decisions(Matrix<float>(0, 3)).empty());
    outputs(1, 0) = std::numeric_limits<float>::quiet_NaN();
    const auto e = thrown_by<not_finite>([&] { (void)decisions(outputs); });
    CHECK((e.row == 1 && e.column == 0));
    CHECK_THROWS_AS(decisions(Matrix<float>(2, 0)), shape_mismatch);
}

TEST_CASE("an accuracy needs as many labels as decisions, and some") {
    CHECK(accuracy(std::vector<int>{1, 2, 3, 4}, std::vector<int>{1, 2, 3, 5}) == 75);
    CHECK_THROWS_AS(accuracy(std::vector<int>{1}, std::vector<int>{1, 2}), shape_mismatch);
    CHECK_THROWS_AS(accuracy(std::vector<int>{}, std::vector<int>{}), shape_mismatch);
}
