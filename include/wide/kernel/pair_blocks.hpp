#pragma once
// How the pairs of a Gram are cut into blocks: all of them, or of a symmetric Gram those on and below the diagonal.
//
//     const PairBlocks blocks{.rows = n, .columns = n, .side = 96, .symmetric = true};
//     run_blocks(blocks.count(), blocks.pairs(), how, [&](std::size_t b) { auto [row, column] = blocks.place(b); ... });
#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace wide {

struct PairBlocks {
    std::size_t rows, columns, side;
    bool symmetric;
    std::size_t height = side;  ///< of a block that is not square; its columns are `side`

    struct Place {
        std::size_t row, column;  ///< in blocks
    };

    [[nodiscard]] std::size_t down() const { return (rows + height - 1) / height; }
    [[nodiscard]] std::size_t across() const { return (columns + side - 1) / side; }
    /// The same for a row of blocks: of a symmetric Gram, as far as the diagonal.
    [[nodiscard]] std::size_t across(std::size_t row) const {
        return symmetric ? (std::min(rows, (row + 1) * height) - 1) / side + 1 : across();
    }
    [[nodiscard]] std::size_t count() const {
        if (!symmetric) return down() * across();
        std::size_t all = 0;
        for (std::size_t row = 0; row < down(); ++row) all += across(row);
        return all;
    }
    [[nodiscard]] std::uint64_t pairs() const {
        return symmetric ? std::uint64_t{rows} * (rows + 1) / 2 : std::uint64_t{rows} * columns;
    }
    [[nodiscard]] Place place(std::size_t block) const {
        if (!symmetric) return {block / across(), block % across()};
        std::size_t row = 0;
        while (block >= across(row)) block -= across(row++);
        return {row, block};
    }
};

}  // namespace wide
