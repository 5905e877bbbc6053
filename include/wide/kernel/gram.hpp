#pragma once
// The kernels of all pairs: of a set of samples with itself, or of two sets. Results are the same bits for any number
// of threads, and for every entry whatever other samples there are.
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

#include <wide/kernel/block.hpp>
#include <wide/kernel/diagonal.hpp>
#include <wide/run/memory.hpp>
#include <wide/run/parallel.hpp>

namespace wide {

/// Both kernels of all pairs.
template <class T>
struct Gram {
    Matrix<T> nngp, ntk;
};

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
    static_assert(InX::shape.axes == 0, "kernels of images are not there yet: Vector<> inputs only");
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
    if (rows == 0 || x.count == 0) return run_blocks(0, 0, how, nullptr);

    Shape input = InX::shape;
    if (input.channels == dynamic) input.channels = x.width;
    const auto magnitudes = magnitudes_of<Net>(settings.scales, input);
    require_range<Net, T>(magnitudes);
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
                           closeness<T>(cost_of<Net, InX>.duals, x.width),
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

}  // namespace wide
