#pragma once
// Kernels of a finite network at its parameters.
//
//     Matrix<float> K = empirical_ntk<Net>(theta, z, x);      // mean over outputs o of <grad f_o(z), grad f_o(x)>
//     Matrix<float> S = empirical_ntk<Net>(theta, x);         // symmetric, every pair once
//     auto full = full_empirical_ntk<Net>(theta, z, x);       // full(i, j, o, p) = <grad f_o(z_i), grad f_p(x_j)>
//     Matrix<float> Q = empirical_nngp<Net>(theta, z, x);     // f(z) f(x)^T / outputs
//     auto Kv = ntk_vector_product<Net>(theta, z, x, v);      // sum_{j, p} full(., j, ., p) v(j, p), no kernel formed
//
// Frozen layers add nothing. Layer by layer, the contraction that costs least (finite/contraction.hpp). Memory besides the
// result: what the layers read and their cotangents, of up to `samples_contracted` samples on each side. Throws
// shape_mismatch, not_finite, insufficient_memory, cancelled; same bits for any number of threads.
#include <algorithm>
#include <cstddef>
#include <vector>

#include <wide/finite/contraction.hpp>
#include <wide/finite/vjp.hpp>

namespace wide {

/// What one layer's contraction reads, of some samples: rows of `depth`, for output pairs apart or summed.
template <class T>
struct ContractionRows {
    Matrix<T> rows, panels;
    std::size_t depth = 0;

    void prepare(std::size_t count, std::size_t length) {
        depth = length;
        if (rows.size() < count * length + RightFactor<T>::width) rows = Matrix<T>(1, count * length + RightFactor<T>::width);
    }
    /// For the right side of a product: rows become columns.
    [[nodiscard]] RightFactor<T> as_columns(std::size_t count) {
        const std::size_t elements = panel_elements<T>(depth, count);
        if (panels.size() < elements) panels = Matrix<T>(1, elements);
        return pack_panels(rows.data(), 1, static_cast<std::ptrdiff_t>(depth), depth, count, panels.data());
    }
    [[nodiscard]] LeftFactor<T> as_rows() const { return {rows.data(), static_cast<std::ptrdiff_t>(depth), 1}; }
};

/// Samples on each side whose gradients are contracted together, so that 128 MiB hold what they read.
template <class Net, class In, class T>
constexpr std::size_t samples_contracted(bool all_outputs) {
    constexpr auto& plan = Network<Net, In>::plan;
    std::size_t elements = 1;
    for (int s = 0; s < plan.steps; ++s) {
        const ContractionCost cost = contraction_of(plan, plan.step[s], all_outputs);
        if (cost.way == Contraction::none) continue;
        const Leaf& weights = plan.leaf[plan.step[s].weights];
        const std::size_t positions = positions_of(plan.step[s].out_shape), outputs = Network<Net, In>::outputs;
        elements += cost.way == Contraction::gradients ? 2 * outputs * (weights.size() + weights.columns)
                                                       : 2 * positions * (weights.rows + outputs * weights.columns);
    }
    return std::clamp<std::size_t>((std::size_t{128} << 20) / (sizeof(T) * elements), 4, 512);
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
        for (int s = 0; s < plan.steps; ++s) prepare(s);
        const std::size_t together = std::min(some, samples_together<Net, In, T>(3));
        options quiet = how;
        quiet.progress = {};
        BackwardPass<Net, In, T> pass(theta, some, some);
        pass.take(z, from, some);
        run_sample_blocks((some + together - 1) / together, some, together, quiet, [&](std::size_t b) {
            const std::size_t begin = b * together, part = std::min(together, some - begin);
            for (std::size_t o = 0; o < N::outputs; ++o) {
                const auto one_output = [&](std::size_t i, const T* made, T* cotangent) {
                    std::copy_n(made, N::outputs, outputs.data() + i * N::outputs);
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
    /// Rows of `backward` that samples have: one, or one for each output, at every position.
    void prepare(int s) {
        const NetworkStep& step = plan.step[s];
        const Contraction way = cost(s, all_outputs_).way;
        if (way == Contraction::none) return;
        const Leaf& weights = plan.leaf[step.weights];
        const auto k = static_cast<std::size_t>(s);
        const std::size_t positions = positions_of(step.out_shape), apart = all_outputs_ ? N::outputs : 1;
        const std::size_t summed = N::outputs / apart;
        if (way == Contraction::structure) {
            forward[k].prepare(count * positions, weights.rows);
            backward[k].prepare(count * apart * positions, summed * weights.columns);
        } else {
            backward[k].prepare(count * apart, summed * gradient_length(step));
        }
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
            for (std::size_t i = 0; i < run.count; ++i)
                for (std::size_t p = 0; p < positions; ++p) {
                    if (o == 0)
                        windows.gather(x + i * stride, p, forward[k].rows.data() + ((begin + i) * positions + p) * length);
                    const std::size_t row = apart > 1 ? (begin + i) * apart + o : (begin + i) * positions + p;
                    std::copy_n(c + (i * positions + p) * width, width,
                                backward[k].rows.data() + row * backward[k].depth + (apart > 1 ? 0 : o * width));
                }
            return;
        }
        const T factor = static_cast<T>(weights.factor);
        Room<T, RoomFor::windows> room(positions * length + 1);
        T* const gathered = room.data();
        for (std::size_t i = 0; i < run.count; ++i) {
            T* const to = backward[k].rows.data() + ((begin + i) * apart + (apart > 1 ? o : 0)) * backward[k].depth +
                          (apart > 1 ? 0 : o * gradient_length(step));
            for (std::size_t p = 0; p < positions; ++p) windows.gather(x + i * stride, p, gathered + p * length);
            for (std::size_t p = 0; p < positions; p += deepest_transposed<T>) {
                const std::size_t depth = std::min(deepest_transposed<T>, positions - p);
                multiply_transposed<T>(length, width,
                                       {{gathered + p * length, 1, static_cast<std::ptrdiff_t>(length)},
                                        RightFactor<T>::of_rows(c + (i * positions + p) * width, width),
                                        depth},
                                       [&](const ProductTile<T, 1>& made) { put_tile(made, factor, p > 0, to, width); });
            }
            if (gradient_length(step) == weights.size()) continue;
            const T bias_factor = static_cast<T>(plan.leaf[step.bias].factor);
            T* const bias = to + weights.size();
            std::fill_n(bias, width, T(0));
            for (std::size_t p = 0; p < positions; ++p)
                for (std::size_t col = 0; col < width; ++col) bias[col] += bias_factor * c[(i * positions + p) * width + col];
        }
    }

    bool all_outputs_ = false;
};

/// What a contraction adds to: rows and columns of samples, or of samples and outputs.
template <class T>
struct KernelTarget {
    T* data;
    std::size_t columns;  ///< of the whole matrix
    [[nodiscard]] T& at(std::size_t i, std::size_t j) const { return data[i * columns + j]; }
};

/// Adds a layer's part of the kernel between rows `first` to `first + some` of the left side (samples), and the first
/// `columns` of the right.
template <class Net, class In, class T>
void contract_layer(int s, const ContractionSide<Net, In, T>& left, const RightFactor<T>& forward,
                    const RightFactor<T>& backward, std::size_t first, std::size_t some, std::size_t columns, bool all_outputs,
                    const KernelTarget<T>& to) {
    constexpr auto& plan = Network<Net, In>::plan;
    const NetworkStep& step = plan.step[s];
    const auto k = static_cast<std::size_t>(s);
    const std::size_t apart = all_outputs ? Network<Net, In>::outputs : 1, positions = positions_of(step.out_shape);
    const LeftFactor<T> c = left.backward[k].as_rows();
    if (left.cost(s, all_outputs).way == Contraction::gradients) {
        const ProductTerm<T> term{c.from(first * apart), backward, left.backward[k].depth, 0};
        multiply<1, T>(some * apart, columns * apart, std::span<const ProductTerm<T>>(&term, 1),
                       [&](const ProductTile<T, 1>& made) {
                           for (std::size_t r = 0; r < made.rows; ++r)
                               for (std::size_t q = 0; q < made.columns; ++q)
                                   to.at(first * apart + made.first_row + r, made.first_column + q) +=
                                       made.tile[0][r * made.stride + q];
                       });
        return;
    }
    const T factor = static_cast<T>(plan.leaf[step.weights].factor);
    const T square = factor * factor;
    const bool biased = step.bias >= 0 && plan.leaf[step.bias].trained;
    const T bias_factor = biased ? static_cast<T>(plan.leaf[step.bias].factor) : T(0), constant = bias_factor * bias_factor;
    const LeftFactor<T> h = left.forward[k].as_rows();
    const std::size_t h_depth = left.forward[k].depth, c_depth = left.backward[k].depth;
    if (!all_outputs) {
        const ProductTerm<T> terms[] = {{c.from(first * positions), backward, c_depth, 0},
                                        {h.from(first * positions), forward, h_depth, 1}};
        multiply<2, T>(some * positions, columns * positions, std::span<const ProductTerm<T>>(terms),
                       [&](const ProductTile<T, 2>& made) {
                           for (std::size_t r = 0; r < made.rows; ++r) {
                               const T* const one = made.tile[0] + r * made.stride;
                               const T* const two = made.tile[1] + r * made.stride;
                               const std::size_t i = first + (made.first_row + r) / positions;
                               if (positions == 1) {
                                   T* const line = &to.at(i, made.first_column);
                                   for (std::size_t q = 0; q < made.columns; ++q) line[q] += one[q] * (square * two[q] + constant);
                               } else {
                                   for (std::size_t q = 0; q < made.columns; ++q)
                                       to.at(i, (made.first_column + q) / positions) += one[q] * (square * two[q] + constant);
                               }
                           }
                       });
        return;
    }
    // The inner products of what the layer reads are the same for all pairs of outputs.
    Matrix<T> inner(some, columns);
    const ProductTerm<T> of_inputs{h.from(first), forward, h_depth, 0};
    multiply<1, T>(some, columns, std::span<const ProductTerm<T>>(&of_inputs, 1), [&](const ProductTile<T, 1>& made) {
        for (std::size_t r = 0; r < made.rows; ++r)
            for (std::size_t q = 0; q < made.columns; ++q)
                inner(made.first_row + r, made.first_column + q) = square * made.tile[0][r * made.stride + q] + constant;
    });
    const ProductTerm<T> of_cotangents{c.from(first * apart), backward, c_depth, 0};
    multiply<1, T>(some * apart, columns * apart, std::span<const ProductTerm<T>>(&of_cotangents, 1),
                   [&](const ProductTile<T, 1>& made) {
                       for (std::size_t r = 0; r < made.rows; ++r)
                           for (std::size_t q = 0; q < made.columns; ++q) {
                               const std::size_t i = made.first_row + r, j = made.first_column + q;
                               to.at(first * apart + i, j) += made.tile[0][r * made.stride + q] * inner(i / apart, j / apart);
                           }
                   });
}

/// Kernels block by block. `symmetric`: z is x, and what is above the diagonal is left out.
template <class Net, class In, class Z, class X, class T>
void contract_gradients(Matrix<T>& kernel, const Parameters<Net, In, T>& theta, const Rows<Z, T>& z, const Rows<X, T>& x,
                        bool symmetric, bool all_outputs, const options& how) {
    constexpr auto& plan = Network<Net, In>::plan;
    require_inputs<Net, In>(z);
    require_inputs<Net, In>(x);
    const std::size_t apart = all_outputs ? Network<Net, In>::outputs : 1;
    require_memory(saturated_product(saturated_product(z.count * apart, x.count * apart), sizeof(T)), how.budget,
                   "an empirical kernel");
    kernel = Matrix<T>(z.count * apart, x.count * apart);
    if (z.count == 0 || x.count == 0) return;
    const std::size_t block = samples_contracted<Net, In, T>(all_outputs), part = 4 * TileShape<T>::rows;
    ContractionSide<Net, In, T> left, right;
    ProgressMeter meter{how.progress, z.count * x.count};
    options quiet = how;
    quiet.progress = {};
    for (std::size_t j = 0; j < x.count; j += block) {
        right.take(theta, x, j, std::min(block, x.count - j), all_outputs, how);
        require_finite_outputs(right.outputs, j, x, theta);
        std::vector<RightFactor<T>> forward(plan.steps), backward(plan.steps);
        for (std::size_t s = 0; s < static_cast<std::size_t>(plan.steps); ++s) {
            const NetworkStep& step = plan.step[s];
            const Contraction way = right.cost(static_cast<int>(s), all_outputs).way;
            if (way == Contraction::none) continue;
            const std::size_t positions = way == Contraction::structure ? positions_of(step.out_shape) : 1;
            backward[s] = right.backward[s].as_columns(right.count * apart * positions);
            if (way == Contraction::structure) forward[s] = right.forward[s].as_columns(right.count * positions);
        }
        for (std::size_t i = symmetric ? j : 0; i < z.count; i += block) {
            const bool same = symmetric && i == j;
            if (!same) {
                left.take(theta, z, i, std::min(block, z.count - i), all_outputs, how);
                require_finite_outputs(left.outputs, i, z, theta);
            }
            const ContractionSide<Net, In, T>& rows = same ? right : left;
            const KernelTarget<T> to{kernel.data() + i * apart * kernel.cols() + j * apart, kernel.cols()};
            run_sample_blocks((rows.count + part - 1) / part, rows.count, part, quiet, [&](std::size_t b) {
                const std::size_t first = b * part, some = std::min(part, rows.count - first);
                const std::size_t columns = same ? std::min(right.count, first + some) : right.count;
                for (int s = 0; s < plan.steps; ++s)
                    if (rows.cost(s, all_outputs).way != Contraction::none)
                        contract_layer(s, rows, forward[static_cast<std::size_t>(s)], backward[static_cast<std::size_t>(s)],
                                       first, some, columns, all_outputs, to);
            });
            meter.add(rows.count * right.count * (symmetric && !same ? 2 : 1));
        }
    }
}

/// What is below the diagonal, to above it.
template <class T>
void mirror_kernel(Matrix<T>& kernel) {
    for (std::size_t i = 0; i < kernel.rows(); ++i)
        for (std::size_t j = i + 1; j < kernel.cols(); ++j) kernel(i, j) = kernel(j, i);
}

template <class Net, class In, class Z, class X, class T>
[[nodiscard]] Matrix<T> mean_empirical_ntk(const Parameters<Net, In, T>& theta, const Rows<Z, T>& z, const Rows<X, T>& x,
                                           bool symmetric, const options& how) {
    Matrix<T> kernel;
    contract_gradients(kernel, theta, z, x, symmetric, false, how);
    const T share = T(1) / static_cast<T>(Network<Net, In>::outputs);
    for (std::size_t k = 0; share != T(1) && k < kernel.size(); ++k) kernel.data()[k] *= share;
    if (symmetric && how.fill == fill::both) mirror_kernel(kernel);
    return kernel;
}

/// z.count x x.count; mean over outputs.
template <class Net, class In, class Z, class X, class T>
[[nodiscard]] Matrix<T> empirical_ntk(const Parameters<Net, In, T>& theta, const Rows<Z, T>& z, const Rows<X, T>& x,
                                      const options& how = {}) {
    return mean_empirical_ntk(theta, z, x, false, how);
}
template <class Net, class In, class X, class T>
[[nodiscard]] Matrix<T> empirical_ntk(const Parameters<Net, In, T>& theta, const Rows<X, T>& x, const options& how = {}) {
    return mean_empirical_ntk(theta, x, x, true, how);
}

/// (i, j, o, p): sample i and output o of the left side, j and p of the right. As a matrix, (i, o) by (j, p).
template <class T>
struct FullKernel {
    Matrix<T> matrix;
    std::size_t outputs = 1;

    [[nodiscard]] T operator()(std::size_t i, std::size_t j, std::size_t o, std::size_t p) const {
        return matrix(i * outputs + o, j * outputs + p);
    }
};
template <class Net, class In, class Z, class X, class T>
[[nodiscard]] FullKernel<T> full_empirical_ntk(const Parameters<Net, In, T>& theta, const Rows<Z, T>& z, const Rows<X, T>& x,
                                               const options& how = {}) {
    FullKernel<T> full{{}, Network<Net, In>::outputs};
    contract_gradients(full.matrix, theta, z, x, false, true, how);
    return full;
}

/// f(z) f(x)^T / outputs, z.count x x.count.
template <class Net, class In, class Z, class X, class T>
[[nodiscard]] Matrix<T> empirical_nngp(const Parameters<Net, In, T>& theta, const Rows<Z, T>& z, const Rows<X, T>& x,
                                       const options& how = {}) {
    const Matrix<T> left = forward<Net>(theta, z, how), right = forward<Net>(theta, x, how);
    constexpr std::size_t outputs = Network<Net, In>::outputs;
    require_memory(saturated_product(saturated_product(z.count, x.count), sizeof(T)), how.budget, "an empirical kernel");
    Matrix<T> kernel(z.count, x.count);
    if (kernel.empty()) return kernel;
    Matrix<T> panels(1, panel_elements<T>(outputs, x.count));
    const ProductTerm<T> term{{left.data(), outputs, 1},
                              pack_panels(right.data(), 1, std::ptrdiff_t{outputs}, outputs, x.count, panels.data()), outputs,
                              0};
    multiply<1, T>(z.count, x.count, std::span<const ProductTerm<T>>(&term, 1), [&](const ProductTile<T, 1>& made) {
        for (std::size_t r = 0; r < made.rows; ++r)
            for (std::size_t q = 0; q < made.columns; ++q)
                kernel(made.first_row + r, made.first_column + q) =
                    made.tile[0][r * made.stride + q] / static_cast<T>(outputs);
    });
    return kernel;
}

/// J(z) J(x)^T v, for v and the result samples x outputs: one gradient and one derivative along it.
template <class Net, class In, class Z, class X, class T>
[[nodiscard]] Matrix<T> ntk_vector_product(const Parameters<Net, In, T>& theta, const Rows<Z, T>& z, const Rows<X, T>& x,
                                           const Matrix<T>& v, const options& how = {}) {
    return jvp<Net>(theta, vjp<Net>(theta, x, v, how), z, how).tangent;
}

}  // namespace wide
