#include <wide/io/tar.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "archives.hpp"

using test::Bytes;
using test::first;
using test::tar_entry;
using test::text;
using test::operator+;

namespace {

bool holds(const wide::Tar& archive, const std::string& name, const Bytes& content) {
    return archive.holds(name) && std::ranges::equal(archive.file(name), content);
}

}  // namespace

TEST_CASE("files of every size are found by name; folders and links are passed over") {
    for (const std::size_t size : {0u, 1u, 511u, 512u, 513u, 5000u}) {
        const Bytes large(size, std::byte{7});
        const wide::Tar archive(tar_entry("a/", {}, '5') + tar_entry("a/large", large) + tar_entry("a/link", {}, '2') +
                                    tar_entry("small", text("x")) + tar_entry("deep", text("y"), '0', "far/away") + Bytes(1024),
                                "it");
        CHECK(archive.names() == std::vector<std::string>{"a/large", "far/away/deep", "small"});
        CHECK(holds(archive, "a/large", large));
        CHECK(holds(archive, "small", text("x")));
        CHECK(holds(archive, "far/away/deep", text("y")));
        CHECK(!archive.holds("a/link"));
        const auto refused = test::refusal([&] { (void)archive.file("other"); });
        REQUIRE(refused);
        CHECK(std::string{refused->what()} == "it: holds no other: check the name, or fetch the archive again");
    }
    CHECK(wide::Tar(Bytes(1024), "it").names().empty());
}

TEST_CASE("plain, gzip and xz are told apart by their bytes") {
    const test::Directory directory;
    const Bytes plain = test::tar({{"a", text("one")}, {"b", text("two")}});
    for (const Bytes& file : {plain, test::gzip(plain), test::xz(plain)}) {
        const std::string path = directory.file("archive", file);
        const wide::Tar archive = wide::read_tar(path);
        CHECK(archive.path() == path);
        CHECK(holds(archive, "b", text("two")));
    }
    CHECK(test::refusal([&] { (void)wide::read_tar(directory.path() + "/none"); }));
}

TEST_CASE("what is no archive, changed or cut off is refused, with the byte") {
    const auto refusal = [](const Bytes& file) { return test::refusal([&] { (void)wide::Tar(file, "it"); }); };
    const Bytes entry = tar_entry("a", Bytes(700, std::byte{1}));
    CHECK(refusal({}));
    CHECK(refusal(text(std::string(2000, 'x'))));
    for (const std::size_t length : {1u, 511u, 512u, 513u, 1211u}) {
        const auto refused = refusal(first(entry, length));
        REQUIRE(refused);
        CHECK(refused->offset == length);
        CHECK(std::string{refused->what()}.find("truncated tar archive") != std::string::npos);
    }
    Bytes changed = entry;
    changed[0] = std::byte{'b'};
    const auto refused = refusal(changed);
    REQUIRE(refused);
    CHECK(refused->offset == 148);
}
