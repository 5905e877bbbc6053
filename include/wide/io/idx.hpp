#pragma once
// IDX, the format of MNIST and its kin: a dense array of any number of dimensions, the first of which counts samples.
//
// Format (LeCun, Cortes, Burges: "The MNIST database of handwritten digits", section "The IDX file format"), all
// numbers big-endian:
//     byte 0, 1    zero
//     byte 2       type of the elements: 08 unsigned byte, 09 signed byte, 0B short (2 bytes), 0C int (4 bytes),
//                  0D float (4 bytes), 0E double (8 bytes)
//     byte 3       how many dimensions
//     byte 4 ...   the size of each dimension, 4 bytes each
//     then         the elements, the last dimension running fastest, and nothing behind them
//
// A header is believed only as far as the bytes present confirm it: nothing is allocated on its word.
//
//     Matrix<float> x = idx_matrix<float>("train-images-idx3-ubyte.gz", {.divisor = 255, .limit = 1000});
//     std::vector<int> y = idx_labels("train-labels-idx1-ubyte.gz", 1000);
#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <wide/io/bytes.hpp>
#include <wide/run/error.hpp>
#include <wide/run/matrix.hpp>

namespace wide {

/// As the third byte of a file says it.
enum class idx_type : unsigned char {
    unsigned_byte = 0x08,
    signed_byte = 0x09,
    short_integer = 0x0B,
    integer = 0x0C,
    single_precision = 0x0D,
    double_precision = 0x0E
};

/// Bytes an element of this type takes; 0 for a code that the format does not define.
[[nodiscard]] constexpr std::size_t idx_element_size(idx_type type) {
    switch (type) {
        case idx_type::unsigned_byte:
        case idx_type::signed_byte:
            return 1;
        case idx_type::short_integer:
            return 2;
        case idx_type::integer:
        case idx_type::single_precision:
            return 4;
        case idx_type::double_precision:
            return 8;
    }
    return 0;
}

/// The content of an IDX file. `bytes` holds the elements as the file does, big-endian: for unsigned bytes, the
/// values.
struct Idx {
    std::string name;
    idx_type type = idx_type::unsigned_byte;
    std::vector<std::size_t> dimensions;
    std::vector<unsigned char> bytes;

    /// The size of the first dimension.
    [[nodiscard]] std::size_t samples() const { return dimensions.front(); }

    /// Elements of one sample: the product of the other dimensions.
    [[nodiscard]] std::size_t sample_size() const {
        std::size_t product = 1;
        for (std::size_t k = 1; k < dimensions.size(); ++k) product *= dimensions[k];
        return product;
    }

    /// Elements in all.
    [[nodiscard]] std::size_t size() const { return bytes.size() / idx_element_size(type); }

    /// Element k in the file's order; a double holds every value of every type exactly.
    [[nodiscard]] double operator[](std::size_t k) const {
        const std::size_t width = idx_element_size(type);
        std::uint64_t bits = 0;
        for (std::size_t b = 0; b < width; ++b) bits = bits << 8 | bytes[k * width + b];
        switch (type) {
            case idx_type::unsigned_byte:
                return static_cast<double>(bits);
            case idx_type::signed_byte:
                return static_cast<std::int8_t>(bits);
            case idx_type::short_integer:
                return static_cast<std::int16_t>(bits);
            case idx_type::integer:
                return static_cast<std::int32_t>(bits);
            case idx_type::single_precision:
                return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
            case idx_type::double_precision:
                return std::bit_cast<double>(bits);
        }
        return std::numeric_limits<double>::quiet_NaN();
    }
};

/// Reads IDX data (not compressed) from memory; `name` is what an error calls it.
/// Throws `bad_file` unless header and length are exactly what the format says.
[[nodiscard]] inline Idx parse_idx(std::span<const std::byte> file, const std::string& name) {
    const auto bad = [&](std::uint64_t offset, const std::string& sentence) {
        return bad_file{name + ": byte " + std::to_string(offset) + ": " + sentence, name, offset};
    };
    const auto byte_at = [&](std::size_t k) { return std::to_integer<unsigned>(file[k]); };
    const auto hexadecimal = [](unsigned byte) {
        constexpr char digits[] = "0123456789ABCDEF";
        return std::string{digits[byte >> 4], digits[byte & 15]};
    };

    constexpr std::size_t magic = 4;
    for (std::size_t k = 0; k < std::min<std::size_t>(2, file.size()); ++k)
        if (byte_at(k) != 0)
            throw bad(k, "IDX data begins with two zero bytes, this one is " + hexadecimal(byte_at(k)) +
                             ": check that this is an IDX file");
    if (file.size() < magic)
        throw bad(file.size(), "truncated IDX header, its magic number alone takes 4 bytes: fetch the file again");

    const auto type = static_cast<idx_type>(byte_at(2));
    const std::size_t width = idx_element_size(type);
    if (width == 0)
        throw bad(2, "unknown IDX type code " + hexadecimal(byte_at(2)) +
                         " (defined are 08, 09, 0B, 0C, 0D, 0E): check that this is an IDX file");

    const std::size_t rank = byte_at(3);
    if (rank == 0) throw bad(3, "an IDX array of no dimensions holds nothing: check that this is an IDX file");
    const std::size_t header = magic + 4 * rank;
    if (file.size() < header)
        throw bad(file.size(), "truncated IDX header, " + std::to_string(rank) + " dimensions make it " +
                                   std::to_string(header) + " bytes long: fetch the file again");

    std::vector<std::size_t> dimensions(rank);
    std::uint64_t promised = width, extent = width;
    for (std::size_t k = 0; k < rank; ++k) {
        const std::size_t at = magic + 4 * k;
        std::uint64_t size = 0;
        for (std::size_t b = 0; b < 4; ++b) size = size << 8 | byte_at(at + b);
        dimensions[k] = static_cast<std::size_t>(size);
        // An empty dimension does not excuse the others: the product of some of them is a sample's size.
        const std::uint64_t factor = std::max<std::uint64_t>(size, 1);
        if (extent > std::numeric_limits<std::size_t>::max() / factor)
            throw bad(at, "the sizes up to dimension " + std::to_string(k) +
                              " multiply to more bytes than can be addressed: check that this is an IDX file");
        extent *= factor;
        promised *= size;
    }

    const std::uint64_t present = file.size() - header;
    if (present < promised)
        throw bad(file.size(), "truncated IDX data, the sizes promise " + std::to_string(promised) +
                                   " bytes behind the header and " + std::to_string(present) +
                                   " are there: fetch the file again");
    if (present > promised)
        throw bad(header + promised, std::to_string(present - promised) + " bytes more than the " +
                                         std::to_string(promised) +
                                         " that the sizes promise: fetch the file again, or cut them off");

    const auto* const first = reinterpret_cast<const unsigned char*>(file.data()) + header;
    return {name, type, std::move(dimensions), {first, first + present}};
}

/// Reads an IDX file, plain or gzip, of at most `at_most` bytes in either form.
/// Throws `bad_file` as `read_bytes` and `parse_idx` do.
[[nodiscard]] inline Idx read_idx(const std::string& path, std::uint64_t at_most = largest_file) {
    return parse_idx(read_bytes(path, at_most), path);
}

/// A `limit` that leaves no sample out.
inline constexpr std::size_t all_samples = std::numeric_limits<std::size_t>::max();

/// What to make of the elements: each is divided by `divisor`, and at most the first `limit` samples are taken.
struct idx_options {
    double divisor = 1;
    std::size_t limit = all_samples;
};

/// One row a sample, its elements in the file's order, as quotients rounded once. NaN and Inf in floating-point files
/// pass through (the kernels refuse them, naming the row). Throws `error` for a divisor that is zero or not finite.
template <std::floating_point T>
[[nodiscard]] Matrix<T> idx_matrix(const Idx& idx, idx_options options = {}) {
    // 0 * divisor is NaN for Inf and NaN.
    if (options.divisor == 0 || options.divisor * 0 != 0)
        throw error{"idx_matrix: elements cannot be divided by " + std::to_string(options.divisor) +
                    ": give a finite divisor other than 0"};
    Matrix<T> matrix(std::min(idx.samples(), options.limit), idx.sample_size());
    if (idx.type == idx_type::unsigned_byte) {
        std::array<T, 256> quotient;
        for (std::size_t value = 0; value < quotient.size(); ++value)
            quotient[value] = static_cast<T>(static_cast<double>(value) / options.divisor);
        for (std::size_t k = 0; k < matrix.size(); ++k) matrix.data()[k] = quotient[idx.bytes[k]];
    } else {
        for (std::size_t k = 0; k < matrix.size(); ++k) matrix.data()[k] = static_cast<T>(idx[k] / options.divisor);
    }
    return matrix;
}

/// The same from a file, plain or gzip. Throws `bad_file` as `read_idx` does.
template <std::floating_point T>
[[nodiscard]] Matrix<T> idx_matrix(const std::string& path, idx_options options = {}) {
    return idx_matrix<T>(read_idx(path), options);
}

/// Class labels, at most the first `limit`. Throws `bad_file` unless they are integers in one dimension.
[[nodiscard]] inline std::vector<int> idx_labels(const Idx& idx, std::size_t limit = all_samples) {
    if (idx.dimensions.size() != 1)
        throw bad_file{idx.name + ": byte 3: labels have one dimension, this array has " +
                           std::to_string(idx.dimensions.size()) + ": are these the images?",
                       idx.name, 3};
    if (idx.type == idx_type::single_precision || idx.type == idx_type::double_precision)
        throw bad_file{idx.name +
                           ": byte 2: labels are integers, these are floating-point numbers: read them with "
                           "idx_matrix if they are meant as targets",
                       idx.name, 2};
    std::vector<int> labels(std::min(idx.samples(), limit));
    for (std::size_t k = 0; k < labels.size(); ++k) labels[k] = static_cast<int>(idx[k]);
    return labels;
}

/// The same from a file, plain or gzip. Throws `bad_file` as `read_idx` does, too.
[[nodiscard]] inline std::vector<int> idx_labels(const std::string& path, std::size_t limit = all_samples) {
    return idx_labels(read_idx(path), limit);
}

}  // namespace wide
