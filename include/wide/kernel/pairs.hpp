#pragma once
// What is done once for all pairs of two sets of vectors, or of one with itself: the samples of both sides are scaled to
// norm one and packed, their numbers are hoisted, and a net that is one function of the angle is collapsed to its
// polynomial. What remains are tiles: of a Gram that is stored, or of one that is multiplied and forgotten.
//
//     const auto pairs = prepare_pairs<Net>(&z, x, settings, [](const SampleSizes&) {});    // z null: x with itself
//     auto task = pairs.template task<Wanted::ntk>();
//     task.output[1] = K.data();
//     run_tiles<T>(task, settings.how);
//
// Time: n (d + layers). Memory: both sides once more. Throws not_finite, outside_domain, shape_mismatch, cancelled, and
// error for senseless scales.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <wide/kernel/block.hpp>
#include <wide/kernel/itself.hpp>
#include <wide/kernel/norms.hpp>
#include <wide/kernel/settings.hpp>
#include <wide/kernel/side.hpp>
#include <wide/run/memory.hpp>

namespace wide {

/// Whether all norms are one number, up to what rounding leaves of T.
template <class T>
bool one_norm(const std::vector<double>& left, const std::vector<double>& right) {
    const double least = (1 - 4 * static_cast<double>(std::numeric_limits<T>::epsilon())) * left[0];
    const double most = (1 + 4 * static_cast<double>(std::numeric_limits<T>::epsilon())) * left[0];
    const auto agrees = [=](double norm) { return norm >= least && norm <= most; };
    return left[0] > 0 && std::all_of(left.begin(), left.end(), agrees) &&
           std::all_of(right.begin(), right.end(), agrees);
}

/// The net as one function of the angle, where it is one and where that is cheaper; else without terms. Correlations
/// that are kept apart because they are small would be no more than the fit's error.
template <class Net, class T>
Collapsed<T, results_of<Net>> collapse_if_cheaper(const Magnitudes<Net>& magnitudes, const std::vector<double>& left,
                                                  const std::vector<double>& right, std::size_t width) {
    constexpr bool small = [] {
        for (const Result& one : lowered_t<Net>::recursion.result)
            if (one.small) return true;
        return false;
    }();
    if constexpr (!small && collapse_is_cheaper<Net>(shortest_fit)) {
        // A homogeneous net is the same function at every norm, whatever the data.
        const double norm = homogeneous<Net> ? std::sqrt(static_cast<double>(width)) : left[0];
        if (homogeneous<Net> || one_norm<T>(left, right)) {
            const auto net = collapse<T, Net>(magnitudes, norm * (norm / static_cast<double>(width)));
            if (collapse_is_cheaper<Net>(net.terms)) return net;
        }
    }
    return {};
}

/// Every tile's way through Net: layer by layer, or as one function of the angle.
template <class Net, Wanted want, class T>
struct GramTask : TileTask<T, 2 * results_of<Net>> {
    const Magnitudes<Net>* magnitudes;
    int hoisted;                                     ///< numbers before the standard deviations
    const Collapsed<T, results_of<Net>>* collapsed;  ///< null: every layer's dual

    void finish(const T* tile, const TileOperands<T>& from, const TileTarget<T, GramTask::outputs>& to) const {
        if (collapsed) finish_collapsed<want>(tile, from, this->threshold, *collapsed, hoisted, to);
        else
            wide::finish<lowered_t<Net>, want>(tile, from, this->threshold, magnitudes->pair, magnitudes->repeats,
                                               to);
    }
};

/// What the samples of one side say: the hoisted numbers, then the standard deviations of the results.
template <class Net>
SampleSizes gram_sizes(const Magnitudes<Net>& magnitudes) {
    constexpr auto results = static_cast<std::size_t>(results_of<Net>);
    return {static_cast<std::size_t>(numbers_read(magnitudes)) + results, 2 * results};
}

template <class Net, int height, class In, class T>
GramSide<T> prepare_side(const Rows<In, T>& x, const std::vector<double>& norms, const Magnitudes<Net>& magnitudes,
                         const char* role, const options& how) {
    constexpr auto results = static_cast<std::size_t>(results_of<Net>);
    const auto numbers = static_cast<std::size_t>(numbers_read(magnitudes));
    return prepare<height>(x, norms, gram_sizes(magnitudes), how,
                           [&](std::size_t i, double variance, const SampleTarget<T>& to) {
                               const auto row = trace_row<Net, T>(magnitudes, variance, i, role);
                               T* number = to.number;
                               const auto put = [&](const Scalar<double>& value) {
                                   *number = static_cast<T>(value.value);
                                   number += to.number_stride;
                               };
                               for (std::size_t k = 0; k < numbers; ++k) put(row.trace.hoisted[k]);
                               for (std::size_t n = 0; n < results; ++n) {
                                   put(sqrt(row.trace.variance[n]));
                                   to.self[2 * n * to.self_stride] = static_cast<T>(row.self.nngp[n].value);
                                   to.self[(2 * n + 1) * to.self_stride] = static_cast<T>(row.self.ntk[n].value);
                               }
                           });
}

/// Throws shape_mismatch unless both sets of rows have one width. An empty set fits every other.
template <class InZ, class InX, class T>
void require_same_width(const Rows<InZ, T>& z, const Rows<InX, T>& x) {
    if (z.count == 0 || x.count == 0 || z.width == x.width) return;
    throw shape_mismatch("the two sets of rows have widths " + std::to_string(z.width) + " and " +
                         std::to_string(x.width) + ": they have to agree");
}

/// Throws insufficient_memory if the matrices of a call and both of its sides, in panels, exceed the budget.
template <class T>
void require_gram_memory(std::size_t rows, std::size_t columns, std::size_t width, std::size_t matrices,
                         const SampleSizes& sizes, const options& how) {
    using Tile = TileShape<T>;
    const std::uint64_t bytes =
        saturated_sum(saturated_product(saturated_product(rows, columns), sizeof(T) * matrices),
                      saturated_sum(GramSide<T>::bytes(rows, width, sizes.numbers, sizes.outputs, Tile::rows),
                                    GramSide<T>::bytes(columns, width, sizes.numbers, sizes.outputs, Tile::columns)));
    require_memory(bytes, how.budget,
                   "a Gram of " + std::to_string(rows) + " x " + std::to_string(columns) + " entries");
}

/// The norms of both sides, and what the sides are called in errors.
struct GramNorms {
    std::vector<double> left, right;
    const char *left_role, *right_role;
};

/// Reads all samples of z (null: of x again) and of x; settles the lengths of series. Throws not_finite.
template <class Net, class InZ, class InX, class T>
GramNorms settled_norms(Magnitudes<Net>& magnitudes, const Rows<InZ, T>* z, const Rows<InX, T>& x,
                        const options& how) {
    GramNorms norms;
    norms.right_role = z ? "the second set of samples" : "the samples";
    norms.left_role = z ? "the first set of samples" : "the samples";
    norms.right = norms_of(x, norms.right_role, how);
    norms.left = z ? norms_of(*z, norms.left_role, how) : norms.right;
    settle_series<Net, T>(magnitudes, norms.right, x.width);
    if (z) settle_series<Net, T>(magnitudes, norms.left, x.width);
    return norms;
}

/// Both sides of all pairs, ready for the register tile.
template <class Net, class T>
struct PreparedPairs {
    Magnitudes<Net> magnitudes;
    std::size_t rows, columns, width;
    bool symmetric;
    T threshold;
    GramSide<T> right, left;
    Collapsed<T, results_of<Net>> collapsed;

    /// All of these pairs; where its results go is not said yet. Points into this.
    template <Wanted want>
    [[nodiscard]] GramTask<Net, want, T> task() const {
        return {{.left = &left,
                 .right = &right,
                 .rows = rows,
                 .columns = columns,
                 .width = width,
                 .symmetric = symmetric,
                 .threshold = threshold,
                 .output = {},
                 .stride = columns},
                &magnitudes,
                numbers_read(magnitudes),
                collapsed.terms > 0 ? &collapsed : nullptr};
    }
};

/// `require_room(sizes)` throws if there is no room for what the samples will say: it is asked before they are read, and
/// again when the lengths of series are known.
template <class Net, class InZ, class InX, class T, class RequireRoom>
PreparedPairs<Net, T> prepare_pairs(const Rows<InZ, T>* z, const Rows<InX, T>& x, const KernelSettings<Net>& settings,
                                    const RequireRoom& require_room) {
    using Tile = TileShape<T>;
    const options& how = settings.how;
    const bool symmetric = z == nullptr;
    const std::size_t rows = symmetric ? x.count : z->count;
    if (!symmetric) require_same_width(*z, x);
    auto magnitudes = magnitudes_of<Net>(settings.scales, shape_of(x));
    require_range<Net, T>(magnitudes);
    require_room(gram_sizes(magnitudes));
    const GramNorms norms = settled_norms<Net>(magnitudes, z, x, how);
    require_room(gram_sizes(magnitudes));
    auto right = prepare_side<Net, Tile::columns>(x, norms.right, magnitudes, norms.right_role, how);
    auto left = symmetric ? repack<Tile::rows>(x, norms.right, gram_sizes(magnitudes), how, right)
                          : prepare_side<Net, Tile::rows>(*z, norms.left, magnitudes, norms.left_role, how);
    Collapsed<T, results_of<Net>> collapsed;
    if (how.schedule != schedule::direct && rows > 0 && x.count > 0)
        collapsed = collapse_if_cheaper<Net, T>(magnitudes, norms.left, norms.right, x.width);
    return {std::move(magnitudes),
            rows,
            x.count,
            x.width,
            symmetric,
            closeness<T>(cost_of<Net, InX>.duals, x.width),
            std::move(right),
            std::move(left),
            std::move(collapsed)};
}

}  // namespace wide
