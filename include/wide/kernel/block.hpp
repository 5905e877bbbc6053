#pragma once
// A Gram is cut into blocks of tiles; every tile is contracted in registers and goes through the whole network before
// anything is stored. Blocks are independent of each other, so threads may share them in any way.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <wide/kernel/epilogue.hpp>
#include <wide/kernel/pair_blocks.hpp>
#include <wide/kernel/side.hpp>
#include <wide/tile/contract.hpp>

namespace wide {

/// A rectangle of tiles that one thread computes: its operands fit into the second-level cache.
template <class T>
struct BlockShape {
    static constexpr std::size_t rows = 96;
    static constexpr std::size_t columns =
        96 / static_cast<std::size_t>(TileShape<T>::columns) * static_cast<std::size_t>(TileShape<T>::columns);
    static constexpr std::size_t depth = 2560 / sizeof(T) / 2;  ///< numbers of a sample contracted at a time
    static constexpr std::size_t tiles_down = rows / static_cast<std::size_t>(TileShape<T>::rows);
    static constexpr std::size_t tiles_across = columns / static_cast<std::size_t>(TileShape<T>::columns);
    static_assert(rows % static_cast<std::size_t>(TileShape<T>::rows) == 0);
    static_assert(rows == columns, "a symmetric Gram is cut along its diagonal");
};

/// Correlations nearer to +-1 than this are recomputed from differences. A dot product's rounding grows with the
/// number of chunks that are added up, and what it does to the NTK with the number of layers that see it, until they
/// have drawn the pair apart: 1/32 is right for any depth. tests/accuracy measures just above the threshold.
template <class T>
constexpr T closeness(int duals, std::size_t width) {
    constexpr double one_layer = sizeof(T) == sizeof(float) ? 1.0 / (1 << 11) : 1.0 / (1 << 18);
    const double chunks = static_cast<double>(width) / (3.0 * static_cast<double>(BlockShape<T>::depth));
    const double wanted = one_layer * duals * duals * (chunks < 1 ? 1 : chunks);
    return static_cast<T>(wanted < 1.0 / 32 ? wanted : 1.0 / 32);
}

/// What the blocks of one matrix share, whatever is made of the correlations.
template <class T, int output_count>
struct TileTask {
    static constexpr int outputs = output_count;
    const GramSide<T>*left, *right;
    std::size_t rows, columns, width;
    bool symmetric;  ///< then only entries on and below the diagonal are computed
    T threshold;
    T* output[output_count];                      ///< row-major; null where not wanted
    std::size_t stride;                           ///< from one row of an output to the next
    std::size_t first_row = 0, first_column = 0;  ///< of what an output holds
    bool whole_tiles = false;                     ///< an output has room for tiles that reach over an edge

    /// Where entry (i, j) of output k is.
    [[nodiscard]] T* place(int k, std::size_t i, std::size_t j) const {
        return output[k] + ((i - first_row) * stride + (j - first_column));
    }
};

/// Stores the part of a tile that lies inside output k (and not above the diagonal of a symmetric one).
template <class T, int outputs>
void store_partly(const TileTask<T, outputs>& task, const T* tile, int k, std::size_t first_row,
                  std::size_t first_column) {
    constexpr auto width = static_cast<std::size_t>(TileShape<T>::columns);
    const std::size_t last_row = std::min(task.rows, first_row + static_cast<std::size_t>(TileShape<T>::rows));
    for (std::size_t i = first_row; i < last_row; ++i) {
        const std::size_t end = std::min({task.columns, first_column + width, task.symmetric ? i + 1 : task.columns});
        for (std::size_t j = first_column; j < end; ++j)
            *task.place(k, i, j) = tile[(i - first_row) * width + (j - first_column)];
    }
}

/// Lets the task finish a tile of correlations, in place or, where the tile reaches over an edge, beside it.
template <class Task, class T>
void finish_tile(const Task& task, const T* tile, std::size_t row_panel, std::size_t column_panel) {
    using Tile = TileShape<T>;
    constexpr int outputs = Task::outputs;
    const std::size_t i = row_panel * Tile::rows, j = column_panel * Tile::columns;
    const TileOperands<T> from{task.left->samples.panel(row_panel), task.right->samples.panel(column_panel),
                               task.width, task.left->numbers.panel(row_panel),
                               task.right->numbers.panel(column_panel)};
    const bool inside = task.whole_tiles || (i + Tile::rows <= task.rows && j + Tile::columns <= task.columns &&
                                             (!task.symmetric || j + Tile::columns <= i + 1));
    TileTarget<T, outputs> to;
    if (inside) {
        for (int k = 0; k < outputs; ++k) to.output[k] = task.output[k] ? task.place(k, i, j) : nullptr;
        to.stride = task.stride;
        task.finish(tile, from, to);
    } else {
        T beside[outputs][Tile::size];
        for (int k = 0; k < outputs; ++k) to.output[k] = task.output[k] ? beside[k] : nullptr;
        to.stride = Tile::columns;
        task.finish(tile, from, to);
        for (int k = 0; k < outputs; ++k)
            if (task.output[k]) store_partly(task, beside[k], k, i, j);
    }
}

/// Computes block (block_row, block_column).
template <class T, class Task>
void compute_block(const Task& task, std::size_t block_row, std::size_t block_column) {
    using Tile = TileShape<T>;
    using Size = BlockShape<T>;
    alignas(64) T tiles[Size::tiles_down * Size::tiles_across][Tile::size];
    const std::size_t first_down = block_row * Size::tiles_down, first_across = block_column * Size::tiles_across;
    const std::size_t down = std::min(Size::tiles_down, task.left->samples.count() - first_down);
    const std::size_t across = std::min(Size::tiles_across, task.right->samples.count() - first_across);
    const std::size_t chunks = (task.width + Size::depth - 1) / Size::depth;
    const std::size_t chunk = (task.width + chunks - 1) / chunks;
    for (std::size_t k = 0; k < task.width; k += chunk) {
        const std::size_t depth = std::min(chunk, task.width - k);
        for (std::size_t c = 0; c < across; ++c) {
            const T* right = task.right->samples.panel(first_across + c, k);
            for (std::size_t r = 0; r < down; ++r) {
                const std::size_t last_row = (first_down + r + 1) * Tile::rows - 1;
                if (task.symmetric && last_row < (first_across + c) * Tile::columns) continue;
                T* tile = tiles[r * Size::tiles_across + c];
                contract(task.left->samples.panel(first_down + r, k), right, depth, k > 0, tile);
                if (k + depth == task.width) finish_tile(task, tile, first_down + r, first_across + c);
            }
        }
    }
}

/// Copies a block below the diagonal to its place above.
template <class T>
void mirror_block(T* matrix, std::size_t n, std::size_t first_row, std::size_t first_column) {
    const std::size_t last_row = std::min(n, first_row + BlockShape<T>::rows);
    const std::size_t last_column = std::min(n, first_column + BlockShape<T>::columns);
    for (std::size_t j = first_column; j < last_column; ++j)
        for (std::size_t i = std::max(first_row, j + 1); i < last_row; ++i) matrix[j * n + i] = matrix[i * n + j];
}

/// Computes all blocks of a task, the diagonal of a symmetric one in closed form, and what mirrors it.
template <class T, class Task>
void run_tiles(const Task& task, const options& how) {
    using Size = BlockShape<T>;
    const bool symmetric = task.symmetric;
    const PairBlocks blocks{task.rows, task.columns, Size::rows, symmetric};
    run_blocks(blocks.count(), blocks.pairs(), how, [&](std::size_t block) {
        const auto [r, c] = blocks.place(block);
        compute_block<T>(task, r, c);
        const std::size_t first_row = r * Size::rows, last_row = std::min(task.rows, first_row + Size::rows);
        const std::size_t first_column = c * Size::columns,
                          last_column = std::min(task.columns, first_column + Size::columns);
        for (int k = 0; symmetric && k < Task::outputs; ++k) {
            T* const matrix = task.output[k];
            if (!matrix) continue;
            for (std::size_t i = first_row; r == c && i < last_row; ++i)
                matrix[i * task.rows + i] = task.right->self(static_cast<std::size_t>(k), i);
            if (how.fill == fill::both) mirror_block(matrix, task.rows, first_row, first_column);
        }
        const std::uint64_t height = last_row - first_row;
        return symmetric && r == c ? height * (height + 1) / 2 : height * (last_column - first_column);
    });
}

}  // namespace wide
