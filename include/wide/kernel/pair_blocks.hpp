#pragma once
// How the pairs of a Gram are cut into square blocks: all of them, or of a symmetric Gram those on and below the
// diagonal.
//
//     const PairBlocks blocks{.rows = n, .columns = n, .side = 96, .symmetric = true};
//     run_blocks(blocks.count(), blocks.pairs(), how, [&](std::size_t b) { auto [row, column] = blocks.place(b); ... });
#include <cstddef>
#include <cstdint>

namespace wide {

struct PairBlocks {
    std::size_t rows, columns, side;
    bool symmetric;

    struct Place {
        std::size_t row, column;  ///< in blocks
    };

    [[nodiscard]] std::size_t across() const { return (columns + side - 1) / side; }
    [[nodiscard]] std::size_t count() const {
        const std::size_t down = (rows + side - 1) / side;
        return symmetric ? down * (down + 1) / 2 : down * across();
    }
    [[nodiscard]] std::uint64_t pairs() const {
        return symmetric ? std::uint64_t{rows} * (rows + 1) / 2 : std::uint64_t{rows} * columns;
    }
    [[nodiscard]] Place place(std::size_t block) const {
        if (!symmetric) return {block / across(), block % across()};
        std::size_t row = 0;
        while (block > row) block -= ++row;
        return {row, block};
    }
};

}  // namespace wide
