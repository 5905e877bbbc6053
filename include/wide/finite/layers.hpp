#pragma once
// What each kind of layer does to values and to their Taylor coefficients up to `order`: 0 forward, 1 the linearised
// network beside it, 2 the second derivative in the same direction. One pass: a product's tiles get bias, nonlinearity and
// slopes before they are stored.
//
//     affine      y_m = (W x_m + W' x_{m-1}) factor + (b, b', 0)_m          W' the direction
//     product     y_m = sum_{i+j=m} a_i b_j
//     LayerNorm   y = (x - mean) u^(-1/2), u = mean of squares + eps, on Taylor coefficients (Ba et al. 2016)
//     sums, pools, concat    coefficient by coefficient
#include <algorithm>
#include <cmath>
#include <cstddef>

#include <wide/dsl/words/norm.hpp>
#include <wide/finite/pointwise.hpp>
#include <wide/finite/values.hpp>
#include <wide/finite/frame.hpp>

namespace wide {

/// Bias, nonlinearity and slope of one tile, and the store.
template <class N, int order, class T>
struct StoreLayer {
    static constexpr int vectors = TileShape<T>::vectors;
    using L = Block<T, vectors>;

    T factor, bias_factor;
    const T* bias[order + 1];  ///< null: none
    T* out[order + 1];
    T* slope;                  ///< null: not asked for
    std::size_t first_row, columns;

    void operator()(const ProductTile<T, order + 1>& made) const {
        for (std::size_t r = 0; r < made.rows; ++r)
            for (std::size_t c = 0; c < made.columns; c += static_cast<std::size_t>(L::indices.size()) * lanes<T>) {
                Jet<L, order> y;
                for (int m = 0; m <= order; ++m) {
                    const auto k = static_cast<std::size_t>(m);
                    y[k] = L::load(made.tile[m] + r * made.stride + c) * L(factor);
                    if (bias[m]) y[k] = fma(L(bias_factor), L::load(bias[m] + made.first_column + c), y[k]);
                }
                const std::size_t to = (first_row + made.first_row + r) * columns + made.first_column + c;
                const std::size_t some = std::min<std::size_t>(vectors * lanes<T>, made.columns - c);
                const Jet<L, order> applied = apply<N, order>(y);
                for (int m = 0; m <= order; ++m) store(applied[static_cast<std::size_t>(m)], out[m] + to, some);
                if (slope) store(slope_of<N>(y[0]), slope + to, some);
            }
    }

    static void store(const L& value, T* to, std::size_t some) {
        if (some == vectors * lanes<T>) return value.template store_rows<vectors>(to, 0);
        std::size_t whole = 0;
        for (int v = 0; whole + lanes<T> <= some; ++v, whole += lanes<T>) value.v[v].store_unaligned(to + whole);
        if (whole == some) return;
        alignas(64) T numbers[vectors * lanes<T>];
        value.store(numbers);
        for (std::size_t k = whole; k < some; ++k) to[k] = numbers[k];
    }
};

template <class N, int order, class T>
void run_affine(const NetworkStep& step, const NetworkRun<T>& run) {
    const Leaf& weights = run.leaf[step.weights];
    const Windows windows(step);
    const std::size_t positions = windows.positions(), stride = run.stride(step.left);
    StoreLayer<N, order, T> store{static_cast<T>(weights.factor), T(0), {}, {}, run.slope(step.out), 0, weights.columns};
    for (int m = 0; m <= order; ++m) store.out[m] = run.write(step.out, m);
    if (step.bias >= 0) {
        const Leaf& bias = run.leaf[step.bias];
        store.bias_factor = static_cast<T>(bias.factor);
        store.bias[0] = run.theta.block + bias.offset;
        if constexpr (order > 0)
            if (bias.trained) store.bias[1] = run.direction.block + bias.offset;
    }
    WindowTerms<T, 2 * order + 1> terms;
    // Of rows whose first one is x[m] in coefficient m; null: that coefficient is zero.
    const auto multiply_rows = [&](std::size_t some, const T* const* x) {
        terms.count = 0;
        for (int m = 0; m <= order; ++m) {
            const bool follows = m > 0 && x[m - 1] && weights.trained;
            if (x[m] || !follows) terms.add({x[m], run.theta.weights[step.weights], m});
            if constexpr (order > 0)
                if (follows) terms.add({x[m - 1], run.direction.weights[step.weights], m});
        }
        multiply<order + 1, T>(some, weights.columns, terms, store);
    };
    const T* x[order + 1];
    if (windows.trivial() && (positions == 1 || stride == size_of(step.left_shape))) {
        terms.step = positions == 1 ? stride : step.left_shape.channels;
        terms.run = weights.rows;
        for (int m = 0; m <= order; ++m) x[m] = run.read(step.left, m);
        return multiply_rows(run.count * positions, x);
    }
    const Frame frame(windows);
    terms.step = frame.step();
    terms.run = frame.run();
    terms.tap_lines = frame.tap_lines();
    terms.frame = &frame;
    for (std::size_t i = 0; i < run.count; ++i) {
        const T* framed[order + 1];
        for (int m = 0; m <= order; ++m) {
            const T* const value = run.read(step.left, m);
            framed[m] = value ? frame.fill(value + i * stride, run.windows + static_cast<std::size_t>(m) * frame.room()) : nullptr;
        }
        for (std::size_t l = 0; l < frame.lines(); ++l) {
            for (int m = 0; m <= order; ++m) x[m] = framed[m] ? framed[m] + frame.line(l) : nullptr;
            store.first_row = i * positions + l * frame.in_line();
            multiply_rows(frame.in_line(), x);
        }
    }
}

/// A nonlinearity on its own, where what is before it is read by others as well.
template <class N, int order, class T>
void run_nonlinearity(const NetworkStep& step, const NetworkRun<T>& run) {
    using L = Block<T, 1>;
    const std::size_t size = size_of(step.out_shape), stride = run.stride(step.left);
    for (std::size_t i = 0; i < run.count; ++i)
        for (std::size_t k = 0; k < size; k += lanes<T>) {
            const std::size_t some = std::min<std::size_t>(lanes<T>, size - k);
            Jet<L, order> y;
            for (int m = 0; m <= order; ++m) {
                alignas(64) T numbers[lanes<T>]{};
                std::copy_n(run.read(step.left, m) + i * stride + k, some, numbers);
                y[static_cast<std::size_t>(m)] = L::load(numbers);
            }
            const auto store = [&](const L& value, T* to) {
                alignas(64) T numbers[lanes<T>];
                value.store(numbers);
                std::copy_n(numbers, some, to + i * size + k);
            };
            const Jet<L, order> made = apply<N, order>(y);
            for (int m = 0; m <= order; ++m) store(made[static_cast<std::size_t>(m)], run.write(step.out, m));
            if (T* const slope = run.slope(step.out)) store(slope_of<N>(y[0]), slope);
        }
}

/// The groups of channels that a LayerNorm normalises: at every position, or a whole sample.
struct NormGroups {
    std::size_t count, size;
    explicit NormGroups(const NetworkStep& step)
        : count{step.all_positions ? 1 : positions_of(step.out_shape)}, size{size_of(step.out_shape) / count} {}
};

template <int order, class T>
void run_normalize(const NetworkStep& step, const NetworkRun<T>& run) {
    const NormGroups groups(step);
    const std::size_t stride = run.stride(step.left), size = size_of(step.out_shape);
    const double share = 1 / static_cast<double>(groups.size);
    for (std::size_t i = 0; i < run.count; ++i)
        for (std::size_t g = 0; g < groups.count; ++g) {
            const T* x[order + 1];
            double mean[order + 1]{}, square[order + 1]{};
            for (int m = 0; m <= order; ++m) {
                x[m] = run.read(step.left, m) + i * stride + g * groups.size;
                for (std::size_t k = 0; k < groups.size; ++k) mean[m] += static_cast<double>(x[m][k]);
                mean[m] *= share;
            }
            const auto centred = [&](int m, std::size_t k) { return static_cast<double>(x[m][k]) - mean[m]; };
            for (int m = 0; m <= order; ++m) {
                for (int j = 0; j <= m; ++j)
                    for (std::size_t k = 0; k < groups.size; ++k) square[m] += centred(j, k) * centred(m - j, k);
                square[m] *= share;
            }
            double inverse[order + 1]{};
            const double u = square[0] + LayerNorm::epsilon;
            inverse[0] = 1 / std::sqrt(u);
            if constexpr (order > 0) inverse[1] = -0.5 * square[1] / u * inverse[0];
            if constexpr (order > 1)
                inverse[2] = (0.375 * square[1] / u * (square[1] / u) - 0.5 * square[2] / u) * inverse[0];
            for (int m = 0; m <= order; ++m) {
                T* const y = run.write(step.out, m) + i * size + g * groups.size;
                for (std::size_t k = 0; k < groups.size; ++k) {
                    double sum = 0;
                    for (int j = 0; j <= m; ++j) sum += centred(j, k) * inverse[m - j];
                    y[k] = static_cast<T>(sum);
                }
            }
        }
}

/// Two branches added, multiplied, or side by side.
template <int order, class T>
void run_join(const NetworkStep& step, const NetworkRun<T>& run) {
    const std::size_t left_stride = run.stride(step.left),
                      right_stride = run.stride(step.right), size = size_of(step.out_shape);
    const std::size_t left_channels = step.left_shape.channels, channels = step.out_shape.channels;
    for (int m = 0; m <= order; ++m)
        for (std::size_t i = 0; i < run.count; ++i) {
            T* const y = run.write(step.out, m) + i * size;
            std::fill_n(y, size, T(0));
            const auto left = [&](int j) {
                const T* const from = run.read(step.left, j);
                return from ? from + i * left_stride : nullptr;
            };
            const auto right = [&](int j) {
                const T* const from = run.read(step.right, j);
                return from ? from + i * right_stride : nullptr;
            };
            if (step.op == Op::product) {
                for (int j = 0; j <= m; ++j)
                    if (const T *a = left(j), *b = right(m - j); a && b)
                        for (std::size_t k = 0; k < size; ++k) y[k] += a[k] * b[k];
            } else if (step.op == Op::sum) {
                for (const T* a : {left(m), right(m)})
                    for (std::size_t k = 0; a && k < size; ++k) y[k] += a[k];
            } else {
                const T *a = left(m), *b = right(m);
                for (std::size_t p = 0; p < size / channels; ++p) {
                    if (a) std::copy_n(a + p * left_channels, left_channels, y + p * channels);
                    if (b)
                        std::copy_n(b + p * (channels - left_channels), channels - left_channels,
                                    y + p * channels + left_channels);
                }
            }
        }
}

/// Layers that are linear and have no parameters.
template <int order, class T>
void run_linear(const NetworkStep& step, const NetworkRun<T>& run) {
    const Windows windows(step);
    const std::size_t stride = run.stride(step.left), size = size_of(step.out_shape);
    for (int m = 0; m <= order; ++m)
        for (std::size_t i = 0; i < run.count; ++i) {
            const T* const x = run.read(step.left, m) + i * stride;
            T* const y = run.write(step.out, m) + i * size;
            if (step.op == Op::flatten) std::copy_n(x, size, y);
            else windows.pool(step, x, y);
        }
}

template <class N, int order, class T>
void run_step(const NetworkStep& step, const NetworkRun<T>& run) {
    if (step.op == Op::affine) run_affine<N, order>(step, run);
    else if (step.op == Op::nonlinearity) run_nonlinearity<N, order>(step, run);
    else if (step.op == Op::normalize) run_normalize<order>(step, run);
    else if (joins(step.op)) run_join<order>(step, run);
    else run_linear<order>(step, run);
}

template <class T>
using StepCode = void (*)(const NetworkStep&, const NetworkRun<T>&);

/// The code of a step by its nonlinearity; -1: none.
template <int order, class T, class... Ns>
StepCode<T> step_code(int nonlinearity, Nonlinearities<Ns...>) {
    static constexpr StepCode<T> each[] = {&run_step<NoNonlinearity, order, T>, &run_step<Ns, order, T>...};
    return each[nonlinearity + 1];
}

/// Some samples through the whole network. What does not move has no coefficients beyond the first.
template <class Net, class In, int order, class T>
void run_network(const NetworkRun<T>& run) {
    constexpr auto& plan = Network<Net, In>::plan;
    using List = nonlinearities_of<Net>;
    for (int s = 0; s < plan.steps; ++s) {
        const NetworkStep& step = plan.step[s];
        if (order > 0 && !plan.moves[step.out]) step_code<0, T>(step.nonlinearity, List{})(step, run);
        else step_code<order, T>(step.nonlinearity, List{})(step, run);
    }
}

}  // namespace wide
