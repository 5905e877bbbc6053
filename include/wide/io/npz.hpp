#pragma once
// Several arrays in one file, as NumPy keeps them: numpy.load(path) is a dictionary from names to arrays. What numpy.savez
// writes is read, too; what numpy.savez_compressed does is not.
//
// Format (PKWARE, APPNOTE 6.3.9, "stored" only): for every array a local header, its name with ".npy", and the bytes of an npy
// file; then a directory that says for each array its name, size, CRC-32 and place; then 22 bytes that say where the directory
// is. All of it little-endian.
//
//     NpzWriter file;
//     file.add("weights", std::array<std::size_t, 2>{3, 2}, std::span<const float>(numbers));
//     file.write("net.npz");                               // at once: the old content or the new one, nothing between
//
//     const std::vector<std::byte> bytes = read_raw_bytes("net.npz");
//     for (const NpzMember& member : npz_members(bytes, "net.npz")) ...   // name, shape, element size, bytes of numbers
//
// Every size is checked against the file, and every array's bytes against their CRC, before anything is handed out. Throws
// bad_file with the byte where that shows; error from 4 GiB on, which this format can't say.
#include <zlib.h>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <wide/io/npy.hpp>

namespace wide {

/// CRC-32 of bytes, however many.
[[nodiscard]] inline std::uint32_t crc_of(std::span<const std::byte> bytes) {
    return static_cast<std::uint32_t>(
        ::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<z_size_t>(bytes.size())));
}

/// The records of a zip archive, and where in them is what.
struct ZipFormat {
    static constexpr std::uint32_t local_magic = 0x04034b50, directory_magic = 0x02014b50, end_magic = 0x06054b50;
    static constexpr std::size_t local_size = 30, directory_size = 46, end_size = 22;
    static constexpr std::uint64_t largest = 0xfffffffe;
};

/// Collects arrays, and writes them to a file.
class NpzWriter {
public:
    template <std::floating_point T>
    void add(const std::string& name, std::span<const std::size_t> sizes, std::span<const T> numbers) {
        std::string bytes = npy_header<T>(sizes);
        bytes.append(reinterpret_cast<const char*>(numbers.data()), numbers.size_bytes());
        const std::string file_name = name + ".npy";
        if (content_.size() + bytes.size() + directory_.size() + 1024 > ZipFormat::largest)
            throw error{"array '" + name + "' makes the file larger than 4 GiB, which an .npz can't be: write .npy files"};
        const std::uint32_t crc = crc_of(std::as_bytes(std::span(bytes)));
        const auto place = static_cast<std::uint32_t>(content_.size()), size = static_cast<std::uint32_t>(bytes.size());
        put(content_, ZipFormat::local_magic, 4);
        put_common(content_, crc, size, file_name);
        content_ += file_name;
        content_ += bytes;
        put(directory_, ZipFormat::directory_magic, 4);
        put(directory_, version, 2);
        put_common(directory_, crc, size, file_name);
        for (const int width : {2, 2, 2, 4}) put(directory_, 0, width);  // no comment, first disk, no attributes
        put(directory_, place, 4);
        directory_ += file_name;
        ++count_;
    }

    /// All bytes of the file.
    [[nodiscard]] std::string bytes() const {
        std::string file = content_ + directory_;
        put(file, ZipFormat::end_magic, 4);
        put(file, 0, 4);
        put(file, count_, 2);
        put(file, count_, 2);
        put(file, static_cast<std::uint32_t>(directory_.size()), 4);
        put(file, static_cast<std::uint32_t>(content_.size()), 4);
        put(file, 0, 2);
        return file;
    }

    /// Throws error naming the file and what the system says.
    void write(const std::string& path) const { replace_file(path, bytes()); }

private:
    static constexpr std::uint32_t version = 20;

    static void put(std::string& to, std::uint32_t number, int bytes) {
        for (int b = 0; b < bytes; ++b) to += static_cast<char>(number >> 8 * b & 255);
    }
    /// What both headers of an array have: version, no flags, stored, the first of January 1980, CRC, sizes, no extras.
    static void put_common(std::string& to, std::uint32_t crc, std::uint32_t size, const std::string& name) {
        put(to, version, 2);
        put(to, 0, 4);
        put(to, 0, 2);
        put(to, 1 << 5 | 1, 2);
        put(to, crc, 4);
        put(to, size, 4);
        put(to, size, 4);
        put(to, static_cast<std::uint32_t>(name.size()), 2);
        put(to, 0, 2);
    }

    std::string content_, directory_;
    std::uint32_t count_ = 0;
};

/// One array of a file.
struct NpzMember {
    std::string name;                    ///< without ".npy"
    std::uint64_t offset = 0;            ///< in the file, where the array's own header begins
    NpyArrayHeader header;
    std::span<const std::byte> numbers;  ///< as many bytes as the shape says
};

/// The arrays of a file, whose bytes have to outlive the result; `path` is what an error calls it.
[[nodiscard]] inline std::vector<NpzMember> npz_members(std::span<const std::byte> file, const std::string& path) {
    const auto bad = [&](std::uint64_t offset, const std::string& sentence) {
        return bad_file{path + ": byte " + std::to_string(offset) + ": " + sentence, path, offset};
    };
    const auto number = [&](std::uint64_t at, std::size_t bytes) {
        std::uint64_t made = 0;
        for (std::size_t b = 0; b < bytes; ++b) made |= std::to_integer<std::uint64_t>(file[at + b]) << 8 * b;
        return made;
    };
    const auto text = [&](std::uint64_t at, std::uint64_t bytes) {
        return std::string(reinterpret_cast<const char*>(file.data()) + at, bytes);
    };
    if (file.size() < ZipFormat::end_size || number(file.size() - ZipFormat::end_size, 4) != ZipFormat::end_magic)
        throw bad(file.size(), "the file does not end as an .npz does: it is truncated, or none; write it again");
    const std::uint64_t end = file.size() - ZipFormat::end_size;
    const std::uint64_t count = number(end + 10, 2), length = number(end + 12, 4), directory = number(end + 16, 4);
    if (directory + length != end || number(end + 4, 4) != 0 || number(end + 8, 2) != count)
        throw bad(end, "the directory does not lie where the end of the file says: write the file again");

    std::vector<NpzMember> members;
    std::uint64_t at = directory;
    for (std::uint64_t k = 0; k < count; ++k) {
        if (end - at < ZipFormat::directory_size || number(at, 4) != ZipFormat::directory_magic)
            throw bad(at, "entry " + std::to_string(k) + " of the directory is none: write the file again");
        const std::uint64_t flags = number(at + 8, 2), method = number(at + 10, 2), crc = number(at + 16, 4);
        const std::uint64_t packed = number(at + 20, 4), size = number(at + 24, 4), place = number(at + 42, 4);
        const std::uint64_t name_size = number(at + 28, 2), extra = number(at + 30, 2), comment = number(at + 32, 2);
        if (end - at - ZipFormat::directory_size < name_size + extra + comment)
            throw bad(at, "entry " + std::to_string(k) + " of the directory reaches beyond it: write the file again");
        const std::string name = text(at + ZipFormat::directory_size, name_size);
        constexpr std::string_view ending = ".npy";
        if (!name.ends_with(ending)) throw bad(at, "'" + name + "' is no array: an .npz has members *.npy alone");
        if (method != 0 || packed != size)
            throw bad(at, "'" + name + "' is compressed: write it by numpy.savez, not savez_compressed");
        if ((flags & 1) != 0) throw bad(at, "'" + name + "' is encrypted: write it by numpy.savez");
        // The local header has a length of its own for what may follow the name.
        if (directory < ZipFormat::local_size || place > directory - ZipFormat::local_size ||
            number(place, 4) != ZipFormat::local_magic)
            throw bad(place, "'" + name + "' does not begin where the directory says: write the file again");
        const std::uint64_t own_name = number(place + 26, 2);
        const std::uint64_t begin = place + ZipFormat::local_size + own_name + number(place + 28, 2);
        if (begin > directory || directory - begin < size)
            throw bad(place, "'" + name + "' reaches into the directory: write the file again");
        if (text(place + ZipFormat::local_size, own_name) != name)
            throw bad(place, "what lies here is not '" + name + "' as the directory says: write the file again");
        const std::span<const std::byte> bytes = file.subspan(begin, size);
        if (crc_of(bytes) != crc)
            throw bad(begin, "the bytes of '" + name + "' are not those that were written (CRC): write the file again");
        NpzMember member{name.substr(0, name.size() - ending.size()), begin, parse_npy_array_header(bytes, path, begin), {}};
        std::uint64_t promised = member.header.element_bytes;
        for (const std::size_t one : member.header.sizes) promised *= one;
        if (size - member.header.offset != promised)
            throw bad(begin + member.header.offset, "the shape of '" + name + "' promises " + std::to_string(promised) +
                                                        " bytes of numbers, and " +
                                                        std::to_string(size - member.header.offset) +
                                                        " are there: write the file again");
        member.numbers = bytes.subspan(member.header.offset);
        if (std::any_of(members.begin(), members.end(), [&](const NpzMember& other) { return other.name == member.name; }))
            throw bad(at, "'" + name + "' is there twice: write the file again");
        members.push_back(std::move(member));
        at += ZipFormat::directory_size + name_size + extra + comment;
    }
    if (at != end) throw bad(at, "the directory has more bytes than entries: write the file again");
    return members;
}

}  // namespace wide
