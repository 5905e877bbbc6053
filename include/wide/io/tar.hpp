#pragma once
// The files inside a tar archive, in memory.
//
// Format: POSIX.1-1988 (ustar) and what came before it. A file is a header of 512 bytes, then its bytes, padded to 512:
//     0 name, 124 size in octal, 148 checksum in octal, 156 type ('0' or NUL: a file), 257 "ustar", 345 prefix of the name
// and a header of zeros ends the archive. Folders, links and the records of later formats are passed over.
//
//     const Tar archive = read_tar("uci90.tar.xz");               // plain, .gz or .xz: the bytes tell
//     std::span<const std::byte> file = archive.file("uci90/iris/iris_R.dat");
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <wide/io/bytes.hpp>
#include <wide/io/xz.hpp>
#include <wide/run/error.hpp>

namespace wide {

/// An archive's bytes, and where its files lie in them.
class Tar {
public:
    /// Throws `bad_file` for what is no archive, or is cut off; `path` is what an error calls it.
    Tar(std::vector<std::byte> bytes, std::string path);

    [[nodiscard]] bool holds(const std::string& name) const { return files_.contains(name); }

    /// Throws `bad_file` if there is no such file.
    [[nodiscard]] std::span<const std::byte> file(const std::string& name) const {
        const auto at = files_.find(name);
        if (at == files_.end())
            throw bad_file{path_ + ": holds no " + name + ": check the name, or fetch the archive again", path_, 0};
        return std::span<const std::byte>{bytes_}.subspan(at->second.first, at->second.second);
    }

    [[nodiscard]] std::vector<std::string> names() const {
        std::vector<std::string> all;
        for (const auto& [name, place] : files_) all.push_back(name);
        return all;
    }

    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::vector<std::byte> bytes_;
    std::string path_;
    std::map<std::string, std::pair<std::size_t, std::size_t>> files_;  ///< offset and size
};

inline Tar::Tar(std::vector<std::byte> bytes, std::string path) : bytes_{std::move(bytes)}, path_{std::move(path)} {
    constexpr std::size_t block = 512;
    const auto bad = [&](std::size_t at, const std::string& sentence) {
        return bad_file{path_ + ": byte " + std::to_string(at) + ": " + sentence, path_, at};
    };
    if (bytes_.empty()) throw bad(0, "an empty file is no tar archive: fetch the file again");
    for (std::size_t at = 0; at < bytes_.size();) {
        if (bytes_.size() - at < block) throw bad(bytes_.size(), "truncated tar archive, a header breaks off: fetch the file again");
        const std::span<const std::byte> header = std::span<const std::byte>{bytes_}.subspan(at, block);
        if (std::ranges::all_of(header, [](std::byte b) { return b == std::byte{0}; })) return;
        const auto text = [&](std::size_t from, std::size_t length) {
            std::string found;
            for (const std::byte b : header.subspan(from, length)) {
                if (b == std::byte{0}) break;
                found += std::to_integer<char>(b);
            }
            return found;
        };
        const auto octal = [&](std::size_t from, std::size_t length) {
            std::uint64_t number = 0;
            for (const char digit : text(from, length)) {
                if (digit == ' ') continue;
                if (digit < '0' || digit > '7') throw bad(at + from, "no octal number, so no tar archive: fetch the file again");
                number = number * 8 + static_cast<std::uint64_t>(digit - '0');
            }
            return number;
        };
        constexpr std::size_t sum_at = 148, sum_length = 8;
        std::uint64_t sum = 0;
        for (std::size_t k = 0; k < block; ++k)
            sum += k >= sum_at && k < sum_at + sum_length ? std::uint64_t{' '} : std::to_integer<std::uint64_t>(header[k]);
        if (octal(sum_at, sum_length) != sum)
            throw bad(at + sum_at, "a header whose checksum is another, so no tar archive, or a corrupt one: fetch the file again");
        const std::uint64_t size = octal(124, 12), start = at + block;
        if (size > bytes_.size() - start) throw bad(bytes_.size(), "truncated tar archive, a file breaks off: fetch the file again");
        const char type = std::to_integer<char>(header[156]);
        if (type == '0' || type == '\0') {
            const std::string prefix = text(257, 5) == "ustar" ? text(345, 155) : "";
            files_[(prefix.empty() ? "" : prefix + "/") + text(0, 100)] = {start, size};
        }
        at = start + std::min<std::size_t>((size + block - 1) / block * block, bytes_.size() - start);
    }
}

/// Reads an archive, plain or packed by gzip or xz; neither form may exceed `at_most` bytes.
[[nodiscard]] inline Tar read_tar(const std::string& path, std::uint64_t at_most = largest_file) {
    std::vector<std::byte> bytes = read_bytes(path, at_most);
    return {is_xz(bytes) ? unxz(bytes, path, at_most) : std::move(bytes), path};
}

}  // namespace wide
