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

/// `vectors` columns of vectors of an outer product, which stay in registers for all rows.
template <bool add, int vectors, class T>
void put_outer_columns(const T* rows, const T* columns, T factor, std::size_t height, std::size_t width, T* to) {
    using V = Batch<T>;
    V column[vectors];
    for (int v = 0; v < vectors; ++v) column[v] = V::load_unaligned(columns + v * lanes<T>);
    for (std::size_t i = 0; i < height; ++i, to += width) {
        const V number(factor * rows[i]);
        for (int v = 0; v < vectors; ++v) {
            T* const place = to + v * lanes<T>;
            if constexpr (add) multiply_add<T>(number, column[v], V::load_unaligned(place)).store_unaligned(place);
            else (number * column[v]).store_unaligned(place);
        }
    }
}

template <bool add, class T>
void put_outer(const T* rows, const T* columns, T factor, std::size_t height, std::size_t width, T* to) {
    if (width == 1) return put_line<add>(rows, factor * columns[0], height, to);
    std::size_t c = 0;
    for (; c + 4 * lanes<T> <= width; c += 4 * lanes<T>)
        put_outer_columns<add, 4>(rows, columns + c, factor, height, width, to + c);
    for (; c + lanes<T> <= width; c += lanes<T>) put_outer_columns<add, 1>(rows, columns + c, factor, height, width, to + c);
    for (std::size_t i = 0; c < width && i < height; ++i)
        put_line<add>(columns + c, factor * rows[i], width - c, to + i * width + c);
}

/// to(i, k) = or += factor * rows[i] * columns[k].
template <class T>
void put_outer(const T* rows, const T* columns, T factor, std::size_t height, std::size_t width, bool add, T* to) {
    if (add) put_outer<true>(rows, columns, factor, height, width, to);
    else put_outer<false>(rows, columns, factor, height, width, to);
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
