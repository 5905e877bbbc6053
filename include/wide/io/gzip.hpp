#pragma once
// Bytes out of gzip data. Whatever is wrong with the data is a `bad_file`, and no more is ever allocated than was
// decompressed so far (a kilobyte of gzip can promise a megabyte of zeros, and so on up).
//
// Format: RFC 1952. One or several members, each with its own CRC-32 and length; nothing may follow the last.
//
//     std::vector<std::byte> plain = gunzip(packed, "train-images-idx3-ubyte.gz");
#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <string>
#include <vector>

#include <wide/run/error.hpp>

namespace wide {

/// The most bytes that a reader takes from one file, before and after decompression, unless told otherwise: 8 GiB.
inline constexpr std::uint64_t largest_file = std::uint64_t{8} << 30;

/// Whether these bytes begin as gzip data does: 1f 8b. The name of a file says nothing about it.
[[nodiscard]] inline bool is_gzip(std::span<const std::byte> bytes) {
    return bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
}

/// zlib's decompressor, set to accept gzip and nothing else, released on every way out.
class Inflation {
public:
    Inflation() {
        constexpr int largest_window = 15, only_gzip = 16;
        if (inflateInit2(&stream, largest_window + only_gzip) != Z_OK) throw std::bad_alloc{};
    }
    ~Inflation() { inflateEnd(&stream); }
    Inflation(const Inflation&) = delete;
    Inflation& operator=(const Inflation&) = delete;

    z_stream stream{};
};

/// Decompresses all members of `packed`; `name` is what an error calls the data.
/// Throws `bad_file` for truncated or corrupt data, for bytes behind the last member, and beyond `at_most` bytes.
[[nodiscard]] inline std::vector<std::byte> gunzip(std::span<const std::byte> packed, const std::string& name,
                                                   std::uint64_t at_most = largest_file) {
    constexpr std::uint64_t step = std::uint64_t{1} << 16;
    constexpr std::size_t longest_meal = std::size_t{1} << 30;  // zlib counts its input in 32 bits
    Inflation inflation;
    z_stream& stream = inflation.stream;
    std::vector<std::byte> plain;
    std::size_t taken = 0, made = 0;

    const auto bad = [&](const std::string& sentence) { return bad_file{name + ": " + sentence, name, made}; };
    const auto place = [&] {
        return "byte " + std::to_string(taken) + " (" + std::to_string(made) + " bytes decompressed by then)";
    };

    for (;;) {
        const std::size_t meal = std::min(packed.size() - taken, longest_meal);
        // One byte more than is allowed: data that ends exactly at the limit is told from data that goes on.
        const auto room = static_cast<std::size_t>(std::min(step, at_most - made) + 1);
        plain.resize(made + room);
        stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(packed.data() + taken));
        stream.avail_in = static_cast<uInt>(meal);
        stream.next_out = reinterpret_cast<Bytef*>(plain.data() + made);
        stream.avail_out = static_cast<uInt>(room);

        const int status = inflate(&stream, Z_NO_FLUSH);
        taken += meal - stream.avail_in;
        made += room - stream.avail_out;

        if (made > at_most)
            throw bad("decompresses to more than the " + std::to_string(at_most) +
                      " bytes allowed: allow more if this file is meant to be that large");
        if (status == Z_STREAM_END) {
            if (taken == packed.size()) break;
            if (!is_gzip(packed.subspan(taken)))
                throw bad(std::to_string(packed.size() - taken) +
                          " bytes that are not gzip follow the gzip data, from " + place() +
                          ": fetch the file again, or cut them off");
            inflateReset(&stream);
            continue;
        }
        if (status == Z_MEM_ERROR) throw std::bad_alloc{};
        if (status != Z_OK && status != Z_BUF_ERROR)
            throw bad("corrupt gzip data before " + place() + ", zlib says '" +
                      (stream.msg ? stream.msg : "data error") + "': fetch the file again");
        if (taken == packed.size() && stream.avail_out != 0)
            throw bad("truncated gzip data, it breaks off at " + place() + ": fetch the file again");
    }
    plain.resize(made);
    return plain;
}

}  // namespace wide
