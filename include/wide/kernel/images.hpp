#pragma once
// The kernels of samples with positions: Signals, Images, Volumes. Pairs are taken as many at a time as a vector has
// lanes, one sample against neighbouring ones, and go through the whole architecture offset plane by offset plane
// (lower/plane_plan.hpp). Blocks of pairs are independent of each other; what a pair's kernels are does not depend on
// the block it is in, so results are the same bits for any number of threads and any batch.
//
// Time: for every pair as many duals as the planes that the result depends on have elements. Memory: the results, and
// what `image_memory` says.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <wide/kernel/image_side.hpp>
#include <wide/kernel/kernels.hpp>
#include <wide/kernel/norms.hpp>
#include <wide/kernel/pair_blocks.hpp>
#include <wide/kernel/settings.hpp>
#include <wide/run/parallel.hpp>

namespace wide {

/// Whether an architecture makes a vector of an input: else its kernel would be one for each pair of positions.
template <class Net, class In>
constexpr void require_vector_output() {
    static_assert(meaning<Net, In>.output.axes == 0,
                  "the output of this architecture still has positions: end it with Flatten, GlobalAvgPool or "
                  "GlobalSumPool");
}

/// Makes all series as long as these samples need them: by some of them, from the shortest to the longest.
template <class Net, bool with_theta, class T, class In>
void settle_images(ImageKernel<Net, with_theta, T>& kernel, const Rows<In, T>& x, const std::vector<double>& norms,
                   const char* role) {
    bool series = false;
    for (const PassFact& fact : kernel.facts.fact) series = series || fact.series;
    if (!series || x.count == 0) return;
    std::vector<std::size_t> order(x.count);
    for (std::size_t i = 0; i < x.count; ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return norms[a] < norms[b]; });
    constexpr std::size_t intervals = 4;
    Matrix<double> pixels(1, (kernel.pixels() + read_beyond) * static_cast<std::size_t>(lanes<double>));
    for (std::size_t k = 0; k <= intervals; ++k) {
        const std::size_t i = order[k * (x.count - 1) / intervals];
        load_pixels(x, i, kernel.positions(), kernel.input.channels, pixels.data());
        Misfit misfit;
        int pass = 0;
        std::vector<PassFact> settled = kernel.facts.fact;
        {
            typename ImageKernel<Net, with_theta, T>::ItselfRunner runner(kernel.numbers, kernel.facts, kernel.input);
            runner.settling = &settled;
            runner.run_itself(pixels.data(), nullptr, misfit, pass);
        }
        if (misfit.lane >= 0) report_misfit<Net, with_theta>(misfit, pass, i, role);
        kernel.facts.fact = settled;
        kernel.facts.lay_out();
    }
}

template <class T>
inline constexpr auto largest_of = static_cast<double>(std::numeric_limits<T>::max());

/// The kernels of every sample with itself: nngp[i], ntk[i]. Throws outside_domain, and not_finite if T has no room.
template <class Net, bool with_theta, class T, class In>
void images_themselves(const ImageKernel<Net, with_theta, T>& kernel, const Rows<In, T>& x, const char* role,
                       const options& how, std::vector<T>& nngp, std::vector<T>& ntk) {
    constexpr auto narrow = static_cast<std::size_t>(lanes<double>);
    nngp.resize(x.count);
    ntk.resize(x.count);
    run_blocks((x.count + narrow - 1) / narrow, x.count, how, [&](std::size_t b) {
        typename ImageKernel<Net, with_theta, T>::ItselfRunner runner(kernel.itself, kernel.facts, kernel.input);
        Matrix<double> pixels(1, (kernel.pixels() + read_beyond) * narrow);
        Matrix<double> numbers(1, (kernel.facts.numbers + read_beyond) * narrow);
        load_pixels(x, b * narrow, kernel.positions(), kernel.input.channels, pixels.data());
        Misfit misfit;
        int pass = 0;
        const auto kernels = runner.run_itself(pixels.data(), numbers.data(), misfit, pass);
        if (misfit.lane >= 0 && b * narrow + static_cast<std::size_t>(misfit.lane) < x.count)
            report_misfit<Net, with_theta>(misfit, pass, b * narrow + static_cast<std::size_t>(misfit.lane), role);
        const std::size_t last = std::min(x.count, (b + 1) * narrow);
        for (std::size_t i = b * narrow; i < last; ++i) {
            const double one = kernels.nngp[i - b * narrow], two = kernels.theta[i - b * narrow];
            if (!(one <= largest_of<T> && two <= largest_of<T>))
                throw not_finite("the kernel of row " + std::to_string(i) + " of " + role +
                                     " with itself overflows the element type: scale the data, or compute in double",
                                 i, 0);
            nngp[i] = static_cast<T>(one);
            ntk[i] = static_cast<T>(two);
        }
        return last - b * narrow;
    });
}

/// The kernels of images with themselves: like diagonal.
template <class Net, class In, class T>
Diagonal<T> compute_image_diagonal(const Rows<In, T>& x, const KernelSettings<Net>& settings) {
    static_assert(results_of<Net> == 1,
                  "a family of kernels of images is not computed in one pass: call its members one by one");
    require_vector_output<Net, In>();
    ImageKernel<Net, true, T> kernel(settings.scales, In::shape);
    settle_images(kernel, x, norms_of(x, "the samples", settings.how), "the samples");
    Diagonal<T> own;
    images_themselves(kernel, x, "the samples", settings.how, own.nngp, own.ntk);
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
    constexpr bool with_theta = want != Wanted::nngp;
    using Kernel = ImageKernel<Net, with_theta, T>;
    constexpr auto lane = Kernel::lane;
    const options& how = settings.how;
    const bool symmetric = z == nullptr;
    const std::size_t rows = symmetric ? x.count : z->count;
    const char* const role = symmetric ? "the samples" : "the second set of samples";
    const std::uint64_t cells = saturated_product(saturated_product(rows, x.count), sizeof(T) * (want == Wanted::both ? 2 : 1));
    require_memory(cells, how.budget, "a Gram of " + std::to_string(rows) + " x " + std::to_string(x.count) + " entries");
    Kernel kernel(settings.scales, InX::shape);
    const std::vector<double> norms = norms_of(x, role, how);
    settle_images(kernel, x, norms, role);
    if (!symmetric) settle_images(kernel, *z, norms_of(*z, "the first set of samples", how), "the first set of samples");
    const auto threads = static_cast<std::size_t>(threads_of(how));
    kernel.choose_block(std::max<std::size_t>(std::min(rows, x.count), 1), threads);
    require_memory(saturated_sum(cells, saturated_product(threads, kernel.thread_bytes()) + kernel.plan_bytes()),
                   how.budget,
                   "a Gram of " + std::to_string(rows) + " x " + std::to_string(x.count) + " entries");
    if constexpr (want != Wanted::ntk) resize(result->nngp, rows, x.count);
    if constexpr (want != Wanted::nngp) resize(result->ntk, rows, x.count);
    if (rows == 0 || x.count == 0) return run_blocks(0, 0, how, nullptr);

    std::vector<T> own_nngp, own_ntk;
    if (symmetric)
        images_themselves(kernel, x, role, options{.threads = how.threads, .stop = how.stop}, own_nngp, own_ntk);
    const PairBlocks blocks{rows, x.count, kernel.block, symmetric};
    run_blocks(blocks.count(), blocks.pairs(), how, [&](std::size_t b) {
        const auto [r, c] = blocks.place(b);
        const std::size_t first_row = r * kernel.block, last_row = std::min(rows, first_row + kernel.block);
        const std::size_t first_column = c * kernel.block, last_column = std::min(x.count, first_column + kernel.block);
        const bool on_diagonal = symmetric && r == c;
        ImageSide<Net, with_theta, T> left(kernel), right(kernel);
        right.fill(x, first_column, last_column - first_column, role);
        if (!symmetric) left.fill(*z, first_row, last_row - first_row, "the first set of samples");
        else if (!on_diagonal) left.fill(x, first_row, last_row - first_row, role);
        const ImageSide<Net, with_theta, T>& rows_side = on_diagonal ? right : left;
        typename Kernel::PairRunner runner(kernel.pair, kernel.facts, kernel.input, kernel.side_by_side);
        Matrix<T> alone(kernel.side_by_side, kernel.alone_size());
        std::vector<PlaneSamples<T>> side_by_side;
        std::vector<LaneKernels<T>> kernels;
        const auto store = [&](std::size_t i, std::size_t j, T nngp, T ntk) {
            if constexpr (want != Wanted::ntk) {
                result->nngp(i, j) = nngp;
                if (symmetric && how.fill == fill::both) result->nngp(j, i) = nngp;
            }
            if constexpr (want != Wanted::nngp) {
                result->ntk(i, j) = ntk;
                if (symmetric && how.fill == fill::both) result->ntk(j, i) = ntk;
            }
        };
        std::uint64_t done = 0;
        for (std::size_t i = first_row; i < last_row; i += kernel.side_by_side) {
            const std::size_t next = std::min(last_row, i + kernel.side_by_side);
            side_by_side.clear();
            for (std::size_t k = i; k < next; ++k)
                side_by_side.push_back(rows_side.alone(k - first_row, alone.row(k - i).data()));
            const std::size_t end = on_diagonal ? next - 1 : last_column;
            for (std::size_t j = first_column; j < end; j += lane) {
                runner.run(side_by_side, right.lanes_of((j - first_column) / lane), kernels);
                for (std::size_t k = i; k < next; ++k)
                    for (std::size_t l = j; l < std::min(j + lane, on_diagonal ? k : last_column); ++l, ++done) {
                        const double one = kernels[k - i].nngp[l - j], two = kernels[k - i].theta[l - j];
                        if (!(std::abs(one) <= largest_of<T> && std::abs(two) <= largest_of<T>))
                            throw not_finite("the kernel of row " + std::to_string(k) + " and row " +
                                                 std::to_string(l) +
                                                 " overflows the element type: scale the data, or compute in double",
                                             k, l);
                        store(k, l, static_cast<T>(one), static_cast<T>(two));
                    }
            }
            for (std::size_t k = i; on_diagonal && k < next; ++k, ++done) store(k, k, own_nngp[k], own_ntk[k]);
        }
        return done;
    });
}

}  // namespace wide
