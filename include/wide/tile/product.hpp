#pragma once
// Products of matrices as a finite network needs them: sums of several products, from factors that lie as they are, each
// tile of the result handed on while it is in the first-level cache. There a bias, a nonlinearity and its slope are
// applied, so that no sum is stored and read again.
//
//     result_o(r, c) = sum over terms t of output o, and over k, of left_t(r, k) right_t(k, c)
//
// The left factor is broadcast element by element, so any two strides will do, a transposed one for instance; the right
// one is read by vectors, two at a time, in rows as they lie or in panels. (Goto & van de Geijn 2008.)
#include <algorithm>
#include <cstddef>
#include <span>
#include <type_traits>

#include <wide/simd/block.hpp>
#include <wide/tile/shape.hpp>

namespace wide {

/// Element (r, k) is data[r * row + k * step].
template <class T>
struct LeftFactor {
    const T* data = nullptr;
    std::ptrdiff_t row = 0, step = 1;

    [[nodiscard]] LeftFactor from(std::size_t r) const { return {data + static_cast<std::ptrdiff_t>(r) * row, row, step}; }
};

/// Element (k, c) is data[c / width * panel + k * step + c % width], with `width` columns of a register tile.
template <class T>
struct RightFactor {
    static constexpr std::ptrdiff_t width = TileShape<T>::columns;
    const T* data = nullptr;
    std::ptrdiff_t step = 0, panel = width;

    /// Rows of a matrix as they lie, `length` apart. Up to `width` elements behind the last may be read.
    static RightFactor of_rows(const T* data, std::size_t length) { return {data, static_cast<std::ptrdiff_t>(length), width}; }

    [[nodiscard]] RightFactor from(std::size_t k) const { return {data + static_cast<std::ptrdiff_t>(k) * step, step, panel}; }
};

/// One product, added to output `output`. Terms of one output follow each other.
template <class T>
struct ProductTerm {
    LeftFactor<T> left;
    RightFactor<T> right;
    std::size_t depth;
    int output = 0;
};

/// A tile of results: element (r, c) of output o is tile[o][r * stride + c].
template <class T, int outputs>
struct ProductTile {
    static constexpr int most = TileShape<T>::size;
    T* tile[static_cast<std::size_t>(outputs)];
    std::size_t first_row, rows, first_column, columns;
    std::size_t stride;  ///< a whole number of vectors
};

/// The elements that hold `depth` rows of `columns` in panels.
template <class T>
constexpr std::size_t panel_elements(std::size_t depth, std::size_t columns) {
    constexpr std::size_t width = TileShape<T>::columns;
    return (columns + width - 1) / width * width * depth;
}

/// Puts matrix(k, c) = source[k * row + c * column] into panels: the columns of a register tile side by side, zeros behind
/// the last.
template <class T>
RightFactor<T> pack_panels(const T* source, std::ptrdiff_t row, std::ptrdiff_t column, std::size_t depth, std::size_t columns,
                           T* panels) {
    constexpr std::size_t width = TileShape<T>::columns;
    for (std::size_t first = 0; first < columns; first += width) {
        const std::size_t some = std::min(width, columns - first);
        const T* const from = source + static_cast<std::ptrdiff_t>(first) * column;
        T* const to = panels + first * depth;
        if (column == 1) {
            for (std::size_t k = 0; k < depth; ++k) {
                const T* const line = from + static_cast<std::ptrdiff_t>(k) * row;
                std::copy_n(line, some, to + k * width);
                std::fill_n(to + k * width + some, width - some, T(0));
            }
        } else {
            // A few lines of the source at a time stay in the cache while they are spread.
            constexpr std::size_t together = 16;
            for (std::size_t k = 0; k < depth; k += together)
                for (std::size_t c = 0; c < width; ++c)
                    for (std::size_t j = k; j < std::min(depth, k + together); ++j)
                        to[j * width + c] =
                            c < some ? from[static_cast<std::ptrdiff_t>(c) * column + static_cast<std::ptrdiff_t>(j) * row]
                                     : T(0);
        }
    }
    return {panels, width, static_cast<std::ptrdiff_t>(width * depth)};
}

/// Vectors of one row of the right factor.
template <class T, int vectors>
[[gnu::always_inline]] inline Block<T, vectors> columns_at(const T* right, std::ptrdiff_t panel) {
    constexpr int each = TileShape<T>::vectors;
    return Block<T, vectors>([right, panel](int v) __attribute__((always_inline)) {
        return Batch<T>::load_unaligned(right + v / each * panel + v % each * lanes<T>);
    });
}

/// Places of a few rows that lie `row` apart, three of them for each address that is kept: a processor adds up one or two
/// distances by itself.
template <class T, int rows>
struct RowPlaces {
    static constexpr int kept = (rows + 2) / 3;
    const T* place[kept];
    std::ptrdiff_t row;

    RowPlaces(const T* first, std::ptrdiff_t apart) : row{apart} {
        for (int g = 0; g < kept; ++g) place[g] = first + 3 * g * apart;
    }
    [[gnu::always_inline]] T operator()(int r, int k) const { return place[r / 3][(r % 3) * row + k]; }
    [[gnu::always_inline]] void advance(int k) {
        for (int g = 0; g < kept; ++g) place[g] += k;
    }
};

/// The same where rows lie side by side, and steps apart.
template <class T, int rows>
struct ColumnPlaces {
    const T* place;
    std::ptrdiff_t step;
    [[gnu::always_inline]] T operator()(int r, int k) const { return place[r + k * step]; }
    [[gnu::always_inline]] void advance(int k) { place += k * step; }
};

/// sum(r, c) + left(r) right(c), with `sum` in rows.
template <class T, int vectors, int count, class Places>
[[gnu::always_inline]] inline Block<T, count> add_line(const Places& left, int k, const Block<T, vectors>& right,
                                                       const Block<T, count>& sum) {
    return Block<T, count>([&](int i) __attribute__((always_inline)) {
        return xsimd::fma(Batch<T>(left(i / vectors, k)), right.v[i % vectors], sum.v[i]);
    });
}

/// tile(r, c) (+)= sum_k left(r, k) right(k, c), all accumulators in registers. Never inlined: they take all registers,
/// and a caller around them would take some back.
template <class T, int rows, int panels, bool left_in_rows>
[[gnu::noinline]] void product_tile(const LeftFactor<T>& left, const RightFactor<T>& right, std::size_t depth,
                                    bool accumulate, T* tile) {
    constexpr int vectors = panels * TileShape<T>::vectors;
    using Sum = Block<T, rows * vectors>;
    using Places = std::conditional_t<left_in_rows, RowPlaces<T, rows>, ColumnPlaces<T, rows>>;
    Places from{left.data, left_in_rows ? left.row : left.step};
    const T* columns = right.data;
    const std::ptrdiff_t step = right.step, panel = right.panel;
    Sum sum(T(0));
    std::size_t k = 0;
    if constexpr (rows * vectors < 8) {
        // Too few to hide the latency of a multiply-add: two sums side by side.
        Sum second(T(0));
        for (; k + 2 <= depth; k += 2, columns += 2 * step, from.advance(2)) {
            sum = add_line(from, 0, columns_at<T, vectors>(columns, panel), sum);
            second = add_line(from, 1, columns_at<T, vectors>(columns + step, panel), second);
        }
        sum = sum + second;
    }
    for (; k < depth; ++k, columns += step, from.advance(1))
        sum = add_line(from, 0, columns_at<T, vectors>(columns, panel), sum);
    if (accumulate) sum = sum + Sum::load(tile);
    sum.store(tile);
}

/// The sums of one tile, and what is made of them.
template <int rows, int panels, int outputs, class T, class Finish>
void finish_product(std::span<const ProductTerm<T>> terms, std::size_t first_row, std::size_t first_panel,
                    std::size_t columns, Finish& finish) {
    constexpr std::size_t width = static_cast<std::size_t>(panels * TileShape<T>::columns);
    alignas(64) T sums[outputs][static_cast<std::size_t>(rows) * width];
    int begun = -1;
    for (const ProductTerm<T>& term : terms) {
        const LeftFactor<T> left = term.left.from(first_row);
        RightFactor<T> right = term.right;
        right.data += static_cast<std::ptrdiff_t>(first_panel) * right.panel;
        const bool accumulate = begun == term.output;
        if (left.step == 1) product_tile<T, rows, panels, true>(left, right, term.depth, accumulate, sums[term.output]);
        else product_tile<T, rows, panels, false>(left, right, term.depth, accumulate, sums[term.output]);
        begun = term.output;
    }
    const std::size_t first_column = first_panel * static_cast<std::size_t>(TileShape<T>::columns);
    ProductTile<T, outputs> made{{}, first_row, rows, first_column, std::min(width, columns - first_column), width};
    for (int o = 0; o < outputs; ++o) made.tile[o] = sums[o];
    finish(made);
}

/// Sums of products of `rows` by `columns`, tile by tile to `finish`. A factor whose `step` is not 1 has `row` 1.
template <int outputs, class T, class Finish>
void multiply(std::size_t rows, std::size_t columns, std::span<const ProductTerm<T>> terms, Finish finish) {
    constexpr std::size_t width = TileShape<T>::columns;
    constexpr int tall = TileShape<T>::rows;
    const std::size_t panels = (columns + width - 1) / width;
    const auto rows_from = [&]<int height, int across>(std::size_t& r, std::size_t p) {
        for (; r + height <= rows; r += height) finish_product<height, across, outputs>(terms, r, p, columns, finish);
    };
    const auto few_rows = [&]<int height, int across>(std::size_t r, std::size_t& p) {
        for (; p + across <= panels; p += across) finish_product<height, across, outputs>(terms, r, p, columns, finish);
    };
    const std::size_t by_panels = rows < static_cast<std::size_t>(tall) / 3 ? 0 : rows;
    std::size_t below = 0;
    for (std::size_t p = 0; p < panels && by_panels > 0; ++p) {
        std::size_t r = 0;
        rows_from.template operator()<tall, 1>(r, p);
        rows_from.template operator()<tall / 3 * 2, 1>(r, p);
        rows_from.template operator()<tall / 3, 1>(r, p);
        below = r;
    }
    for (std::size_t r = below; r < rows; ++r) {
        std::size_t p = 0;
        few_rows.template operator()<1, 4>(r, p);
        few_rows.template operator()<1, 2>(r, p);
        few_rows.template operator()<1, 1>(r, p);
    }
}

}  // namespace wide
