#pragma once
// How well weights solve (K + lambda I) W = Y: the residual, and what it is worth. In norms of largest elements, for
// each output
//
//     residual = || y - (K + lambda I) w || / (|| K + lambda I || || w ||)
//
// is, up to a factor near one, the smallest relative change of K for which w would be exact (Rigal & Gaches 1967; Higham,
// "Accuracy and stability of numerical algorithms", 7.1): a good solver leaves a few units of rounding, however
// ill-conditioned K is.
//
//     double worst = relative_residual(K, fit.ridge(), fit.weights(), y);       // of all outputs
//
// Only K's lower triangle is read, once, in blocks that a core's cache keeps while both of a block's products are taken:
// 34 ms where dsymm takes 68 (n = 5000, ten outputs, one core with AVX-512). 2 n^2 outputs multiply-adds.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include <wide/infer/first_not_finite.hpp>
#include <wide/infer/lapack.hpp>
#include <wide/run/matrix.hpp>

namespace wide {

namespace residuals {

/// R := Y - (K + lambda I) W.
inline void residual_into(Matrix<double>& R, const Matrix<double>& K, double lambda, const Matrix<double>& W,
                          const Matrix<double>& Y) {
    constexpr std::size_t block = 256;
    const std::size_t n = K.rows(), outputs = Y.cols();
    for (std::size_t k = 0; k < Y.size(); ++k) R.data()[k] = Y.data()[k] - lambda * W.data()[k];
    if (R.empty()) return;
    const int columns = lapack::size(outputs), stride = lapack::size(n);
    Matrix<double> corner(block, block);
    for (std::size_t i = 0; i < n; i += block) {
        const std::size_t height = std::min(block, n - i);
        const int rows = lapack::size(height);
        for (std::size_t j = 0; j < i; j += block) {
            lapack::gemm('N', 'N', columns, rows, block, &W(j, 0), columns, &K(i, j), stride, &R(i, 0), columns, -1, 1);
            lapack::gemm('N', 'T', columns, block, rows, &W(i, 0), columns, &K(i, j), stride, &R(j, 0), columns, -1, 1);
        }
        for (std::size_t a = 0; a < height; ++a)
            for (std::size_t b = 0; b <= a; ++b) corner(a, b) = corner(b, a) = K(i + a, i + b);
        lapack::gemm('N', 'N', columns, rows, rows, &W(i, 0), columns, corner.data(), block, &R(i, 0), columns, -1, 1);
    }
}

/// The largest sum of a row's |elements| of K + lambda I.
[[nodiscard]] inline double norm_of(const Matrix<double>& K, double lambda) {
    const std::size_t n = K.rows();
    std::vector<double> sums(n);
    for (std::size_t i = 0; i < n; ++i) {
        const auto below = K.row(i).first(i);
        constexpr std::size_t lanes = 8;
        std::array<double, lanes> partial{};
        std::size_t j = 0;
        for (; j + lanes <= i; j += lanes)
            for (std::size_t lane = 0; lane < lanes; ++lane) {
                const double size = std::abs(below[j + lane]);
                partial[lane] += size;
                sums[j + lane] += size;
            }
        for (; j < i; ++j) partial[0] += std::abs(below[j]), sums[j] += std::abs(below[j]);
        sums[i] += std::abs(K(i, i) + lambda);
        for (const double part : partial) sums[i] += part;
    }
    return sums.empty() ? 0 : *std::max_element(sums.begin(), sums.end());
}

/// The largest |element| of each column.
[[nodiscard]] inline std::vector<double> column_norms(const Matrix<double>& M) {
    std::vector<double> norms(M.cols());
    for (std::size_t i = 0; i < M.rows(); ++i)
        for (std::size_t o = 0; o < M.cols(); ++o) norms[o] = std::max(norms[o], std::abs(M(i, o)));
    return norms;
}

/// |r| / |y| in Euclidean norms, of the output where that is largest; of a y that is zero, none. Infinite where a number of
/// R is not finite.
[[nodiscard]] inline double relative_to(const Matrix<double>& R, const Matrix<double>& Y) {
    if (first_not_finite(std::span<const double>{R.data(), R.size()})) return std::numeric_limits<double>::infinity();
    // Of numbers divided by the largest: squares of what is large or small have no room.
    const auto lengths = [](const Matrix<double>& M) {
        std::vector<double> sums(M.cols()), largest = column_norms(M);
        for (std::size_t i = 0; i < M.rows(); ++i)
            for (std::size_t o = 0; o < M.cols(); ++o)
                if (const double part = largest[o] > 0 ? M(i, o) / largest[o] : 0; part != 0) sums[o] += part * part;
        for (std::size_t o = 0; o < sums.size(); ++o) largest[o] *= std::sqrt(sums[o]);
        return largest;
    };
    const std::vector<double> r = lengths(R), y = lengths(Y);
    double worst = 0;
    for (std::size_t o = 0; o < r.size(); ++o)
        if (y[o] > 0) worst = std::max(worst, r[o] / y[o]);
    return worst;
}

/// || r || / (norm || w ||), of the worst output; infinite where a number is not finite.
[[nodiscard]] inline double relative(const Matrix<double>& R, const Matrix<double>& W, double norm) {
    for (const Matrix<double>* const M : {&R, &W})
        if (first_not_finite(std::span<const double>{M->data(), M->size()})) return std::numeric_limits<double>::infinity();
    const auto r = column_norms(R), w = column_norms(W);
    double worst = 0;
    for (std::size_t o = 0; o < r.size(); ++o)
        if (r[o] > 0) worst = std::max(worst, r[o] / (norm * w[o]));
    return worst;
}

}  // namespace residuals

/// The relative residual of the worst output; K: n x n, weights and y: n x outputs. 0 for no outputs.
[[nodiscard]] inline double relative_residual(const Matrix<double>& K, double lambda, const Matrix<double>& weights,
                                              const Matrix<double>& y) {
    Matrix<double> R(y.rows(), y.cols());
    residuals::residual_into(R, K, lambda, weights, y);
    return residuals::relative(R, weights, residuals::norm_of(K, lambda));
}

}  // namespace wide
