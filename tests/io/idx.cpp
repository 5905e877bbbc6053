#include <wide/io/idx.hpp>

#include <bit>
#include <cmath>
#include <limits>
#include <string>

#include "../catch.hpp"
#include "files.hpp"

using Catch::Matchers::Equals;
using Catch::Matchers::StartsWith;
using test::bytes;
using test::Bytes;
using test::idx_header;
using test::operator+;

namespace {

// Three images of 1 x 2 pixels.
const Bytes images = idx_header(0x08, {3, 1, 2}) + bytes({0, 51, 102, 153, 204, 255});
const Bytes labels = idx_header(0x08, {3}) + bytes({7, 0, 9});

std::string parse_error(const Bytes& file, std::uint64_t offset) {
    const auto refused = test::refusal([&] { (void)wide::parse_idx(file, "made"); });
    REQUIRE(refused);
    CHECK(refused->offset == offset);
    CHECK(refused->path == "made");
    return refused->what();
}

}  // namespace

TEST_CASE("IDX images become one row a sample, divided and limited as asked") {
    const wide::Idx idx = wide::parse_idx(images, "images");
    CHECK(idx.dimensions == std::vector<std::size_t>{3, 1, 2});
    CHECK(idx.type == wide::idx_type::unsigned_byte);
    CHECK(idx.bytes == std::vector<unsigned char>{0, 51, 102, 153, 204, 255});
    CHECK(idx.samples() == 3);
    CHECK(idx.sample_size() == 2);
    CHECK(idx.size() == 6);

    const auto raw = wide::idx_matrix<float>(idx);
    REQUIRE(raw.rows() == 3);
    REQUIRE(raw.cols() == 2);
    CHECK(raw(1, 0) == 102.0f);
    CHECK(raw(2, 1) == 255.0f);

    const auto scaled = wide::idx_matrix<double>(idx, {.divisor = 255, .limit = 2});
    REQUIRE(scaled.rows() == 2);
    CHECK(scaled(0, 1) == 0.2);
    CHECK(scaled(1, 1) == 0.6);

    CHECK(wide::idx_matrix<float>(idx, {.limit = 0}).rows() == 0);
    CHECK(wide::idx_matrix<float>(idx, {.limit = 99}).rows() == 3);
}

TEST_CASE("every byte divided by 255 is the quotient rounded once") {
    Bytes file = idx_header(0x08, {256});
    for (unsigned value = 0; value < 256; ++value) file.push_back(static_cast<std::byte>(value));
    const auto single = wide::idx_matrix<float>(wide::parse_idx(file, "bytes"), {.divisor = 255});
    const auto twofold = wide::idx_matrix<double>(wide::parse_idx(file, "bytes"), {.divisor = 255});
    REQUIRE(single.rows() == 256);
    REQUIRE(single.cols() == 1);
    for (std::size_t value = 0; value < 256; ++value) {
        CHECK(single(value, 0) == static_cast<float>(value) / 255.0f);
        CHECK(twofold(value, 0) == static_cast<double>(value) / 255.0);
    }
}

TEST_CASE("every type of the format is read, big-endian and signed as it says") {
    const auto read = [](unsigned type, const Bytes& element) {
        const auto matrix = wide::idx_matrix<double>(wide::parse_idx(idx_header(type, {1}) + element, "one"));
        REQUIRE(matrix.size() == 1);
        return matrix(0, 0);
    };
    CHECK(read(0x08, bytes({0xFE})) == 254);
    CHECK(read(0x09, bytes({0xFE})) == -2);
    CHECK(read(0x0B, bytes({0x01, 0x02})) == 258);
    CHECK(read(0x0B, bytes({0xFF, 0xFE})) == -2);
    CHECK(read(0x0C, bytes({0x01, 0x02, 0x03, 0x04})) == 16909060);
    CHECK(read(0x0C, bytes({0x80, 0, 0, 0})) == -2147483648.0);
    CHECK(read(0x0D, bytes({0xC0, 0x20, 0, 0})) == -2.5);
    CHECK(read(0x0E, bytes({0xC0, 0x04, 0, 0, 0, 0, 0, 0})) == -2.5);
    CHECK(read(0x0E, bytes({0x40, 0x09, 0x21, 0xFB, 0x54, 0x44, 0x2D, 0x18})) == 3.141592653589793);
    CHECK(std::isnan(read(0x0D, bytes({0x7F, 0xC0, 0, 0}))));
    CHECK(read(0x0D, bytes({0x7F, 0x80, 0, 0})) == std::numeric_limits<double>::infinity());

    const auto quotient = wide::idx_matrix<float>(
        wide::parse_idx(idx_header(0x0B, {2, 2}) + bytes({0, 1, 0, 2, 0xFF, 0xFF, 0, 4}), "short"), {.divisor = 4});
    CHECK(quotient(0, 1) == 0.5f);
    CHECK(quotient(1, 0) == -0.25f);
    CHECK(quotient(1, 1) == 1.0f);
}

TEST_CASE("labels are integers in one dimension") {
    CHECK(wide::idx_labels(wide::parse_idx(labels, "labels")) == std::vector{7, 0, 9});
    CHECK(wide::idx_labels(wide::parse_idx(labels, "labels"), 2) == std::vector{7, 0});
    CHECK(wide::idx_labels(wide::parse_idx(idx_header(0x09, {1}) + bytes({0xFF}), "signed")) == std::vector{-1});
    CHECK(wide::idx_labels(wide::parse_idx(idx_header(0x0C, {1}) + bytes({0x80, 0, 0, 0}), "int")) ==
          std::vector{std::numeric_limits<int>::min()});

    const auto rank = test::refusal([] { (void)wide::idx_labels(wide::parse_idx(images, "made")); });
    REQUIRE(rank);
    CHECK_THAT(rank->what(),
               Equals("made: byte 3: labels have one dimension, this array has 3: are these the images?"));
    CHECK(rank->offset == 3);

    const Bytes real = idx_header(0x0D, {1}) + bytes({0x3F, 0x80, 0, 0});
    const auto type = test::refusal([&] { (void)wide::idx_labels(wide::parse_idx(real, "made")); });
    REQUIRE(type);
    CHECK_THAT(type->what(), StartsWith("made: byte 2: labels are integers, these are floating-point numbers"));
}

TEST_CASE("an IDX file is read plain and gzip, by its bytes") {
    const test::Directory directory;
    for (const std::string& path :
         {directory.file("plain.gz", images), directory.file("packed", test::gzip(images))}) {
        CHECK(wide::read_idx(path).bytes == wide::parse_idx(images, "images").bytes);
        const auto matrix = wide::idx_matrix<float>(path, {.divisor = 51, .limit = 2});
        REQUIRE(matrix.rows() == 2);
        CHECK(matrix(1, 1) == 3.0f);
    }
    CHECK(wide::idx_labels(directory.file("labels", test::gzip(labels)), 1) == std::vector{7});
    CHECK(test::refusal([&] { (void)wide::read_idx(directory.path() + "/absent"); }));
}

TEST_CASE("an IDX file cut at any byte is refused there, and its error names the file") {
    const test::Directory directory;
    for (std::size_t count = 0; count < images.size(); ++count) {
        INFO("cut to " << count << " bytes");
        const Bytes cut = test::first(images, count);
        CHECK_THAT(parse_error(cut, count), StartsWith("made: byte " + std::to_string(count) + ": truncated IDX "));
        for (const std::string& path : {directory.file("cut", cut), directory.file("cut.gz", test::gzip(cut))}) {
            const auto refused = test::refusal([&] { (void)wide::read_idx(path); });
            REQUIRE(refused);
            CHECK_THAT(refused->what(), StartsWith(path + ": byte " + std::to_string(count) + ": truncated IDX "));
            CHECK(refused->path == path);
        }
    }
}

TEST_CASE("what is wrong in an IDX file is said in a sentence") {
    CHECK_THAT(parse_error({}, 0), Equals("made: byte 0: truncated IDX header, its magic number alone takes 4 bytes: "
                                          "fetch the file again"));
    CHECK_THAT(parse_error(bytes({'P', 'K', 3, 4}), 0),
               Equals("made: byte 0: IDX data begins with two zero bytes, this "
                      "one is 50: check that this is an IDX file"));
    CHECK_THAT(parse_error(bytes({0, 0xAB}), 1),
               Equals("made: byte 1: IDX data begins with two zero bytes, this one is "
                      "AB: check that this is an IDX file"));
    CHECK_THAT(
        parse_error(idx_header(0x0A, {1}) + bytes({1}), 2),
        Equals("made: byte 2: unknown IDX type code 0A (defined are 08, 09, 0B, 0C, 0D, 0E): check that this is "
               "an IDX file"));
    CHECK_THAT(parse_error(idx_header(0x08, {}), 3),
               Equals("made: byte 3: an IDX array of no dimensions holds nothing: check that this is an IDX file"));
    CHECK_THAT(parse_error(bytes({0, 0, 8, 255, 1}), 5),
               Equals("made: byte 5: truncated IDX header, 255 dimensions make "
                      "it 1024 bytes long: fetch the file again"));
    CHECK_THAT(
        parse_error(test::first(images, 20), 20),
        Equals("made: byte 20: truncated IDX data, the sizes promise 6 bytes behind the header and 4 are there: "
               "fetch the file again"));
    CHECK_THAT(
        parse_error(images + bytes({1, 2, 3}), 22),
        Equals("made: byte 22: 3 bytes more than the 6 that the sizes promise: fetch the file again, or cut them "
               "off"));
}

TEST_CASE("no type code passes but the format's six") {
    std::size_t accepted = 0;
    for (unsigned code = 0; code < 256; ++code) {
        const std::size_t width = wide::idx_element_size(static_cast<wide::idx_type>(code));
        const Bytes file = idx_header(code, {1}) + Bytes(width);
        if (width == 0) CHECK_THAT(parse_error(file, 2), StartsWith("made: byte 2: unknown IDX type code "));
        else accepted += wide::parse_idx(file, "made").size();
    }
    CHECK(accepted == 6);
}

TEST_CASE("sizes that promise more than there is are refused, and nothing is allocated for them") {
    constexpr std::uint32_t most = 0xFFFFFFFF;
    CHECK_THAT(parse_error(idx_header(0x08, {most, most}), 12),
               StartsWith("made: byte 12: truncated IDX data, the sizes promise 18446744065119617025 bytes"));
    CHECK_THAT(
        parse_error(idx_header(0x0E, {most, most}), 8),
        Equals("made: byte 8: the sizes up to dimension 1 multiply to more bytes than can be addressed: check that "
               "this is an IDX file"));
    CHECK_THAT(parse_error(idx_header(0x08, {most, most, most}), 12),
               StartsWith("made: byte 12: the sizes up to dimension 2 multiply to more bytes"));
    CHECK_THAT(parse_error(idx_header(0x08, {0, most, most, most}), 16),
               StartsWith("made: byte 16: the sizes up to dimension 3 multiply to more bytes"));
}

TEST_CASE("an array of no samples, or of empty samples, is legal") {
    const auto none = wide::idx_matrix<float>(wide::parse_idx(idx_header(0x08, {0, 28, 28}), "none"));
    CHECK(none.rows() == 0);
    CHECK(none.cols() == 784);
    const auto empty = wide::idx_matrix<float>(wide::parse_idx(idx_header(0x08, {0xFFFFFFFF, 0}), "empty"));
    CHECK(empty.rows() == 0xFFFFFFFF);
    CHECK(empty.cols() == 0);
    CHECK(wide::idx_labels(wide::parse_idx(idx_header(0x08, {0}), "none")).empty());
}

TEST_CASE("a divisor that would make NaN or nothing of the data is refused") {
    const wide::Idx idx = wide::parse_idx(images, "images");
    constexpr double infinity = std::numeric_limits<double>::infinity();
    for (const double divisor : {0.0, -0.0, infinity, -infinity, std::numeric_limits<double>::quiet_NaN()})
        CHECK_THROWS_AS(wide::idx_matrix<float>(idx, {.divisor = divisor}), wide::error);
    CHECK(wide::idx_matrix<float>(idx, {.divisor = -51})(0, 1) == -1.0f);
}
