#pragma once
// A = L L^T in place, over the lower triangle of a row-major matrix; the upper one is neither read nor written.
//
// Right-looking, by blocks: factorise a diagonal block, solve for the panel under it, subtract the panel's product
// from what remains. Why not one call of potrf: when a pivot fails, potrf leaves a state that only its author knows.
// Here the state is known (finished panels, then the Schur complement), so `restore` can run the steps backwards and
// a consumed matrix is given back, up to rounding, without a second n x n ever having existed.
//
// A pivot must exceed its own rounding error, not just zero: two equal rows leave a pivot of a few units in the last
// place of either sign, and half of the time potrf would call that a success and return weights of 1e15.
//
//     if (auto bad = cholesky::factorise(A)) { cholesky::restore(A, *bad); ... }
//     else cholesky::solve(A, Y);
#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <vector>

#include <wide/infer/lapack.hpp>
#include <wide/run/error.hpp>
#include <wide/run/matrix.hpp>

namespace wide::cholesky {

/// From 128 to 512 the measured times differ by less than their noise.
inline constexpr std::size_t default_block = 256;

/// The pivot that ended a factorisation, zero-based; columns before `finished` hold L, the others a Schur complement.
struct Breakdown {
    std::size_t pivot;
    double value;
    std::size_t finished;
};

/// A pivot below this multiple of its diagonal entry is rounding error. Measured on Grams with two equal rows, n from
/// 5 to 3000, rows independent and nearly parallel: a positive pivot in their place is at most 6 ulps of the entry.
template <class T>
inline constexpr double pivot_tolerance = 16 * static_cast<double>(std::numeric_limits<T>::epsilon());

/// The lower triangle of A becomes L, or `restore` undoes what was done until the pivot that is returned.
template <class T>
[[nodiscard]] std::optional<Breakdown> factorise(Matrix<T>& A, std::size_t block = default_block) {
    const std::size_t n = A.rows();
    const int stride = lapack::size(n);
    std::vector<T> diagonal(n);
    for (std::size_t i = 0; i < n; ++i) diagonal[i] = A(i, i);
    Matrix<T> before(std::min(block, n), std::min(block, n));

    for (std::size_t start = 0; start < n; start += block) {
        const std::size_t width = std::min(block, n - start), end = start + width;
        for (std::size_t i = 0; i < width; ++i) std::copy_n(&A(start + i, start), i + 1, &before(i, 0));
        T* const corner = &A(start, start);
        const int info = lapack::potrf('U', lapack::size(width), corner, stride);
        for (std::size_t i = start; i < end; ++i) {
            const double entry = A(i, i);
            const bool stopped_here = info > 0 && i - start + 1 == static_cast<std::size_t>(info);
            const double pivot = stopped_here ? entry : entry * entry;
            if (pivot > pivot_tolerance<T> * std::max(0.0, static_cast<double>(diagonal[i]))) continue;
            for (std::size_t k = 0; k < width; ++k) std::copy_n(&before(k, 0), k + 1, &A(start + k, start));
            return Breakdown{i, pivot, start};
        }
        if (end == n) break;
        const int columns = lapack::size(width), rest = lapack::size(n - end);
        T* const panel = &A(end, start);
        lapack::trsm('L', 'U', 'T', columns, rest, corner, stride, panel, stride);
        lapack::syrk('U', 'T', rest, columns, T{-1}, panel, stride, &A(end, end), stride);
    }
    return std::nullopt;
}

/// Undoes a factorisation that broke down: the lower triangle is again what it was, up to rounding.
template <class T>
void restore(Matrix<T>& A, const Breakdown& breakdown, std::size_t block = default_block) {
    const std::size_t n = A.rows();
    const int stride = lapack::size(n), width = lapack::size(std::min(block, n));
    for (std::size_t end = breakdown.finished; end > 0; end -= block) {
        const std::size_t start = end - block;
        const int rest = lapack::size(n - end);
        T* const corner = &A(start, start);
        T* const panel = &A(end, start);
        lapack::syrk('U', 'T', rest, width, T{1}, panel, stride, &A(end, end), stride);
        lapack::trmm('L', 'U', 'T', width, rest, corner, stride, panel, stride);
        Matrix<T> product(block, block);
        for (std::size_t i = 0; i < block; ++i) std::copy_n(&A(start + i, start), i + 1, &product(i, 0));
        lapack::trmm('L', 'U', 'T', width, width, corner, stride, product.data(), width);
        for (std::size_t i = 0; i < block; ++i) std::copy_n(&product(i, 0), i + 1, &A(start + i, start));
    }
}

/// Y := (L L^T)^-1 Y, one right-hand side a column.
template <class T>
void solve(const Matrix<T>& L, Matrix<T>& Y) {
    if (Y.empty()) return;
    const int n = lapack::size(L.rows()), outputs = lapack::size(Y.cols());
    lapack::trsm('R', 'U', 'N', outputs, n, L.data(), n, Y.data(), outputs);
    lapack::trsm('R', 'U', 'T', outputs, n, L.data(), n, Y.data(), outputs);
}

/// B := B L^-T, one right-hand side a row: B B^T is then what B (L L^T)^-1 B^T was.
template <class T>
void half_solve_rows(const Matrix<T>& L, Matrix<T>& B) {
    if (B.empty()) return;
    const int n = lapack::size(L.rows());
    lapack::trsm('L', 'U', 'T', n, lapack::size(B.rows()), L.data(), n, B.data(), n);
}

/// B := B (L L^T)^-1, one right-hand side a row.
template <class T>
void solve_rows(const Matrix<T>& L, Matrix<T>& B) {
    if (B.empty()) return;
    half_solve_rows(L, B);
    const int n = lapack::size(L.rows());
    lapack::trsm('L', 'U', 'N', n, lapack::size(B.rows()), L.data(), n, B.data(), n);
}

}  // namespace wide::cholesky
