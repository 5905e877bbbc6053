#pragma once
// What is above the diagonal of a Gram in files: copies of what is below, made when all of that is there. Copied
// block by block, every page of the file would be written as often as blocks meet in it; columns are taken as many at
// a time as memory allows, so that what is read and what is written lies together.
//
// The fingerprint of what is above the diagonal in the rows of a block is that of its columns, one after the other,
// as the rows of later blocks bring them: it is known before anything is copied.
#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <wide/io/fingerprint.hpp>
#include <wide/run/error.hpp>
#include <wide/run/matrix.hpp>
#include <wide/store/gram_block.hpp>
#include <wide/store/gram_layout.hpp>
#include <wide/store/journal.hpp>
#include <wide/store/matrix_file.hpp>

namespace wide {

template <std::floating_point T>
class UpperTriangle {
public:
    explicit UpperTriangle(const GramLayout& layout) : layout_{layout}, print_(layout.blocks()) {}

    /// Block b, seen from the blocks before it, whose columns it continues. All blocks, in order.
    void add(std::size_t b, const GramBlock<T>& block) {
        for (std::size_t which = 0; which < 2; ++which) {
            const Matrix<T>& left = matrix_of(block.left, which);
            for (std::size_t r = 0; r < left.rows(); ++r)
                for (std::size_t earlier = 0; earlier < b; ++earlier)
                    print_[earlier][which].add(&left(r, layout_.first(earlier)), layout_.height(earlier) * sizeof(T));
        }
    }

    /// What the journal has to say of the rows of block b.
    [[nodiscard]] JournalEntry entry(std::size_t b) const {
        return {"above", layout_.first(b), layout_.last(b), {print_[b][0].text(), print_[b][1].text()}};
    }

    /// Whether what is above the diagonal in the rows of block b is what it has to be.
    [[nodiscard]] bool is_there(std::size_t b, const MatrixFile<T> (&file)[2]) const {
        const std::size_t first = layout_.last(b), count = layout_.columns - first;
        for (std::size_t which = 0; which < 2; ++which) {
            Matrix<T> above(layout_.height(b), count);
            for (std::size_t r = 0; r < above.rows(); ++r)
                if (!file[which].read(layout_.first(b) + r, first, above.row(r).data(), count)) return false;
            if (print_of_columns(above, 0, count) != print_[b][which].text()) return false;
        }
        return true;
    }

    /// How many blocks from b on can be copied at once within so many bytes; at least one.
    [[nodiscard]] std::size_t copied_at_once(std::size_t b, std::uint64_t bytes) const {
        const std::uint64_t columns = bytes / (std::max<std::size_t>(layout_.rows, 1) * sizeof(T));
        const std::uint64_t blocks = columns / layout_.rows_a_block;
        return static_cast<std::size_t>(std::clamp<std::uint64_t>(blocks, 1, layout_.blocks() - b));
    }

    /// Writes what is above the diagonal in the rows of the blocks [begin, end).
    void copy(std::size_t begin, std::size_t end, MatrixFile<T> (&file)[2]) const {
        const std::size_t first = layout_.first(begin), last = layout_.last(end - 1);
        for (MatrixFile<T>& matrix : file) {
            Matrix<T> above(last - first, layout_.columns - first);
            for (std::size_t b = begin + 1; b < layout_.blocks(); ++b)
                turn(matrix, b, first, std::min(last, layout_.first(b)), above);
            for (std::size_t b = begin; b < end; ++b) {
                const std::size_t from = layout_.last(b);
                for (std::size_t j = layout_.first(b); j < from; ++j)
                    matrix.write(j, from, above.row(j - first).data() + (from - first), layout_.columns - from);
            }
        }
    }

private:
    /// Columns [first, last) of the rows of block b, as columns of `above`. A few rows at a time, so that each of its
    /// rows is written piece by piece.
    void turn(const MatrixFile<T>& file, std::size_t b, std::size_t first, std::size_t last, Matrix<T>& above) const {
        constexpr std::size_t together = 16;
        Matrix<T> some(together, last - first);
        for (std::size_t i = layout_.first(b); i < layout_.last(b); i += together) {
            const std::size_t count = std::min(together, layout_.last(b) - i);
            for (std::size_t k = 0; k < count; ++k)
                if (!file.read(i + k, first, some.row(k).data(), last - first))
                    throw bad_file(file.file().path() + ": row " + std::to_string(i + k) +
                                       " is gone while it is read: leave the file alone and call again",
                                   file.file().path(), file.offset(i + k, first));
            for (std::size_t j = 0; j < last - first; ++j)
                for (std::size_t k = 0; k < count; ++k) above(j, i + k - first) = some(k, j);
        }
    }

    const GramLayout& layout_;
    std::vector<std::array<Fingerprint, 2>> print_;
};

}  // namespace wide
