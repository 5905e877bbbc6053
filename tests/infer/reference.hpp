#pragma once
// What the tests of this folder compare with: a solver by elimination in long double, and matrices to solve.
#include <cmath>
#include <cstddef>
#include <random>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <wide/run/matrix.hpp>

/// X with A X = B by Gauss elimination with partial pivoting; A is mirrored from its lower triangle.
template <class T>
wide::Matrix<long double> reference_solution(const wide::Matrix<T>& A, double lambda, const wide::Matrix<T>& B) {
    const std::size_t n = A.rows(), outputs = B.cols();
    wide::Matrix<long double> W(n, n), X(n, outputs);
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j <= i; ++j) W(i, j) = W(j, i) = A(i, j);
        W(i, i) += lambda;
        for (std::size_t o = 0; o < outputs; ++o) X(i, o) = B(i, o);
    }
    const auto swap_rows = [](wide::Matrix<long double>& M, std::size_t a, std::size_t b) {
        for (std::size_t j = 0; j < M.cols(); ++j) std::swap(M(a, j), M(b, j));
    };
    const auto subtract = [](wide::Matrix<long double>& M, std::size_t from, std::size_t row, long double factor) {
        for (std::size_t j = 0; j < M.cols(); ++j) M(from, j) -= factor * M(row, j);
    };
    for (std::size_t k = 0; k < n; ++k) {
        std::size_t best = k;
        for (std::size_t i = k; i < n; ++i)
            if (std::abs(W(i, k)) > std::abs(W(best, k))) best = i;
        swap_rows(W, k, best);
        swap_rows(X, k, best);
        for (std::size_t i = 0; i < n; ++i) {
            if (i == k) continue;
            const long double factor = W(i, k) / W(k, k);
            subtract(W, i, k, factor);
            subtract(X, i, k, factor);
        }
    }
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t o = 0; o < outputs; ++o) X(i, o) /= W(i, i);
    return X;
}

/// Numbers of a standard normal distribution.
template <class T>
wide::Matrix<T> normal(std::size_t rows, std::size_t cols, unsigned seed) {
    std::mt19937 engine(seed);
    std::normal_distribution<T> distribution;
    wide::Matrix<T> X(rows, cols);
    for (std::size_t k = 0; k < X.size(); ++k) X.data()[k] = distribution(engine);
    return X;
}

/// X X^T / columns, summed in double.
template <class T>
wide::Matrix<T> gram_of(const wide::Matrix<T>& X) {
    wide::Matrix<T> K(X.rows(), X.rows());
    for (std::size_t i = 0; i < X.rows(); ++i)
        for (std::size_t j = 0; j <= i; ++j) {
            double sum = 0;
            for (std::size_t k = 0; k < X.cols(); ++k)
                sum += static_cast<double>(X(i, k)) * static_cast<double>(X(j, k));
            K(i, j) = K(j, i) = static_cast<T>(sum / static_cast<double>(X.cols()));
        }
    return K;
}

/// A Gram of independent rows, twice as many columns: well away from singular.
template <class T>
wide::Matrix<T> well_conditioned(std::size_t n, unsigned seed) {
    return gram_of(normal<T>(n, 2 * n + 8, seed));
}

/// The sum of squares of the elements of the lower triangle of a symmetric matrix, mirrored: its squared Frobenius
/// norm.
template <class T>
double squared_norm(const wide::Matrix<T>& A) {
    double sum = 0;
    for (std::size_t i = 0; i < A.rows(); ++i)
        for (std::size_t j = 0; j <= i; ++j)
            sum += (i == j ? 1.0 : 2.0) * static_cast<double>(A(i, j)) * static_cast<double>(A(i, j));
    return sum;
}
