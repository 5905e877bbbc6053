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
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

#include <wide/kernel/epilogue.hpp>
#include <wide/kernel/kernels.hpp>
#include <wide/kernel/norms.hpp>
#include <wide/kernel/settings.hpp>
#include <wide/lower/plane_runner.hpp>
#include <wide/run/memory.hpp>
#include <wide/run/parallel.hpp>

namespace wide {

/// Whether an architecture makes a vector of an input: else its kernel would be one for each pair of positions.
template <class Net, class In>
constexpr void require_vector_output() {
    static_assert(meaning<Net, In>.output.axes == 0,
                  "the output of this architecture still has positions: end it with Flatten, GlobalAvgPool or "
                  "GlobalSumPool");
}

/// All that pairs of an architecture and an input have in common.
template <class Net, bool with_theta, class T>
struct ImageKernel {
    Shape input;
    PlaneFacts<Net, with_theta> facts;
    PlanePlan pair, numbers, itself;
    std::size_t block = 0;         ///< samples on each side of a block
    std::size_t side_by_side = 1;  ///< of them, those that go through the planes together

    static constexpr auto lane = static_cast<std::size_t>(lanes<T>);
    using PairRunner = PlaneRunner<Net, with_theta, T, T, false>;
    using ItselfRunner = PlaneRunner<Net, with_theta, T, double, true>;

    ImageKernel(const Scales<affine_words<Net>>& scales, const Shape& shape)
        : input{shape}, facts{plane_facts<Net, with_theta, T>(scales, shape)} {
        constexpr auto& passes = plane_program<Net, with_theta>;
        const auto meant = infer(program<Net>, shape);
        const PlaneSource source{program<Net>.inst, passes.place, passes.pass, passes.pass_of, meant.shape,
                                 program<Net>.result[0]};
        pair = PlanePlanner<PlaneUse::pair>(source).take();
        numbers = PlanePlanner<PlaneUse::numbers>(source).take();
        itself = PlanePlanner<PlaneUse::itself>(source).take();
        // Their planes, and the numbers that they share, are to stay in the second-level cache.
        side_by_side = std::clamp<std::size_t>(second_level_cache() / 2 / PairRunner::bytes(pair, facts), 1, 4);
    }

    [[nodiscard]] std::size_t positions() const { return static_cast<std::size_t>(volume(grid_of(input))); }
    [[nodiscard]] std::size_t pixels() const { return input.channels * positions(); }

    /// Elements of T that a lane of samples takes.
    [[nodiscard]] std::size_t lane_size() const { return (facts.numbers + pixels() + 2 * read_beyond) * lane; }

    /// The same of one sample.
    [[nodiscard]] std::size_t alone_size() const { return lane_size() / lane + read_beyond; }

    /// Samples in a block, for n of them: so many that hoisting their numbers is a twentieth of the pairs' time, and
    /// no more than leave every thread something to do.
    void choose_block(std::size_t n, std::size_t threads) {
        std::size_t hoisting = 0;
        for (const PassFact& fact : facts.fact)
            if (fact.numbers > 0) hoisting += 8 * static_cast<std::size_t>(volume(fact.grid));
        const double share = static_cast<double>(hoisting + 4 * numbers.elements) /
                             static_cast<double>(std::max<std::uint64_t>(pair.elements, 1));
        const double wanted = std::min(40 * share, 128.0);
        std::size_t rounded = std::max(lane, static_cast<std::size_t>(wanted) / lane * lane);
        while (rounded > lane && n / rounded < 2 * threads) rounded -= lane;
        block = rounded;
    }

    [[nodiscard]] std::uint64_t plan_bytes() const { return pair.bytes() + numbers.bytes() + itself.bytes(); }

    /// Bytes that one thread works in.
    [[nodiscard]] std::uint64_t thread_bytes() const {
        const std::size_t batches = (block + lane - 1) / lane;
        const std::uint64_t hoisting =
            (facts.numbers + pixels() + 2 * read_beyond) * static_cast<std::size_t>(lanes<double>) * sizeof(double);
        const std::uint64_t samples = (2 * batches * lane_size() + side_by_side * alone_size()) * sizeof(T);
        return std::max(samples + side_by_side * PairRunner::bytes(pair, facts) +
                            2 * (hoisting + ItselfRunner::bytes(numbers, facts)),
                        hoisting + ItselfRunner::bytes(itself, facts));
    }
};

/// Bytes that a symmetric Gram of images works in, besides its results and its samples: as `explain` states them.
template <class Net, class In, class T = float>
std::uint64_t image_memory(std::size_t samples, std::size_t threads = 1) {
    ImageKernel<Net, true, T> kernel(default_scales<Net>(), In::shape);
    kernel.choose_block(samples, threads);
    return threads * kernel.thread_bytes() + kernel.plan_bytes();
}

/// Samples first .. first + count of x as double lanes of pixels, channel by channel; beyond the last, the last again.
template <class In, class T>
void load_pixels(const Rows<In, T>& x, std::size_t first, std::size_t positions, std::size_t channels,
                 double* pixels) {
    constexpr auto lane = static_cast<std::size_t>(lanes<double>);
    for (std::size_t l = 0; l < lane; ++l) {
        const std::size_t i = std::min(first + l, x.count - 1);
        const T* value = x.data + static_cast<std::ptrdiff_t>(i) * x.row_stride;
        for (std::size_t p = 0; p < positions; ++p)
            for (std::size_t c = 0; c < channels; ++c, value += x.column_stride)
                pixels[(c * positions + p) * lane + l] = static_cast<double>(*value);
    }
}

/// Throws outside_domain for a sample whose variance a pass can't take.
template <class Net, bool with_theta>
[[noreturn]] void report_misfit(const Misfit& misfit, int pass, std::size_t row, const char* role) {
    constexpr auto& passes = plane_program<Net, with_theta>;
    constexpr auto& table = nonlinearity_table<nonlinearities_of<Net>>;
    const auto& word = passes.pass[pass];
    const int position = program<Net>.inst[passes.place[pass].inst].position;
    const auto number = [](double value) {
        char text[32];
        std::snprintf(text, sizeof text, "%g", value);
        return std::string(text);
    };
    const std::string met = "row " + std::to_string(row) + " of " + role + " reaches layer " +
                            std::to_string(position) + ", " + table.name[word.nonlinearity] + ", with variance " +
                            number(misfit.variance) + " at one of its positions";
    if (!misfit.fits)
        throw outside_domain(met + ", for which the element type has no room: scale the data, or compute in double",
                             row, misfit.variance);
    throw outside_domain(met + (misfit.converged
                                  ? ", but its dual holds up to " + number(table.domain[word.nonlinearity].largest)
                                                 : ", where the Hermite series of its dual is too long") +
                             ": scale the data, or lower the weights before it" +
                             (misfit.converged ? "" : "; of an activation of your own, state its kinks and check its slope"),
                         row, misfit.variance);
}

/// Lanes of samples with what pairs read of them.
template <class Net, bool with_theta, class T>
class ImageSide {
    using Kernel = ImageKernel<Net, with_theta, T>;
    static constexpr auto lane = static_cast<std::size_t>(lanes<T>);
    static constexpr auto narrow = static_cast<std::size_t>(lanes<double>);

public:
    explicit ImageSide(const Kernel& kernel)
        : kernel_{kernel},
          memory_(1, (kernel.block + lane - 1) / lane * kernel.lane_size()),
          runner_(kernel.numbers, kernel.facts, kernel.input),
          pixels_(1, (kernel.pixels() + read_beyond) * narrow),
          numbers_(1, (kernel.facts.numbers + read_beyond) * narrow) {}

    /// Hoists the numbers of samples first .. first + count of x. Throws outside_domain.
    template <class In>
    void fill(const Rows<In, T>& x, std::size_t first, std::size_t count, const char* role) {
        for (std::size_t begin = 0; begin < count; begin += narrow) {
            load_pixels(x, first + begin, kernel_.positions(), kernel_.input.channels, pixels_.data());
            Misfit misfit;
            int pass = 0;
            runner_.run_itself(pixels_.data(), numbers_.data(), misfit, pass);
            if (misfit.lane >= 0 && first + begin + static_cast<std::size_t>(misfit.lane) < x.count)
                report_misfit<Net, with_theta>(misfit, pass, first + begin + static_cast<std::size_t>(misfit.lane),
                                               role);
            T* const to = batch(begin / lane) + begin % lane;
            spread(numbers_.data(), kernel_.facts.numbers, to);
            spread(pixels_.data(), kernel_.pixels(), to + (kernel_.facts.numbers + read_beyond) * lane);
        }
    }

    [[nodiscard]] PlaneSamples<T> lanes_of(std::size_t b) const {
        const T* const begin = memory_.data() + b * kernel_.lane_size();
        return {begin, begin + (kernel_.facts.numbers + read_beyond) * lane};
    }

    /// Sample i of the block alone, into memory of lane_size / lanes elements.
    PlaneSamples<T> alone(std::size_t i, T* to) const {
        const T* const from = memory_.data() + i / lane * kernel_.lane_size() + i % lane;
        const std::size_t size = kernel_.lane_size() / lane;
        for (std::size_t k = 0; k < size; ++k) to[k] = from[k * lane];
        return {to, to + kernel_.facts.numbers + read_beyond};
    }

private:
    T* batch(std::size_t b) { return memory_.data() + b * kernel_.lane_size(); }

    static void spread(const double* from, std::size_t count, T* to) {
        for (std::size_t k = 0; k < count; ++k)
            for (std::size_t l = 0; l < narrow; ++l) to[k * lane + l] = static_cast<T>(from[k * narrow + l]);
    }

    const Kernel& kernel_;
    Matrix<T> memory_;
    typename Kernel::ItselfRunner runner_;
    Matrix<double> pixels_, numbers_;
};

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
    const std::size_t down = (rows + kernel.block - 1) / kernel.block, across = (x.count + kernel.block - 1) / kernel.block;
    const std::uint64_t total =
        symmetric ? std::uint64_t{rows} * (rows + 1) / 2 : std::uint64_t{rows} * x.count;
    run_blocks(symmetric ? down * (down + 1) / 2 : down * across, total, how, [&](std::size_t b) {
        std::size_t r = symmetric ? 0 : b / across, c = symmetric ? b : b % across;
        if (symmetric)
            while (c > r) c -= ++r;
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
