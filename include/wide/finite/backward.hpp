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

#include <wide/finite/layers.hpp>

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

/// to[c] = or += factor * from[c].
template <bool add, class T>
void put_line(const T* from, T factor, std::size_t length, T* to) {
    using V = Batch<T>;
    constexpr std::size_t lane = lanes<T>;
    const V factors(factor);
    std::size_t c = 0;
    for (; c + lane <= length; c += lane) {
        const V numbers = V::load_unaligned(from + c);
        if constexpr (add) multiply_add<T>(factors, numbers, V::load_unaligned(to + c)).store_unaligned(to + c);
        else (factors * numbers).store_unaligned(to + c);
    }
    for (; c < length; ++c) to[c] = factor * from[c] + (add ? to[c] : T(0));
}

/// to(r, c) = or += factor * the tile.
template <class T>
void put_tile(const ProductTile<T, 1>& made, T factor, bool add, T* to, std::size_t row) {
    for (std::size_t r = 0; r < made.rows; ++r) {
        T* const line = to + (made.first_row + r) * row + made.first_column;
        const T* const sums = made.tile[0] + r * made.stride;
        if (add) put_line<true>(sums, factor, made.columns, line);
        else put_line<false>(sums, factor, made.columns, line);
    }
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
    // Rows of windows, `row` elements apart; `over`: what is there is written over.
    const auto multiply_rows = [&](std::size_t first, std::size_t some, T* result, bool over) {
        if (!run.transposed) {
            multiply_by_rows(some, from + first * width, run.theta.block + weights.offset, length, width,
                             [&](std::size_t r, std::size_t i, T sum) { deliver(result + r * length + i, factor * sum, over); });
            return;
        }
        const ProductTerm<T> term{{from + first * width, static_cast<std::ptrdiff_t>(width), 1},
                                  run.transposed[step.weights], width, 0};
        multiply<1, T>(some, length, std::span<const ProductTerm<T>>(&term, 1),
                       [&](const ProductTile<T, 1>& made) { put_tile(made, factor, !over, result, length); });
    };
    if (windows.trivial()) return multiply_rows(0, rows, to, step.left_last);
    const std::size_t size = size_of(step.left_shape);
    if (step.left_last) std::fill_n(to, run.count * size, T(0));
    for (std::size_t first = 0; first < rows; first += window_rows<T>) {
        const std::size_t some = std::min(window_rows<T>, rows - first);
        multiply_rows(first, some, run.windows, true);
        for (std::size_t r = 0; r < some; ++r)
            windows.scatter(run.windows + r * length, (first + r) % windows.positions(),
                            to + (first + r) / windows.positions() * size);
    }
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

/// to(i, k) = or += factor * rows[i] * columns[k].
template <class T>
void put_outer(const T* rows, const T* columns, T factor, std::size_t height, std::size_t width, bool add, T* to) {
    if (width == 1) {
        if (add) return put_line<true>(rows, factor * columns[0], height, to);
        return put_line<false>(rows, factor * columns[0], height, to);
    }
    for (std::size_t i = 0; i < height; ++i) {
        if (add) put_line<true>(columns, factor * rows[i], width, to + i * width);
        else put_line<false>(columns, factor * rows[i], width, to + i * width);
    }
}

/// dW of an affine step, of all samples of the run in order, for some rows of the weights; and db, with the first of them.
/// `add`: to what is there.
template <class T>
void put_gradient(const NetworkStep& step, const NetworkRun<T>& run, std::size_t first_row, std::size_t some_rows, bool add,
                  T* room_for_windows, T* room_for_panels, T* gradient) {
    const Leaf& weights = run.leaf[step.weights];
    const Windows windows(step);
    const T factor = static_cast<T>(weights.factor);
    const T* const c = run.cotangent(step.out);
    const std::size_t rows = run.count * windows.positions(), length = weights.rows, width = weights.columns;
    const std::size_t stride = run.stride(step.left);
    const bool as_they_lie = windows.trivial() && (windows.positions() == 1 || stride == size_of(step.left_shape));
    const std::size_t deep = as_they_lie ? deepest_transposed<T> : std::min(window_rows<T>, deepest_transposed<T>);
    T* const to = gradient + weights.offset + first_row * width;
    for (std::size_t first = 0; first < rows; first += deep) {
        const std::size_t depth = std::min(deep, rows - first);
        LeftFactor<T> left{run.read(step.left, 0), 1,
                           static_cast<std::ptrdiff_t>(windows.positions() == 1 ? stride : step.left_shape.channels)};
        left.data += static_cast<std::ptrdiff_t>(first) * left.step;
        if (!as_they_lie) {
            for (std::size_t r = 0; r < depth; ++r)
                windows.gather(run.read(step.left, 0) + (first + r) / windows.positions() * stride,
                               (first + r) % windows.positions(), room_for_windows + r * length);
            left = {room_for_windows, 1, static_cast<std::ptrdiff_t>(length)};
        }
        left.data += first_row;
        const T* const from = c + first * width;
        const bool over = !add && first == 0;
        if (depth == 1) {
            put_outer<T>(left.data, from, factor, some_rows, width, !over, to);
            continue;
        }
        const RightFactor<T> right = depth < 16 ? RightFactor<T>::of_rows(from, width)
                                                : pack_panels(from, static_cast<std::ptrdiff_t>(width), 1, depth, width,
                                                              room_for_panels);
        multiply_transposed<T>(some_rows, width, {left, right, depth},
                               [&](const ProductTile<T, 1>& made) { put_tile(made, factor, !over, to, width); });
    }
    if (step.bias < 0 || first_row > 0 || !run.leaf[step.bias].trained) return;
    T* const bias = gradient + run.leaf[step.bias].offset;
    const T bias_factor = static_cast<T>(run.leaf[step.bias].factor);
    if (!add) std::fill_n(bias, width, T(0));
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t k = 0; k < width; ++k) bias[k] += bias_factor * c[r * width + k];
}

}  // namespace wide
