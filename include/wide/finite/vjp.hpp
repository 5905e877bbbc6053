#pragma once
// Gradients of a finite network: one pass forward that keeps every value and slope, one back.
//
//     auto gradient = vjp<Net>(theta, z, cotangent);             // sum over samples and outputs of cotangent * grad f, as Parameters
//     Matrix<float> each = sample_gradients<Net>(theta, z, cotangent);  // row i: of sample i alone, laid out as theta.data()
//
// `cotangent` is samples x outputs. Frozen layers get zero. Three times the operations of forward; memory for values, slopes
// and cotangents of `samples_kept` samples at a time. Throws shape_mismatch; not_finite as forward does, and (row, output)
// where the cotangent is no number, (leaf, element) where the gradient is none; insufficient_memory, cancelled.
// Results are the same bits for any number of threads.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <wide/finite/backward_pass.hpp>

namespace wide {

/// Zeros where no gradient is written: in leaves that are not trained, or that the result does not depend on.
template <class Net, class In, class T>
void clear_untrained(Parameters<Net, In, T>& gradient) {
    constexpr auto& plan = Network<Net, In>::plan;
    for (int i = 0; i < plan.leaves; ++i)
        if (!plan.leaf[i].trained) std::fill_n(gradient.leaf(i).data(), plan.leaf[i].size(), T(0));
}

/// Elements of room for the gradient of any layer.
template <class Net, class In, class T>
constexpr std::size_t most_gradient_room() {
    constexpr auto& plan = Network<Net, In>::plan;
    std::size_t most = 0;
    for (int s = 0; s < plan.steps; ++s)
        if (plan.step[s].op == Op::affine)
            most = std::max(most, gradient_room<T>(plan.step[s], plan.leaf[plan.step[s].weights].columns));
    return most;
}

/// The gradient of samples that were run, over what is in `gradient` or added to it: every row of weights sums its samples in
/// order, whoever does it.
template <int order, class Net, class In, class T>
void put_gradients(const BackwardPass<Net, In, T, order>& pass, std::size_t count, bool add, Parameters<Net, In, T>& gradient,
                   const options& how) {
    constexpr auto& plan = Network<Net, In>::plan;
    struct Task {
        const NetworkStep* step;
        std::size_t first, rows;
    };
    constexpr std::size_t together = 8 * TileShape<T>::rows;
    const auto run_task = [&](const Task& task) {
        const BackwardRun<T> run = pass.part(0, count);
        const Leaf& leaf = plan.leaf[task.step->weights];
        Room<T, RoomFor::windows> room(most_gradient_room<Net, In, T>());
        put_gradient(*task.step, run, task.first, task.rows, add, room.data(), gradient.data() + leaf.offset,
                     task.step->bias < 0 ? nullptr : gradient.data() + plan.leaf[task.step->bias].offset);
    };
    if (!add) clear_untrained(gradient);
    std::vector<Task> tasks;
    const bool alone = threads_of(how) == 1 || count * multiply_adds<Net, In>() < (1u << 20);
    for (int s = 0; s < plan.steps; ++s) {
        const NetworkStep& step = plan.step[s];
        if (step.op != Op::affine || !plan.leaf[step.weights].trained || !plan.moves[step.out]) continue;
        const std::size_t rows = plan.leaf[step.weights].rows;
        // Frames, and panels of cotangents, would be made anew for every part.
        const std::size_t some = alone || step.taps.axes > 0 ? rows : together;
        for (std::size_t first = 0; first < rows; first += some) {
            const Task task{&step, first, std::min(some, rows - first)};
            if (alone) run_task(task);
            else tasks.push_back(task);
        }
    }
    if (tasks.empty()) return;
    options quiet = how;
    quiet.progress = {};
    run_blocks(tasks.size(), tasks.size(), quiet, [&](std::size_t t) {
        run_task(tasks[t]);
        return std::uint64_t{1};
    });
}

/// kept = min(kept, number)
inline void lower(std::atomic<std::size_t>& kept, std::size_t number) {
    std::size_t seen = kept;
    while (number < seen && !kept.compare_exchange_weak(seen, number)) {}
}

/// The sum over samples of the network's gradient with cotangents `cotangent(sample, made, to)`, over what is in `gradient` or
/// added to it: the callable reads what the sample was made into, and writes what outputs are to be weighted by.
template <class Net, int order, class In, class Z, class T, class Cotangent>
void put_gradient_of_samples(Parameters<Net, In, T>& gradient, bool add, const Parameters<Net, In, T>& theta,
                             const std::type_identity_t<Parameters<Net, In, T>>* direction, const Rows<Z, T>& z,
                             Cotangent cotangent, const options& how) {
    require_inputs<Net, In>(z);
    if (z.count == 0 && !add) gradient.set_zero();
    if (z.count == 0) return;
    const std::size_t kept = std::min(z.count, samples_kept<Net, In, T, order>());
    require_memory(saturated_product(kept, bytes_kept<Net, In, T, order>()), how.budget, "the values of a backward pass");
    BackwardPass<Net, In, T, order> pass(theta, z.count, kept, how, direction);
    const std::size_t together = samples_together<Net, In, T>(order + 3, kept, how);
    std::atomic<std::size_t> first_refused{z.count};
    ProgressMeter meter{how.progress, z.count};
    options quiet = how;
    quiet.progress = {};
    for (std::size_t begin = 0; begin < z.count; begin += kept) {
        const std::size_t some = std::min(kept, z.count - begin);
        pass.take(z, begin, some);
        run_sample_blocks((some + together - 1) / together, some, together, quiet, [&](std::size_t b) {
            const std::size_t part = std::min(together, some - b * together);
            pass.run(b * together, part,
                     [&](std::size_t i, const MadeOf<T, order>& made, T* to) {
                         for (const T* const numbers : made)
                             for (std::size_t o = 0; o < Network<Net, In>::outputs; ++o)
                                 if (!std::isfinite(numbers[o])) lower(first_refused, begin + i);
                         cotangent(begin + i, made, to);
                     });
            meter.add(part);
        });
        if (first_refused < z.count) refuse_output<Net, In, Z, T>(z, theta, direction, first_refused, 0);
        put_gradients(pass, some, add || begin > 0, gradient, how);
    }
}

/// gradient += the sum over samples.
template <class Net, class In, class Z, class T, class Cotangent>
void accumulate_gradient(Parameters<Net, In, T>& gradient, const Parameters<Net, In, T>& theta, const Rows<Z, T>& z,
                         Cotangent cotangent, const options& how = {}) {
    put_gradient_of_samples<Net, 0>(gradient, true, theta, nullptr, z, cotangent, how);
}
/// The same where the cotangent depends on the derivative along a direction, too: `made` has both.
template <class Net, class In, class Z, class T, class Cotangent>
void accumulate_gradient_along(Parameters<Net, In, T>& gradient, const Parameters<Net, In, T>& theta,
                               const Parameters<Net, In, T>& direction, const Rows<Z, T>& z, Cotangent cotangent,
                               const options& how = {}) {
    put_gradient_of_samples<Net, 1>(gradient, true, theta, &direction, z, cotangent, how);
}

/// Throws shape_mismatch unless there is a number for every sample and output, not_finite (row, output) where it is none.
template <class Net, class In, class T>
void require_cotangent(std::size_t samples, const Matrix<T>& cotangent) {
    constexpr std::size_t outputs = Network<Net, In>::outputs;
    if (cotangent.rows() != samples || cotangent.cols() != outputs)
        throw shape_mismatch("the cotangent is " + std::to_string(cotangent.rows()) + " x " +
                             std::to_string(cotangent.cols()) + ", but the outputs are " + std::to_string(samples) + " x " +
                             std::to_string(outputs));
    const auto k = first_not_finite(std::span<const T>(cotangent.data(), cotangent.size()));
    if (!k) return;
    const std::size_t i = *k / outputs, o = *k % outputs;
    throw not_finite("row " + std::to_string(i) + ", column " + std::to_string(o) +
                         " of the cotangent is not a finite number: find the loss or the vector that it comes from",
                     i, o);
}

inline constexpr const char* too_large = "the parameters or the cotangent are too large for the element type";

/// Sum over samples and outputs of cotangent(i, o) * grad f_o(z_i).
template <class Net, class In, class Z, class T>
void vjp_into(Parameters<Net, In, T>& gradient, const Parameters<Net, In, T>& theta, const Rows<Z, T>& z,
              const Matrix<T>& cotangent, const options& how = {}) {
    constexpr std::size_t outputs = Network<Net, In>::outputs;
    require_cotangent<Net, In>(z.count, cotangent);
    put_gradient_of_samples<Net, 0>(
        gradient, false, theta, nullptr, z,
        [&](std::size_t i, const MadeOf<T, 0>&, T* to) { std::copy_n(cotangent.data() + i * outputs, outputs, to); }, how);
    require_finite_leaves(gradient, "gradient", too_large);
}
template <class Net, class In, class Z, class T>
[[nodiscard]] Parameters<Net, In, T> vjp(const Parameters<Net, In, T>& theta, const Rows<Z, T>& z,
                                         const Matrix<T>& cotangent, const options& how = {}) {
    Parameters<Net, In, T> gradient;
    vjp_into<Net>(gradient, theta, z, cotangent, how);
    return gradient;
}

/// Row i: sum over outputs of cotangent(i, o) * grad f_o(z_i), laid out as the parameters' block.
template <class Net, class In, class Z, class T>
[[nodiscard]] Matrix<T> sample_gradients(const Parameters<Net, In, T>& theta, const Rows<Z, T>& z,
                                         const Matrix<T>& cotangent, const options& how = {}) {
    constexpr std::size_t outputs = Network<Net, In>::outputs, size = Parameters<Net, In, T>::size();
    constexpr auto& plan = Network<Net, In>::plan;
    require_inputs<Net, In>(z);
    require_cotangent<Net, In>(z.count, cotangent);
    require_memory(saturated_product(saturated_product(z.count, size), sizeof(T)), how.budget, "a gradient for each sample");
    Matrix<T> gradients(z.count, size);
    // Weights are put into panels for every block: no smaller ones for more threads.
    const options alone{.threads = 1};
    const std::size_t together = std::min(samples_together<Net, In, T>(3, z.count, alone), std::max<std::size_t>(z.count, 1));
    run_sample_blocks((z.count + together - 1) / together, z.count, together, how, [&](std::size_t b) {
        const std::size_t first = b * together, count = std::min(together, z.count - first);
        BackwardPass<Net, In, T> pass(theta, count, count, alone);
        pass.take(z, first, count);
        pass.run(0, count, [&](std::size_t i, const MadeOf<T, 0>&, T* to) {
            std::copy_n(cotangent.data() + (first + i) * outputs, outputs, to);
        });
        for (int s = 0; s < plan.steps; ++s) {
            const NetworkStep& step = plan.step[s];
            if (step.op != Op::affine || !plan.leaf[step.weights].trained || !plan.moves[step.out]) continue;
            const Leaf& leaf = plan.leaf[step.weights];
            Room<T, RoomFor::windows> room(most_gradient_room<Net, In, T>());
            for (std::size_t i = 0; i < count; ++i) {
                T* const gradient = gradients.data() + (first + i) * size;
                put_gradient(step, pass.part(i, 1), 0, leaf.rows, false, room.data(), gradient + leaf.offset,
                             step.bias < 0 ? nullptr : gradient + plan.leaf[step.bias].offset);
            }
        }
    });
    for (std::size_t i = 0; i < z.count; ++i)
        if (const auto k = first_not_finite(std::span<const T>(gradients.row(i)))) {
            require_finite_inputs<Net, In, Z, T>(z, theta, nullptr);
            throw not_finite("element " + std::to_string(*k) + " of the gradient of sample " + std::to_string(i) +
                                 " is not a finite number: " + too_large,
                             i, *k);
        }
    return gradients;
}

}  // namespace wide
