#pragma once
// The kernels of all pairs: of a set of samples with itself, or of two sets. Results are the same bits for any number
// of threads. With schedule::direct and closed forms an entry is the same bits whatever other samples there are; rows
// of one norm may be collapsed, and the length of a series depends on all samples, within the same accuracy.
//
//     auto K = ntk<Net>(x);                    // n x n, symmetric
//     auto K = ntk<Net>(z, x);                 // m x n
//     auto G = gram<Net>(z, x);                // both kernels in one pass: G.nngp, G.ntk
//     auto K = ntk<Net>(x, scales, options{.threads = 2, .fill = fill::lower});
//     auto K = ntk<Net1, Net2>(x);             // several in one pass: K[0], K[1]; a Family<> is the same
//
// Time: n m (d fused multiply-adds + the duals of all layers). Memory: the results, and both sides once more in
// panels.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <wide/dsl/refusal/has_kernel.hpp>
#include <wide/kernel/block.hpp>
#include <wide/kernel/diagonal.hpp>
#include <wide/kernel/images.hpp>
#include <wide/run/memory.hpp>
#include <wide/run/parallel.hpp>

namespace wide {

/// The results of one call: of an architecture, or of each member of a family.
template <class Net, class T>
using Grams = std::array<Gram<T>, static_cast<std::size_t>(results_of<Net>)>;

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

/// The Gram of z against x, or of x alone (z null), into `result`: as many as Net has results.
template <class Net, Wanted want, class InZ, class InX, class T>
void compute_gram(Gram<T>* result, const Rows<InZ, T>* z, const Rows<InX, T>& x,
                  const KernelSettings<Net>& settings) {
    using Tile = TileShape<T>;
    constexpr auto& members = lowered_t<Net>::recursion.result;
    constexpr auto results = static_cast<std::size_t>(results_of<Net>);
    const options& how = settings.how;
    const bool symmetric = z == nullptr;
    const std::size_t rows = symmetric ? x.count : z->count;
    if (!symmetric) require_same_width(*z, x);
    auto magnitudes = magnitudes_of<Net>(settings.scales, shape_of(x));
    require_range<Net, T>(magnitudes);
    const auto require_room = [&] {
        require_gram_memory<T>(rows, x.count, x.width, results * ((want != Wanted::ntk) + (want != Wanted::nngp)),
                               gram_sizes(magnitudes), how);
    };
    require_room();
    const GramNorms norms = settled_norms<Net>(magnitudes, z, x, how);
    require_room();  // now that the lengths of series are known
    for (std::size_t n = 0; n < results; ++n) {
        Gram<T>& one = result[n];
        if constexpr (want != Wanted::ntk) resize(one.nngp, rows, x.count);
        if constexpr (want != Wanted::nngp) resize(one.ntk, rows, x.count);
        if (want != Wanted::nngp && !members[n].trained)
            for (std::size_t i = 0; i < one.ntk.rows(); ++i)
                std::fill_n(one.ntk.data() + i * x.count, symmetric && how.fill == fill::lower ? i + 1 : x.count,
                            T(0));
    }
    if (rows == 0 || x.count == 0) return run_blocks(0, 0, how, nullptr);

    auto right = prepare_side<Net, Tile::columns>(x, norms.right, magnitudes, norms.right_role, how);
    const auto left = symmetric ? repack<Tile::rows>(x, norms.right, gram_sizes(magnitudes), how, right)
                                : prepare_side<Net, Tile::rows>(*z, norms.left, magnitudes, norms.left_role, how);
    Collapsed<T, results_of<Net>> collapsed;
    if (how.schedule != schedule::direct)
        collapsed = collapse_if_cheaper<Net, T>(magnitudes, norms.left, norms.right, x.width);
    GramTask<Net, want, T> task{{.left = &left,
                                 .right = &right,
                                 .rows = rows,
                                 .columns = x.count,
                                 .width = x.width,
                                 .symmetric = symmetric,
                                 .threshold = closeness<T>(cost_of<Net, InX>.duals, x.width),
                                 .output = {}},
                                &magnitudes,
                                numbers_read(magnitudes),
                                collapsed.terms > 0 ? &collapsed : nullptr};
    for (std::size_t n = 0; n < results; ++n) {
        if (want != Wanted::ntk) task.output[2 * n] = result[n].nngp.data();
        if (want != Wanted::nngp && members[n].trained) task.output[2 * n + 1] = result[n].ntk.data();
    }
    run_tiles<T>(task, how);
}

template <class Net, Wanted want, class In, class T, class... Given>
void gram_as(Gram<T>* result, const Rows<In, T>& x, const Given&... given) {
    constexpr const Rows<In, T>* none = nullptr;
    if constexpr (!has_kernel<Net, In>) refuse_kernel<Net, In>();
    else if constexpr (In::shape.axes > 0)
        compute_image_gram<Net, want>(result, none, x, settings_from<Net>(given...));
    else compute_gram<Net, want>(result, none, x, settings_from<Net>(given...));
}

template <class Net, Wanted want, class InZ, class InX, class T, class... Given>
void gram_as(Gram<T>* result, const Rows<InZ, T>& z, const Rows<InX, T>& x, const Given&... given) {
    if constexpr (!has_kernel<Net, InZ>) refuse_kernel<Net, InZ>();
    else if constexpr (!has_kernel<Net, InX>) refuse_kernel<Net, InX>();
    else if constexpr (InX::shape.axes > 0)
        compute_image_gram<Net, want>(result, &z, x, settings_from<Net>(given...));
    else compute_gram<Net, want>(result, &z, x, settings_from<Net>(given...));
}

/// One of the two matrices of every result.
template <class Net, class T>
auto matrices(Grams<Net, T>&& all, Matrix<T> Gram<T>::*which) {
    std::array<Matrix<T>, static_cast<std::size_t>(results_of<Net>)> taken;
    for (std::size_t n = 0; n < all.size(); ++n) taken[n] = std::move(all[n].*which);
    return only<Net>(std::move(taken));
}

/// Both kernels into matrices that are there already: for Grams computed again and again, whose memory would cost
/// more to get than to fill. With fill::lower, what stands above the diagonal stays. An exception may leave `result`
/// half-written. Of a family, into an array of them.
template <class Net, class T, class In, class... More>
void gram_into(Gram<T>& result, const Rows<In, T>& x, const More&... more) {
    static_assert(results_of<Net> == 1, "the Grams of a family go into an array of them");
    gram_as<Net, Wanted::both>(&result, x, more...);
}
template <class Net, class T, std::size_t members, class In, class... More>
void gram_into(std::array<Gram<T>, members>& result, const Rows<In, T>& x, const More&... more) {
    static_assert(members == results_of<Net>, "the array has to hold one Gram for each member of the family");
    gram_as<Net, Wanted::both>(result.data(), x, more...);
}

/// Both kernels. Arguments: `x` (symmetric) or `z, x` (cross), then scales and options if wanted. Of a family an
/// array, one Gram for each member. Throws not_finite, outside_domain, shape_mismatch, insufficient_memory,
/// cancelled, and error for senseless scales.
template <class Net, class In, class T, class... More>
auto gram(const Rows<In, T>& x, const More&... more) {
    Grams<Net, T> result;
    gram_as<Net, Wanted::both>(result.data(), x, more...);
    return only<Net>(std::move(result));
}

/// The NTK alone.
template <class Net, class In, class T, class... More>
auto ntk(const Rows<In, T>& x, const More&... more) {
    Grams<Net, T> result;
    gram_as<Net, Wanted::ntk>(result.data(), x, more...);
    return matrices<Net, T>(std::move(result), &Gram<T>::ntk);
}

/// The NNGP covariance alone.
template <class Net, class In, class T, class... More>
auto nngp(const Rows<In, T>& x, const More&... more) {
    Grams<Net, T> result;
    gram_as<Net, Wanted::nngp>(result.data(), x, more...);
    return matrices<Net, T>(std::move(result), &Gram<T>::nngp);
}

/// Several architectures in one pass: an array, one result for each.
template <class First, class Second, class... Nets, class In, class T, class... More>
auto gram(const Rows<In, T>& x, const More&... more) {
    return gram<Family<First, Second, Nets...>>(x, more...);
}
template <class First, class Second, class... Nets, class In, class T, class... More>
auto ntk(const Rows<In, T>& x, const More&... more) {
    return ntk<Family<First, Second, Nets...>>(x, more...);
}
template <class First, class Second, class... Nets, class In, class T, class... More>
auto nngp(const Rows<In, T>& x, const More&... more) {
    return nngp<Family<First, Second, Nets...>>(x, more...);
}

}  // namespace wide
