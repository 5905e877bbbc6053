#pragma once
// Matrices in NumPy's files: numpy.load(path) reads them, numpy.load(path, mmap_mode='r') without loading them.
//
// Format (NEP 1): the bytes 93 'NUMPY', a version in two bytes, the length of what follows in two (version 1) or four
// bytes (2 and 3), a Python dictionary {'descr': '<f4', 'fortran_order': False, 'shape': (3, 784), } with spaces and
// a newline that make the whole a multiple of 64 bytes; then the numbers, row by row.
//
// A header may be asked for alone, of an array of any shape: an .npz has such arrays (npz.hpp).
//
//     write_npy("K.npy", K);
//     Matrix<float> K = npy_matrix<float>("K.npy");
#include <algorithm>
#include <bit>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <wide/io/bytes.hpp>
#include <wide/io/durable_file.hpp>
#include <wide/run/error.hpp>
#include <wide/run/matrix.hpp>

namespace wide {

static_assert(std::endian::native == std::endian::little,
              "NumPy's files are written and read in little-endian order");

/// NumPy's word for little-endian numbers of T.
template <std::floating_point T>
inline constexpr const char* npy_element = sizeof(T) == sizeof(float) ? "<f4" : "<f8";

/// Sizes as Python writes a tuple: (), (3,), (3, 784).
[[nodiscard]] inline std::string npy_shape(std::span<const std::size_t> sizes) {
    std::string text = "(";
    for (std::size_t k = 0; k < sizes.size(); ++k) text += (k > 0 ? ", " : "") + std::to_string(sizes[k]);
    return text + (sizes.size() == 1 ? ",)" : ")");
}

/// All bytes before the numbers of an array.
template <std::floating_point T>
[[nodiscard]] std::string npy_header(std::span<const std::size_t> sizes) {
    static_assert(sizeof(T) == 4 || sizeof(T) == 8, "float or double");
    constexpr std::size_t before = 10, multiple = 64;
    std::string words = std::string("{'descr': '") + npy_element<T> + "', 'fortran_order': False, 'shape': " +
                        npy_shape(sizes) + ", }";
    const std::size_t whole = (before + words.size() + 1 + multiple - 1) / multiple * multiple;
    words.resize(whole - before - 1, ' ');
    words += '\n';
    std::string header = "\x93NUMPY";
    header += '\1';
    header += '\0';
    header += static_cast<char>(words.size() & 255);
    header += static_cast<char>(words.size() >> 8);
    return header + words;
}
template <std::floating_point T>
[[nodiscard]] std::string npy_header(std::size_t rows, std::size_t columns) {
    const std::size_t sizes[] = {rows, columns};
    return npy_header<T>(sizes);
}

/// What the header of an array of any shape says, and the byte where the numbers begin.
struct NpyArrayHeader {
    std::size_t element_bytes = 0;
    std::vector<std::size_t> sizes;
    std::size_t offset = 0, shape_at = 0;  ///< where the numbers begin, and where the shape is said
};

/// What the header of a matrix says.
struct NpyHeader {
    std::size_t element_bytes, rows, columns, offset;
};

/// Reads a header; `name` is what an error calls the file, in which the array begins at byte `begin`. Throws bad_file
/// unless it announces an array of float or double, row by row.
[[nodiscard]] inline NpyArrayHeader parse_npy_array_header(std::span<const std::byte> file, const std::string& name,
                                                           std::uint64_t begin = 0) {
    const auto bad = [&](std::uint64_t offset, const std::string& sentence) {
        offset += begin;
        return bad_file{name + ": byte " + std::to_string(offset) + ": " + sentence, name, offset};
    };
    constexpr std::string_view magic = "\x93NUMPY";
    const std::string_view text{reinterpret_cast<const char*>(file.data()), file.size()};
    if (!text.starts_with(magic)) throw bad(0, "NumPy's files begin with 93 'NUMPY': check that this is one");
    const auto byte_at = [&](std::size_t k) {
        if (k >= file.size()) throw bad(file.size(), "truncated NumPy header: write the file again");
        return std::to_integer<std::size_t>(file[k]);
    };
    const std::size_t version = byte_at(6);
    if (version < 1 || version > 3)
        throw bad(6, "version " + std::to_string(version) + " of NumPy's format is not known here: save it as 1");
    std::size_t offset = 8, length = 0;
    for (std::size_t b = 0; b < (version == 1 ? 2u : 4u); ++b) length |= byte_at(offset++) << 8 * b;
    const std::size_t start = offset;
    if (file.size() - start < length) throw bad(file.size(), "truncated NumPy header: write the file again");
    offset += length;

    const std::string_view words = text.substr(start, length);
    /// What stands behind 'key':, and where.
    const auto value_of = [&](const std::string& key) {
        const std::size_t at = words.find("'" + key + "':");
        if (at == std::string_view::npos) throw bad(start, "the header has no '" + key + "': save the array anew");
        const std::size_t behind = words.find_first_not_of(' ', at + key.size() + 3);
        return behind == std::string_view::npos ? words.size() : behind;
    };
    const std::size_t order = value_of("fortran_order");
    if (!words.substr(order).starts_with("False"))
        throw bad(start + order, "the array lies column by column: save numpy.ascontiguousarray of it");
    NpyArrayHeader header;
    header.offset = offset;
    const std::size_t element = value_of("descr");
    if (words.substr(element).starts_with("'<f4'")) header.element_bytes = 4;
    else if (words.substr(element).starts_with("'<f8'")) header.element_bytes = 8;
    else throw bad(start + element, "the elements are neither '<f4' nor '<f8': save array.astype(numpy.float32)");

    std::size_t at = value_of("shape");
    header.shape_at = start + at;
    const auto skip_spaces = [&] {
        while (at < words.size() && words[at] == ' ') ++at;
    };
    const auto next_is = [&](char wanted) {
        skip_spaces();
        const bool is = at < words.size() && words[at] == wanted;
        if (is) ++at;
        return is;
    };
    const auto no_shape = [&] { return bad(start + at, "the shape is not one of an array: save the array anew"); };
    if (!next_is('(')) throw no_shape();
    while (!next_is(')')) {
        std::size_t size = 0;
        skip_spaces();
        const auto [end, problem] = std::from_chars(words.data() + at, words.data() + words.size(), size);
        if (problem != std::errc{}) throw no_shape();
        at = static_cast<std::size_t>(end - words.data());
        header.sizes.push_back(size);
        // Python's tuple of one has its comma; a comma after the last of several may be there or not.
        if (!next_is(',') && (header.sizes.size() == 1 || at >= words.size() || words[at] != ')')) throw no_shape();
    }
    if (std::find(header.sizes.begin(), header.sizes.end(), std::size_t{0}) != header.sizes.end()) return header;
    std::size_t bytes = header.element_bytes;
    for (const std::size_t size : header.sizes) {
        if (bytes > std::numeric_limits<std::size_t>::max() / size)
            throw bad(start + at, "the shape has more bytes than can be addressed: check that this is a NumPy file");
        bytes *= size;
    }
    return header;
}

/// The same for a matrix: throws bad_file where the shape is another.
[[nodiscard]] inline NpyHeader parse_npy_header(std::span<const std::byte> file, const std::string& name) {
    const NpyArrayHeader header = parse_npy_array_header(file, name);
    if (header.sizes.size() != 2)
        throw bad_file{name + ": byte " + std::to_string(header.shape_at) +
                           ": the shape is not that of a matrix: save array.reshape(rows, columns)",
                       name, header.shape_at};
    return {header.element_bytes, header.sizes[0], header.sizes[1], header.offset};
}

/// Whether a file begins with a whole header, be it of an array that parse_npy_header refuses: what is damaged has none.
[[nodiscard]] inline bool begins_as_npy(std::string_view file) {
    if (!file.starts_with("\x93NUMPY") || file.size() < 12 || file[6] < 1 || file[6] > 3) return false;
    const std::size_t start = file[6] == 1 ? 10 : 12;
    std::size_t length = 0;
    for (std::size_t at = start; at-- > 8;) length = length << 8 | static_cast<unsigned char>(file[at]);
    if (file.size() - start < length) return false;
    const std::string_view words = file.substr(start, length);
    const auto value_of = [&](const char* key) {
        const std::size_t at = words.find(key);
        return at == std::string_view::npos ? std::string_view() : words.substr(at + std::string_view(key).size());
    };
    const std::string_view element = value_of("'descr': "), order = value_of("'fortran_order': ");
    const std::string_view shape = value_of("'shape': (");
    const std::size_t end = shape.find_first_not_of("0123456789, ");
    return words.ends_with('\n') && (element.starts_with('\'') || element.starts_with('[')) &&
           (order.starts_with("True") || order.starts_with("False")) && end != std::string_view::npos &&
           shape[end] == ')';
}

/// A matrix of floats or doubles, as T. Throws bad_file as parse_npy_header does, and unless the numbers are exactly
/// as many as the shape says.
template <std::floating_point T>
[[nodiscard]] Matrix<T> npy_matrix(const std::string& path, std::uint64_t at_most = largest_file) {
    const std::vector<std::byte> file = read_raw_bytes(path, at_most);
    const NpyHeader header = parse_npy_header(file, path);
    const std::size_t promised = header.rows * header.columns * header.element_bytes;
    const std::size_t present = file.size() - header.offset;
    if (present != promised)
        throw bad_file{path + ": byte " + std::to_string(header.offset) + ": the shape promises " +
                           std::to_string(promised) + " bytes of numbers, and " + std::to_string(present) +
                           " are there: write the file again",
                       path, header.offset};
    Matrix<T> matrix(header.rows, header.columns);
    const std::byte* from = file.data() + header.offset;
    for (std::size_t k = 0; k < matrix.size(); ++k, from += header.element_bytes) {
        float single;
        double twofold;
        if (header.element_bytes == sizeof single) {
            std::memcpy(&single, from, sizeof single);
            matrix.data()[k] = static_cast<T>(single);
        } else {
            std::memcpy(&twofold, from, sizeof twofold);
            matrix.data()[k] = static_cast<T>(twofold);
        }
    }
    return matrix;
}

/// Throws error naming the file and what the system says.
template <std::floating_point T>
void write_npy(const std::string& path, const Matrix<T>& matrix) {
    const std::string header = npy_header<T>(matrix.rows(), matrix.cols());
    DurableFile file(path, open_for::replacing);
    file.write(0, header.data(), header.size());
    file.write(header.size(), matrix.data(), matrix.size() * sizeof(T));
    file.flush();
}

}  // namespace wide
