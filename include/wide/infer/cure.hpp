#pragma once
// What ridge would make a symmetric matrix positive definite: an estimate first, then the proof.
//
// Lanczos (Golub & Van Loan, Matrix Computations, 10.1) on the lower triangle estimates the smallest eigenvalue from
// above in a few dozen matrix-vector products. From there ridges are tried, each four times the last, until a
// factorisation succeeds; twice that ridge is what is recommended, so that it also holds with another number of
// threads, whose rounding differs. Costs one or two factorisations, and is paid only after one has failed.
//
//     const auto cure = cholesky::find_cure(A, diagonal, 0);      // cure.ridge, cure.smallest_eigenvalue
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <wide/infer/cholesky.hpp>
#include <wide/infer/lapack.hpp>
#include <wide/run/matrix.hpp>

namespace wide::cholesky {

struct Extremes {
    double smallest, largest;
};

/// Ritz values at both ends of the spectrum: `smallest` is not below the true one, `largest` not above.
/// `A` is not empty; its lower triangle is read.
template <class T>
[[nodiscard]] Extremes extreme_eigenvalues(const Matrix<T>& A) {
    const std::size_t n = A.rows(), steps = std::min<std::size_t>(n, 64);
    Matrix<T> basis(steps, n);
    const auto dot = [](std::span<const T> a, std::span<const T> b) {
        double sum = 0;
        for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
        return sum;
    };
    std::vector<T> next(n);
    std::uint64_t state = 1;
    for (T& value : next) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        value = static_cast<T>(static_cast<double>(state >> 11) * 0x1p-52 - 1);
    }
    std::vector<double> diagonal, off_diagonal;
    double scale = 0, length = std::sqrt(dot(next, next));
    for (std::size_t j = 0; j < steps; ++j) {
        for (std::size_t i = 0; i < n; ++i) basis(j, i) = static_cast<T>(static_cast<double>(next[i]) / length);
        lapack::symv('U', lapack::size(n), A.data(), lapack::size(n), basis.row(j).data(), next.data());
        diagonal.push_back(dot(next, basis.row(j)));
        // Once is not enough for orthogonality, twice is (Parlett, The Symmetric Eigenvalue Problem, 6.9).
        for (int pass = 0; pass < 2; ++pass)
            for (std::size_t k = 0; k <= j; ++k) {
                const double share = dot(next, basis.row(k));
                for (std::size_t i = 0; i < n; ++i)
                    next[i] -= static_cast<T>(share * static_cast<double>(basis(k, i)));
            }
        length = std::sqrt(dot(next, next));
        scale = std::max({scale, std::abs(diagonal.back()), length});
        if (length <= 8 * static_cast<double>(std::numeric_limits<T>::epsilon()) * scale) break;
        off_diagonal.push_back(length);
    }
    if (lapack::sterf(lapack::size(diagonal.size()), diagonal.data(), off_diagonal.data()) != 0) {
        const double unknown = std::numeric_limits<double>::quiet_NaN();
        return {unknown, unknown};
    }
    return {diagonal.front(), diagonal[diagonal.size() - 1]};
}

struct Cure {
    double smallest_eigenvalue;
    double ridge;  // absolute; infinite where no finite one helps
};

/// `A` holds the matrix below its diagonal, `diagonal` the diagonal itself; A's contents are used up.
/// No ridge below `at_least` is considered.
template <class T>
[[nodiscard]] Cure find_cure(Matrix<T>& A, std::span<const T> diagonal, double at_least,
                             std::size_t block = default_block) {
    const auto with_ridge = [&](double lambda) {
        for (std::size_t i = 0; i < diagonal.size(); ++i) A(i, i) = diagonal[i] + static_cast<T>(lambda);
    };
    with_ridge(0);
    const auto [smallest, largest] = extreme_eigenvalues(A);
    double scale = 0;
    for (const T entry : diagonal) scale = std::max(scale, std::abs(static_cast<double>(entry)));
    if (!(scale > 0)) scale = std::max(std::abs(smallest), std::abs(largest));
    if (!(scale > 0)) scale = 1;
    const double negative_part = std::max(0.0, -smallest);
    constexpr double least = static_cast<double>(std::numeric_limits<T>::min());
    double lambda = std::max({at_least, 1.05 * negative_part + 2 * pivot_tolerance<T> * scale, least});
    constexpr double limit = static_cast<double>(std::numeric_limits<T>::max()) / 8;
    for (; lambda < limit; lambda *= 4) {
        with_ridge(lambda);
        const auto breakdown = factorise(A, block);
        if (!breakdown) return {smallest, 2 * lambda};
        restore(A, *breakdown, block);
    }
    return {smallest, std::numeric_limits<double>::infinity()};
}

}  // namespace wide::cholesky
