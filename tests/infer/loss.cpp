#include <wide/infer/loss.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>

#include "../catch.hpp"
#include "../random_rows.hpp"
#include "../thrown.hpp"

using namespace wide;
using Catch::Matchers::WithinAbs;

namespace {

template <class L>
void cotangent_is_the_slope(const L& loss, const Matrix<double>& f, const Matrix<double>& y) {
    const auto [value, cotangent] = loss_and_cotangent(loss, f, y);
    const double h = 1e-6;
    for (std::size_t k = 0; k < f.size(); ++k) {
        Matrix<double> more = f.copy(), less = f.copy();
        more.data()[k] += h;
        less.data()[k] -= h;
        const double slope = (loss_and_cotangent(loss, more, y).value - loss_and_cotangent(loss, less, y).value) / (2 * h);
        CHECK_THAT(cotangent.data()[k], WithinAbs(slope, 1e-8));
    }
}

Matrix<double> column(std::initializer_list<double> numbers) {
    Matrix<double> made(numbers.size(), 1);
    std::size_t k = 0;
    for (const double number : numbers) made.data()[k++] = number;
    return made;
}

}  // namespace

TEST_CASE("cotangents are the slopes of losses") {
    const auto f = random_rows<double>(5, 3, 1), y = random_rows<double>(5, 3, 2);
    cotangent_is_the_slope(squared{}, f, y);
    Matrix<double> shares(5, 3);
    for (std::size_t i = 0; i < 5; ++i) {
        double sum = 0;
        for (std::size_t o = 0; o < 3; ++o) sum += shares(i, o) = y(i, o) * y(i, o);
        for (std::size_t o = 0; o < 3; ++o) shares(i, o) /= sum;
    }
    cotangent_is_the_slope(softmax{}, f, shares);
    cotangent_is_the_slope(softmax{}, f, column({0, 2, 1, 1, 0}));
    cotangent_is_the_slope(logistic{}, random_rows<double>(4, 1, 3), column({1, -1, -1, 1}));
}

TEST_CASE("losses by hand") {
    CHECK(loss_and_cotangent(squared{}, column({1, 3}), column({0, 1})).value == (0.5 + 2) / 2);
    CHECK_THAT(loss_and_cotangent(logistic{}, column({0}), column({-1})).value, WithinAbs(std::log(2), 1e-15));
    Matrix<double> f(1, 4);
    CHECK_THAT(loss_and_cotangent(softmax{}, f, column({3})).value, WithinAbs(std::log(4), 1e-15));
}

TEST_CASE("a class and its one-hot row are the same labels") {
    const auto f = random_rows<float>(3, 4, 5);
    Matrix<float> classes(3, 1), one_hot(3, 4);
    for (std::size_t i = 0; i < 3; ++i) classes(i, 0) = static_cast<float>(i + 1), one_hot(i, i + 1) = 1;
    const auto a = loss_and_cotangent(softmax{}, f, classes), b = loss_and_cotangent(softmax{}, f, one_hot);
    CHECK(a.value == b.value);
    for (std::size_t k = 0; k < f.size(); ++k) CHECK(a.cotangent.data()[k] == b.cotangent.data()[k]);
}

TEST_CASE("large outputs do not overflow, and what is no number stays none") {
    CHECK(loss_and_cotangent(logistic{}, column({1000}), column({-1})).value == 1000);
    CHECK(loss_and_cotangent(logistic{}, column({1000}), column({1})).value == 0);
    Matrix<double> f(1, 2);
    f(0, 0) = 5000;
    CHECK(loss_and_cotangent(softmax{}, f, column({1})).value == 5000);
    f(0, 1) = std::numeric_limits<double>::quiet_NaN();
    CHECK(std::isnan(loss_and_cotangent(softmax{}, f, column({1})).value));
    CHECK(std::isnan(loss_and_cotangent(logistic{}, column({f(0, 1)}), column({1})).value));
}

TEST_CASE("labels that are none are refused") {
    const Matrix<double> two(3, 2), one(3, 1);
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)loss_and_cotangent(squared{}, two, one); }), "2 outputs"));
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)loss_and_cotangent(squared{}, two, Matrix<double>(2, 2)); }),
               "2 labels for 3 samples"));
    CHECK(says(thrown_by<error>([&] { (void)loss_and_cotangent(logistic{}, one, one); }), "label 0 is 0.0"));
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)loss_and_cotangent(logistic{}, two, two); }), "softmax"));
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)loss_and_cotangent(softmax{}, one, one); }), "logistic"));
    CHECK(says(thrown_by<error>([&] { (void)loss_and_cotangent(softmax{}, two, column({0, 2, 1})); }), "label 1 is 2"));
    CHECK(says(thrown_by<error>([&] { (void)loss_and_cotangent(softmax{}, two, column({0, 1, .5})); }), "label 2 is 0.5"));
    CHECK(says(thrown_by<error>([&] { (void)loss_and_cotangent(softmax{}, two, two); }), "row 0"));
}
