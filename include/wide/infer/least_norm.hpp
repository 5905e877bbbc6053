#pragma once
// A linear model on given features: least squares, and of all weights that do equally well those of least norm,
//
//     W = phi^+ y        (phi^T phi)^-1 phi^T y where features are fewer than samples, phi^T (phi phi^T)^-1 y where they are more
//
// if phi has full rank. What random features learn (Rahimi, Recht 2007), on either side of the interpolation threshold.
//
//     auto W = least_norm(phi, y);                  // phi: n x features, y: n x outputs; W: features x outputs
//     auto f = rowmajor::product(phi_z, W);
//
// A complete orthogonal factorisation with column pivoting (LAPACK's gelsy): no product of phi with itself is formed, so that
// half the digits are not lost. phi's rank is taken for that of the most pivoted columns whose condition, by LAPACK's estimate,
// is below 1 / (max(n, features) epsilon). Memory for a copy of phi, and of y and W. Throws shape_mismatch, not_finite (row,
// column), insufficient_memory.
#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <wide/infer/lapack.hpp>
#include <wide/infer/regress.hpp>
#include <wide/run/error.hpp>
#include <wide/run/matrix.hpp>
#include <wide/run/memory.hpp>

namespace wide {

/// `budget`: bytes this call may use; 0: the machine's memory.
template <std::floating_point T>
[[nodiscard]] Matrix<T> least_norm(const Matrix<T>& phi, const Matrix<T>& y, std::uint64_t budget = 0) {
    const std::size_t n = phi.rows(), features = phi.cols(), outputs = y.cols(), longer = std::max(n, features);
    if (y.rows() != n)
        throw shape_mismatch{"least_norm: y has " + std::to_string(y.rows()) + " rows, but phi is " +
                             regression::size_of(n, features) + ": pass one row of y for each sample"};
    regression::require_finite(
        phi, [&](std::size_t) { return features; }, "least_norm: phi", "mend or leave out this sample");
    regression::require_finite(
        y, [&](std::size_t) { return outputs; }, "least_norm: y", "mend or leave out this sample");
    const std::uint64_t copies = saturated_sum(saturated_product(n, features), saturated_product(outputs, longer)),
                        numbers = saturated_sum(copies, saturated_product(features, outputs));
    require_memory(saturated_product(numbers, sizeof(T)), budget, "a copy of the features and the weights");
    Matrix<T> W(features, outputs);
    if (W.empty() || n == 0) return W;

    Matrix<T> columns(features, n), solved(outputs, longer);  // row by row, what LAPACK reads column by column
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t k = 0; k < features; ++k) columns(k, i) = phi(i, k);
        for (std::size_t o = 0; o < outputs; ++o) solved(o, i) = y(i, o);
    }
    std::vector<int> pivots(features);
    const auto run = [&](T* work, int size) {
        lapack::gelsy(lapack::size(n), lapack::size(features), lapack::size(outputs), columns.data(), solved.data(),
                      pivots.data(), static_cast<T>(longer) * std::numeric_limits<T>::epsilon(), work, size);
    };
    T size = 0;
    run(&size, -1);
    // The size comes as a T, which may have rounded it down.
    std::vector<T> work(static_cast<std::size_t>(std::nextafter(size, std::numeric_limits<T>::infinity())));
    run(work.data(), static_cast<int>(work.size()));
    for (std::size_t k = 0; k < features; ++k)
        for (std::size_t o = 0; o < outputs; ++o) W(k, o) = solved(o, k);
    return W;
}

}  // namespace wide
