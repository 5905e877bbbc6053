#include <wide/io/xz.hpp>

#include <string>

#include "../catch.hpp"
#include "archives.hpp"

using test::bytes;
using test::Bytes;
using test::first;
using test::xz;
using test::operator+;

TEST_CASE("what was packed is unpacked, whatever its size; streams follow one another") {
    for (const std::size_t size : {0u, 1u, 65535u, 65536u, 65537u, 300000u}) {
        Bytes plain(size);
        for (std::size_t k = 0; k < size; ++k) plain[k] = static_cast<std::byte>(k * k >> 3);
        CHECK(wide::is_xz(xz(plain)));
        CHECK(wide::unxz(xz(plain), "it") == plain);
        CHECK(wide::unxz(xz(plain) + xz(plain), "it") == plain + plain);
    }
    CHECK(!wide::is_xz(test::gzip(bytes({1, 2, 3}))));
    CHECK(!wide::is_xz(Bytes{}));
}

TEST_CASE("whatever is cut off, changed or added is refused") {
    Bytes plain(1000);
    for (std::size_t k = 0; k < plain.size(); ++k) plain[k] = static_cast<std::byte>(k * k >> 3);
    const Bytes packed = xz(plain);
    for (std::size_t length = 0; length < packed.size(); ++length) {
        const auto refused = test::refusal([&] { (void)wide::unxz(first(packed, length), "it"); });
        REQUIRE(refused);
        REQUIRE(refused->path == "it");
    }
    CHECK(test::refusal([&] { (void)wide::unxz(packed + bytes({1}), "it"); }));
    for (std::size_t at = 0; at < packed.size(); ++at) {
        Bytes changed = packed;
        changed[at] ^= std::byte{4};
        REQUIRE(test::refusal([&] { (void)wide::unxz(changed, "it"); }));
    }
}

TEST_CASE("no more is unpacked than is allowed") {
    const Bytes zeros(1'000'000);
    CHECK(wide::unxz(xz(zeros), "it", 1'000'000).size() == 1'000'000);
    const auto refused = test::refusal([&] { (void)wide::unxz(xz(zeros), "it", 999'999); });
    REQUIRE(refused);
    CHECK(std::string{refused->what()}.find("more than the 999999 bytes allowed") != std::string::npos);
}
