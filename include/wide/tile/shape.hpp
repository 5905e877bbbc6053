#pragma once
// The register tile: as many accumulators as hide the latency of the multiply-adds, and leave registers for operands.
// 6 x 2 vectors where there are 16 registers, 12 x 2 where there are 32.
#include <wide/simd/batch.hpp>

namespace wide {

template <class T>
struct TileShape {
    static constexpr int rows = vector_registers == 32 ? 12 : 6;
    static constexpr int vectors = 2;
    static constexpr int columns = vectors * lanes<T>;
    static constexpr int size = rows * columns;
};

}  // namespace wide
