#include <wide/io/cifar.hpp>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <wide/kernel/rows.hpp>

#include "../catch.hpp"
#include "../skipped.hpp"
#include "files.hpp"

using Catch::Matchers::Equals;
using Catch::Matchers::StartsWith;
using test::bytes;
using test::Bytes;
using test::operator+;

namespace {

constexpr std::size_t record_size = 3073, side = 32;

/// A pixel that tells image, place and channel apart from their neighbours.
unsigned pixel(unsigned image, std::size_t y, std::size_t x, std::size_t channel) {
    return static_cast<unsigned>(17 * image + 31 * y + 7 * x + 101 * channel) & 255;
}

/// A record as the format says: its label, then plane by plane, each row by row.
Bytes record(unsigned label, unsigned image) {
    Bytes made = bytes({label});
    for (std::size_t channel = 0; channel < 3; ++channel)
        for (std::size_t y = 0; y < side; ++y)
            for (std::size_t x = 0; x < side; ++x)
                made.push_back(static_cast<std::byte>(pixel(image, y, x, channel)));
    return made;
}

const Bytes batch = record(7, 0) + record(0, 1) + record(9, 2);

/// How many elements of row i are not image `image`'s, divided by `divisor`.
template <class T>
std::size_t wrong_pixels(const wide::Matrix<T>& images, std::size_t i, unsigned image, double divisor = 255) {
    std::size_t wrong = 0;
    for (std::size_t y = 0; y < side; ++y)
        for (std::size_t x = 0; x < side; ++x)
            for (std::size_t channel = 0; channel < 3; ++channel)
                wrong +=
                    images(i, (y * side + x) * 3 + channel) != static_cast<T>(pixel(image, y, x, channel) / divisor);
    return wrong;
}

std::string parse_error(const Bytes& file, std::uint64_t offset) {
    const auto refused = test::refusal([&] { (void)wide::parse_cifar10(file, "made"); });
    REQUIRE(refused);
    CHECK(refused->offset == offset);
    CHECK(refused->path == "made");
    return refused->what();
}

/// Training batches 1 ... 5 in a folder, batch b of one record with label b.
void write_training_set(const test::Directory& directory, const std::string& folder) {
    for (unsigned b = 1; b <= 5; ++b)
        (void)directory.file(folder + "/data_batch_" + std::to_string(b) + ".bin", record(b, b));
}

/// WIDE_DATA as a test wants it, and as it was afterwards.
class WideData {
public:
    explicit WideData(const std::string& value) {
        if (const char* const set = std::getenv("WIDE_DATA")) before_ = set;
        ::setenv("WIDE_DATA", value.c_str(), 1);
    }
    ~WideData() {
        if (before_) ::setenv("WIDE_DATA", before_->c_str(), 1);
        else ::unsetenv("WIDE_DATA");
    }
    WideData(const WideData&) = delete;
    WideData& operator=(const WideData&) = delete;

private:
    std::optional<std::string> before_;
};

/// How many labels each of the ten classes has; a label outside them counts in no class.
std::vector<std::ptrdiff_t> class_counts(const std::vector<int>& labels) {
    std::vector<std::ptrdiff_t> counts;
    for (int label = 0; label < 10; ++label) counts.push_back(std::count(labels.begin(), labels.end(), label));
    return counts;
}

}  // namespace

TEST_CASE("CIFAR-10's planes become one row an image, its channels side by side") {
    const wide::Cifar10 parsed = wide::parse_cifar10(batch, "batch");
    CHECK(parsed.labels == std::vector{7, 0, 9});
    CHECK(parsed.images.name == "batch");
    CHECK(parsed.images.dimensions == std::vector<std::size_t>{3, 32, 32, 3});
    CHECK(parsed.images.type == wide::idx_type::unsigned_byte);
    const auto raw = wide::idx_matrix<float>(parsed.images);
    REQUIRE(raw.rows() == 3);
    REQUIRE(raw.cols() == 3072);
    for (unsigned i = 0; i < 3; ++i) CHECK(wrong_pixels(raw, i, i, 1) == 0);
    // In words, lest the test and the reader err alike: red, green, blue of the first pixel, the red of its right
    // neighbour, and, a line of 32 pixels further on, the red below it.
    const auto byte = [](std::size_t at) { return static_cast<float>(std::to_integer<int>(batch[at])); };
    CHECK(raw(0, 0) == byte(1));
    CHECK(raw(0, 1) == byte(1 + 1024));
    CHECK(raw(0, 2) == byte(1 + 2048));
    CHECK(raw(0, 3) == byte(2));
    CHECK(raw(0, 96) == byte(33));
}

TEST_CASE("a CIFAR-10 batch is read plain and gzip, pixels in [0, 1]") {
    const test::Directory directory;
    for (const std::string& path :
         {directory.file("plain.bin", batch), directory.file("packed.bin", test::gzip(batch))}) {
        const auto [images, labels] = wide::read_cifar10<double>(path);
        CHECK(labels == std::vector{7, 0, 9});
        REQUIRE(images.rows() == 3);
        for (unsigned i = 0; i < 3; ++i) CHECK(wrong_pixels(images, i, i) == 0);
    }
    CHECK(test::refusal([&] { (void)wide::read_cifar10<float>(directory.path() + "/absent"); }));
}

TEST_CASE("rows of CIFAR-10 images are what Image<32, 32, 3> says") {
    const test::Directory directory;
    const auto read = wide::read_cifar10<float>(directory.file("batch.bin", batch));
    const auto images = wide::rows<wide::Image<32, 32, 3>>(read.images);
    CHECK(images.count == 3);
    CHECK(images.width == 3072);
    CHECK(images.data == read.images.data());
    CHECK_THROWS_AS((wide::rows<wide::Image<32, 32, 1>>(read.images)), wide::shape_mismatch);
}

TEST_CASE("CIFAR-10 images are divided and limited as asked, and so are the labels") {
    const test::Directory directory;
    const std::string path = directory.file("batch.bin", batch);
    const auto some = wide::read_cifar10<float>(path, 2, 51);
    CHECK(some.labels == std::vector{7, 0});
    REQUIRE(some.images.rows() == 2);
    CHECK(wrong_pixels(some.images, 1, 1, 51) == 0);
    const auto none = wide::read_cifar10<float>(path, 0);
    CHECK(none.labels.empty());
    CHECK(none.images.rows() == 0);
    CHECK(none.images.cols() == 3072);
    const auto all = wide::read_cifar10<float>(path, 99);
    CHECK(all.labels.size() == 3);
    CHECK(all.images.rows() == 3);
    for (const double divisor : {0.0, std::numeric_limits<double>::infinity()})
        CHECK_THROWS_AS(wide::read_cifar10<float>(path, 2, divisor), wide::error);
}

TEST_CASE("CIFAR-10 batches are joined in order, and those behind the limit are not read") {
    const test::Directory directory;
    const std::string one = directory.file("one.bin", record(7, 0) + record(0, 1)),
                      two = directory.file("two.bin", test::gzip(record(9, 2))),
                      absent = directory.path() + "/absent";
    const auto all = wide::read_cifar10_batches<float>({one, two});
    CHECK(all.labels == std::vector{7, 0, 9});
    REQUIRE(all.images.rows() == 3);
    for (unsigned i = 0; i < 3; ++i) CHECK(wrong_pixels(all.images, i, i) == 0);

    const auto turned = wide::read_cifar10_batches<float>({two, one}, 2);
    CHECK(turned.labels == std::vector{9, 7});
    REQUIRE(turned.images.rows() == 2);
    CHECK(wrong_pixels(turned.images, 0, 2) == 0);
    CHECK(wrong_pixels(turned.images, 1, 0) == 0);

    CHECK(wide::read_cifar10_batches<float>({one, absent}, 2).labels == std::vector{7, 0});
    const auto refused = test::refusal([&] { (void)wide::read_cifar10_batches<float>({one, absent}, 3); });
    REQUIRE(refused);
    CHECK(refused->path == absent);
    CHECK(wide::read_cifar10_batches<float>({}).images.rows() == 0);
}

TEST_CASE("a CIFAR-10 batch cut at any byte but between records is refused there") {
    const Bytes two = record(1, 0) + record(2, 1);
    std::size_t whole = 0;
    for (std::size_t count = 1; count <= two.size(); ++count) {
        const auto refused = test::refusal([&] { (void)wide::parse_cifar10(test::first(two, count), "cut"); });
        if (!refused) whole += count;
        else if (refused->offset != count || refused->path != "cut")
            FAIL("cut to " << count << ": " << refused->what());
    }
    CHECK(whole == record_size + 2 * record_size);
}

TEST_CASE("what is wrong in a CIFAR-10 batch is said in a sentence") {
    CHECK_THAT(parse_error({}, 0), Equals("made: byte 0: an empty file, a CIFAR-10 batch has at least one record of "
                                          "3073 bytes: fetch the file again"));
    CHECK_THAT(parse_error(test::first(batch, 2 * record_size + 927), 7073),
               Equals("made: byte 7073: truncated CIFAR-10 batch, whole records of 3073 bytes: 2, then 927 bytes of "
                      "one that is cut off: fetch the file again"));
    CHECK_THAT(parse_error(bytes({9}), 1), StartsWith("made: byte 1: truncated CIFAR-10 batch, whole records of 3073 "
                                                      "bytes: 0, then 1 bytes of one"));
    CHECK_THAT(parse_error(record(0, 0) + record(10, 0), 3073),
               Equals("made: byte 3073: label 10, but the classes of CIFAR-10 are 0 to 9: check that this is a batch "
                      "of its binary version, unpacked from the archive"));
    // The archive begins with the name of its folder; its length is no whole number of records either.
    CHECK_THAT(parse_error(bytes({'c', 'i', 'f', 'a', 'r'}), 0), StartsWith("made: byte 0: label 99, but "));
    // The label of a record that is cut off counts, too.
    CHECK_THAT(parse_error(record(0, 0) + bytes({255}), 3073), StartsWith("made: byte 3073: label 255, but "));
}

TEST_CASE("no label passes but CIFAR-10's ten") {
    Bytes file = batch;
    std::vector<int> passed;
    for (unsigned label = 0; label < 256; ++label) {
        file[record_size] = static_cast<std::byte>(label);
        const auto refused = test::refusal([&] { passed.push_back(wide::parse_cifar10(file, "made").labels[1]); });
        if (refused) CHECK(refused->offset == record_size);
    }
    CHECK(passed == std::vector{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
}

TEST_CASE("a broken CIFAR-10 batch is named, whatever the limit") {
    const test::Directory directory;
    const Bytes cut = test::first(batch, 2 * record_size + 1);
    for (const std::string& path : {directory.file("cut.bin", cut), directory.file("cut.bin.gz", test::gzip(cut))}) {
        const auto refused = test::refusal([&] { (void)wide::read_cifar10<float>(path, 1); });
        REQUIRE(refused);
        CHECK_THAT(refused->what(), StartsWith(path + ": byte 6147: truncated CIFAR-10 batch, whole records of 3073 "
                                                      "bytes: 2, then 1 bytes"));
        CHECK(refused->path == path);
        CHECK(refused->offset == 6147);
    }
}

TEST_CASE("CIFAR-10 is read from the directory given, under either name of its folder") {
    for (const std::string folder : {"cifar10", "cifar-10-batches-bin"}) {
        const test::Directory given;
        write_training_set(given, folder);
        (void)given.file(folder + "/test_batch.bin", batch);
        const auto train = wide::cifar10(wide::data_split::train, given.path());
        REQUIRE(train);
        CHECK(train->labels == std::vector{1, 2, 3, 4, 5});
        REQUIRE(train->images.rows() == 5);
        for (unsigned i = 0; i < 5; ++i) CHECK(wrong_pixels(train->images, i, i + 1) == 0);
        const auto part = wide::cifar10<double>(wide::data_split::test, given.path(), 2);
        REQUIRE(part);
        CHECK(part->labels == std::vector{7, 0});
        CHECK(wrong_pixels(part->images, 1, 1) == 0);
        CHECK(wide::missing_cifar10(wide::data_split::train, given.path()).empty());
    }
}

TEST_CASE("CIFAR-10's batches come from one folder, the first that has them all") {
    const test::Directory given, environment;
    const WideData set{environment.path()};
    const std::vector<std::string> folders{"made-by-this-test", "its-other-name"};
    const auto find = [&] { return wide::find_cifar10(wide::data_split::train, given.path(), folders); };
    const auto in = [](const std::string& folder) { return wide::cifar10_files(folder, wide::data_split::train); };

    CHECK(!find());
    write_training_set(environment, folders[1]);
    CHECK(find() == in(environment.path() + "/" + folders[1]));
    write_training_set(environment, folders[0]);
    CHECK(find() == in(environment.path() + "/" + folders[0]));
    // Incomplete: passed over, not filled up from elsewhere.
    (void)given.file(folders[0] + "/data_batch_1.bin", batch);
    CHECK(find() == in(environment.path() + "/" + folders[0]));
    // The directory given goes before all others, whatever its folder's name.
    write_training_set(given, folders[1]);
    CHECK(find() == in(given.path() + "/" + folders[1]));
}

TEST_CASE("what is missing of CIFAR-10 is said, only what is missing, with its source") {
    const test::Directory given, environment;
    const WideData set{environment.path()};
    const std::vector<std::string> folders{"made-by-this-test", "its-other-name"};
    const auto missing = [&] { return wide::missing_cifar10(wide::data_split::train, given.path(), folders); };
    for (const unsigned b : {1u, 2u, 4u})
        (void)given.file("made-by-this-test/data_batch_" + std::to_string(b) + ".bin", record(b, b));
    CHECK_THAT(
        missing(),
        StartsWith("data not found: put made-by-this-test/data_batch_3.bin, made-by-this-test/data_batch_5.bin "
                   "(official: https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz; its folder "
                   "cifar-10-batches-bin will do) into one of these directories: " +
                   given.path() + ", " + environment.path() + ", "));
    for (const unsigned b : {3u, 5u})
        (void)environment.file("made-by-this-test/data_batch_" + std::to_string(b) + ".bin", record(b, b));
    CHECK(!wide::find_cifar10(wide::data_split::train, given.path(), folders));
    CHECK_THAT(missing(),
               Equals("data not found: made-by-this-test/data_batch_1.bin to "
                      "made-by-this-test/data_batch_5.bin are there, but in different directories: put all "
                      "of them into one"));
    write_training_set(given, folders[0]);
    CHECK(missing().empty());
}

TEST_CASE("each split of CIFAR-10 has its publisher's file names") {
    using Files = std::vector<std::string>;
    CHECK(wide::cifar10_files("cifar10", wide::data_split::train) ==
          Files{"cifar10/data_batch_1.bin", "cifar10/data_batch_2.bin", "cifar10/data_batch_3.bin",
                "cifar10/data_batch_4.bin", "cifar10/data_batch_5.bin"});
    CHECK(wide::cifar10_files("cifar-10-batches-bin", wide::data_split::test) ==
          Files{"cifar-10-batches-bin/test_batch.bin"});
    CHECK(wide::cifar10_folders() == Files{"cifar10", "cifar-10-batches-bin"});
}

// All of it, or the first 932 images of each batch.
TEST_CASE("CIFAR-10's training images: the first ones, and how many of each class") {
    const auto train = wide::cifar10(wide::data_split::train);
    if (!train) {
        skipped(wide::missing_cifar10(wide::data_split::train));
        return;
    }
    const bool whole = train->images.rows() == 50000;
    CHECK(train->images.rows() == (whole ? 50000 : 4660));
    CHECK(train->images.cols() == 3072);
    CHECK(class_counts(train->labels) ==
          (whole ? std::vector<std::ptrdiff_t>(10, 5000)
                 : std::vector<std::ptrdiff_t>{479, 479, 444, 448, 489, 435, 464, 477, 481, 464}));
    REQUIRE(train->labels.size() >= 5);
    CHECK(std::vector(train->labels.begin(), train->labels.begin() + 5) == std::vector{6, 9, 9, 4, 1});
    const std::vector<float> frog{59, 62, 63, 43, 46, 45};
    for (std::size_t k = 0; k < frog.size(); ++k) CHECK(train->images(0, k) == frog[k] / 255);
    const auto [low, high] = std::minmax_element(train->images.data(), train->images.data() + train->images.size());
    CHECK(std::pair{*low, *high} == std::pair{0.0f, 1.0f});

    const auto first = wide::cifar10<double>(wide::data_split::train, "", 1000);
    REQUIRE(first);
    REQUIRE(first->images.rows() == 1000);
    REQUIRE(first->labels.size() == 1000);
    CHECK(std::equal(first->labels.begin(), first->labels.end(), train->labels.begin()));
    CHECK(std::equal(first->images.data(), first->images.data() + first->images.size(), train->images.data(),
                     [](double exact, float rounded) { return static_cast<float>(exact) == rounded; }));
}

TEST_CASE("CIFAR-10's test images: the first ones, and how many of each class") {
    const auto part = wide::cifar10(wide::data_split::test);
    if (!part) {
        skipped(wide::missing_cifar10(wide::data_split::test));
        return;
    }
    const bool whole = part->images.rows() == 10000;
    CHECK(part->images.rows() == (whole ? 10000 : 932));
    CHECK(part->images.cols() == 3072);
    CHECK(class_counts(part->labels) ==
          (whole ? std::vector<std::ptrdiff_t>(10, 1000)
                 : std::vector<std::ptrdiff_t>{97, 78, 94, 95, 85, 84, 105, 96, 98, 100}));
    REQUIRE(part->labels.size() >= 5);
    CHECK(std::vector(part->labels.begin(), part->labels.begin() + 5) == std::vector{3, 8, 8, 0, 6});
    const std::vector<float> cat{158, 112, 49, 159, 111, 47};
    for (std::size_t k = 0; k < cat.size(); ++k) CHECK(part->images(0, k) == cat[k] / 255);
}
