#pragma once
// What the readers' tests are made of: a temporary directory, IDX bytes, gzip bytes, and the error that a call
// throws.
#include <zlib.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <wide/run/error.hpp>

namespace test {

using Bytes = std::vector<std::byte>;

inline Bytes bytes(std::initializer_list<unsigned> values) {
    Bytes made;
    for (const unsigned value : values) made.push_back(static_cast<std::byte>(value));
    return made;
}

inline Bytes operator+(Bytes left, const Bytes& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

inline Bytes first(const Bytes& whole, std::size_t count) {
    return {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(count)};
}

/// The header of an IDX file.
inline Bytes idx_header(unsigned type, std::initializer_list<std::uint32_t> sizes) {
    Bytes made = bytes({0, 0, type, static_cast<unsigned>(sizes.size())});
    for (const std::uint32_t size : sizes)
        for (int shift = 24; shift >= 0; shift -= 8) made.push_back(static_cast<std::byte>(size >> shift & 255));
    return made;
}

/// One gzip member, as zlib writes it.
inline Bytes gzip(const Bytes& plain) {
    z_stream stream{};
    constexpr int gzip_window = 15 + 16;
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::runtime_error{"deflateInit2"};
    Bytes packed(deflateBound(&stream, static_cast<uLong>(plain.size())) + 64);
    stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(plain.data()));
    stream.avail_in = static_cast<uInt>(plain.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    const int status = deflate(&stream, Z_FINISH);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    if (status != Z_STREAM_END) throw std::runtime_error{"deflate"};
    return packed;
}

/// A new directory of one's own, gone with its object.
class Directory {
public:
    Directory() {
        static std::atomic<unsigned> count{0};
        const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
        do
            path_ = std::filesystem::temp_directory_path() /
                    ("wide-test-" + std::to_string(now) + "-" + std::to_string(count++));
        while (!std::filesystem::create_directory(path_));
    }
    ~Directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;

    [[nodiscard]] std::string path() const { return path_.string(); }

    /// Writes a file, in folders that are made as needed, and says where it lies.
    [[nodiscard]] std::string file(const std::string& name, const Bytes& content) const {
        const std::filesystem::path place = path_ / name;
        std::filesystem::create_directories(place.parent_path());
        std::ofstream out{place, std::ios::binary};
        out.write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
        if (!out.flush()) throw std::runtime_error{"cannot write " + place.string()};
        return place.string();
    }

private:
    std::filesystem::path path_;
};

/// The `bad_file` that a call throws, if it throws one; anything else passes through.
template <class Call>
std::optional<wide::bad_file> refusal(const Call& call) {
    try {
        call();
    } catch (const wide::bad_file& refused) {
        return refused;
    }
    return std::nullopt;
}

}  // namespace test
