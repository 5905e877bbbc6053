#pragma once
// All that pairs of an architecture and an input with positions have in common: passes, plans, sizes of blocks.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <wide/kernel/image_cut.hpp>
#include <wide/lower/plane_planner.hpp>
#include <wide/lower/plane_runner.hpp>
#include <wide/run/memory.hpp>
#include <wide/run/options.hpp>

namespace wide {

/// All that pairs of an architecture and an input have in common.
template <class Net, bool with_theta, class T>
struct ImageKernel {
    Shape input;
    PlaneFacts<Net, with_theta> facts;
    PlanePlan pair, numbers, itself;
    ImageCut cut{};
    std::size_t block = 0;         ///< samples of a set that are hoisted at a time
    std::size_t side_by_side = 1;  ///< rows that go through the planes together
    std::size_t threads = 1;

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
        side_by_side = std::clamp<std::size_t>(second_level_cache() / 2 / PairRunner::bytes(pair, facts), 1, most_side_by_side);
    }

    [[nodiscard]] std::size_t positions() const { return static_cast<std::size_t>(volume(grid_of(input))); }
    [[nodiscard]] std::size_t pixels() const { return input.channels * positions(); }

    /// Elements of T that a lane of samples takes.
    [[nodiscard]] std::size_t lane_size() const { return (facts.numbers + pixels() + 2 * read_beyond) * lane; }

    /// The same of one sample.
    [[nodiscard]] std::size_t alone_size() const { return lane_size() / lane + read_beyond; }

    /// Memory for hoisted samples, if nothing else is said: enough for hoisting to be a small part of the pairs' time.
    static constexpr std::uint64_t usual_room = 512_MiB;

    /// Decides which samples are hoisted at a time, and how their pairs are cut.
    void choose_cut(std::size_t rows, std::size_t columns, bool symmetric, std::size_t on_threads,
                    std::uint64_t room = usual_room) {
        threads = std::max<std::size_t>(on_threads, 1);
        cut = cut_images({rows, columns, symmetric, lane, static_cast<std::size_t>(room / (alone_size() * sizeof(T))),
                          pair.elements, threads});
        block = std::max(std::min(cut.row_panel, rows), std::min(cut.column_panel, columns));
    }

    /// The same for all pairs of n samples.
    void choose_block(std::size_t n, std::size_t on_threads) { choose_cut(n, n, true, on_threads); }

    [[nodiscard]] std::uint64_t plan_bytes() const { return pair.bytes() + numbers.bytes() + itself.bytes(); }

    /// Bytes of the hoisted samples, which all threads share.
    [[nodiscard]] std::uint64_t panel_bytes() const {
        const std::size_t batches = (cut.column_panel + lane - 1) / lane;
        return (cut.row_panel * alone_size() + batches * lane_size()) * sizeof(T);
    }

    /// Bytes that a thread hoists in, by a plan for samples with themselves, or while lengths of series are settled.
    [[nodiscard]] std::uint64_t hoisting_bytes(const PlanePlan& plan) const {
        constexpr std::uint64_t number = static_cast<std::size_t>(lanes<double>) * sizeof(double);
        std::uint64_t apart = 0;
        for (const PassFact& fact : facts.fact)
            if (fact.series) apart = facts.numbers + facts.fact.size() * read_beyond;
        return (facts.numbers + pixels() + 2 * read_beyond + apart) * number + ItselfRunner::bytes(plan, facts);
    }

    /// Bytes that a thread works in, with its part of the hoisted samples.
    [[nodiscard]] std::uint64_t thread_bytes() const {
        const std::uint64_t working = std::max({side_by_side * std::uint64_t{PairRunner::bytes(pair, facts)},
                                                hoisting_bytes(numbers), hoisting_bytes(itself)});
        return working + (panel_bytes() + threads - 1) / threads;
    }

    /// Bytes that a Gram on these threads works in, besides its results and its samples.
    [[nodiscard]] std::uint64_t gram_bytes() const {
        return saturated_sum(saturated_product(threads, thread_bytes()), plan_bytes());
    }

    /// The same of a diagonal.
    [[nodiscard]] std::uint64_t diagonal_bytes(std::size_t on_threads) const {
        const std::uint64_t thread = std::max(hoisting_bytes(numbers), hoisting_bytes(itself));
        return saturated_sum(saturated_product(on_threads, thread), plan_bytes());
    }
};

/// Bytes that a symmetric Gram of images works in, besides its results and its samples, if its budget leaves room.
template <class Net, class In, class T = float>
std::uint64_t image_memory(std::size_t samples, std::size_t threads = 1) {
    ImageKernel<Net, true, T> kernel(default_scales<Net>(), In::shape);
    kernel.choose_block(samples, threads);
    return kernel.gram_bytes();
}

}  // namespace wide
