#pragma once
// A whole file as bytes, decompressed if its first two bytes say gzip.
//
//     std::vector<std::byte> bytes = read_bytes("train-labels-idx1-ubyte.gz");
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <wide/io/gzip.hpp>
#include <wide/run/error.hpp>

namespace wide {

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

/// All bytes of the file at `path` as they lie there.
/// Throws `bad_file` if it is absent, unreadable, or larger than `at_most` bytes.
[[nodiscard]] inline std::vector<std::byte> read_raw_bytes(const std::string& path,
                                                           std::uint64_t at_most = largest_file) {
    constexpr std::size_t step = std::size_t{1} << 16;
    const std::unique_ptr<std::FILE, CloseFile> file{std::fopen(path.c_str(), "rb")};
    if (!file)
        throw bad_file{path + ": cannot be opened (" + std::strerror(errno) + "): check the path and its permissions",
                       path, 0};
    std::vector<std::byte> bytes;
    std::size_t read = 0;
    for (;;) {
        bytes.resize(read + step);
        const std::size_t got = std::fread(bytes.data() + read, 1, step, file.get());
        const int reason = errno;
        read += got;
        if (read > at_most)
            throw bad_file{path + ": larger than the " + std::to_string(at_most) +
                               " bytes allowed: allow more if this file is meant to be that large",
                           path, at_most};
        if (got == step) continue;
        if (std::ferror(file.get()))
            throw bad_file{path + ": cannot be read at byte " + std::to_string(read) + " (" + std::strerror(reason) +
                               "): it must be a regular file on a healthy disk",
                           path, read};
        bytes.resize(read);
        return bytes;
    }
}

/// All bytes of the file at `path`, decompressed if they are gzip; neither form may exceed `at_most` bytes.
/// Throws `bad_file` as `read_raw_bytes` and `gunzip` do.
[[nodiscard]] inline std::vector<std::byte> read_bytes(const std::string& path,
                                                       std::uint64_t at_most = largest_file) {
    std::vector<std::byte> bytes = read_raw_bytes(path, at_most);
    return is_gzip(bytes) ? gunzip(bytes, path, at_most) : bytes;
}

}  // namespace wide
