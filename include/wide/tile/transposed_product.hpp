#pragma once
// A product whose left factor lies in columns, as that of a gradient does: x^T c, over samples.
//
//     multiply_transposed<T>(rows, columns, [&](std::size_t k) { return x + k * row; }, right, depth, finish);
#include <algorithm>
#include <cstddef>

#include <wide/tile/product.hpp>

namespace wide {

/// How many products a transposed one may sum: a strip of its left factor stays in the first-level cache.
template <class T>
inline constexpr std::size_t deepest_transposed = 1024 / sizeof(T);

/// A strip of a left factor that lies in columns, against one panel of the right factor.
template <int vectors, class T, class Finish>
void multiply_strip(const T* strip, const RightFactor<T>& right, std::size_t depth, std::size_t first_row, std::size_t rows,
                    std::size_t first_column, std::size_t columns, Finish& finish) {
    constexpr std::size_t width = static_cast<std::size_t>(vectors) * lanes<T>;
    constexpr int tall = TileShape<T>::rows;
    alignas(64) T sums[tall * width + lanes<T>];
    product_tile<T, tall, vectors, false>({strip, 1, tall}, right, depth, false, sums);
    std::fill_n(sums + tall * width, lanes<T>, T(0));
    finish(ProductTile<T, 1>{{sums}, first_row, rows, first_column, std::min(width, columns - first_column), width});
}

/// One product whose left factor lies in columns: its numbers k are the `rows` numbers from `column(k)` on, for k < depth <=
/// deepest_transposed. A strip of them is put together once, and meets all columns of the right factor.
template <class T, class Column, class Finish>
void multiply_transposed(std::size_t rows, std::size_t columns, Column column, const RightFactor<T>& right, std::size_t depth,
                         Finish finish) {
    constexpr std::size_t width = TileShape<T>::columns, height = TileShape<T>::rows;
    alignas(64) T strip[deepest_transposed<T> * height];
    for (std::size_t r = 0; r < rows; r += height) {
        const std::size_t some = std::min(height, rows - r);
        for (std::size_t k = 0; k < depth; ++k) {
            const T* const line = column(k) + r;
            T* const to = strip + k * height;
            if (some == height) {
                std::copy_n(line, height, to);
            } else {
                std::copy_n(line, some, to);
                std::fill_n(to + some, height - some, T(0));
            }
        }
        for (std::size_t p = 0; p * width < columns; ++p) {
            RightFactor<T> panel = right;
            panel.data += static_cast<std::ptrdiff_t>(p) * right.panel;
            if (columns - p * width > lanes<T>)
                multiply_strip<TileShape<T>::vectors>(strip, panel, depth, r, some, p * width, columns, finish);
            else multiply_strip<1>(strip, panel, depth, r, some, p * width, columns, finish);
        }
    }
}

}  // namespace wide
