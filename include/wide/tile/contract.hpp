#pragma once
// The contraction of one register tile, tile(r, c) (+)= sum_k left(k, r) right(k, c), over panels. All accumulators
// stay in registers; per k it reads one line of each panel and issues rows x vectors fused multiply-adds, nothing
// else. (Goto & van de Geijn 2008: this is their micro-kernel; what a BLAS stores here, the epilogue goes on with.)
#include <cstddef>

#include <wide/simd/block.hpp>
#include <wide/tile/shape.hpp>

namespace wide {

/// Never inlined: its accumulators take all registers, and a caller around it would take some back.
template <class T>
[[gnu::noinline]] void contract(const T* left, const T* right, std::size_t depth, bool accumulate, T* tile) {
    using Tile = TileShape<T>;
    using Accumulators = Block<T, Tile::rows * Tile::vectors>;
    using Columns = Block<T, Tile::vectors>;
    Accumulators sum(T(0));
    for (std::size_t k = 0; k < depth; ++k, left += Tile::rows, right += Tile::columns) {
        const Columns columns = Columns::load(right);
        sum = outer_fma(left, columns, sum);
    }
    if (accumulate) sum = sum + Accumulators::load(tile);
    sum.store(tile);
}

}  // namespace wide
