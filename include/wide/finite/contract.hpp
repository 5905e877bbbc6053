#pragma once
// Empirical NTKs from what their two sides keep (contraction_side.hpp): products of rows with rows, tile by tile, added up
// layer by layer into the kernel.
//
//     Matrix<float> kernel;
//     contract_gradients(kernel, theta, z, x, symmetric, all_outputs, how);     // (i, o) by (j, p), or samples alone
//
// O(pairs x what contraction_of says for each layer). Memory: two sides of up to samples_contracted samples, in the budget.
#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include <wide/finite/contraction_side.hpp>

namespace wide {

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
    const LeftFactor<T> c = left.backward[k].rows;
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
    const LeftFactor<T> h = left.forward[k].rows;
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

/// Kernels block by block. `symmetric`: z is x, and what is above the diagonal stays zero.
template <class Net, class In, class Z, class X, class T>
void contract_gradients(Matrix<T>& kernel, const Parameters<Net, In, T>& theta, const Rows<Z, T>& z, const Rows<X, T>& x,
                        bool symmetric, bool all_outputs, const options& how) {
    constexpr auto& plan = Network<Net, In>::plan;
    require_inputs<Net, In>(z);
    require_inputs<Net, In>(x);
    const std::size_t apart = all_outputs ? Network<Net, In>::outputs : 1;
    const std::size_t block = samples_contracted<Net, In, T>(all_outputs), part = 4 * TileShape<T>::rows;
    const std::size_t kept = std::min(block, x.count) + (symmetric && x.count <= block ? 0 : std::min(block, z.count));
    require_memory(saturated_sum(saturated_product(saturated_product(z.count * apart, x.count * apart), sizeof(T)),
                                 saturated_product(kept, sizeof(T) * contraction_elements<Net, In>(all_outputs))),
                   how.budget, "an empirical kernel");
    kernel = Matrix<T>(z.count * apart, x.count * apart);
    if (z.count == 0 || x.count == 0) return;
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
                // Tiles reach over the diagonal.
                for (std::size_t r = first * apart; same && r < (first + some) * apart; ++r)
                    std::fill(&to.at(r, r) + 1, &to.at(r, 0) + columns * apart, T(0));
            });
            meter.add(rows.count * right.count * (symmetric && !same ? 2 : 1));
        }
    }
}

}  // namespace wide
