#pragma once
// Lines and tiles of numbers on their way to where they are kept: times a factor, over what is there or added to it.
#include <cstddef>

#include <wide/tile/product.hpp>

namespace wide {

/// to[c] = or += factor * from[c].
template <bool add, class T>
void put_line(const T* from, T factor, std::size_t length, T* to) {
    using V = Batch<T>;
    constexpr std::size_t lane = lanes<T>;
    const V factors(factor);
    std::size_t c = 0;
    for (; c + lane <= length; c += lane) {
        const V numbers = V::load_unaligned(from + c);
        if constexpr (add) multiply_add<T>(factors, numbers, V::load_unaligned(to + c)).store_unaligned(to + c);
        else (factors * numbers).store_unaligned(to + c);
    }
    for (; c < length; ++c) to[c] = factor * from[c] + (add ? to[c] : T(0));
}

/// to(i, k) = or += factor * rows[i] * columns[k].
template <class T>
void put_outer(const T* rows, const T* columns, T factor, std::size_t height, std::size_t width, bool add, T* to) {
    if (width == 1) {
        if (add) return put_line<true>(rows, factor * columns[0], height, to);
        return put_line<false>(rows, factor * columns[0], height, to);
    }
    for (std::size_t i = 0; i < height; ++i) {
        if (add) put_line<true>(columns, factor * rows[i], width, to + i * width);
        else put_line<false>(columns, factor * rows[i], width, to + i * width);
    }
}

/// to(r, c) = or += factor * the tile.
template <class T>
void put_tile(const ProductTile<T, 1>& made, T factor, bool add, T* to, std::size_t row) {
    for (std::size_t r = 0; r < made.rows; ++r) {
        T* const line = to + (made.first_row + r) * row + made.first_column;
        const T* const sums = made.tile[0] + r * made.stride;
        if (add) put_line<true>(sums, factor, made.columns, line);
        else put_line<false>(sums, factor, made.columns, line);
    }
}

}  // namespace wide
