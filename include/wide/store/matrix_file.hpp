#pragma once
// A matrix in a file, in NumPy's format, of which parts of rows are written and read in place.
//
//     MatrixFile<float> file("K.ntk.npy", n, m, open_for::updating);
//     file.prepare(false);
//     file.write(i, j, numbers, count);            // row i, from column j
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <wide/io/durable_file.hpp>
#include <wide/io/fingerprint.hpp>
#include <wide/io/npy.hpp>
#include <wide/run/matrix.hpp>

namespace wide {

template <std::floating_point T>
class MatrixFile {
public:
    MatrixFile(const std::string& path, std::size_t rows, std::size_t columns, open_for purpose)
        : file_(path, purpose), header_{npy_header<T>(rows, columns)}, rows_{rows}, columns_{columns} {}

    /// Throws error if the file is a whole one of another array: then a header that differs is no damage.
    void require_no_other() const {
        constexpr std::size_t longest = std::size_t{1} << 20;
        std::string found(std::min<std::uint64_t>(longest, file_.size()), '\0');
        found.resize(file_.read(0, found.data(), found.size()));
        if (found.starts_with(header_) || !begins_as_npy(found)) return;
        throw error{file_.path() + " holds another array, not the " + std::to_string(rows_) + " x " +
                    std::to_string(columns_) + " numbers of " + npy_element<T> +
                    " that belong there: give another name, or move that file away"};
    }

    /// The header and the length that this file has to have, whatever it had; numbers that are there stay.
    void prepare(bool take_all_room) {
        std::string found(header_.size(), '\0');
        if (file_.read(0, found.data(), found.size()) < found.size() || found != header_)
            file_.write(0, header_.data(), header_.size());
        const std::uint64_t bytes = offset(rows_, 0);
        if (file_.size() != bytes) file_.resize(bytes);
        if (take_all_room) file_.reserve(bytes);
    }

    /// Whether the file begins as one of this matrix does.
    [[nodiscard]] bool has_header() const {
        std::string found(header_.size(), '\0');
        return file_.read(0, found.data(), found.size()) == found.size() && found == header_;
    }

    /// `count` numbers of row i from column j; false if the file ends before them.
    [[nodiscard]] bool read(std::size_t i, std::size_t j, T* to, std::size_t count) const {
        return file_.read(offset(i, j), to, count * sizeof(T)) == count * sizeof(T);
    }

    void write(std::size_t i, std::size_t j, const T* from, std::size_t count) {
        file_.write(offset(i, j), from, count * sizeof(T));
    }

    std::uint64_t offset(std::size_t i, std::size_t j) const {
        return header_.size() + (std::uint64_t{i} * columns_ + j) * sizeof(T);
    }

    DurableFile& file() { return file_; }
    const DurableFile& file() const { return file_; }

private:
    DurableFile file_;
    std::string header_;
    std::size_t rows_, columns_;
};

/// `use(j, column)` for the columns [first, last) of a matrix, each as a span: a few are gathered at a time, so that
/// memory is read line by line.
template <class T, class Use>
void for_each_column(const Matrix<T>& matrix, std::size_t first, std::size_t last, const Use& use) {
    constexpr std::size_t together = 16;
    const std::size_t height = matrix.rows();
    std::vector<T> gathered(together * height);
    for (std::size_t j = first; j < last; j += together) {
        const std::size_t count = last - j < together ? last - j : together;
        for (std::size_t i = 0; i < height; ++i)
            for (std::size_t k = 0; k < count; ++k) gathered[k * height + i] = matrix(i, j + k);
        for (std::size_t k = 0; k < count; ++k) use(j + k, std::span<const T>(gathered.data() + k * height, height));
    }
}

/// The fingerprint of the columns [first, last), one after the other.
template <class T>
std::string print_of_columns(const Matrix<T>& matrix, std::size_t first, std::size_t last) {
    Fingerprint print;
    for_each_column(matrix, first, last,
                    [&](std::size_t, auto column) { print.add(column.data(), column.size_bytes()); });
    return print.text();
}

}  // namespace wide
