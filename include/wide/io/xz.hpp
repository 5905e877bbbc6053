#pragma once
// Bytes out of xz data, through liblzma. Whatever is wrong with the data is a `bad_file`, and no more is ever allocated than
// was decompressed so far.
//
// Format: https://tukaani.org/xz/xz-file-format.txt. One or several streams, each with its own checksums; nothing but
// padding may follow the last.
//
//     std::vector<std::byte> plain = unxz(packed, "uci90.tar.xz");
#include <lzma.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <string>
#include <vector>

#include <wide/io/gzip.hpp>
#include <wide/run/error.hpp>

namespace wide {

/// Whether these bytes begin as xz data does.
[[nodiscard]] inline bool is_xz(std::span<const std::byte> bytes) {
    constexpr std::array<unsigned char, 6> magic{0xfd, '7', 'z', 'X', 'Z', 0};
    return bytes.size() >= magic.size() &&
           std::equal(magic.begin(), magic.end(), bytes.begin(),
                      [](unsigned char expected, std::byte found) { return std::byte{expected} == found; });
}

/// liblzma's decompressor, released on every way out.
class XzDecoder {
public:
    XzDecoder() {
        constexpr std::uint64_t memory = std::uint64_t{1} << 30;  // ten times what the strongest preset takes
        if (lzma_stream_decoder(&stream, memory, LZMA_CONCATENATED) != LZMA_OK) throw std::bad_alloc{};
    }
    ~XzDecoder() { lzma_end(&stream); }
    XzDecoder(const XzDecoder&) = delete;
    XzDecoder& operator=(const XzDecoder&) = delete;

    lzma_stream stream = LZMA_STREAM_INIT;
};

/// Decompresses `packed`; `name` is what an error calls the data.
/// Throws `bad_file` for truncated or corrupt data, and beyond `at_most` bytes.
[[nodiscard]] inline std::vector<std::byte> unxz(std::span<const std::byte> packed, const std::string& name,
                                                 std::uint64_t at_most = largest_file) {
    constexpr std::uint64_t step = std::uint64_t{1} << 16;
    XzDecoder decoder;
    lzma_stream& stream = decoder.stream;
    stream.next_in = reinterpret_cast<const std::uint8_t*>(packed.data());
    stream.avail_in = packed.size();
    std::vector<std::byte> plain;
    for (std::uint64_t made = 0;;) {
        const auto bad = [&](const std::string& sentence) { return bad_file{name + ": " + sentence, name, made}; };
        // One byte more than is allowed: data that ends exactly at the limit is told from data that goes on.
        const auto room = static_cast<std::size_t>(std::min(step, at_most - made) + 1);
        plain.resize(made + room);
        stream.next_out = reinterpret_cast<std::uint8_t*>(plain.data() + made);
        stream.avail_out = room;
        const lzma_ret status = lzma_code(&stream, LZMA_FINISH);
        made += room - stream.avail_out;
        if (made > at_most)
            throw bad("decompresses to more than the " + std::to_string(at_most) +
                      " bytes allowed: allow more if this file is meant to be that large");
        if (status == LZMA_STREAM_END) {
            plain.resize(made);
            return plain;
        }
        if (status == LZMA_OK) continue;
        if (status == LZMA_MEM_ERROR || status == LZMA_MEMLIMIT_ERROR) throw std::bad_alloc{};
        const std::string place = "byte " + std::to_string(stream.total_in) + " (" + std::to_string(made) +
                                  " bytes decompressed by then)";
        if (status == LZMA_BUF_ERROR) throw bad("truncated xz data, it breaks off at " + place + ": fetch the file again");
        throw bad("corrupt xz data before " + place + ", liblzma's error " + std::to_string(status) + ": fetch the file again");
    }
}

}  // namespace wide
