#pragma once
// Products of matrices as a finite network needs them: sums of several products, from factors that lie as they are, each
// tile of the result handed on while it is in the first-level cache. There a bias, a nonlinearity and its slope are
// applied, so that no sum is stored and read again.
//
//     result_o(r, c) = sum over terms t of output o, and over k, of left_t(r, k) right_t(k, c)
//
// The left factor is broadcast element by element, from rows, or from columns that are put together in strips; the right one is
// read by vectors, two at a time, in rows as they lie or in panels. (Goto & van de Geijn 2008.)
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

/// Calls visit(term) for all terms of a product. What makes its terms as they are asked for has a function of this name, too.
template <class T, class Visit>
void each_term(std::span<const ProductTerm<T>> terms, Visit visit) {
    for (const ProductTerm<T>& term : terms) visit(term);
}

/// A tile of results: element (r, c) of output o is tile[o][r * stride + c].
template <class T, int outputs>
struct ProductTile {
    T* tile[static_cast<std::size_t>(outputs)];
    std::size_t first_row, rows, first_column, columns;
    std::size_t stride;  ///< a whole number of vectors; behind the last row, one vector more may be read
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
        if (column == 1 && some == width) {
            for (std::size_t k = 0; k < depth; ++k)
                std::copy_n(from + static_cast<std::ptrdiff_t>(k) * row, width, to + k * width);
        } else if (column == 1) {
            for (std::size_t k = 0; k < depth; ++k) {
                const T* const line = from + static_cast<std::ptrdiff_t>(k) * row;
                std::copy_n(line, some, to + k * width);
                std::fill_n(to + k * width + some, width - some, T(0));
            }
        } else {
            // A few lines of the source at a time stay in the cache while they are spread.
            constexpr std::size_t together = 16;
            for (std::size_t k = 0; k < depth; k += together) {
                const std::size_t end = std::min(depth, k + together);
                for (std::size_t c = 0; c < some; ++c) {
                    const T* const line = from + static_cast<std::ptrdiff_t>(c) * column;
                    for (std::size_t j = k; j < end; ++j) to[j * width + c] = line[static_cast<std::ptrdiff_t>(j) * row];
                }
                for (std::size_t j = k; some < width && j < end; ++j) std::fill_n(to + j * width + some, width - some, T(0));
            }
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
    static_assert(count % 2 == 0 && count % vectors == 0, "sums are taken in pairs, and fill whole rows");
    Block<T, count> made = sum;
    [&]<int... pair>(std::integer_sequence<int, pair...>) __attribute__((always_inline)) {
        const auto add_pair = [&](int i) __attribute__((always_inline)) {
            const Batch<T> factor(left(i / vectors, k));
            made.v[i] = multiply_add<T>(factor, right.v[i % vectors], made.v[i]);
            // The second of a pair is in the same row, unless a row is an odd number of vectors.
            const Batch<T> next = vectors % 2 == 0 ? factor : Batch<T>(left((i + 1) / vectors, k));
            made.v[i + 1] = multiply_add<T>(next, right.v[(i + 1) % vectors], made.v[i + 1]);
            settle<T>(made.v[i], made.v[i + 1]);
        };
        (add_pair(2 * pair), ...);
    }
    (std::make_integer_sequence<int, count / 2>{});
    return made;
}

/// How far ahead a tile asks for what the next ones will read of the right factor: of wide layers it comes from the third-level
/// cache, and no faster than it is asked for. Behind the last panel, and where rows lie as they are, it is of no use; but to look
/// at which it is takes a register that g++ has not left, and a quarter more time.
template <class T>
inline constexpr std::size_t product_ahead = 16384 / sizeof(T);

/// tile(r, c) (+)= sum_k left(r, k) right(k, c), all accumulators in registers. Never inlined: they take all registers,
/// and a caller around them would take some back.
template <class T, int rows, int vectors, bool left_in_rows>
[[gnu::noinline]] void product_tile(const LeftFactor<T>& left, const RightFactor<T>& right, std::size_t depth,
                                    bool accumulate, T* tile) {
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
    for (; k < depth; ++k, columns += step, from.advance(1)) {
        if constexpr (rows == TileShape<T>::rows)
            for (int v = 0; v < vectors; ++v) __builtin_prefetch(columns + product_ahead<T> + v * lanes<T>, 0, 2);
        sum = add_line(from, 0, columns_at<T, vectors>(columns, panel), sum);
    }
    if (accumulate) sum = sum + Sum::load(tile);
    sum.store(tile);
}

/// Where a term reads for rows from `row`, columns from panel `panel` and products from `k` on.
template <class T>
ProductTerm<T> part_of(ProductTerm<T> term, std::size_t row, std::size_t panel, std::size_t k) {
    const auto at = static_cast<std::ptrdiff_t>(k);
    term.left.data += static_cast<std::ptrdiff_t>(row) * term.left.row + at * term.left.step;
    term.right.data += static_cast<std::ptrdiff_t>(panel) * term.right.panel + at * term.right.step;
    return term;
}

/// Hands the sums of one tile on; `sums` holds those of output o at o * apart.
template <int rows, int vectors, int outputs, class T, class Finish>
void hand_on(T* sums, std::size_t apart, std::size_t first_row, std::size_t first_panel, std::size_t columns,
             Finish& finish) {
    constexpr std::size_t width = static_cast<std::size_t>(vectors) * lanes<T>;
    const std::size_t first_column = first_panel * static_cast<std::size_t>(TileShape<T>::columns);
    ProductTile<T, outputs> made{{}, first_row, rows, first_column, std::min(width, columns - first_column), width};
    for (int o = 0; o < outputs; ++o) made.tile[o] = sums + static_cast<std::size_t>(o) * apart;
    finish(made);
}

/// Tiles of `rows` rows below each other, as many as fit from `row` on. All of them take some products before any takes
/// more, so that what they read of the right factor stays in the first-level cache. Returns the first row that is left.
template <int rows, int vectors, int outputs, class T, class Terms, class Finish>
std::size_t multiply_tiles(std::size_t row, std::size_t end, std::size_t panel, std::size_t columns, const Terms& terms,
                           Finish& finish) {
    constexpr std::size_t height = rows, size = static_cast<std::size_t>(vectors) * lanes<T> * height;
    constexpr std::size_t deep = 1024 / sizeof(T), together = vectors <= TileShape<T>::vectors ? 16 : 1;
    alignas(64) T sums[outputs][together * size + lanes<T>];
    while (row + height <= end) {
        const std::size_t tiles = std::min(together, (end - row) / height);
        int begun = -1;
        each_term(terms, [&](const ProductTerm<T>& term) {
            std::size_t k = 0;
            do {
                const std::size_t depth = std::min(deep, term.depth - k);
                const bool accumulate = k > 0 || begun == term.output;
                for (std::size_t t = 0; t < tiles; ++t) {
                    const ProductTerm<T> part = part_of(term, row + t * height, panel, k);
                    product_tile<T, rows, vectors, true>(part.left, part.right, depth, accumulate,
                                                         sums[term.output] + t * size);
                }
                k += depth;
            } while (k < term.depth);
            begun = term.output;
        });
        for (int o = 0; o < outputs; ++o) std::fill_n(sums[o] + tiles * size, lanes<T>, T(0));
        for (std::size_t t = 0; t < tiles; ++t)
            hand_on<rows, vectors, outputs>(sums[0] + t * size, together * size + lanes<T>, row + t * height, panel, columns,
                                            finish);
        row += tiles * height;
    }
    return row;
}

/// Rows in tiles of a whole, two thirds and a third of the tile's height, in `vectors` columns of vectors. Returns the first
/// row that is left.
template <int vectors, int outputs, class T, class Terms, class Finish>
std::size_t multiply_panel(std::size_t rows, std::size_t panel, std::size_t columns, const Terms& terms, Finish& finish) {
    constexpr int tall = TileShape<T>::rows;
    std::size_t below = multiply_tiles<tall, vectors, outputs, T>(0, rows, panel, columns, terms, finish);
    below = multiply_tiles<tall / 3 * 2, vectors, outputs, T>(below, rows, panel, columns, terms, finish);
    return multiply_tiles<tall / 3, vectors, outputs, T>(below, rows, panel, columns, terms, finish);
}

/// sums[r * lanes] (+)= sum_k left(r, k) column[k], for `rows` rows.
template <int rows, class T>
void column_tile(const LeftFactor<T>& left, const T* column, std::size_t depth, bool accumulate, T* sums) {
    using V = Batch<T>;
    V sum[rows];
    for (int r = 0; r < rows; ++r) sum[r] = V(T(0));
    const std::size_t whole = depth / lanes<T> * lanes<T>;
    for (std::size_t k = 0; k < whole; k += lanes<T>) {
        const V factor = V::load_unaligned(column + k);
        for (int r = 0; r < rows; ++r) sum[r] = multiply_add<T>(V::load_unaligned(left.data + r * left.row + k), factor, sum[r]);
    }
    for (int r = 0; r < rows; ++r) {
        T total = sum_of_lanes(sum[r]);
        for (std::size_t k = whole; k < depth; ++k) total += left.data[static_cast<std::size_t>(r * left.row) + k] * column[k];
        T& to = sums[static_cast<std::size_t>(r) * lanes<T>];
        to = accumulate ? to + total : total;
    }
}

/// Products with right factors of one column, whose numbers lie side by side. Returns the first row that is left.
template <int rows, int outputs, class T, class Terms, class Finish>
std::size_t multiply_column(std::size_t row, std::size_t end, const Terms& terms, Finish& finish) {
    alignas(64) T sums[outputs][(rows + 1) * lanes<T>]{};
    for (; row + rows <= end; row += rows) {
        int begun = -1;
        each_term(terms, [&](const ProductTerm<T>& term) {
            column_tile<rows>(term.left.from(row), term.right.data, term.depth, begun == term.output, sums[term.output]);
            begun = term.output;
        });
        hand_on<rows, 1, outputs>(sums[0], (rows + 1) * lanes<T>, row, 0, 1, finish);
    }
    return row;
}

/// Sums of products of `rows` by `columns`, tile by tile to `finish`. Left factors lie in rows: their `step` is 1.
template <int outputs, class T, class Terms, class Finish>
void multiply(std::size_t rows, std::size_t columns, const Terms& terms, Finish finish) {
    constexpr std::size_t width = TileShape<T>::columns;
    if (columns == 1) {
        bool side_by_side = true;
        each_term(terms, [&](const ProductTerm<T>& term) { side_by_side = side_by_side && term.right.step == 1; });
        if (side_by_side) {
            const std::size_t left = multiply_column<4, outputs, T>(0, rows, terms, finish);
            multiply_column<1, outputs, T>(left, rows, terms, finish);
            return;
        }
    }
    constexpr int each = TileShape<T>::vectors;
    const std::size_t panels = (columns + width - 1) / width;
    std::size_t below = 0;
    if (rows >= static_cast<std::size_t>(TileShape<T>::rows) / 3)
        for (std::size_t p = 0; p < panels; ++p)
            below = columns - p * width > lanes<T> ? multiply_panel<each, outputs, T>(rows, p, columns, terms, finish)
                                                   : multiply_panel<1, outputs, T>(rows, p, columns, terms, finish);
    for (std::size_t r = below; r < rows; ++r) {
        std::size_t p = 0;
        for (; p + 4 <= panels; p += 4) multiply_tiles<1, 4 * each, outputs, T>(r, r + 1, p, columns, terms, finish);
        for (; p + 2 <= panels; p += 2) multiply_tiles<1, 2 * each, outputs, T>(r, r + 1, p, columns, terms, finish);
        for (; p < panels; ++p) multiply_tiles<1, each, outputs, T>(r, r + 1, p, columns, terms, finish);
    }
}

}  // namespace wide
