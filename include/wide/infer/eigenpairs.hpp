#pragma once
// The largest eigenvalues of a kernel and their eigenvectors: the directions that gradient descent learns first, each at a
// rate of its eigenvalue. LAPACK's syevr on a tridiagonal form: relatively robust representations (Dhillon, Parlett 2004) for
// all of them, bisection and inverse iteration for some.
//
//     auto [values, vectors] = top_eigenpairs(K, 10);      // values[0] the largest; vectors.row(i) of length 1, for values[i]
//
// Only the lower triangle of K is read; K stays as it is. O(n^3 4/3) for the tridiagonal form, O(n^2 count) for the vectors;
// memory for another n x n, and count x n. Throws shape_mismatch, not_finite (row, column), insufficient_memory,
// did_not_converge.
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <wide/infer/first_not_finite.hpp>
#include <wide/infer/lapack.hpp>
#include <wide/run/error.hpp>
#include <wide/run/matrix.hpp>
#include <wide/run/memory.hpp>

namespace wide {

template <std::floating_point T>
struct Eigenpairs {
    std::vector<T> values;  ///< descending
    Matrix<T> vectors;      ///< count x n
};

/// `budget`: bytes this call may use; 0: the machine's memory.
template <std::floating_point T>
[[nodiscard]] Eigenpairs<T> top_eigenpairs(const Matrix<T>& K, std::size_t count, std::uint64_t budget = 0) {
    const std::size_t n = K.rows();
    if (K.cols() != n)
        throw shape_mismatch("K is " + std::to_string(n) + " x " + std::to_string(K.cols()) +
                             ": eigenpairs are those of a symmetric matrix");
    if (count > n)
        throw shape_mismatch(std::to_string(count) + " eigenpairs of a matrix that has " + std::to_string(n));
    for (std::size_t i = 0; i < n; ++i)
        if (const auto j = first_not_finite(K.row(i).first(i + 1)))
            throw not_finite("K(" + std::to_string(i) + ", " + std::to_string(*j) +
                                 ") is not a finite number: find the sample that it comes from",
                             i, *j);
    if (count == 0) return {};
    require_memory(saturated_product(saturated_product(n, n + count), sizeof(T)), budget,
                   "a copy of the matrix and its eigenvectors");
    const int size = lapack::size(n), last = size, first = size - static_cast<int>(count) + 1;
    Matrix<T> used(n, n);
    for (std::size_t i = 0; i < n; ++i) std::copy_n(K.row(i).data(), i + 1, used.row(i).data());
    std::vector<T> values(n);
    Matrix<T> ascending(count, n);
    std::vector<int> support(2 * n);
    T work_size = 0;
    int whole_size = 0;
    const auto run = [&](const lapack::EigenRoom<T>& room) {
        const int status = lapack::syevr('U', size, used.data(), first, last, values.data(), ascending.data(),
                                         support.data(), room);
        if (status != 0)
            throw did_not_converge("the eigenvalues of a " + std::to_string(n) + " x " + std::to_string(n) +
                                       " matrix were not found (syevr: " + std::to_string(status) +
                                       "): scale the matrix so that its entries are near 1",
                                   0, 0);
    };
    run({&work_size, -1, &whole_size, -1});
    std::vector<T> work(static_cast<std::size_t>(work_size));
    std::vector<int> whole(static_cast<std::size_t>(whole_size));
    run({work.data(), static_cast<int>(work.size()), whole.data(), static_cast<int>(whole.size())});

    Eigenpairs<T> pairs{{}, std::move(ascending)};
    for (std::size_t k = 0; k < count; ++k) pairs.values.push_back(values[count - 1 - k]);
    for (std::size_t k = 0; k < count / 2; ++k)
        std::ranges::swap_ranges(pairs.vectors.row(k), pairs.vectors.row(count - 1 - k));
    return pairs;
}

}  // namespace wide
