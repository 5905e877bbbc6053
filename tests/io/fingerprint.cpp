#include <wide/io/fingerprint.hpp>

#include <algorithm>
#include <set>
#include <string>

#include "../catch.hpp"

using wide::Fingerprint;

namespace {

std::string print_of(const std::string& bytes) {
    Fingerprint print;
    print.add(bytes.data(), bytes.size());
    return print.text();
}

}  // namespace

TEST_CASE("fingerprints are those of MurmurHash3_x64_128, as published") {
    CHECK(print_of("") == "00000000000000000000000000000000");
    CHECK(print_of("hello") == "cbd8a7b341bd9b025b1e906a48ae1d19");
    CHECK(print_of("The quick brown fox jumps over the lazy dog") == "e34bbc7bbc071b6c7a433ca9c49a9347");
}

TEST_CASE("bytes may come in pieces of any size") {
    std::string bytes;
    for (int k = 0; k < 100; ++k) bytes += static_cast<char>(k * 37);
    for (std::size_t length = 0; length <= bytes.size(); ++length) {
        const std::string whole = print_of(bytes.substr(0, length));
        for (const std::size_t piece : {1u, 3u, 8u, 15u, 16u, 17u, 33u}) {
            Fingerprint print;
            for (std::size_t at = 0; at < length; at += piece)
                print.add(bytes.data() + at, std::min(piece, length - at));
            print.add(bytes.data(), 0);
            CHECK(print.text() == whole);
            CHECK(print.text() == whole);  // asking changes nothing
        }
    }
}

TEST_CASE("every flipped bit, every length and every order has a fingerprint of its own") {
    std::string bytes(48, '\0');
    std::set<std::string> seen{print_of(bytes)};
    std::size_t expected = 1;
    for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit, ++expected) {
        std::string flipped = bytes;
        flipped[bit / 8] = static_cast<char>(1u << bit % 8);
        seen.insert(print_of(flipped));
    }
    for (std::size_t length = 0; length < bytes.size(); ++length, ++expected)
        seen.insert(print_of(bytes.substr(0, length)));
    CHECK(seen.size() == expected);
    CHECK(print_of("0123456789abcdefABCDEFGHIJKLMNOP") != print_of("ABCDEFGHIJKLMNOP0123456789abcdef"));
}
