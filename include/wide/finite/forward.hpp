#pragma once
// A finite network at work: its outputs, and how they move along a direction of parameter space. One pass over blocks of
// samples that stay in the second-level cache.
//
//     Matrix<float> f = forward<Net>(theta, z);                   // samples x outputs
//     auto [value, tangent] = jvp<Net>(theta, delta, z);          // f and J delta, in one pass
//     auto line = linearize<Net>(theta);                          // line(delta, z) = f(theta, z) + J(theta, z) delta
//     auto [value, first, second] = taylor<Net>(theta, delta, z); // and the second derivative in that direction
//     forward_into<Net>(f, theta, z);                             // no allocation where f has the size already
//
// O(samples x parameters x taps' positions) operations. Throws shape_mismatch where rows are not as wide as the network's
// input; not_finite (row, column) where a sample is no number, (leaf, element) where a parameter or the direction is none,
// (row, output) where an output alone is none; insufficient_memory, cancelled. Results are the same bits for any
// number of threads.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <wide/finite/layers.hpp>
#include <wide/finite/parameters.hpp>
#include <wide/infer/first_not_finite.hpp>
#include <wide/kernel/rows.hpp>
#include <wide/run/memory.hpp>
#include <wide/run/parallel.hpp>

namespace wide {

/// pack_panels of a layer's weights, on all cores where there is much to copy.
template <class T>
RightFactor<T> pack_weights(const T* source, std::ptrdiff_t row, std::ptrdiff_t column, std::size_t depth, std::size_t columns,
                            T* panels, const options& how) {
    constexpr std::size_t width = TileShape<T>::columns, much = std::size_t{1} << 18;
    if (how.threads == 1 || depth * columns < much) return pack_panels(source, row, column, depth, columns, panels);
    options quiet = how;
    quiet.progress = {};
    const std::size_t count = (columns + width - 1) / width;
    run_blocks(count, count, quiet, [&](std::size_t p) {
        const std::size_t first = p * width;
        pack_panels(source + static_cast<std::ptrdiff_t>(first) * column, row, column, depth, std::min(width, columns - first),
                    panels + first * depth);
        return std::uint64_t{1};
    });
    return {panels, width, static_cast<std::ptrdiff_t>(width * depth)};
}

/// Weights of all layers as a run reads them: in panels where enough rows are multiplied to pay for the copy.
template <class Net, class In, class T>
class RunWeights {
public:
    RunWeights(const Parameters<Net, In, T>& theta, std::size_t samples, T* room, const options& how) {
        constexpr auto& plan = Network<Net, In>::plan;
        for (int s = 0; s < plan.steps; ++s) {
            const NetworkStep& step = plan.step[s];
            if (step.op != Op::affine) continue;
            const Leaf& leaf = plan.leaf[step.weights];
            const T* const source = theta.data() + leaf.offset;
            RightFactor<T>& right = right_[step.weights];
            // A single column lies as a product wants it.
            if (leaf.columns > 1 && in_panels(samples * positions_of(step.out_shape))) {
                right = pack_weights(source, static_cast<std::ptrdiff_t>(leaf.columns), 1, leaf.rows, leaf.columns, room, how);
                room += panel_elements<T>(leaf.rows, leaf.columns);
            } else {
                right = RightFactor<T>::of_rows(source, leaf.columns);
            }
        }
        run = {theta.data(), right_};
    }
    RunWeights(const RunWeights&) = delete;
    RunWeights& operator=(const RunWeights&) = delete;

    /// Elements of the room.
    static constexpr std::size_t room() {
        constexpr auto& plan = Network<Net, In>::plan;
        std::size_t elements = 0;
        for (int i = 0; i < plan.leaves; ++i)
            if (!plan.leaf[i].is_bias) elements += panel_elements<T>(plan.leaf[i].rows, plan.leaf[i].columns);
        return elements;
    }

    RunParameters<T> run;

private:
    static constexpr bool in_panels(std::size_t rows) { return rows >= 4 * static_cast<std::size_t>(TileShape<T>::rows); }

    RightFactor<T> right_[Network<Net, In>::plan.leaves + 1]{};
};

/// Elements of the largest frame around what an affine step reads.
template <class Net, class In>
constexpr std::size_t frame_room() {
    constexpr auto& plan = Network<Net, In>::plan;
    std::size_t most = 0;
    for (int s = 0; s < plan.steps; ++s)
        if (plan.step[s].op == Op::affine) most = std::max(most, Frame(Windows(plan.step[s])).room());
    return most;
}

/// Of one sample on its way forward.
template <class Net, class In>
constexpr std::size_t multiply_adds() {
    constexpr auto& plan = Network<Net, In>::plan;
    std::size_t count = 0;
    for (int s = 0; s < plan.steps; ++s)
        if (plan.step[s].op == Op::affine)
            count += positions_of(plan.step[s].out_shape) * plan.leaf[plan.step[s].weights].size();
    return count;
}

/// Samples that go through a network together: as many as stay in the second-level cache with all their values, and enough
/// to fill tiles; fewer where each core gets as many of them so. Whole tiles, if so many fit: then the rows that fill no tile,
/// which may add up in another order, are the same for any number of threads.
template <class Net, class In, class T>
std::size_t samples_together(int arrays, std::size_t samples, const options& how) {
    constexpr auto& plan = Network<Net, In>::plan;
    std::size_t positions = 1;
    for (int s = 0; s < plan.steps; ++s) positions = std::max(positions, positions_of(plan.step[s].out_shape));
    constexpr std::size_t tall = TileShape<T>::rows;
    const std::size_t bytes = sizeof(T) * (static_cast<std::size_t>(arrays) * plan.values + Network<Net, In>::inputs);
    const std::size_t least = std::max<std::size_t>(16 * tall / positions, 1);
    const std::size_t fitting = std::max(least, std::min<std::size_t>(second_level_cache() / 2 / bytes, 64 * tall));
    if (fitting < tall) return fitting;
    const std::size_t most = fitting / tall * tall;
    // Multiply-adds that pay for another thread.
    constexpr std::size_t worth = std::size_t{1} << 22;
    const std::size_t work = samples * multiply_adds<Net, In>() / worth;
    if (how.threads == 1 || work < 2) return most;
    const auto cores = static_cast<std::size_t>(threads_of(how));
    const std::size_t blocks = (samples + most - 1) / most, even = (blocks + cores - 1) / cores * cores;
    const std::size_t each = (samples - 1) / std::min(even, std::max(blocks, work)) + 1;
    return (each + tall - 1) / tall * tall;
}

template <class Net, class In, class Z, class T>
void require_inputs(const Rows<Z, T>& z) {
    if (z.width != Network<Net, In>::inputs)
        throw shape_mismatch("the rows have width " + std::to_string(z.width) + ", but the network reads " +
                             std::to_string(Network<Net, In>::inputs) + " numbers a sample");
}

/// Whether all numbers of some rows are finite: a nonlinearity may make a number of what is none, so outputs do not tell.
template <class T>
bool all_finite(const SampleRows<T>& rows, std::size_t count, std::size_t width) {
    using V = Batch<T>;
    V zero(T(0));
    T rest = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const T* const x = rows.data + i * rows.row;
        const std::size_t behind = width % lanes<T>, whole = width - behind;
        for (std::size_t k = 0; k < whole; k += lanes<T>) {
            const V numbers = V::load_unaligned(x + k);
            zero = zero + (numbers - numbers);
        }
        for (std::size_t k = 0; k < behind; ++k) rest += x[whole + k] - x[whole + k];
    }
    return sum_of_lanes(zero) + rest == T(0);
}

/// Throws not_finite for the first number of the samples that is none.
template <class Z, class T>
void require_finite_samples(const Rows<Z, T>& z) {
    for (std::size_t i = 0; i < z.count; ++i)
        for (std::size_t k = 0; k < z.width; ++k)
            if (!std::isfinite(z.data[static_cast<std::ptrdiff_t>(i) * z.row_stride +
                                      static_cast<std::ptrdiff_t>(k) * z.column_stride]))
                throw not_finite("row " + std::to_string(i) + ", column " + std::to_string(k) +
                                     " of the samples is not a finite number: drop the row or fill it in",
                                 i, k);
}

/// The same of a block of parameters, with four sums side by side: a small network's gradient takes little longer.
template <class T>
bool all_finite(const T* block, std::size_t size) {
    using V = Batch<T>;
    static_assert(leaf_alignment % lanes<T> == 0);
    constexpr std::size_t sums = 4;
    const V none(T(0));
    V zero[sums] = {none, none, none, none};
    std::size_t k = 0;
    for (; k + sums * lanes<T> <= size; k += sums * lanes<T>)
        for (std::size_t v = 0; v < sums; ++v)
            zero[v] = multiply_add<T>(V::load_unaligned(block + k + v * lanes<T>), none, zero[v]);
    for (; k < size; k += lanes<T>) zero[0] = multiply_add<T>(V::load_unaligned(block + k), none, zero[0]);
    return sum_of_lanes((zero[0] + zero[1]) + (zero[2] + zero[3])) == T(0);
}

/// Throws not_finite (leaf, element) for the first of some parameters, of a direction or of a gradient, that is no number.
template <class Net, class In, class T>
void require_finite_leaves(const Parameters<Net, In, T>& theta, const char* what, const char* advice) {
    if (all_finite(theta.data(), theta.size())) return;
    for (int i = 0; i < theta.leaves; ++i)
        if (const auto k = first_not_finite(theta.leaf(i)))
            throw not_finite("element " + std::to_string(*k) + " of leaf " + std::to_string(i) + " of the " + what +
                                 " is not a finite number: " + advice,
                             static_cast<std::size_t>(i), *k);
}

/// Throws not_finite unless samples, parameters and the direction, if there is one, are finite.
template <class Net, class In, class Z, class T>
void require_finite_inputs(const Rows<Z, T>& z, const Parameters<Net, In, T>& theta, const Parameters<Net, In, T>* direction) {
    require_finite_samples(z);
    require_finite_leaves(theta, "parameters", "find the step or the file that it comes from");
    if (direction) require_finite_leaves(*direction, "direction", "find what it was made of");
}

/// Throws not_finite for output o of sample i, unless a sample, a parameter or the direction is to blame, which is named then.
template <class Net, class In, class Z, class T>
[[noreturn]] void refuse_output(const Rows<Z, T>& z, const Parameters<Net, In, T>& theta,
                                const Parameters<Net, In, T>* direction, std::size_t i, std::size_t o) {
    require_finite_inputs(z, theta, direction);
    throw not_finite("output " + std::to_string(o) + " of sample " + std::to_string(i) +
                         " is not a finite number though the sample and the parameters are: the parameters are too large "
                         "for the element type" +
                         (direction ? ", or the direction is" : ""),
                     i, o);
}

/// `outputs`: of the samples from `first` on.
template <class Net, class In, class Z, class T>
void require_finite_outputs(const Matrix<T>& outputs, std::size_t first, const Rows<Z, T>& z,
                            const Parameters<Net, In, T>& theta, const Parameters<Net, In, T>* direction = nullptr) {
    for (std::size_t i = 0; i < outputs.rows(); ++i)
        if (const auto o = first_not_finite(outputs.row(i))) refuse_output(z, theta, direction, first + i, *o);
}

/// Samples `first` to `first + count` with their numbers side by side: as they lie, or copied to `room`.
template <class Z, class T>
SampleRows<T> contiguous_rows(const Rows<Z, T>& z, std::size_t first, std::size_t count, T* room) {
    const T* const from = z.data + static_cast<std::ptrdiff_t>(first) * z.row_stride;
    if (z.column_stride == 1 && z.row_stride >= 0) return {from, static_cast<std::size_t>(z.row_stride)};
    for (std::size_t i = 0; i < count; ++i)
        for (std::size_t k = 0; k < z.width; ++k)
            room[i * z.width + k] = from[static_cast<std::ptrdiff_t>(i) * z.row_stride +
                                         static_cast<std::ptrdiff_t>(k) * z.column_stride];
    return {room, z.width};
}

/// Runs block(b) for all b < count: on the caller's thread where there is only one. Throws error for a negative number of threads.
template <class Block>
void run_sample_blocks(std::size_t count, std::size_t samples, std::size_t together, const options& how, Block block) {
    if (how.threads < 0) (void)threads_of(how);
    if (count == 1 && !how.progress && !how.stop.stop_possible()) {
        block(0);
        return;
    }
    run_blocks(count, samples, how, [&](std::size_t b) {
        block(b);
        return std::min(together, samples - b * together);
    });
}

/// A run of `Net` with everything in it that the network knows.
template <class Net, class In, class T>
NetworkRun<T> new_run() {
    constexpr auto& plan = Network<Net, In>::plan;
    NetworkRun<T> run;
    run.leaf = plan.leaf;
    run.offset = plan.offset;
    run.size = plan.size;
    run.moves = plan.moves;
    run.values_size = plan.values;
    return run;
}

/// Output coefficients up to `order`; `direction` is read from order 1 on.
template <int order, class Net, class In, class Z, class T>
void run_coefficients(const std::array<Matrix<T>*, order + 1>& result, const Parameters<Net, In, T>& theta,
                      const Parameters<Net, In, T>* direction, const Rows<Z, T>& z, const options& how) {
    using N = Network<Net, In>;
    constexpr auto& plan = N::plan;
    require_inputs<Net, In>(z);
    for (Matrix<T>* const one : result)
        if (one->rows() != z.count || one->cols() != N::outputs) {
            require_memory(saturated_product(saturated_product(z.count, N::outputs), (order + 1) * sizeof(T)), how.budget,
                           "the outputs of a network");
            *one = Matrix<T>(z.count, N::outputs);
        }
    if (z.count == 0) return;
    using Weights = RunWeights<Net, In, T>;
    Room<T, RoomFor::weights> panels((order + 1) * Weights::room());
    const Weights weights(theta, z.count, panels.data(), how);
    std::optional<Weights> moved;
    if (direction) moved.emplace(*direction, z.count, panels.data() + Weights::room(), how);
    const std::size_t together = samples_together<Net, In, T>(order + 1, z.count, how);
    run_sample_blocks((z.count + together - 1) / together, z.count, together, how, [&](std::size_t b) {
        const std::size_t first = b * together, count = std::min(together, z.count - first);
        constexpr std::size_t beyond = RightFactor<T>::width;
        const std::size_t values = (order + 1) * plan.values * count, windows = (order + 1) * frame_room<Net, In>();
        Room<T, RoomFor::values> room(values + windows + N::inputs * count + beyond);
        T* const begin = room.data();
        NetworkRun<T> run = new_run<Net, In, T>();
        run.capacity = run.count = count;
        run.values = begin;
        run.windows = begin + values;
        run.input = contiguous_rows(z, first, count, begin + values + windows);
        if (!all_finite(run.input, count, N::inputs)) require_finite_samples(z);
        run.theta = weights.run;
        if (moved) run.direction = moved->run;
        run_network<Net, In, order>(run);
        for (int m = 0; m <= order; ++m) {
            T* const to = result[static_cast<std::size_t>(m)]->data() + first * N::outputs;
            const T* const made = run.read(plan.result, m);
            for (std::size_t i = 0; i < count; ++i) {
                if (made) std::copy_n(made + i * run.stride(plan.result), N::outputs, to + i * N::outputs);
                else std::fill_n(to + i * N::outputs, N::outputs, T(0));
            }
        }
    });
    for (const Matrix<T>* const one : result) require_finite_outputs(*one, 0, z, theta, direction);
}

/// f(theta, z) to `result`, samples x outputs. An exception may leave it half written.
template <class Net, class In, class Z, class T>
void forward_into(Matrix<T>& result, const Parameters<Net, In, T>& theta, const Rows<Z, T>& z, const options& how = {}) {
    run_coefficients<0, Net, In, Z, T>({&result}, theta, nullptr, z, how);
}
template <class Net, class In, class Z, class T>
[[nodiscard]] Matrix<T> forward(const Parameters<Net, In, T>& theta, const Rows<Z, T>& z, const options& how = {}) {
    Matrix<T> result;
    forward_into<Net>(result, theta, z, how);
    return result;
}

/// Outputs, and their derivative along a direction, samples x outputs.
template <class T>
struct ValueAndTangent {
    Matrix<T> value, tangent;
};

template <class Net, class In, class Z, class T>
void jvp_into(ValueAndTangent<T>& result, const Parameters<Net, In, T>& theta, const Parameters<Net, In, T>& direction,
              const Rows<Z, T>& z, const options& how = {}) {
    run_coefficients<1, Net, In, Z, T>({&result.value, &result.tangent}, theta, &direction, z, how);
}
template <class Net, class In, class Z, class T>
[[nodiscard]] ValueAndTangent<T> jvp(const Parameters<Net, In, T>& theta, const Parameters<Net, In, T>& direction,
                                     const Rows<Z, T>& z, const options& how = {}) {
    ValueAndTangent<T> result;
    jvp_into<Net>(result, theta, direction, z, how);
    return result;
}

/// A network linearised in its parameters: line(delta, z) = f(theta, z) + J(theta, z) delta. Keeps a reference to theta.
template <class Net, class In, class T>
class Linearized {
public:
    explicit Linearized(const Parameters<Net, In, T>& theta) : theta_{theta} {}

    template <class Z>
    [[nodiscard]] Matrix<T> operator()(const Parameters<Net, In, T>& delta, const Rows<Z, T>& z,
                                       const options& how = {}) const {
        auto [value, tangent] = jvp<Net>(theta_, delta, z, how);
        for (std::size_t k = 0; k < value.size(); ++k) value.data()[k] += tangent.data()[k];
        return std::move(value);
    }

private:
    const Parameters<Net, In, T>& theta_;
};
template <class Net, class In, class T>
[[nodiscard]] Linearized<Net, In, T> linearize(const Parameters<Net, In, T>& theta) {
    return Linearized<Net, In, T>(theta);
}
template <class Net, class In, class T>
void linearize(const Parameters<Net, In, T>&&) = delete;  // theta would be gone before the line is asked for anything

/// Outputs and their first two derivatives along a direction: f(theta + h delta) = value + h first + h^2 second / 2 + O(h^3).
template <class T>
struct Derivatives {
    Matrix<T> value, first, second;
};
template <class Net, class In, class Z, class T>
[[nodiscard]] Derivatives<T> taylor(const Parameters<Net, In, T>& theta, const Parameters<Net, In, T>& direction,
                                    const Rows<Z, T>& z, const options& how = {}) {
    Derivatives<T> result;
    run_coefficients<2, Net, In, Z, T>({&result.value, &result.first, &result.second}, theta, &direction, z, how);
    for (std::size_t k = 0; k < result.second.size(); ++k) result.second.data()[k] *= 2;
    return result;
}

}  // namespace wide
