#pragma once
// How a Gram lies in files: which rows make a block, and what of a block is computed, written and checked.
//
// Of a symmetric Gram block b has the rows [first, last) and computes the columns [0, last): what is left of the
// diagonal, and a square on it. What is above follows from later blocks. Of two sets of samples a block has whole
// rows.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include <wide/run/memory.hpp>
#include <wide/run/options.hpp>

namespace wide {

/// How many rows of a Gram are computed, written and journaled at a time; 0: a 64th of them, or fewer where memory is
/// short. Files that were begun keep the number they were begun with.
struct block_rows {
    std::size_t count = 0;
};

struct GramLayout {
    std::size_t rows = 0, columns = 0;
    bool symmetric = false;
    wide::fill fill = wide::fill::both;
    std::size_t rows_a_block = 1;

    /// Whether what is above the diagonal is a copy of what is below.
    bool mirrored() const { return symmetric && fill == wide::fill::both; }

    std::size_t blocks() const { return columns == 0 ? 0 : rows / rows_a_block + (rows % rows_a_block != 0); }
    std::size_t first(std::size_t block) const { return block * rows_a_block; }
    std::size_t last(std::size_t block) const { return std::min(rows, first(block) + rows_a_block); }
    std::size_t height(std::size_t block) const { return last(block) - first(block); }
    /// Columns of a block that are computed.
    std::size_t computed(std::size_t block) const { return symmetric ? last(block) : columns; }

    std::uint64_t pairs(std::size_t block) const {
        const std::uint64_t high = height(block);
        return symmetric ? high * first(block) + high * (high + 1) / 2 : high * columns;
    }
};

/// A 64th of the rows, as long as both matrices of a block take no more than an eighth of the budget.
inline std::size_t default_block_rows(std::size_t rows, std::size_t columns, std::size_t element_bytes,
                                      std::uint64_t budget) {
    constexpr std::size_t share = 64, tile = 16;
    const std::uint64_t row_bytes = std::max<std::uint64_t>(1, saturated_product(columns, 2 * element_bytes));
    const std::uint64_t room = (budget == 0 ? machine_memory() : budget) / 8 / row_bytes;
    const std::size_t wanted = (rows / share + tile) / tile * tile;  // whole tiles
    const std::size_t some = room < wanted ? static_cast<std::size_t>(room) : wanted;
    return std::max<std::size_t>(1, some < tile ? some : some / tile * tile);
}

/// The files of a Gram.
struct GramPaths {
    std::string matrix[2], journal;  ///< NNGP, NTK

    explicit GramPaths(const std::string& name)
        : matrix{name + ".nngp.npy", name + ".ntk.npy"}, journal{name + ".journal"} {}
};

}  // namespace wide
