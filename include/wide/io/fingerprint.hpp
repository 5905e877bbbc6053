#pragma once
// A fingerprint of bytes, 128 bits, which tells data apart and finds damage; it does not resist forgery. Bytes may
// come in pieces of any size.
//
// Function: MurmurHash3_x64_128 with seed 0 (Appleby 2011), written as its two 64-bit words in hexadecimal.
//
//     Fingerprint print;
//     print.add(row, bytes);
//     print.text();          // "cbd8a7b341bd9b025b1e906a48ae1d19" for the five bytes of "hello"
#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

namespace wide {

class Fingerprint {
    static_assert(std::endian::native == std::endian::little, "fingerprints are defined on little-endian words");

public:
    void add(const void* data, std::size_t bytes) {
        if (bytes == 0) return;  // `data` may be null then
        const auto* from = static_cast<const unsigned char*>(data);
        const std::size_t waiting = static_cast<std::size_t>(length_ % step);
        length_ += bytes;
        if (waiting > 0) {
            const std::size_t taken = std::min(bytes, step - waiting);
            std::memcpy(rest_ + waiting, from, taken);
            if (waiting + taken < step) return;
            mix(rest_);
            from += taken;
            bytes -= taken;
        }
        for (; bytes >= step; from += step, bytes -= step) mix(from);
        if (bytes > 0) std::memcpy(rest_, from, bytes);
    }

    /// 32 digits, for the bytes added so far.
    [[nodiscard]] std::string text() const {
        std::uint64_t one = one_, two = two_;
        const std::size_t waiting = static_cast<std::size_t>(length_ % step);
        unsigned char last[step] = {};
        std::copy_n(rest_, waiting, last);
        if (waiting > 8) two ^= scrambled_two(word(last + 8));
        if (waiting > 0) one ^= scrambled_one(word(last));
        one ^= length_;
        two ^= length_;
        one += two;
        two += one;
        one = finished(one);
        two = finished(two);
        one += two;
        two += one;
        return hexadecimal(one) + hexadecimal(two);
    }

private:
    static constexpr std::size_t step = 16;
    static constexpr std::uint64_t first_factor = 0x87c37b91114253d5, second_factor = 0x4cf5ad432745937f;

    static std::uint64_t word(const unsigned char* bytes) {
        std::uint64_t value;
        std::memcpy(&value, bytes, sizeof value);
        return value;
    }
    static std::uint64_t scrambled_one(std::uint64_t k) { return std::rotl(k * first_factor, 31) * second_factor; }
    static std::uint64_t scrambled_two(std::uint64_t k) { return std::rotl(k * second_factor, 33) * first_factor; }
    static std::uint64_t finished(std::uint64_t k) {
        k = (k ^ (k >> 33)) * 0xff51afd7ed558ccd;
        k = (k ^ (k >> 33)) * 0xc4ceb9fe1a85ec53;
        return k ^ (k >> 33);
    }
    static std::string hexadecimal(std::uint64_t value) {
        std::string text(16, '0');
        for (std::size_t k = 16; k-- > 0; value >>= 4) text[k] = "0123456789abcdef"[value & 15];
        return text;
    }

    void mix(const unsigned char* bytes) {
        one_ ^= scrambled_one(word(bytes));
        one_ = (std::rotl(one_, 27) + two_) * 5 + 0x52dce729;
        two_ ^= scrambled_two(word(bytes + 8));
        two_ = (std::rotl(two_, 31) + one_) * 5 + 0x38495ab5;
    }

    std::uint64_t one_ = 0, two_ = 0, length_ = 0;
    unsigned char rest_[step] = {};
};

}  // namespace wide
