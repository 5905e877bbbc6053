#pragma once
// What the contraction of an empirical NTK reads of some samples, layer by layer: inputs and cotangents of a layer that is
// contracted by structure, its own gradients of one that is contracted by these (contraction.hpp). One pass forward and, for
// every output, one back; what is kept of a sample has contraction_elements elements at most.
//
//     ContractionSide<Net, In, T> side;
//     side.take(theta, z, first, count, all_outputs, how);     // side.forward[s], side.backward[s]: rows of step s
#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include <wide/finite/backward_pass.hpp>
#include <wide/finite/contraction.hpp>

namespace wide {

/// What one layer's contraction reads of some samples: rows of `depth` numbers, made here or lent by a backward pass.
template <class T>
struct ContractionRows {
    LeftFactor<T> rows;
    std::size_t depth = 0;

    /// Makes room for `count` rows.
    void make(std::size_t count, std::size_t length) {
        if (made_.size() < count * length) made_ = Matrix<T>(1, count * length);
        lend({made_.data(), static_cast<std::ptrdiff_t>(length), 1}, length);
    }
    [[nodiscard]] T* made_row(std::size_t r) { return made_.data() + r * depth; }
    void lend(const LeftFactor<T>& lent, std::size_t length) {
        rows = lent;
        depth = length;
    }
    /// For the right side of a product: rows become columns.
    [[nodiscard]] RightFactor<T> as_columns(std::size_t count) {
        const std::size_t elements = panel_elements<T>(depth, count);
        if (panels_.size() < elements) panels_ = Matrix<T>(1, elements);
        return pack_panels(rows.data, 1, rows.row, depth, count, panels_.data());
    }

private:
    Matrix<T> made_, panels_;
};

/// Elements that a sample of one side takes: its values on their way forward and back, and what is kept of them.
template <class Net, class In>
constexpr std::size_t contraction_elements(bool all_outputs) {
    constexpr auto& plan = Network<Net, In>::plan;
    std::size_t elements = elements_kept<Net, In>(0);
    for (int s = 0; s < plan.steps; ++s) {
        const ContractionCost cost = contraction_of(plan, plan.step[s], all_outputs);
        if (cost.way == Contraction::none) continue;
        const Leaf& weights = plan.leaf[plan.step[s].weights];
        const std::size_t positions = positions_of(plan.step[s].out_shape), outputs = Network<Net, In>::outputs;
        elements += cost.way == Contraction::gradients ? 2 * outputs * (weights.size() + weights.columns)
                                                       : 2 * positions * (weights.rows + outputs * weights.columns);
    }
    return elements;
}

/// Samples on each side whose gradients are contracted together: as many as 128 MiB hold.
template <class Net, class In, class T>
constexpr std::size_t samples_contracted(bool all_outputs) {
    return std::clamp<std::size_t>((std::size_t{128} << 20) / (sizeof(T) * contraction_elements<Net, In>(all_outputs)), 4, 512);
}

/// One side of a block of pairs: for every trained layer what its contraction reads.
template <class Net, class In, class T>
class ContractionSide {
    using N = Network<Net, In>;
    static constexpr auto& plan = N::plan;

public:
    std::size_t first = 0, count = 0;
    std::vector<ContractionRows<T>> forward{plan.steps + 1}, backward{plan.steps + 1};
    Matrix<T> outputs;

    template <class Z>
    void take(const Parameters<Net, In, T>& theta, const Rows<Z, T>& z, std::size_t from, std::size_t some, bool all_outputs,
              const options& how) {
        first = from, count = some;
        all_outputs_ = all_outputs;
        if (outputs.rows() != some) outputs = Matrix<T>(some, N::outputs);
        const std::size_t together = std::min(some, samples_together<Net, In, T>(3, some, how));
        options quiet = how;
        quiet.progress = {};
        pass_.reset();
        BackwardPass<Net, In, T>& pass = pass_.emplace(theta, some, some, how);
        pass.take(z, from, some);
        for (int s = 0; s < plan.steps; ++s) prepare(s, pass.part(0, some));
        run_sample_blocks((some + together - 1) / together, some, together, quiet, [&](std::size_t b) {
            const std::size_t begin = b * together, part = std::min(together, some - begin);
            for (std::size_t o = 0; o < N::outputs; ++o) {
                const auto one_output = [&](std::size_t i, const MadeOf<T, 0>& made, T* cotangent) {
                    std::copy_n(made[0], N::outputs, outputs.data() + i * N::outputs);
                    std::fill_n(cotangent, N::outputs, T(0));
                    cotangent[o] = T(1);
                };
                if (o == 0) pass.run(begin, part, one_output);
                else pass.back(begin, part, one_output);
                for (int s = 0; s < plan.steps; ++s) keep(s, pass.part(begin, part), begin, o);
            }
        });
    }

    [[nodiscard]] static ContractionCost cost(int s, bool all_outputs) {
        return contraction_of(plan, plan.step[s], all_outputs);
    }

private:
    /// Whether inputs and cotangents of a layer are rows as they lie. With several outputs, cotangents are written over.
    static bool lent_inputs(const NetworkStep& step) { return positions_of(step.out_shape) == 1 && Windows(step).trivial(); }
    static bool lent_cotangents(const NetworkStep& step) { return N::outputs == 1 && lent_inputs(step); }

    /// Samples have one row of `backward`, or one for each output, at every position.
    void prepare(int s, const BackwardRun<T>& run) {
        const NetworkStep& step = plan.step[s];
        const Contraction way = cost(s, all_outputs_).way;
        if (way == Contraction::none) return;
        const Leaf& weights = plan.leaf[step.weights];
        const auto k = static_cast<std::size_t>(s);
        const std::size_t positions = positions_of(step.out_shape), apart = all_outputs_ ? N::outputs : 1;
        const std::size_t summed = N::outputs / apart;
        if (way == Contraction::gradients) {
            backward[k].make(count * apart, summed * gradient_length(step));
            return;
        }
        if (lent_inputs(step))
            forward[k].lend({run.read(step.left, 0), static_cast<std::ptrdiff_t>(run.stride(step.left)), 1}, weights.rows);
        else forward[k].make(count * positions, weights.rows);
        if (lent_cotangents(step))
            backward[k].lend({run.cotangent(step.out), static_cast<std::ptrdiff_t>(weights.columns), 1}, weights.columns);
        else backward[k].make(count * apart * positions, summed * weights.columns);
    }

    static std::size_t gradient_length(const NetworkStep& step) {
        const bool biased = step.bias >= 0 && plan.leaf[step.bias].trained;
        return plan.leaf[step.weights].size() + (biased ? plan.leaf[step.weights].columns : 0);
    }

    void keep(int s, const BackwardRun<T>& run, std::size_t begin, std::size_t o) {
        const NetworkStep& step = plan.step[s];
        const Contraction way = cost(s, all_outputs_).way;
        if (way == Contraction::none) return;
        const Leaf& weights = plan.leaf[step.weights];
        const auto k = static_cast<std::size_t>(s);
        const Windows windows(step);
        const std::size_t positions = windows.positions(), width = weights.columns, length = weights.rows;
        const std::size_t apart = all_outputs_ ? N::outputs : 1;
        const T* const x = run.read(step.left, 0);
        const T* const c = run.cotangent(step.out);
        const std::size_t stride = run.stride(step.left);
        if (way == Contraction::structure) {
            for (std::size_t i = 0; i < run.count && !lent_cotangents(step); ++i)
                for (std::size_t p = 0; p < positions; ++p) {
                    if (o == 0 && !lent_inputs(step))
                        windows.gather(x + i * stride, p, forward[k].made_row((begin + i) * positions + p));
                    const std::size_t row = apart > 1 ? (begin + i) * apart + o : (begin + i) * positions + p;
                    std::copy_n(c + (i * positions + p) * width, width, backward[k].made_row(row) + (apart > 1 ? 0 : o * width));
                }
            return;
        }
        Room<T, RoomFor::windows> room(gradient_room<T>(step, width));
        for (std::size_t i = 0; i < run.count; ++i) {
            T* const to = backward[k].made_row((begin + i) * apart + (apart > 1 ? o : 0)) +
                          (apart > 1 ? 0 : o * gradient_length(step));
            BackwardRun<T> one = run;
            one.first += i;
            one.count = 1;
            put_gradient(step, one, 0, length, false, room.data(), to, to + weights.size());
        }
    }

    bool all_outputs_ = false;
    std::optional<BackwardPass<Net, In, T>> pass_;
};

}  // namespace wide
