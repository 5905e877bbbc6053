#include <wide/io/gzip.hpp>

#include <string>

#include "../catch.hpp"
#include "files.hpp"

using Catch::Matchers::Equals;
using Catch::Matchers::StartsWith;
using test::bytes;
using test::Bytes;
using test::operator+;

namespace {

// Long enough for several steps of the decompressor, and not compressible to almost nothing.
Bytes noise(std::size_t count) {
    Bytes made;
    std::uint32_t state = 1;
    while (made.size() < count) {
        state = state * 1664525 + 1013904223;
        made.push_back(static_cast<std::byte>(state >> 24));
    }
    return made;
}

}  // namespace

TEST_CASE("gunzip returns what was compressed, of any length") {
    for (const std::size_t count : {0u, 1u, 65535u, 65536u, 65537u, 300000u}) {
        const Bytes plain = noise(count);
        CHECK(wide::gunzip(test::gzip(plain), "noise") == plain);
    }
}

TEST_CASE("gunzip joins the members of a file, empty ones too") {
    const Bytes packed = test::gzip(noise(70000)) + test::gzip({}) + test::gzip(bytes({1, 2, 3}));
    CHECK(wide::gunzip(packed, "members") == noise(70000) + bytes({1, 2, 3}));
}

TEST_CASE("gzip data cut at any byte is refused as truncated") {
    const Bytes packed = test::gzip(bytes({10, 20, 30, 40, 50}));
    for (std::size_t count = 0; count < packed.size(); ++count) {
        INFO("cut to " << count << " bytes");
        const auto refused = test::refusal([&] { (void)wide::gunzip(test::first(packed, count), "cut.gz"); });
        REQUIRE(refused);
        CHECK_THAT(refused->what(),
                   StartsWith("cut.gz: truncated gzip data, it breaks off at byte " + std::to_string(count) + " ("));
        CHECK(refused->path == "cut.gz");
        CHECK(refused->offset <= 5);
    }
}

TEST_CASE("a wrong checksum is refused, with the place of it") {
    Bytes packed = test::gzip(bytes({10, 20, 30, 40, 50}));
    const std::size_t checksum = packed.size() - 8;
    packed[checksum] ^= std::byte{1};
    const auto refused = test::refusal([&] { (void)wide::gunzip(packed, "flipped.gz"); });
    REQUIRE(refused);
    CHECK_THAT(refused->what(), StartsWith("flipped.gz: corrupt gzip data before byte "));
    CHECK_THAT(refused->what(), Catch::Matchers::EndsWith(
                                    " (5 bytes decompressed by then), zlib says 'incorrect data check': fetch the "
                                    "file again"));
    CHECK(refused->offset == 5);
}

TEST_CASE("no flipped bit of gzip data passes for other content") {
    const Bytes plain = bytes({10, 20, 30, 40, 50}), packed = test::gzip(plain);
    std::size_t refusals = 0;
    for (std::size_t bit = 0; bit < 8 * packed.size(); ++bit) {
        Bytes flipped = packed;
        flipped[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
        INFO("bit " << bit);
        Bytes content;
        if (test::refusal([&] { content = wide::gunzip(flipped, "flipped.gz"); })) ++refusals;
        else CHECK(content == plain);
    }
    // Not covered by the checksum, and not content: the ten bytes of the header, the bits that fill the last byte.
    CHECK(refusals >= 8 * (packed.size() - 10) - 7);
}

TEST_CASE("bytes behind gzip data are refused") {
    const Bytes packed = test::gzip(bytes({10, 20, 30}));
    for (const Bytes& tail : {bytes({0}), bytes({0x1f}), bytes({'P', 'K', 3})}) {
        const auto refused = test::refusal([&] { (void)wide::gunzip(packed + tail, "tail.gz"); });
        REQUIRE(refused);
        CHECK_THAT(refused->what(), Equals("tail.gz: " + std::to_string(tail.size()) +
                                           " bytes that are not gzip follow the gzip data, from byte " +
                                           std::to_string(packed.size()) +
                                           " (3 bytes decompressed by then): fetch the file again, or cut them off"));
        CHECK(refused->offset == 3);
    }
}

TEST_CASE("decompression stops at the limit, exactly") {
    const Bytes zeros(1 << 20), bomb = test::gzip(zeros);
    REQUIRE(bomb.size() < 2000);
    CHECK(wide::gunzip(bomb, "bomb.gz", zeros.size()) == zeros);
    const auto refused = test::refusal([&] { (void)wide::gunzip(bomb, "bomb.gz", zeros.size() - 1); });
    REQUIRE(refused);
    CHECK_THAT(refused->what(), Equals("bomb.gz: decompresses to more than the 1048575 bytes allowed: allow more if "
                                       "this file is meant to be that large"));
    CHECK(test::refusal([&] { (void)wide::gunzip(bomb, "bomb.gz", 0); }));
    CHECK(wide::gunzip(test::gzip({}), "empty.gz", 0).empty());
}
