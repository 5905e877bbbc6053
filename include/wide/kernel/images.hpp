#pragma once
// The kernels of samples with positions: Signals, Images, Volumes. Pairs are taken as many at a time as a vector has
// lanes, one sample against neighbouring ones, and go through the whole architecture offset plane by offset plane
// (lower/plane_plan.hpp). What a pair's kernels are does not depend on which pairs are computed beside it, so results
// are the same bits for any number of threads and any budget; and, with duals in closed form, whatever other samples
// there are. The length of a series depends on all samples, within the same accuracy.
//
// Time: for every pair as many duals as the planes that the result depends on have elements, and a pass over the
// samples; two where there are series. Memory: the results, and what `image_memory` says.
#include <cstddef>
#include <cstdint>
#include <string>

#include <wide/kernel/image_gram.hpp>
#include <wide/kernel/norms.hpp>
#include <wide/kernel/settings.hpp>
#include <wide/run/memory.hpp>

namespace wide {

/// Whether an architecture makes a vector of an input: else its kernel would be one for each pair of positions.
template <class Net, class In>
constexpr void require_vector_output() {
    static_assert(meaning<Net, In>.output.axes == 0,
                  "the output of this architecture still has positions: end it with Flatten, GlobalAvgPool or "
                  "GlobalSumPool");
}

/// The kernels of images with themselves: like diagonal.
template <class Net, class In, class T>
Diagonal<T> compute_image_diagonal(const Rows<In, T>& x, const KernelSettings<Net>& settings) {
    static_assert(results_of<Net> == 1,
                  "a family of kernels of images is not computed in one pass: call its members one by one");
    require_vector_output<Net, In>();
    constexpr const char* role = "the samples";
    const options& how = settings.how;
    const auto require = [&](std::uint64_t working) {
        require_memory(saturated_sum(saturated_product(x.count, 2 * sizeof(T)), working), how.budget,
                       "the diagonal of " + std::to_string(x.count) + " images");
    };
    require(0);
    ImageKernel<Net, true, T> kernel(settings.scales, In::shape);
    const auto threads = static_cast<std::size_t>(threads_of(how));
    require(kernel.diagonal_bytes(threads));
    norms_of(x, role, how);
    settle_images(kernel, x, role, static_cast<const Rows<In, T>*>(nullptr), how);
    require(kernel.diagonal_bytes(threads));
    Diagonal<T> own;
    own.nngp.resize(x.count);
    own.ntk.resize(x.count);
    hoist_images(
        kernel, kernel.itself, x, 0, x.count, role, how, [](const auto&) {},
        [&](std::size_t first, std::size_t many, const auto&, const auto& kernels) {
            for (std::size_t l = 0; l < many; ++l) {
                require_room<T>(kernels.nngp[l], kernels.theta[l], first + l, role);
                own.nngp[first + l] = static_cast<T>(kernels.nngp[l]);
                own.ntk[first + l] = static_cast<T>(kernels.theta[l]);
            }
        });
    return own;
}

/// The Gram of images z against x, or of x alone (z null): like compute_gram.
template <class Net, Wanted want, class InZ, class InX, class T>
void compute_image_gram(Gram<T>* result, const Rows<InZ, T>* z, const Rows<InX, T>& x,
                        const KernelSettings<Net>& settings) {
    static_assert(results_of<Net> == 1,
                  "a family of kernels of images is not computed in one pass: call its members one by one");
    static_assert(InZ::shape == InX::shape, "the two sets of samples have to be of one shape");
    require_vector_output<Net, InX>();
    const options& how = settings.how;
    const bool symmetric = z == nullptr;
    const std::size_t rows = symmetric ? x.count : z->count;
    const char* const role = symmetric ? "the samples" : "the second set of samples";
    const std::uint64_t cells =
        saturated_product(saturated_product(rows, x.count), sizeof(T) * (want == Wanted::both ? 2 : 1));
    const auto require = [&](std::uint64_t working) {
        require_memory(saturated_sum(cells, working), how.budget,
                       "a Gram of " + std::to_string(rows) + " x " + std::to_string(x.count) + " entries");
    };
    require(0);
    // How much a plan takes is known when it is made.
    ImageKernel<Net, want != Wanted::nngp, T> kernel(settings.scales, InX::shape);
    const auto threads = static_cast<std::size_t>(threads_of(how));
    const auto cut = [&] {
        kernel.choose_cut(rows, x.count, symmetric, threads, 0);
        const std::uint64_t least = saturated_sum(cells, kernel.gram_bytes());
        require(kernel.gram_bytes());
        const std::uint64_t allowed = how.budget == 0 ? machine_memory() : how.budget;
        const std::uint64_t room = std::min(kernel.usual_room, allowed - least + kernel.panel_bytes());
        kernel.choose_cut(rows, x.count, symmetric, threads, room);
    };
    cut();
    norms_of(x, role, how);
    if (!symmetric) norms_of(*z, "the first set of samples", how);
    settle_images(kernel, x, role, z, how);
    cut();
    if constexpr (want != Wanted::ntk) resize(result->nngp, rows, x.count);
    if constexpr (want != Wanted::nngp) resize(result->ntk, rows, x.count);
    if (rows == 0 || x.count == 0) return run_blocks(0, 0, how, nullptr);
    ImageGram<Net, want, InZ, InX, T>(kernel, *result, z, x, how).compute();
}

}  // namespace wide
