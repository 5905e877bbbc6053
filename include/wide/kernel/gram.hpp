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
#include <cstddef>
#include <utility>

#include <wide/dsl/refusal/has_kernel.hpp>
#include <wide/kernel/block.hpp>
#include <wide/kernel/diagonal.hpp>
#include <wide/kernel/images.hpp>
#include <wide/kernel/pairs.hpp>
#include <wide/run/parallel.hpp>

namespace wide {

/// The results of one call: of an architecture, or of each member of a family.
template <class Net, class T>
using Grams = std::array<Gram<T>, static_cast<std::size_t>(results_of<Net>)>;

/// The Gram of z against x, or of x alone (z null), into `result`: as many as Net has results.
template <class Net, Wanted want, class InZ, class InX, class T>
void compute_gram(Gram<T>* result, const Rows<InZ, T>* z, const Rows<InX, T>& x,
                  const KernelSettings<Net>& settings) {
    constexpr auto& members = lowered_t<Net>::recursion.result;
    constexpr auto results = static_cast<std::size_t>(results_of<Net>);
    const options& how = settings.how;
    const bool symmetric = z == nullptr;
    const std::size_t rows = symmetric ? x.count : z->count;
    const auto pairs = prepare_pairs<Net>(z, x, settings, [&](const SampleSizes& sizes) {
        require_gram_memory<T>(rows, x.count, x.width, results * ((want != Wanted::ntk) + (want != Wanted::nngp)),
                               sizes, how);
    });
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

    auto task = pairs.template task<want>();
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
