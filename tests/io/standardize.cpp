#include <wide/io/standardize.hpp>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <wide/io/cifar.hpp>

#include "../catch.hpp"
#include "../random_rows.hpp"
#include "../skipped.hpp"

using Catch::Matchers::Equals;
using Catch::Matchers::StartsWith;
using Catch::Matchers::WithinAbs;

namespace {

template <class T>
wide::Matrix<T> matrix(std::initializer_list<std::vector<T>> rows) {
    wide::Matrix<T> made(rows.size(), rows.begin()->size());
    std::size_t i = 0;
    for (const std::vector<T>& row : rows) {
        for (std::size_t k = 0; k < row.size(); ++k) made(i, k) = row[k];
        ++i;
    }
    return made;
}

/// What the error that a call throws says, if it throws an `Error`.
template <class Error, class Call>
std::string sentence(const Call& call) {
    try {
        call();
    } catch (const Error& refused) {
        return refused.what();
    }
    return "nothing was refused";
}

}  // namespace

TEST_CASE("moments are of each channel over all images and positions") {
    // Two positions of three channels.
    const auto images = matrix<double>({{1, 10, 2, 3, 20, 2}, {5, 30, 2, 7, 40, 2}});
    const wide::ChannelMoments three = wide::channel_moments(images, 3);
    CHECK(three.mean == std::vector<double>{4, 25, 2});
    CHECK(three.deviation == std::vector<double>{std::sqrt(5.0), std::sqrt(125.0), 0});

    const wide::ChannelMoments one = wide::channel_moments(images, 1);
    REQUIRE(one.mean.size() == 1);
    REQUIRE(one.deviation.size() == 1);
    CHECK_THAT(one.mean[0], WithinAbs(124.0 / 12, 1e-14));
    CHECK_THAT(one.deviation[0], WithinAbs(std::sqrt(3100.0 / 12 - std::pow(124.0 / 12, 2)), 1e-13));

    const wide::ChannelMoments columns = wide::channel_moments(images, 6);
    CHECK(columns.mean == std::vector<double>{3, 20, 2, 5, 30, 2});
    CHECK(columns.deviation == std::vector<double>{2, 10, 0, 2, 10, 0});
}

TEST_CASE("standardised images are centred and divided, and a constant channel is only centred") {
    auto images = matrix<float>({{1, 10, 2, 3, 20, 2}, {5, 30, 2, 7, 40, 2}});
    wide::standardize(images, {{3, 20, 1.5}, {2, 10, 0}});
    CHECK(std::vector<float>(images.data(), images.data() + images.size()) ==
          std::vector<float>{-1, -1, 0.5f, 0, 0, 0.5f, 1, 1, 0.5f, 2, 2, 0.5f});
}

TEST_CASE("other images are standardised by the moments given, not by their own") {
    const auto train = matrix<double>({{0, 8}, {4, 8}});
    auto later = matrix<double>({{6, 11}});
    wide::standardize(later, wide::channel_moments(train, 2));
    CHECK(later(0, 0) == 2);
    CHECK(later(0, 1) == 3);
}

TEMPLATE_TEST_CASE("standardised channels have mean 0 and deviation 1", "", float, double) {
    // Far from zero, so that differences of large sums would show.
    auto images = random_rows<TestType>(40, 30, 1);
    for (std::size_t k = 0; k < images.size(); ++k) {
        const std::size_t channel = k % 3;
        images.data()[k] =
            images.data()[k] * static_cast<TestType>(channel + 1) + static_cast<TestType>(channel == 2 ? 1e4 : 0.5);
    }
    const wide::ChannelMoments before = wide::channel_moments(images, 3);
    CHECK_THAT(before.mean[2], WithinAbs(1e4, 1));
    CHECK_THAT(before.deviation[2], WithinAbs(3, 0.5));
    wide::standardize(images, before);
    const wide::ChannelMoments after = wide::channel_moments(images, 3);
    // Data is rounded to T after the division, by at most half an ulp of the largest, below 4: mean and deviation of
    // what is stored move by less than that.
    const double rounding = 2 * static_cast<double>(std::numeric_limits<TestType>::epsilon());
    const double tolerance = std::max(rounding, 1e-11);
    for (std::size_t c = 0; c < 3; ++c) {
        CHECK_THAT(after.mean[c], WithinAbs(0, tolerance));
        CHECK_THAT(after.deviation[c], WithinAbs(1, tolerance));
    }
}

TEMPLATE_TEST_CASE("a constant channel has deviation 0 exactly, whatever its value", "", float, double) {
    for (const double value : {0.1, 1.0 / 3, 1e-3, 12345.678}) {
        wide::Matrix<TestType> images(37, 30);
        for (std::size_t k = 0; k < images.size(); ++k) images.data()[k] = static_cast<TestType>(value);
        const wide::ChannelMoments moments = wide::channel_moments(images, 3);
        const auto stored = static_cast<double>(static_cast<TestType>(value));
        CHECK(moments.mean == std::vector<double>(3, stored));
        CHECK(moments.deviation == std::vector<double>(3, 0));
        wide::standardize(images, moments);
        CHECK(std::vector<TestType>(images.data(), images.data() + images.size()) ==
              std::vector<TestType>(images.size(), 0));
    }
}

TEST_CASE("sizes that do not agree are refused, and nothing is written") {
    using wide::channel_moments;
    using wide::shape_mismatch;
    using wide::standardize;
    auto images = matrix<float>({{1, 2, 3, 4}});
    CHECK_THAT(
        sentence<shape_mismatch>([&] { (void)channel_moments(images, 3); }),
        Equals("channel_moments: rows of width 4 do not divide into positions of 3 channels: give the number of "
               "channels of these images"));
    CHECK_THAT(sentence<shape_mismatch>([&] { (void)channel_moments(images, 0); }),
               Equals("channel_moments: no channels: a position has at least one"));
    CHECK_THAT(sentence<shape_mismatch>([&] { (void)channel_moments(wide::Matrix<float>(0, 4), 2); }),
               Equals("channel_moments: 0 rows of width 4 have no mean: give at least one image"));
    CHECK_THAT(sentence<shape_mismatch>([&] { (void)channel_moments(wide::Matrix<float>(4, 0), 2); }),
               StartsWith("channel_moments: 4 rows of width 0 have no mean"));
    CHECK_THAT(sentence<shape_mismatch>([&] {
                   standardize(images, {{1, 2}, {1, 1, 1, 1}});
               }),
               Equals("standardize: 2 means, but 4 deviations: give one of each a channel"));
    CHECK_THAT(sentence<shape_mismatch>([&] {
                   standardize(images, {{1, 2, 3}, {1, 1, 1}});
               }),
               StartsWith("standardize: rows of width 4 do not divide into positions of 3 channels"));
    CHECK_THAT(sentence<shape_mismatch>([&] { standardize(images, {}); }), StartsWith("standardize: no channels"));
    CHECK(std::vector<float>(images.data(), images.data() + 4) == std::vector<float>{1, 2, 3, 4});
    wide::Matrix<float> none(0, 4);
    CHECK_NOTHROW(standardize(none, {{1, 2}, {1, 1}}));
}

TEST_CASE("moments that would make NaN of the images, or turn them round, are refused, and nothing is written") {
    auto images = matrix<float>({{1, 2}});
    constexpr double nan = std::numeric_limits<double>::quiet_NaN(),
                     infinity = std::numeric_limits<double>::infinity();
    const std::vector<wide::ChannelMoments> refused{
        {{0, nan}, {1, 1}}, {{0, infinity}, {1, 1}}, {{0, 0}, {1, nan}}, {{0, 0}, {1, infinity}}, {{0, 0}, {1, -1}}};
    for (const wide::ChannelMoments& moments : refused)
        CHECK_THAT(sentence<wide::error>([&] { wide::standardize(images, moments); }),
                   StartsWith("standardize: channel 1 has mean "));
    CHECK(images(0, 0) == 1);
    CHECK(images(0, 1) == 2);
}

TEST_CASE("NaN and Inf among the images are found, not averaged") {
    for (const float value : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                              -std::numeric_limits<float>::infinity()})
        for (const std::size_t row : {0u, 2u}) {
            auto images = random_rows<float>(3, 6, 1);
            images(row, 4) = value;
            std::optional<wide::not_finite> refused;
            try {
                (void)wide::channel_moments(images, 3);
            } catch (const wide::not_finite& thrown) {
                refused = thrown;
            }
            REQUIRE(refused);
            CHECK(refused->row == row);
            CHECK(refused->column == 4);
            CHECK_THAT(refused->what(),
                       Equals("channel_moments: row " + std::to_string(row) + " of the images holds " +
                              (std::isnan(value) ? "NaN" : "Inf") + " in column 4: drop or repair that row"));
        }
}

TEST_CASE("numbers whose squares exceed double are refused") {
    const auto images = matrix<double>({{1, 1e200}, {2, -1e200}});
    CHECK_THAT(sentence<wide::error>([&] { (void)wide::channel_moments(images, 2); }),
               Equals("channel_moments: the squares of channel 1 exceed double: scale the images down"));
}

// All of CIFAR-10, or the first 932 images of each batch.
TEST_CASE("moments of CIFAR-10's training images") {
    auto train = wide::cifar10(wide::data_split::train);
    if (!train) {
        skipped(wide::missing_cifar10(wide::data_split::train));
        return;
    }
    const bool whole = train->images.rows() == 50000;
    const std::vector<double> mean = whole ? std::vector{.4914, .4822, .4465} : std::vector{.4931, .4836, .4480};
    const std::vector<double> deviation = whole ? std::vector{.2470, .2435, .2616} : std::vector{.2480, .2444, .2622};
    const wide::ChannelMoments moments = wide::channel_moments(train->images, 3);
    wide::standardize(train->images, moments);
    const wide::ChannelMoments after = wide::channel_moments(train->images, 3);
    for (std::size_t c = 0; c < 3; ++c) {
        CHECK_THAT(moments.mean[c], WithinAbs(mean[c], 5e-5));
        CHECK_THAT(moments.deviation[c], WithinAbs(deviation[c], 5e-5));
        CHECK_THAT(after.mean[c], WithinAbs(0, 1e-6));
        CHECK_THAT(after.deviation[c], WithinAbs(1, 1e-6));
    }
}
