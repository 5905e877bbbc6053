#include <wide/io/mnist.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../skipped.hpp"
#include "files.hpp"

using Catch::Matchers::StartsWith;
using test::bytes;
using test::idx_header;
using test::operator+;

namespace {

/// How many labels each of the ten classes has; a label outside them counts in no class.
std::vector<std::ptrdiff_t> class_counts(const std::vector<int>& labels) {
    std::vector<std::ptrdiff_t> counts;
    for (int label = 0; label < 10; ++label) counts.push_back(std::count(labels.begin(), labels.end(), label));
    return counts;
}

/// Smallest and largest pixel.
template <class T>
std::pair<T, T> range(const wide::Matrix<T>& images) {
    const auto [low, high] = std::minmax_element(images.data(), images.data() + images.size());
    return {*low, *high};
}

}  // namespace

TEST_CASE("Fashion-MNIST's training images: 60000 x 784, 6000 of each class") {
    const auto train = wide::fashion_mnist(wide::data_split::train);
    if (!train) {
        skipped(wide::missing_fashion_mnist(wide::data_split::train));
        return;
    }
    CHECK(train->images.rows() == 60000);
    CHECK(train->images.cols() == 784);
    CHECK(class_counts(train->labels) == std::vector<std::ptrdiff_t>(10, 6000));
    CHECK(range(train->images) == std::pair{0.0f, 1.0f});

    const auto first = wide::fashion_mnist<double>(wide::data_split::train, "", 100);
    REQUIRE(first);
    REQUIRE(first->images.rows() == 100);
    CHECK(std::equal(first->labels.begin(), first->labels.end(), train->labels.begin()));
    CHECK(std::equal(first->images.data(), first->images.data() + 78400, train->images.data(),
                     [](double exact, float rounded) { return static_cast<float>(exact) == rounded; }));
}

TEST_CASE("Fashion-MNIST's test images: 10000 x 784, 1000 of each class") {
    const auto part = wide::fashion_mnist(wide::data_split::test);
    if (!part) {
        skipped(wide::missing_fashion_mnist(wide::data_split::test));
        return;
    }
    CHECK(part->images.rows() == 10000);
    CHECK(part->images.cols() == 784);
    CHECK(class_counts(part->labels) == std::vector<std::ptrdiff_t>(10, 1000));
    CHECK(range(part->images) == std::pair{0.0f, 1.0f});
}

TEST_CASE("MNIST's test images: 10000 x 784, classes as published") {
    const auto part = wide::mnist(wide::data_split::test);
    if (!part) {
        skipped(wide::missing_mnist(wide::data_split::test));
        return;
    }
    CHECK(part->images.rows() == 10000);
    CHECK(part->images.cols() == 784);
    CHECK(class_counts(part->labels) ==
          std::vector<std::ptrdiff_t>{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009});
    CHECK(range(part->images) == std::pair{0.0f, 1.0f});
}

TEST_CASE("a split is read from the directory given, and is absent while one of its files is") {
    const test::Directory given;
    const std::string folder = "made-by-this-test";
    const auto find = [&] { return wide::find_mnist<float>(folder, wide::data_split::test, given.path(), 2); };
    (void)given.file(folder + "/t10k-images-idx3-ubyte.gz",
                     test::gzip(idx_header(0x08, {3, 1, 2}) + bytes({0, 51, 102, 153, 204, 255})));
    CHECK(!find());
    CHECK_THAT(wide::missing_data(wide::mnist_files(folder, wide::data_split::test), given.path()),
               StartsWith("data not found: put made-by-this-test/t10k-labels-idx1-ubyte.gz into one of"));
    (void)given.file(folder + "/t10k-labels-idx1-ubyte", idx_header(0x08, {3}) + bytes({7, 0, 9}));
    const auto found = find();
    REQUIRE(found);
    CHECK(found->images.rows() == 2);
    CHECK(found->images(1, 1) == 0.6f);
    CHECK(found->labels == std::vector{7, 0});
}

TEST_CASE("each split has the publishers' file names") {
    using Files = std::vector<std::string>;
    CHECK(wide::mnist_files("mnist", wide::data_split::train) ==
          Files{"mnist/train-images-idx3-ubyte.gz", "mnist/train-labels-idx1-ubyte.gz"});
    CHECK(wide::mnist_files("fashion-mnist", wide::data_split::test) ==
          Files{"fashion-mnist/t10k-images-idx3-ubyte.gz", "fashion-mnist/t10k-labels-idx1-ubyte.gz"});
}
