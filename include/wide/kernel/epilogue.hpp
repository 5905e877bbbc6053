#pragma once
// What happens to a register tile of correlations before it is stored: the whole network. Four vectors (two rows, two
// vectors of columns) go through all layers together, so that their latencies overlap; each result is written once.
#include <cstddef>
#include <type_traits>
#include <utility>

#include <wide/kernel/kernels.hpp>
#include <wide/lower/collapse.hpp>
#include <wide/lower/pair.hpp>
#include <wide/lower/walk.hpp>
#include <wide/simd/block.hpp>
#include <wide/tile/shape.hpp>

namespace wide {

/// Where a tile's results go: entry (r, c) of output k to output[k][r * stride + c].
template <class T, int outputs>
struct TileTarget {
    T* output[outputs];
    std::size_t stride;
};

/// A tile's operands, to come back to where rounding needs it, and its samples' numbers.
template <class T>
struct TileOperands {
    const T *left, *right;  ///< normalised samples, all of their depth
    std::size_t depth;
    const T *left_numbers, *right_numbers;  ///< hoisted numbers, then the standard deviations of the results
};

/// Some rows of a tile together: four vectors, so that their latencies overlap, or two where a pair's state is large.
template <class T, int rows>
using RowBlock = Block<T, rows * TileShape<T>::vectors>;

/// The numbers of some rows of a panel, each repeated for all vectors of columns.
template <class T, int rows>
struct RowNumbers {
    const T* number;
    [[gnu::always_inline]] RowBlock<T, rows> operator[](int k) const {
        return RowBlock<T, rows>(
            [at = number + k * TileShape<T>::rows](int i) { return Batch<T>(at[i / TileShape<T>::vectors]); });
    }
    [[gnu::always_inline]] void advance(int n) { number += n * TileShape<T>::rows; }
};

/// The numbers of all columns of a panel, repeated for each of the rows.
template <class T, int rows>
struct ColumnNumbers {
    const T* number;
    [[gnu::always_inline]] RowBlock<T, rows> operator[](int k) const {
        return RowBlock<T, rows>([at = number + k * TileShape<T>::columns](int i) {
            return Batch<T>::load_aligned(at + i % TileShape<T>::vectors * lanes<T>);
        });
    }
    [[gnu::always_inline]] void advance(int n) { number += n * TileShape<T>::columns; }
};

/// 1 - |rho| from differences: half of |x -+ z|^2 for unit vectors x, z
/// has no cancellation where rho is near +1 or -1 (layers_and_duals, 4.3).
template <int rows, class T>
[[gnu::noinline]] RowBlock<T, rows> gaps_by_difference(const TileOperands<T>& from, int row, RowBlock<T, rows> rho) {
    using L = RowBlock<T, rows>;
    const auto side = select(rho < L(T(0)), L(T(-1)), L(T(1)));
    L sum(T(0));
    RowNumbers<T, rows> left{from.left + row};
    ColumnNumbers<T, rows> right{from.right};
    for (std::size_t k = 0; k < from.depth; ++k) {
        const auto difference = fnma(side, right[0], left[0]);
        sum = fma(difference, difference, sum);
        left.advance(1);
        right.advance(1);
    }
    return L(T(0.5)) * sum;
}

/// The correlations of `rows` rows of a tile from `row` on, as signed deficits. Those nearer to +-1 than `threshold`
/// are computed anew.
template <int rows, class T>
[[gnu::always_inline]] inline RowBlock<T, rows> deficits(const T* tile, int row, const TileOperands<T>& from,
                                                         T threshold) {
    using L = RowBlock<T, rows>;
    const L rho = L::load(tile + row * TileShape<T>::columns);
    L gap = L(T(1)) - abs(rho);
    const auto close = gap < L(threshold);
    if (any(close)) [[unlikely]]
        gap = select(close, gaps_by_difference<rows>(from, row, rho), gap);
    return select(rho < L(T(0)), opposite(gap), gap);
}

/// How many rows of a tile go through the network together. A series has four sums for every vector: with four
/// vectors they would not find room in sixteen registers.
template <class NonlinearityList>
inline constexpr int rows_at_once = 2;
template <class... Ns>
inline constexpr int rows_at_once<Nonlinearities<Ns...>> = (is_automatic<kernel_form<Ns>> || ...) ? 1 : 2;

/// Takes a tile of correlations through the network and stores its kernels: of result n the NNGP covariance is output
/// 2n, the NTK output 2n + 1.
template <class Code, Wanted want, class T, int outputs>
void finish(const T* tile, const TileOperands<T>& from, T threshold, const PairMagnitude* magnitudes,
            const int* repeats, const TileTarget<T, outputs>& to) {
    constexpr auto& recursion = Code::recursion;
    constexpr int rows = rows_at_once<typename Code::nonlinearities>;
    using L = RowBlock<T, rows>;
    for (int row = 0; row < TileShape<T>::rows; row += rows) {
        PairMachine<L, T, typename Code::nonlinearities, recursion.slots, recursion.theta_slots, want != Wanted::nngp,
                    false, RowNumbers<T, rows>, ColumnNumbers<T, rows>>
            machine{{deficits<rows>(tile, row, from, threshold)},
                    {},
                    {},
                    {from.left_numbers + row},
                    {from.right_numbers},
                    magnitudes,
                    {},
                    {},
                    {}};
        walk<recursion>(machine, repeats);
        const auto at = static_cast<std::size_t>(row) * to.stride;
        const auto store = [&]<int n>(std::integral_constant<int, n>) __attribute__((always_inline)) {
            constexpr Result result = recursion.result[n];
            const L scale = machine.left[n] * machine.right[n];
            if constexpr (want != Wanted::ntk)
                (scale * machine.template correlation_at<result.nonnegative, result.small>(result.correlation))
                    .template store_rows<TileShape<T>::vectors>(to.output[2 * n] + at, to.stride);
            if constexpr (want != Wanted::nngp && result.trained)
                (scale * machine.theta[result.theta])
                    .template store_rows<TileShape<T>::vectors>(to.output[2 * n + 1] + at, to.stride);
        };
        [&]<int... n>(std::integer_sequence<int, n...>) __attribute__((always_inline)) {
            (store(std::integral_constant<int, n>{}), ...);
        }
        (std::make_integer_sequence<int, outputs / 2>{});
    }
}

/// The same for a net that is one function of the angle. One function for all such nets of as many results. First all
/// angles, bound by roots and divisions, then all polynomials, bound by multiply-adds: in one loop each would wait
/// for the other.
template <Wanted want, class T, int results>
void finish_collapsed(const T* tile, const TileOperands<T>& from, T threshold, const Collapsed<T, results>& net,
                      int hoisted, const TileTarget<T, 2 * results>& to) {
    using L = RowBlock<T, 2>;
    using Tile = TileShape<T>;
    alignas(64) T place_of[Tile::size];
    for (int row = 0; row < Tile::rows; row += 2)
        place(net, angle(deficits<2>(tile, row, from, threshold))).store(place_of + row * Tile::columns);
    for (int row = 0; row < Tile::rows; row += 2) {
        const L at = L::load(place_of + row * Tile::columns);
        const RowNumbers<T, 2> left{from.left_numbers + hoisted * Tile::rows + row};
        const ColumnNumbers<T, 2> right{from.right_numbers + hoisted * Tile::columns};
        const auto first = static_cast<std::size_t>(row) * to.stride;
        for (int n = 0; n < results; ++n) {
            L nngp, ntk;
            if constexpr (want == Wanted::both) evaluate_both(net, n, at, nngp, ntk);
            else if constexpr (want == Wanted::nngp) nngp = evaluate(net, net.nngp[n], at);
            else ntk = evaluate(net, net.ntk[n], at);
            const L scale = left[n] * right[n];
            if constexpr (want != Wanted::ntk)
                (scale * nngp).template store_rows<TileShape<T>::vectors>(to.output[2 * n] + first, to.stride);
            if constexpr (want != Wanted::nngp)
                if (to.output[2 * n + 1])
                    (scale * ntk).template store_rows<TileShape<T>::vectors>(to.output[2 * n + 1] + first, to.stride);
        }
    }
}

}  // namespace wide
