#pragma once
// The kernels of all pairs. The Gram is cut into blocks of tiles; every tile is contracted in registers and goes
// through the whole network before anything is stored. Blocks are independent: threads share them, and the bits do
// not depend on how.
//
//     auto K = ntk<Net>(x);                    // n x n, symmetric
//     auto K = ntk<Net>(z, x);                 // m x n
//     auto G = gram<Net>(z, x);                // both kernels in one pass: G.nngp, G.ntk
//     auto K = ntk<Net>(x, scales, options{.threads = 2, .fill = fill::lower});
//
// Time: n m (d fused multiply-adds + the duals of all layers). Memory: the results, and both sides once more in
// panels.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include <wide/kernel/epilogue.hpp>
#include <wide/kernel/side.hpp>
#include <wide/run/memory.hpp>
#include <wide/tile/contract.hpp>

namespace wide {

/// Both kernels of all pairs.
template <class T>
struct Gram {
    Matrix<T> nngp, ntk;
};

/// Correlations nearer to +-1 than this are recomputed from differences. A dot product in T is good to about `noise`;
/// what that does to the NTK grows with the number of layers that see it, until they have drawn the pair apart
/// (docs/accuracy.md): 2^-5 is right for any depth, and shallow nets need less.
template <class T>
constexpr T closeness(int duals) {
    constexpr double one_layer = sizeof(T) == sizeof(float) ? 1.0 / (1 << 13) : 1.0 / (1 << 18);
    const double wanted = one_layer * duals * duals;
    return static_cast<T>(duals == 0 ? 0 : wanted < 1.0 / 32 ? wanted : 1.0 / 32);
}

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

/// Everything that the blocks of one Gram share.
template <class T>
struct GramTask {
    const GramSide<T>*left, *right;
    std::size_t rows, columns, width;
    bool symmetric;  ///< then only entries on and below the diagonal are computed
    const Magnitude* magnitudes;
    const int* repeats;
    T threshold;
    T *nngp, *ntk;  ///< rows x columns, row-major; null where not wanted
};

/// Stores the part of a tile that lies inside the matrix (and not above the diagonal of a symmetric one).
template <class T>
void store_partly(const GramTask<T>& task, const T* tile, T* matrix, std::size_t first_row,
                  std::size_t first_column) {
    constexpr auto width = static_cast<std::size_t>(TileShape<T>::columns);
    const std::size_t last_row = std::min(task.rows, first_row + static_cast<std::size_t>(TileShape<T>::rows));
    for (std::size_t i = first_row; i < last_row; ++i) {
        const std::size_t end = std::min({task.columns, first_column + width, task.symmetric ? i + 1 : task.columns});
        for (std::size_t j = first_column; j < end; ++j)
            matrix[i * task.columns + j] = tile[(i - first_row) * width + (j - first_column)];
    }
}

template <class Code, Wanted want, class T>
void finish_tile(const GramTask<T>& task, const T* tile, std::size_t row_panel, std::size_t column_panel) {
    using Tile = TileShape<T>;
    const std::size_t i = row_panel * Tile::rows, j = column_panel * Tile::columns;
    const TileOperands<T> from{task.left->samples.panel(row_panel), task.right->samples.panel(column_panel),
                               task.width, task.left->numbers.panel(row_panel),
                               task.right->numbers.panel(column_panel)};
    const bool inside = i + Tile::rows <= task.rows && j + Tile::columns <= task.columns &&
                        (!task.symmetric || j + Tile::columns <= i + 1);
    const auto run = [&](const TileTarget<T>& to) {
        finish<Code, want>(tile, from, task.threshold, task.magnitudes, task.repeats, to);
    };
    if (inside) {
        const std::size_t at = i * task.columns + j;
        run({task.nngp ? task.nngp + at : nullptr, task.ntk ? task.ntk + at : nullptr, task.columns});
    } else {
        T nngp[Tile::size]{}, ntk[Tile::size]{};
        run({nngp, ntk, Tile::columns});
        if (task.nngp) store_partly(task, nngp, task.nngp, i, j);
        if (task.ntk) store_partly(task, ntk, task.ntk, i, j);
    }
}

/// Computes block (block_row, block_column).
template <class Code, Wanted want, class T>
void compute_block(const GramTask<T>& task, std::size_t block_row, std::size_t block_column) {
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
                if (k + depth == task.width) finish_tile<Code, want>(task, tile, first_down + r, first_across + c);
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

/// What a call may be given besides samples: scales and options, in any order.
template <class Net>
struct KernelSettings {
    Scales<affine_words<Net>> scales = default_scales<Net>();
    options how = {};

    void take(const Scales<affine_words<Net>>& given) { scales = given; }
    void take(const options& given) { how = given; }
};

template <class Net, class... Given>
KernelSettings<Net> settings_from(const Given&... given) {
    KernelSettings<Net> settings;
    (settings.take(given), ...);
    if (const int i = invalid_scale<Net>(settings.scales); i >= 0)
        throw error("scales[" + std::to_string(i) + "] is no pair of standard deviations: weight " +
                    std::to_string(settings.scales[i].weight) + " must be positive, bias " +
                    std::to_string(settings.scales[i].bias) + " must not be negative, both finite");
    return settings;
}

/// Memory of the right size is written over; other memory is replaced.
template <class T>
void resize(Matrix<T>& matrix, std::size_t rows, std::size_t cols) {
    if (matrix.rows() == rows && matrix.cols() == cols) return;
    matrix = Matrix<T>();
    matrix = Matrix<T>(rows, cols);
}

/// The Gram of z against x, or of x alone (z null), into `result`.
template <class Net, Wanted want, class InZ, class InX, class T>
void compute_gram(Gram<T>& result, const Rows<InZ, T>* z, const Rows<InX, T>& x,
                  const KernelSettings<Net>& settings) {
    using Code = lowered_t<Net>;
    using Size = BlockShape<T>;
    using Tile = TileShape<T>;
    constexpr bool theta = want != Wanted::nngp && Code::recursion.trained;
    const options& how = settings.how;
    const bool symmetric = z == nullptr;
    const std::size_t rows = symmetric ? x.count : z->count;
    if (!symmetric && rows > 0 && x.count > 0 && z->width != x.width)
        throw shape_mismatch("the two sets of rows have widths " + std::to_string(z->width) + " and " +
                             std::to_string(x.width) + ": they have to agree");

    constexpr std::size_t results = (want != Wanted::ntk) + (want != Wanted::nngp);
    constexpr std::size_t numbers = hoisted_numbers<Net> + 1;
    const std::uint64_t bytes =
        saturated_sum(saturated_product(saturated_product(rows, x.count), sizeof(T) * results),
                      saturated_sum(GramSide<T>::bytes(rows, x.width, numbers, Tile::rows),
                                    GramSide<T>::bytes(x.count, x.width, numbers, Tile::columns)));
    require_memory(bytes, how.budget,
                   "a Gram of " + std::to_string(rows) + " x " + std::to_string(x.count) + " entries");

    if constexpr (want != Wanted::ntk) resize(result.nngp, rows, x.count);
    if constexpr (want != Wanted::nngp) resize(result.ntk, rows, x.count);
    if constexpr (want != Wanted::nngp && !theta)
        for (std::size_t i = 0; i < result.ntk.rows(); ++i)
            std::fill_n(result.ntk.data() + i * x.count, symmetric && how.fill == fill::lower ? i + 1 : x.count,
                        T(0));
    if (rows == 0 || x.count == 0) return;

    Shape input = InX::shape;
    if (input.channels == dynamic) input.channels = x.width;
    const auto magnitudes = magnitudes_of<Net>(settings.scales, input);
    const char* const right_role = symmetric ? "the samples" : "the second set of samples";
    const char* const left_role = symmetric ? "the samples" : "the first set of samples";
    const auto right_norms = norms_of(x, right_role, how);
    const auto left_norms = symmetric ? right_norms : norms_of(*z, left_role, how);
    const GramSide<T> right = prepare<Net, Tile::columns>(x, right_norms, magnitudes, right_role, how);
    const GramSide<T> left = symmetric ? prepare<Net, Tile::rows>(x, left_norms, magnitudes, left_role, how)
                                       : prepare<Net, Tile::rows>(*z, left_norms, magnitudes, left_role, how);
    const GramTask<T> task{&left,
                           &right,
                           rows,
                           x.count,
                           x.width,
                           symmetric,
                           magnitudes.step,
                           magnitudes.repeats,
                           closeness<T>(cost_of<Net, InX>.duals),
                           want != Wanted::ntk ? result.nngp.data() : nullptr,
                           theta ? result.ntk.data() : nullptr};

    const std::size_t down = (rows + Size::rows - 1) / Size::rows;
    const std::size_t across = (x.count + Size::columns - 1) / Size::columns;
    const std::uint64_t total = symmetric ? std::uint64_t{rows} * (rows + 1) / 2 : std::uint64_t{rows} * x.count;
    run_blocks(symmetric ? down * (down + 1) / 2 : down * across, total, how, [&](std::size_t block) {
        std::size_t r = symmetric ? 0 : block / across, c = symmetric ? block : block % across;
        if (symmetric)
            while (c > r) c -= ++r;
        compute_block<Code, want>(task, r, c);
        const std::size_t first_row = r * Size::rows, last_row = std::min(rows, first_row + Size::rows);
        const std::size_t first_column = c * Size::columns,
                          last_column = std::min(x.count, first_column + Size::columns);
        if (symmetric && r == c)
            for (std::size_t i = first_row; i < last_row; ++i) {
                if (task.nngp) task.nngp[i * rows + i] = static_cast<T>(right.self[i].nngp);
                if (task.ntk) task.ntk[i * rows + i] = static_cast<T>(right.self[i].ntk);
            }
        if (symmetric && how.fill == fill::both) {
            if (task.nngp) mirror_block(task.nngp, rows, first_row, first_column);
            if (task.ntk) mirror_block(task.ntk, rows, first_row, first_column);
        }
        const std::uint64_t height = last_row - first_row;
        return symmetric && r == c ? height * (height + 1) / 2 : height * (last_column - first_column);
    });
}

template <class Net, Wanted want, class In, class T, class... Given>
void gram_as(Gram<T>& result, const Rows<In, T>& x, const Given&... given) {
    if constexpr (accepts<Net, In>)
        compute_gram<Net, want, In>(result, static_cast<const Rows<In, T>*>(nullptr), x,
                                    settings_from<Net>(given...));
    else refuse<Net, In>();
}

template <class Net, Wanted want, class InZ, class InX, class T, class... Given>
void gram_as(Gram<T>& result, const Rows<InZ, T>& z, const Rows<InX, T>& x, const Given&... given) {
    if constexpr (!accepts<Net, InZ>) refuse<Net, InZ>();
    else if constexpr (!accepts<Net, InX>) refuse<Net, InX>();
    else compute_gram<Net, want>(result, &z, x, settings_from<Net>(given...));
}

/// Both kernels into matrices that are there already: for Grams computed again and again, whose memory would cost
/// more to get than to fill. With fill::lower, what stands above the diagonal stays. An exception leaves `result`
/// half-written.
template <class Net, class T, class In, class... More>
void gram_into(Gram<T>& result, const Rows<In, T>& x, const More&... more) {
    gram_as<Net, Wanted::both>(result, x, more...);
}

/// Both kernels. Arguments: `x` (symmetric) or `z, x` (cross), then scales and options if wanted.
/// Throws not_finite, shape_mismatch, insufficient_memory, cancelled, and error for senseless scales.
template <class Net, class In, class T, class... More>
Gram<T> gram(const Rows<In, T>& x, const More&... more) {
    Gram<T> result;
    gram_as<Net, Wanted::both>(result, x, more...);
    return result;
}

/// The NTK alone.
template <class Net, class In, class T, class... More>
Matrix<T> ntk(const Rows<In, T>& x, const More&... more) {
    Gram<T> result;
    gram_as<Net, Wanted::ntk>(result, x, more...);
    return std::move(result.ntk);
}

/// The NNGP covariance alone.
template <class Net, class In, class T, class... More>
Matrix<T> nngp(const Rows<In, T>& x, const More&... more) {
    Gram<T> result;
    gram_as<Net, Wanted::nngp>(result, x, more...);
    return std::move(result.nngp);
}

/// Per sample, K(x, x): what stands on the symmetric Gram's diagonal. O(n (d + layers)).
template <class Net, class In, class T, class... Given>
Diagonal<T> diagonal(const Rows<In, T>& x, const Given&... given) {
    Diagonal<T> result;
    if constexpr (!accepts<Net, In>) {
        refuse<Net, In>();
    } else {
        const KernelSettings<Net> settings = settings_from<Net>(given...);
        Shape input = In::shape;
        if (input.channels == dynamic) input.channels = x.width;
        const auto magnitudes = magnitudes_of<Net>(settings.scales, input);
        const auto norms = norms_of(x, "the samples", settings.how);
        for (std::size_t i = 0; i < x.count; ++i) {
            const double variance = norms[i] * (norms[i] / static_cast<double>(x.width));
            const KernelValue self = self_kernel<T>(magnitudes, trace_sample(magnitudes, variance), i, "the samples");
            result.nngp.push_back(static_cast<T>(self.nngp));
            result.ntk.push_back(static_cast<T>(self.ntk));
        }
    }
    return result;
}

}  // namespace wide
