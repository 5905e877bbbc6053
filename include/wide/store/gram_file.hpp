#pragma once
// A Gram in files, read back: whole, or some rows at a time where it is larger than memory. Every number was compared
// with the journal's fingerprints before it is returned.
//
//     Gram<float> G = read_gram_file<float>("cifar");
//
//     GramFile<float> file("cifar");
//     Gram<float> part = file.read(first, count);      // rows [first, first + count), all columns
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include <wide/io/fingerprint.hpp>
#include <wide/kernel/kernels.hpp>
#include <wide/run/memory.hpp>
#include <wide/store/gram_block.hpp>
#include <wide/store/gram_layout.hpp>
#include <wide/store/gram_writer.hpp>
#include <wide/store/journal.hpp>
#include <wide/store/matrix_file.hpp>

namespace wide {

template <std::floating_point T>
class GramFile {
public:
    /// `budget` bounds what one call of `read` may take; 0: the machine's memory. Throws bad_file for files that are
    /// absent or not of a Gram, and different_gram for another element type.
    explicit GramFile(const std::string& name, std::uint64_t budget = 0)
        : GramFile(GramPaths(name), parse_journal(read_journal(GramPaths(name).journal), GramPaths(name).journal),
                   budget) {}

    std::size_t rows() const { return layout_.rows; }
    std::size_t columns() const { return layout_.columns; }

    /// Rows that were not computed yet, as far as the journal knows.
    [[nodiscard]] std::size_t missing_rows() const {
        std::size_t missing = 0;
        for (std::size_t b = 0; b < layout_.blocks(); ++b)
            if (!claims_.rows[b]) missing += layout_.height(b);
        return missing;
    }

    /// Both matrices of `count` rows. Of a Gram with fill::lower, zeros above the diagonal. Throws error for rows
    /// that are not finished, bad_file for damaged ones, shape_mismatch for rows that do not exist,
    /// insufficient_memory.
    [[nodiscard]] Gram<T> read(std::size_t first, std::size_t count) const {
        if (first > rows() || count > rows() - first)
            throw shape_mismatch("rows " + std::to_string(first) + " to " + std::to_string(first) + " + " +
                                 std::to_string(count) + " are asked for, but " + paths_.journal + " has " +
                                 std::to_string(rows()));
        require_memory(saturated_product(saturated_sum(2 * std::uint64_t{count}, layout_.rows_a_block),
                                         saturated_product(columns(), sizeof(T))),
                       budget_, "reading " + std::to_string(count) + " rows of a Gram");
        Gram<T> result{Matrix<T>(count, columns()), Matrix<T>(count, columns())};
        for (std::size_t b = 0; b < layout_.blocks(); ++b) {
            const std::size_t from = std::max(first, layout_.first(b)), to = std::min(first + count, layout_.last(b));
            if (from >= to) continue;
            require_finished(b);
            for (std::size_t which = 0; which < 2; ++which) {
                const Matrix<T> block = checked_block(b, which);
                for (std::size_t i = from; i < to; ++i)
                    std::memcpy(matrix_of(result, which).row(i - first).data(), &block(i - layout_.first(b), 0),
                                columns() * sizeof(T));
            }
        }
        return result;
    }

private:
    GramFile(const GramPaths& paths, const Journal& journal, std::uint64_t budget)
        : paths_{paths},
          layout_{checked_layout(journal, paths.journal)},
          claims_(journal, layout_),
          matrix_{MatrixFile<T>(paths.matrix[0], layout_.rows, layout_.columns, open_for::reading),
                  MatrixFile<T>(paths.matrix[1], layout_.rows, layout_.columns, open_for::reading)},
          budget_{budget} {
        for (const MatrixFile<T>& matrix : matrix_)
            if (!matrix.has_header())
                throw bad_file(matrix.file().path() + ": byte 0: its header is not that of " + paths.journal +
                                   ": call gram_to_file again, which repairs it",
                               matrix.file().path(), 0);
    }

    static GramLayout checked_layout(const Journal& journal, const std::string& path) {
        const std::string* const element = journal.find("element");
        if (!element || *element != element_name<T>)
            throw different_gram(path + " has numbers of type " + (element ? *element : "unknown") +
                                     ", and is read as one of " + element_name<T> + ": read it as what it is",
                                 "element", element ? *element : "nothing", element_name<T>);
        return layout_of(journal, path);
    }

    /// Of a Gram with both triangles only the last block finishes what is above the diagonal in the others.
    void require_finished(std::size_t b) const {
        if (claims_.rows[b] && (!layout_.mirrored() || claims_.above[b])) return;
        const std::size_t missing = missing_rows();
        throw error(paths_.journal + ": " +
                    (missing > 0 ? std::to_string(missing) + " of " + std::to_string(rows()) + " rows are missing"
                                 : "what is above the diagonal is not checked yet") +
                    ": call gram_to_file again with the arguments it had, it goes on");
    }

    /// The rows of block b, compared with what the journal claims.
    Matrix<T> checked_block(std::size_t b, std::size_t which) const {
        const std::size_t computed = layout_.computed(b), height = layout_.height(b);
        Matrix<T> block(height, columns());
        const std::size_t wanted = layout_.mirrored() ? columns() : computed;
        Fingerprint rows_print;
        bool sound = true;
        for (std::size_t r = 0; sound && r < height; ++r) {
            sound = matrix_[which].read(layout_.first(b) + r, 0, block.row(r).data(), wanted);
            rows_print.add(block.row(r).data(), computed * sizeof(T));
        }
        sound = sound && rows_print.text() == claims_.rows[b]->print[which];
        if (sound && layout_.mirrored()) {
            sound = print_of_columns(block, computed, columns()) == claims_.above[b]->print[which];
        }
        if (sound) return block;
        const std::uint64_t offset = matrix_[which].offset(layout_.first(b), 0);
        throw bad_file(matrix_[which].file().path() + ": byte " + std::to_string(offset) + ": rows " +
                           std::to_string(layout_.first(b)) + " to " + std::to_string(layout_.last(b) - 1) +
                           " are not what was written: call gram_to_file again, it computes them anew",
                       matrix_[which].file().path(), offset);
    }

    GramPaths paths_;
    GramLayout layout_;
    Claims claims_;
    MatrixFile<T> matrix_[2];
    std::uint64_t budget_;
};

/// All of it. Throws as GramFile does.
template <std::floating_point T>
[[nodiscard]] Gram<T> read_gram_file(const std::string& name, std::uint64_t budget = 0) {
    const GramFile<T> file(name, budget);
    return file.read(0, file.rows());
}

}  // namespace wide
