#pragma once
// All that pairs of an architecture and an input with positions have in common: passes, plans, sizes of blocks.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <wide/lower/plane_planner.hpp>
#include <wide/lower/plane_runner.hpp>
#include <wide/run/memory.hpp>

namespace wide {

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
        side_by_side = std::clamp<std::size_t>(second_level_cache() / 2 / PairRunner::bytes(pair, facts), 1, most_side_by_side);
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

}  // namespace wide
