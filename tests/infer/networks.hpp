#pragma once
// Kernels as networks have them: K and Theta of training and test rows together, both positive definite, Theta no less than
// K, and the formulas of posteriors and ensembles in long double.
#include <cstddef>
#include <limits>
#include <vector>

#include <wide/infer/decay.hpp>

#include "../spectrum.hpp"
#include "reference.hpp"

template <class T>
struct BothGrams {
    wide::Matrix<T> nngp, ntk;
};

template <class T>
struct Networks {
    std::size_t n, m, outputs;
    BothGrams<T> K, Kz, Kzz;  ///< training rows; test by training; test
    wide::Matrix<T> y;

    Networks(std::size_t training, std::size_t test, std::size_t columns)
        : n{training}, m{test}, outputs{columns}, y{normal<T>(training, columns, 33)} {
        const wide::Matrix<T> all = well_conditioned<T>(n + m, 31), more = well_conditioned<T>(n + m, 32);
        const auto block = [&](bool trained, std::size_t row, std::size_t rows, std::size_t cols) {
            wide::Matrix<T> made(rows, cols);
            for (std::size_t i = 0; i < rows; ++i)
                for (std::size_t j = 0; j < cols; ++j) {
                    const std::size_t column = (cols == m ? n : 0) + j;
                    made(i, j) = all(row + i, column) + (trained ? more(row + i, column) : T{0});
                }
            return made;
        };
        K = {block(false, 0, n, n), block(true, 0, n, n)};
        Kz = {block(false, n, m, n), block(true, n, m, n)};
        Kzz = {block(false, n, m, m), block(true, n, m, m)};
    }

    /// The diagonal of the test rows' NNGP kernel.
    std::vector<T> variances() const {
        std::vector<T> made(m);
        for (std::size_t i = 0; i < m; ++i) made[i] = Kzz.nngp(i, i);
        return made;
    }
};

/// Mean and covariance in long double.
struct ExactPosterior {
    Exact mean, covariance;
};

/// K_** + A K A^T - (A K_d* + K_*d A^T).
template <class T>
Exact moved_covariance(const Exact& A, const wide::Matrix<T>& K, const wide::Matrix<T>& Kz, const wide::Matrix<T>& Kzz) {
    const Exact cross = times(A, transposed(Kz));
    return sum(sum(sum(Kzz, times(times(A, K), transposed(A))), cross, -1), transposed(cross), -1);
}

/// A matrix's diagonal as a column.
template <class T>
Exact diagonal_of(const wide::Matrix<T>& A) {
    Exact made(A.rows(), 1);
    for (std::size_t i = 0; i < A.rows(); ++i) made(i, 0) = static_cast<long double>(A(i, i));
    return made;
}

template <class T>
wide::Matrix<T> as_column(const std::vector<T>& values) {
    wide::Matrix<T> made(values.size(), 1);
    for (std::size_t i = 0; i < values.size(); ++i) made(i, 0) = values[i];
    return made;
}

/// NaN above the diagonal: what is promised not to be read.
template <class T>
wide::Matrix<T> lower_alone(const wide::Matrix<T>& A) {
    wide::Matrix<T> made = A.copy();
    for (std::size_t i = 0; i < A.rows(); ++i)
        for (std::size_t j = i + 1; j < A.cols(); ++j) made(i, j) = std::numeric_limits<T>::quiet_NaN();
    return made;
}
