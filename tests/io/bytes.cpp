#include <wide/io/bytes.hpp>

#include <filesystem>

#include "../catch.hpp"
#include "../skipped.hpp"
#include "files.hpp"

using Catch::Matchers::Equals;
using Catch::Matchers::StartsWith;
using test::bytes;
using test::Bytes;

TEST_CASE("a file is decompressed by its first bytes, whatever its name") {
    const test::Directory directory;
    const Bytes plain = bytes({1, 2, 3, 4});
    CHECK(wide::read_bytes(directory.file("plain", plain)) == plain);
    CHECK(wide::read_bytes(directory.file("plain.gz", plain)) == plain);
    CHECK(wide::read_bytes(directory.file("packed", test::gzip(plain))) == plain);
    CHECK(wide::read_bytes(directory.file("packed.gz", test::gzip(plain))) == plain);
    CHECK(wide::read_raw_bytes(directory.file("packed.gz", test::gzip(plain))) == test::gzip(plain));
}

TEST_CASE("files of no byte, of half a magic number, and around the reading step") {
    const test::Directory directory;
    for (const std::size_t count : {0u, 1u, 65535u, 65536u, 65537u, 200000u}) {
        const Bytes content(count, std::byte{0x1f});
        CHECK(wide::read_bytes(directory.file("content", content)) == content);
    }
}

TEST_CASE("a file that is absent, or is a directory, is refused and says so") {
    const test::Directory directory;
    const std::string absent = directory.path() + "/absent";
    const auto refused = test::refusal([&] { (void)wide::read_bytes(absent); });
    REQUIRE(refused);
    CHECK_THAT(refused->what(),
               Equals(absent + ": cannot be opened (No such file or directory): check the path and its "
                               "permissions"));
    CHECK(refused->path == absent);
    CHECK(refused->offset == 0);

    const auto folder = test::refusal([&] { (void)wide::read_bytes(directory.path()); });
    REQUIRE(folder);
    CHECK_THAT(folder->what(), StartsWith(directory.path() + ": cannot be "));
}

TEST_CASE("a file that may not be read is refused and says so") {
    const test::Directory directory;
    const std::string path = directory.file("locked", bytes({1}));
    std::filesystem::permissions(path, std::filesystem::perms::none);
    if (std::ifstream{path}) {
        skipped("this user (root?) may read every file, so none can be locked");
        return;
    }
    const auto refused = test::refusal([&] { (void)wide::read_bytes(path); });
    REQUIRE(refused);
    CHECK_THAT(refused->what(), StartsWith(path + ": cannot be opened (Permission denied)"));
}

TEST_CASE("the limit holds for both forms of a file") {
    const test::Directory directory;
    const std::string plain = directory.file("plain", Bytes(1000)),
                      packed = directory.file("packed", test::gzip(Bytes(1000)));
    CHECK(wide::read_bytes(plain, 1000).size() == 1000);
    CHECK(wide::read_bytes(packed, 1000).size() == 1000);
    const auto large = test::refusal([&] { (void)wide::read_bytes(plain, 999); });
    REQUIRE(large);
    CHECK_THAT(large->what(),
               Equals(plain + ": larger than the 999 bytes allowed: allow more if this file is meant to "
                              "be that large"));
    CHECK(large->offset == 999);
    const auto bomb = test::refusal([&] { (void)wide::read_bytes(packed, 999); });
    REQUIRE(bomb);
    CHECK_THAT(bomb->what(), StartsWith(packed + ": decompresses to more than the 999 bytes allowed"));
}

TEST_CASE("a file without end is read no further than the limit") {
    if (!std::filesystem::exists("/dev/zero")) {
        skipped("no /dev/zero here");
        return;
    }
    CHECK(test::refusal([] { (void)wide::read_bytes("/dev/zero", 1 << 20); }));
}
