#pragma once
// K V without K: every block of tiles is computed, multiplied while it is in the cache, and forgotten. Of a symmetric
// kernel each block serves twice, as it is and transposed.
//
//     Matrix<T> product = multiply_tiles(task, output, V, how);      // of output `output` of the task's pairs
//
// Outputs lie in lanes: V and the sums have their rows filled up to whole vectors, so that 1 or 16 outputs cost the same.
// What a block adds is summed in T, blocks are summed in double, each row's in an order that depends on the sizes alone:
// results are the same bits for any number of threads.
//
// A symmetric product needs no private sums: strips p and q of rows meet in round (p + q) mod strips. In a round every
// strip has one partner, so no two threads add to the same rows; in all rounds every two strips meet once. Rounds follow
// each other. Of a product that is not symmetric each thread owns rows, or where these are few, rows and a part of the
// columns, whose sums are added up in order.
//
// Memory: 8 bytes for every sum and sizeof(T) for every number of V, rows filled up to whole vectors; not symmetric, the
// sums up to 64 blocks of 96 rows more often.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

#include <wide/kernel/block.hpp>
#include <wide/run/error.hpp>
#include <wide/run/matrix.hpp>
#include <wide/run/memory.hpp>
#include <wide/run/parallel.hpp>
#include <wide/tile/product.hpp>

namespace wide {

/// `outputs` numbers and as many zeros as fill up the last vector.
template <class T>
constexpr std::size_t in_lanes(std::size_t outputs) {
    constexpr auto lane = static_cast<std::size_t>(lanes<T>);
    return (outputs + lane - 1) / lane * lane;
}

/// V with its rows filled up. Throws shape_mismatch and not_finite.
template <class T>
Matrix<T> filled_up(const Matrix<T>& V, std::size_t columns_of_kernel) {
    if (V.rows() != columns_of_kernel)
        throw shape_mismatch("the kernel has " + std::to_string(columns_of_kernel) + " columns, but what it is to be " +
                             "multiplied with has " + std::to_string(V.rows()) + " rows: they have to agree");
    Matrix<T> filled(V.rows(), in_lanes<T>(V.cols()));
    for (std::size_t i = 0; i < V.rows(); ++i)
        for (std::size_t o = 0; o < V.cols(); ++o) {
            if (!std::isfinite(V(i, o)))
                throw not_finite("what the kernel is to be multiplied with is not finite at row " + std::to_string(i) +
                                     ", column " + std::to_string(o),
                                 i, o);
            filled(i, o) = V(i, o);
        }
    return filled;
}

/// The first columns of the sums, rounded to T. Throws error where T has no room for them.
template <class T>
Matrix<T> rounded(const Matrix<double>& sums, std::size_t outputs) {
    Matrix<T> result(sums.rows(), outputs);
    for (std::size_t i = 0; i < result.rows(); ++i)
        for (std::size_t o = 0; o < outputs; ++o) {
            result(i, o) = static_cast<T>(sums(i, o));
            if (!std::isfinite(result(i, o)))
                throw error("a product with the kernel overflows at row " + std::to_string(i) + ", column " +
                            std::to_string(o) + ": scale what it is multiplied with, or compute in double");
        }
    return result;
}

/// A block of a kernel, row after row. Its room is a whole number of tiles; what lies behind the edges is anything.
template <class T>
struct alignas(64) KernelBlock {
    static constexpr std::size_t height = BlockShape<T>::rows, width = BlockShape<T>::columns;
    T entry[height * width];
};

/// sum(r, :) += sum_k B(r, k) V(k, :) over `depth` k, for `rows` r; B the block, or `transposed`. Rows of V and of the
/// sums are `filled` long. (tile/product.hpp: a dozen rows' sums in registers.)
template <bool transposed, int vectors, class T>
void add_product(const KernelBlock<T>& block, std::size_t rows, std::size_t depth, const T* V, std::size_t filled,
                 double* sum) {
    constexpr int tall = TileShape<T>::rows;
    constexpr std::size_t height = tall, width = static_cast<std::size_t>(vectors * lanes<T>);
    constexpr auto row = static_cast<std::ptrdiff_t>(transposed ? 1 : KernelBlock<T>::width);
    constexpr auto step = static_cast<std::ptrdiff_t>(transposed ? KernelBlock<T>::width : 1);
    alignas(64) T tile[height * width];
    for (std::size_t r = 0; r < rows; r += height) {
        const LeftFactor<T> left = LeftFactor<T>{block.entry, row, step}.from(r);
        product_tile<T, tall, vectors, !transposed>(left, RightFactor<T>::of_rows(V, filled), depth, false, tile);
        const std::size_t some = std::min(height, rows - r);
        for (std::size_t i = 0; i < some; ++i)
            for (std::size_t l = 0; l < width; ++l)
                sum[(r + i) * filled + l] += static_cast<double>(tile[i * width + l]);
    }
}

template <bool transposed, class T>
void add_product(const KernelBlock<T>& block, std::size_t rows, std::size_t depth, const T* V, std::size_t filled,
                 double* sum) {
    constexpr auto pair = static_cast<std::size_t>(2 * lanes<T>);
    std::size_t at = 0;
    for (; at + pair <= filled; at += pair)
        add_product<transposed, 2>(block, rows, depth, V + at, filled, sum + at);
    if (at < filled) add_product<transposed, 1>(block, rows, depth, V + at, filled, sum + at);
}

/// Strips p >= q that meet in a round: p + q is `round`, or that and the number of strips.
struct Meetings {
    std::size_t strips, round;

    struct Pair {
        std::size_t p, q;
    };
    [[nodiscard]] std::size_t below() const { return round / 2 + 1; }
    [[nodiscard]] std::size_t count() const { return below() + strips - (round + strips + 1) / 2; }
    [[nodiscard]] Pair pair(std::size_t k) const {
        if (k < below()) return {round - k, k};
        const std::size_t p = (round + strips + 1) / 2 + (k - below());
        return {p, round + strips - p};
    }
};

/// Reports and stops like a Gram of the same pairs.
template <class Task, class T>
class TileProduct {
    using Held = KernelBlock<T>;

public:
    TileProduct(const Task& task, int output, const Matrix<T>& filled, const options& how)
        : task_{task},
          output_{output},
          filled_{filled},
          how_{how},
          quiet_{.threads = how.threads, .stop = how.stop},
          meter_{how.progress, pairs(0, task.rows, 0, task.columns)} {}

    [[nodiscard]] Matrix<double> compute() {
        if (task_.rows == 0 || task_.columns == 0) meter_.add(0);
        return task_.symmetric ? symmetric() : rectangular();
    }

    /// Blocks of columns that are summed apart: of few rows, so many that there is work for 64 threads.
    [[nodiscard]] static std::size_t parts(std::size_t rows, std::size_t columns) {
        return std::clamp<std::size_t>(64 / std::max<std::size_t>(blocks(rows), 1), 1,
                                       std::max<std::size_t>(blocks(columns), 1));
    }

private:
    static std::size_t blocks(std::size_t count) { return (count + Held::height - 1) / Held::height; }

    [[nodiscard]] std::uint64_t pairs(std::size_t first_row, std::size_t last_row, std::size_t first_column,
                                      std::size_t last_column) const {
        const std::uint64_t height = last_row - first_row;
        return task_.symmetric && first_row == first_column ? height * (height + 1) / 2
                                                            : height * (last_column - first_column);
    }

    [[nodiscard]] Matrix<double> symmetric() {
        constexpr std::size_t blocks_a_strip = 2;
        const std::size_t all = blocks(task_.rows), strips = (all + blocks_a_strip - 1) / blocks_a_strip;
        Matrix<double> sums(task_.rows, filled_.cols());
        for (std::size_t round = 0; round < strips; ++round) {
            const Meetings meetings{strips, round};
            run_blocks(meetings.count(), 0, quiet_, [&](std::size_t k) -> std::uint64_t {
                const auto [p, q] = meetings.pair(k);
                for (std::size_t r = p * blocks_a_strip; r < std::min(all, (p + 1) * blocks_a_strip); ++r)
                    for (std::size_t c = q * blocks_a_strip; c < std::min(r + 1, (q + 1) * blocks_a_strip); ++c)
                        add_block(r, c, sums.data(), sums.data());
                return 0;
            });
        }
        return sums;
    }

    [[nodiscard]] Matrix<double> rectangular() {
        const std::size_t down = blocks(task_.rows), across = blocks(task_.columns),
                          apart = parts(task_.rows, task_.columns), size = task_.rows * filled_.cols();
        Matrix<double> sums(task_.rows * apart, filled_.cols());
        run_blocks(down * apart, 0, quiet_, [&](std::size_t k) -> std::uint64_t {
            const std::size_t r = k / apart, part = k % apart;
            for (std::size_t c = across * part / apart; c < across * (part + 1) / apart; ++c)
                add_block(r, c, sums.data() + part * size, nullptr);
            return 0;
        });
        if (apart == 1) return sums;
        Matrix<double> sum(task_.rows, filled_.cols());
        for (std::size_t part = 0; part < apart; ++part)
            for (std::size_t k = 0; k < size; ++k) sum.data()[k] += sums.data()[part * size + k];
        return sum;
    }

    /// Block (r, c), added to the rows' sums and, of a symmetric kernel, transposed to the columns'.
    void add_block(std::size_t r, std::size_t c, double* row_sums, double* column_sums) {
        const std::size_t first_row = r * Held::height, last_row = std::min(task_.rows, first_row + Held::height);
        const std::size_t first_column = c * Held::width,
                          last_column = std::min(task_.columns, first_column + Held::width);
        Held block;
        compute(r, c, block);
        const std::size_t filled = filled_.cols();
        add_product<false>(block, last_row - first_row, last_column - first_column,
                           filled_.data() + first_column * filled, filled, row_sums + first_row * filled);
        if (column_sums && r != c)
            add_product<true>(block, last_column - first_column, last_row - first_row,
                              filled_.data() + first_row * filled, filled, column_sums + first_column * filled);
        meter_.add(pairs(first_row, last_row, first_column, last_column));
    }

    /// A block on the diagonal of a symmetric kernel is mirrored, with the diagonal in closed form: as in a Gram.
    void compute(std::size_t r, std::size_t c, Held& block) const {
        Task task = task_;
        task.output[output_] = block.entry;
        task.stride = Held::width;
        task.first_row = r * Held::height;
        task.first_column = c * Held::width;
        task.whole_tiles = true;
        compute_block<T>(task, r, c);
        if (!task.symmetric || r != c) return;
        for (std::size_t i = 0; i < std::min(Held::height, task.rows - task.first_row); ++i) {
            for (std::size_t j = 0; j < i; ++j) block.entry[j * Held::width + i] = block.entry[i * Held::width + j];
            block.entry[i * Held::width + i] = task.right->self(static_cast<std::size_t>(output_), task.first_row + i);
        }
    }

    const Task& task_;
    int output_;
    const Matrix<T>& filled_;
    const options& how_;
    options quiet_;
    ProgressMeter meter_;
};

/// Bytes of a product besides V and the task's sides.
template <class T>
std::uint64_t product_bytes(std::size_t rows, std::size_t columns, std::size_t outputs, bool symmetric) {
    using Product = TileProduct<TileTask<T, 2>, T>;
    const std::size_t apart = symmetric ? 1 : Product::parts(rows, columns);
    const std::uint64_t line = in_lanes<T>(outputs);
    return saturated_sum(saturated_product(saturated_product(rows, apart + (apart > 1)), line * sizeof(double)),
                         saturated_product(columns, line * sizeof(T)) + saturated_product(rows, outputs * sizeof(T)));
}

/// V: columns x outputs; the result is rows x outputs. The task's outputs say nothing here.
template <class Task, class T>
Matrix<T> multiply_tiles(const Task& task, int output, const Matrix<T>& V, const options& how) {
    const Matrix<T> filled = filled_up(V, task.columns);
    return rounded<T>(TileProduct<Task, T>(task, output, filled, how).compute(), V.cols());
}

}  // namespace wide
