#pragma once
// A pass through a finite network and back: some samples forward, with every value and slope kept, then their cotangents.
//
//     BackwardPass<Net, In, T> pass(theta, samples, capacity, how);
//     pass.take(z, first, count);
//     pass.run(0, count, [&](std::size_t i, const MadeOf<T, 0>& made, T* to) { ... });  // made[0]: outputs; to: their cotangent
//     pass.part(0, count)                                                             // values and cotangents, for gradients
#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include <wide/finite/backward.hpp>
#include <wide/finite/forward.hpp>

namespace wide {

/// What a sample was made into: outputs, and with `order` 1 their derivative along the direction.
template <class T, int order>
using MadeOf = std::array<const T*, order + 1>;

/// Numbers that a backward pass keeps of a sample: its input, and of every value the coefficients, the slope and the cotangent.
template <class Net, class In>
constexpr std::size_t elements_kept(int order) {
    return static_cast<std::size_t>(order + 3) * Network<Net, In>::plan.values + Network<Net, In>::inputs;
}
/// Bytes of these.
template <class Net, class In, class T, int order>
constexpr std::size_t bytes_kept() {
    return sizeof(T) * elements_kept<Net, In>(order);
}
/// Samples whose values are kept at a time: 64 MiB of them.
template <class Net, class In, class T, int order>
constexpr std::size_t samples_kept() {
    return std::max<std::size_t>((std::size_t{64} << 20) / bytes_kept<Net, In, T, order>(), 1);
}

/// Values, slopes and cotangents of some samples, and the way back through them. With `order` 1, the way forward takes the
/// derivative along a direction with it.
template <class Net, class In, class T, int order = 0>
class BackwardPass {
    using N = Network<Net, In>;
    using Weights = RunWeights<Net, In, T>;
    static constexpr auto& plan = N::plan;
    static constexpr std::size_t beyond = RightFactor<T>::width;

public:
    /// For `capacity` samples at a time, of `samples` in all.
    BackwardPass(const Parameters<Net, In, T>& theta, std::size_t samples, std::size_t capacity, const options& how,
                 const Parameters<Net, In, T>* direction = nullptr)
        : panels_((order + 1) * Weights::room() + transposed_room()),
          values_(elements_kept<Net, In>(order) * capacity + beyond),
          weights_{theta, samples, panels_.data(), how},
          run_{new_run<Net, In, T>()} {
        run_.capacity = capacity;
        const std::size_t all = plan.values * capacity;
        T* const begin = values_.data();
        run_.values = begin;
        run_.slopes = begin + (order + 1) * all;
        run_.cotangents = begin + (order + 2) * all;
        inputs_ = begin + (order + 3) * all;
        run_.theta = weights_.run;
        if constexpr (order > 0) {
            moved_.emplace(*direction, samples, panels_.data() + Weights::room(), how);
            run_.direction = moved_->run;
        }
        T* panels = panels_.data() + (order + 1) * Weights::room();
        for (int s = 0; s < plan.steps; ++s) {
            const NetworkStep& step = plan.step[s];
            if (step.op != Op::affine || !plan.moves[step.left]) continue;
            const Windows windows(step);
            const Leaf& leaf = plan.leaf[step.weights];
            const std::size_t taps = windows.taps(), rows = leaf.rows / taps, width = leaf.columns;
            if (windows.trivial() && (width == 1 || samples * windows.positions() < few)) continue;
            for (std::size_t t = 0; t < taps; ++t, panels += panel_elements<T>(width, rows)) {
                const RightFactor<T> tap = pack_weights(theta.data() + leaf.offset + t * rows * width, 1,
                                                        static_cast<std::ptrdiff_t>(width), width, rows, panels, how);
                if (t == 0) transposed_[step.weights] = tap;
            }
        }
        run_.transposed = transposed_;
    }

    /// Takes the inputs of the samples that come next: no more than `capacity`.
    template <class Z>
    void take(const Rows<Z, T>& z, std::size_t first, std::size_t count) {
        run_.input = contiguous_rows(z, first, count, inputs_);
        if (!all_finite(run_.input, count, N::inputs)) require_finite_samples(z);
    }

    /// Samples `first` to `first + count` of those taken. `cotangent(sample, made, to)` writes that of the outputs, once these
    /// are made.
    template <class Cotangent>
    void run(std::size_t first, std::size_t count, Cotangent cotangent) const {
        Room<T, RoomFor::windows> windows(room_for_windows());
        BackwardRun<T> run = part(first, count);
        run.windows = windows.data();
        run_network<Net, In, order, T>(run);
        back(run, cotangent);
    }

    /// The way back alone, once the samples went forward.
    template <class Cotangent>
    void back(std::size_t first, std::size_t count, Cotangent cotangent) const {
        Room<T, RoomFor::windows> windows(room_for_windows());
        BackwardRun<T> run = part(first, count);
        run.windows = windows.data();
        back(run, cotangent);
    }

    /// Values and cotangents of samples that were run. Without room for windows.
    [[nodiscard]] BackwardRun<T> part(std::size_t first, std::size_t count) const {
        BackwardRun<T> run = run_;
        run.first = first;
        run.count = count;
        return run;
    }

private:
    static constexpr std::size_t few = 8;

    static constexpr std::size_t transposed_room() {
        std::size_t elements = 0;
        for (int s = 0; s < plan.steps; ++s) {
            const NetworkStep& step = plan.step[s];
            if (step.op != Op::affine || !plan.moves[step.left]) continue;
            const Leaf& leaf = plan.leaf[step.weights];
            const std::size_t taps = Windows(step).taps();
            elements += taps * panel_elements<T>(leaf.columns, leaf.rows / taps);
        }
        return elements;
    }

    /// For frames on the way forward, and for cotangents' lines on the way back.
    static constexpr std::size_t room_for_windows() {
        std::size_t most = (order + 1) * frame_room<Net, In>();
        for (int s = 0; s < plan.steps; ++s) {
            const NetworkStep& step = plan.step[s];
            if (step.op == Op::affine && plan.moves[step.left] && !Windows(step).trivial())
                most = std::max(most, CotangentLines::room(Windows(step), plan.leaf[step.weights].columns));
        }
        return most;
    }

    template <class Cotangent>
    static void back(const BackwardRun<T>& run, Cotangent cotangent) {
        if (order > 0 && !plan.moves[plan.result]) std::fill_n(run.write(plan.result, order), run.count * N::outputs, T(0));
        for (std::size_t i = 0; i < run.count; ++i) {
            MadeOf<T, order> made;
            for (int m = 0; m <= order; ++m) made[static_cast<std::size_t>(m)] = run.write(plan.result, m) + i * N::outputs;
            cotangent(run.first + i, made, run.cotangent(plan.result) + i * N::outputs);
        }
        for (int s = plan.steps - 1; s >= 0; --s)
            if (plan.moves[plan.step[s].out]) back_step(plan.step[s], run);
    }

    Room<T, RoomFor::weights> panels_;
    Room<T, RoomFor::values> values_;
    Weights weights_;
    std::optional<Weights> moved_;
    RightFactor<T> transposed_[plan.leaves + 1]{};
    BackwardRun<T> run_;
    T* inputs_;
};

}  // namespace wide
