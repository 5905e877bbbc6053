#pragma once
// What each kind of layer does to cotangents on their way back: the transposes of layers.hpp. A cotangent of a value is
// written by the last step that reads the value, and added to by the others.
//
//     affine      c_x = factor (c_y slope) W^T         dW = factor x^T (c_y slope)         db = factor sum (c_y slope)
//     product     c_a = c_y b
//     LayerNorm   c_x = (c_y - mean(c_y) - y mean(c_y y)) / sqrt(u)
#include <algorithm>
#include <cmath>
#include <cstddef>

#include <wide/finite/back_windows.hpp>
#include <wide/finite/layers.hpp>
#include <wide/tile/transposed_product.hpp>

namespace wide {

template <class T>
struct BackwardRun : NetworkRun<T> {
    const RightFactor<T>* transposed = nullptr;  ///< per leaf: weights (outputs, inputs), in panels; null: as they lie
};

/// Sums of products of a few rows with the rows of a matrix: y(r, i) = sum_j x(r, j) matrix(i, j).
template <class T, class Finish>
void multiply_by_rows(std::size_t rows, const T* x, const T* matrix, std::size_t inputs, std::size_t outputs, Finish finish) {
    using V = Batch<T>;
    constexpr std::size_t lane = lanes<T>;
    const std::size_t whole = outputs / lane * lane;
    for (std::size_t r = 0; r < rows; ++r) {
        const T* const from = x + r * outputs;
        for (std::size_t i = 0; i < inputs; i += lane) {
            const std::size_t some = std::min(lane, inputs - i);
            const T* const first = matrix + i * outputs;
            alignas(64) T total[lane]{};
            if (some == lane && whole > 0) {
                V sum[lane];
                for (std::size_t k = 0; k < lane; ++k) sum[k] = V(T(0));
                for (std::size_t j = 0; j < whole; j += lane) {
                    const V factor = V::load_unaligned(from + j);
                    for (std::size_t k = 0; k < lane; ++k)
                        sum[k] = multiply_add<T>(factor, V::load_unaligned(first + k * outputs + j), sum[k]);
                }
                for (std::size_t k = 0; k < lane; ++k) total[k] = sum_of_lanes(sum[k]);
            } else {
                for (std::size_t k = 0; k < some; ++k)
                    for (std::size_t j = 0; j < whole; ++j) total[k] += from[j] * first[k * outputs + j];
            }
            for (std::size_t k = 0; k < some; ++k) {
                for (std::size_t j = whole; j < outputs; ++j) total[k] += from[j] * first[k * outputs + j];
                finish(r, i + k, total[k]);
            }
        }
    }
}

/// The cotangent of what a layer with a nonlinearity stored becomes that of what it applied it to.
template <class T>
void through_slopes(const NetworkStep& step, const BackwardRun<T>& run) {
    if (step.nonlinearity < 0) return;
    T* const cotangent = run.cotangent(step.out);
    const T* const slope = run.slope(step.out);
    for (std::size_t k = 0; k < run.count * size_of(step.out_shape); ++k) cotangent[k] *= slope[k];
}

/// Where the cotangents of a value go: over what is there, or added to it.
template <class T>
void deliver(T* to, T number, bool over) {
    *to = over ? number : *to + number;
}

template <class T>
void back_affine(const NetworkStep& step, const BackwardRun<T>& run) {
    through_slopes(step, run);
    if (!run.moves[step.left]) return;
    const Leaf& weights = run.leaf[step.weights];
    const Windows windows(step);
    const T factor = static_cast<T>(weights.factor);
    const T* const from = run.cotangent(step.out);
    T* const to = run.cotangent(step.left);
    const std::size_t rows = run.count * windows.positions(), length = weights.rows, width = weights.columns;
    if (!windows.trivial()) {
        const std::size_t size = size_of(step.left_shape);
        if (step.left_last) std::fill_n(to, run.count * size, T(0));
        for (std::size_t i = 0; i < run.count; ++i)
            add_transposed_windows(windows, from + i * windows.positions() * width, width, run.transposed[step.weights], factor,
                                   run.windows, to + i * size);
        return;
    }
    if (width == 1) return put_outer(from, run.theta.block + weights.offset, factor, rows, length, !step.left_last, to);
    if (!run.transposed[step.weights].data)
        return multiply_by_rows(rows, from, run.theta.block + weights.offset, length, width,
                                [&](std::size_t r, std::size_t i, T sum) { deliver(to + r * length + i, factor * sum, step.left_last); });
    const ProductTerm<T> term{{from, static_cast<std::ptrdiff_t>(width), 1}, run.transposed[step.weights], width, 0};
    multiply<1, T>(rows, length, std::span<const ProductTerm<T>>(&term, 1),
                   [&](const ProductTile<T, 1>& made) { put_tile(made, factor, !step.left_last, to, length); });
}

template <class T>
void back_normalize(const NetworkStep& step, const BackwardRun<T>& run) {
    const NormGroups groups(step);
    const std::size_t stride = run.stride(step.left), size = size_of(step.out_shape);
    const double share = 1 / static_cast<double>(groups.size);
    for (std::size_t i = 0; i < run.count; ++i)
        for (std::size_t g = 0; g < groups.count; ++g) {
            const std::size_t at = i * size + g * groups.size;
            const T* const x = run.read(step.left, 0) + i * stride + g * groups.size;
            const T *const y = run.write(step.out, 0) + at, *const c = run.cotangent(step.out) + at;
            double mean = 0, square = 0, mean_c = 0, mean_cy = 0;
            for (std::size_t k = 0; k < groups.size; ++k) mean += share * static_cast<double>(x[k]);
            for (std::size_t k = 0; k < groups.size; ++k) {
                const double centred = static_cast<double>(x[k]) - mean;
                square += share * centred * centred;
                mean_c += share * static_cast<double>(c[k]);
                mean_cy += share * static_cast<double>(c[k]) * static_cast<double>(y[k]);
            }
            const double inverse = 1 / std::sqrt(square + LayerNorm::epsilon);
            T* const to = run.cotangent(step.left) + at;
            for (std::size_t k = 0; k < groups.size; ++k)
                deliver(to + k,
                        static_cast<T>((static_cast<double>(c[k]) - mean_c - static_cast<double>(y[k]) * mean_cy) * inverse),
                        step.left_last);
        }
}

template <class T>
void back_join(const NetworkStep& step, const BackwardRun<T>& run) {
    const std::size_t size = size_of(step.out_shape), channels = step.out_shape.channels;
    const auto one_side = [&](int value, const Shape& shape, std::size_t from_channel, int other, bool over) {
        if (!run.moves[value]) return;
        const std::size_t own = size_of(shape), own_channels = shape.channels;
        for (std::size_t i = 0; i < run.count; ++i) {
            const T* const c = run.cotangent(step.out) + i * size;
            const T* const factor = step.op == Op::product ? run.read(other, 0) + i * run.stride(other) : nullptr;
            T* const to = run.cotangent(value) + i * own;
            for (std::size_t p = 0; p < own / own_channels; ++p)
                for (std::size_t k = 0; k < own_channels; ++k) {
                    const T number = c[p * channels + from_channel + k];
                    deliver(to + p * own_channels + k, factor ? number * factor[p * own_channels + k] : number, over);
                }
        }
    };
    one_side(step.left, step.left_shape, 0, step.right, step.left_last);
    one_side(step.right, step.right_shape, step.op == Op::concat ? step.left_shape.channels : 0, step.left,
             step.right_last && step.right != step.left);
}

template <class T>
void back_linear(const NetworkStep& step, const BackwardRun<T>& run) {
    const std::size_t own = size_of(step.left_shape), size = size_of(step.out_shape);
    T* const to = run.cotangent(step.left);
    const T* const from = run.cotangent(step.out);
    if (step.left_last) std::fill_n(to, run.count * own, T(0));
    if (step.op == Op::flatten) {
        for (std::size_t k = 0; k < run.count * own; ++k) to[k] += from[k];
        return;
    }
    const Windows windows(step);
    for (std::size_t i = 0; i < run.count; ++i) windows.spread(step, from + i * size, to + i * own);
}

template <class T>
void back_nonlinearity(const NetworkStep& step, const BackwardRun<T>& run) {
    through_slopes(step, run);
    T* const to = run.cotangent(step.left);
    const T* const from = run.cotangent(step.out);
    for (std::size_t k = 0; k < run.count * size_of(step.out_shape); ++k) deliver(to + k, from[k], step.left_last);
}

/// The cotangents of a step's operands, from that of its result.
template <class T>
void back_step(const NetworkStep& step, const BackwardRun<T>& run) {
    if (step.op == Op::affine) return back_affine(step, run);
    if (joins(step.op)) return back_join(step, run);
    if (!run.moves[step.left]) return;
    if (step.op == Op::nonlinearity) back_nonlinearity(step, run);
    else if (step.op == Op::normalize) back_normalize(step, run);
    else back_linear(step, run);
}

/// Samples whose frames lie side by side while a gradient is summed: few, unless they have few windows.
template <class T>
constexpr std::size_t samples_framed(std::size_t positions) {
    return std::max<std::size_t>(deepest_transposed<T> / positions, 1);
}

/// Elements of room for the gradient of a step: frames, and cotangents in panels.
template <class T>
constexpr std::size_t gradient_room(const NetworkStep& step, std::size_t columns) {
    const Windows windows(step);
    return panel_elements<T>(deepest_transposed<T>, columns) + samples_framed<T>(windows.positions()) * Frame(windows).room();
}

/// dW of an affine step, of all samples of the run in order, for some rows of the weights, and db with the first of them; of
/// windows, all rows. `add`: to what is there. `room`: gradient_room elements.
template <class T>
void put_gradient(const NetworkStep& step, const NetworkRun<T>& run, std::size_t first_row, std::size_t some_rows, bool add,
                  T* room, T* weights_gradient, T* bias_gradient) {
    const Leaf& weights = run.leaf[step.weights];
    const Windows windows(step);
    const T factor = static_cast<T>(weights.factor);
    const T* const c = run.cotangent(step.out);
    const std::size_t positions = windows.positions(), rows = run.count * positions, width = weights.columns;
    const T* const x = run.read(step.left, 0);
    const std::size_t stride = run.stride(step.left);
    T* const to = weights_gradient + first_row * width;
    // Of `depth` rows of cotangents from row `first` on.
    const auto columns_of = [&](std::size_t first, std::size_t depth) {
        const T* const from = c + first * width;
        return depth < 16 ? RightFactor<T>::of_rows(from, width)
                          : pack_panels(from, static_cast<std::ptrdiff_t>(width), 1, depth, width, room);
    };
    if (windows.trivial() && (positions == 1 || stride == size_of(step.left_shape))) {
        const std::size_t row = positions == 1 ? stride : step.left_shape.channels;
        for (std::size_t first = 0; first < rows; first += deepest_transposed<T>) {
            const std::size_t depth = std::min(deepest_transposed<T>, rows - first);
            const T* const left = x + first * row + first_row;
            const bool over = !add && first == 0;
            if (depth == 1) put_outer<T>(left, c + first * width, factor, some_rows, width, !over, to);
            else
                multiply_transposed<T>(some_rows, width, [=](std::size_t k) { return left + k * row; }, columns_of(first, depth),
                                       depth, [&](const ProductTile<T, 1>& made) { put_tile(made, factor, !over, to, width); });
        }
    } else {
        const Frame frame(windows);
        T* const frames = room + panel_elements<T>(deepest_transposed<T>, width);
        const std::size_t together = samples_framed<T>(positions), run_length = frame.run();
        for (std::size_t i = 0; i < run.count; i += together) {
            const std::size_t some = std::min(together, run.count - i), all = some * positions;
            const T* framed[deepest_transposed<T>];
            for (std::size_t s = 0; s < some; ++s) framed[s] = frame.fill(x + (i + s) * stride, frames + s * frame.room());
            for (std::size_t first = 0; first < all; first += deepest_transposed<T>) {
                const std::size_t depth = std::min(deepest_transposed<T>, all - first);
                const T* window[deepest_transposed<T>];
                for (std::size_t k = 0; k < depth; k += positions)
                    frame.each_window(first % positions, std::min(positions, depth - k), [&](std::size_t w, std::size_t at) {
                        window[k + w] = framed[(first + k) / positions] + at;
                    });
                const RightFactor<T> right = columns_of(i * positions + first, depth);
                const bool over = !add && i == 0 && first == 0;
                for (std::size_t t = 0; t < frame.tap_lines(); ++t)
                    multiply_transposed<T>(
                        run_length, width, [&, at = frame.tap_line(t)](std::size_t k) { return window[k] + at; }, right, depth,
                        [&](const ProductTile<T, 1>& made) { put_tile(made, factor, !over, to + t * run_length * width, width); });
            }
        }
    }
    if (step.bias < 0 || first_row > 0 || !run.leaf[step.bias].trained) return;
    const T bias_factor = static_cast<T>(run.leaf[step.bias].factor);
    if (!add) std::fill_n(bias_gradient, width, T(0));
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t k = 0; k < width; ++k) bias_gradient[k] += bias_factor * c[r * width + k];
}

}  // namespace wide
