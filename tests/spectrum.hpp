#pragma once
// Functions of symmetric matrices in long double, by Jacobi's rotations (Golub & Van Loan, Matrix Computations, 8.5): what
// closed forms by eigenvectors are compared with.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include <wide/run/matrix.hpp>

using Exact = wide::Matrix<long double>;

struct Spectrum {
    std::vector<long double> values;
    Exact vectors;  ///< one a column
};

/// Of `A + lambda I`, mirrored from the lower triangle.
template <class T>
Spectrum spectrum_of(const wide::Matrix<T>& A, long double lambda = 0) {
    const std::size_t n = A.rows();
    Exact W(n, n), V(n, n);
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j <= i; ++j) W(i, j) = W(j, i) = static_cast<long double>(A(i, j));
        W(i, i) += lambda;
        V(i, i) = 1;
    }
    for (int sweep = 0; sweep < 60; ++sweep) {
        long double beside = 0;
        for (std::size_t p = 0; p < n; ++p)
            for (std::size_t q = p + 1; q < n; ++q) {
                if (W(p, q) == 0) continue;
                beside += std::abs(W(p, q));
                const long double angle = (W(q, q) - W(p, p)) / (2 * W(p, q));
                const long double t = (angle < 0 ? -1 : 1) / (std::abs(angle) + std::sqrt(angle * angle + 1));
                const long double c = 1 / std::sqrt(t * t + 1), s = t * c;
                for (std::size_t k = 0; k < n; ++k) {
                    const long double kp = W(k, p), kq = W(k, q);
                    W(k, p) = c * kp - s * kq, W(k, q) = s * kp + c * kq;
                }
                for (std::size_t k = 0; k < n; ++k) {
                    const long double pk = W(p, k), qk = W(q, k), vp = V(k, p), vq = V(k, q);
                    W(p, k) = c * pk - s * qk, W(q, k) = s * pk + c * qk;
                    V(k, p) = c * vp - s * vq, V(k, q) = s * vp + c * vq;
                }
            }
        if (beside < std::numeric_limits<long double>::epsilon() * std::abs(W(0, 0))) break;
    }
    Spectrum made{{}, std::move(V)};
    for (std::size_t i = 0; i < n; ++i) made.values.push_back(W(i, i));
    return made;
}

/// V f(values) V^T.
template <class F>
Exact function_of(const Spectrum& A, F f) {
    const std::size_t n = A.values.size();
    Exact made(n, n);
    for (std::size_t k = 0; k < n; ++k) {
        const long double value = f(A.values[k]);
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j < n; ++j) made(i, j) += A.vectors(i, k) * value * A.vectors(j, k);
    }
    return made;
}

template <class A, class B>
Exact times(const wide::Matrix<A>& a, const wide::Matrix<B>& b) {
    Exact made(a.rows(), b.cols());
    for (std::size_t i = 0; i < a.rows(); ++i)
        for (std::size_t k = 0; k < a.cols(); ++k)
            for (std::size_t j = 0; j < b.cols(); ++j)
                made(i, j) += static_cast<long double>(a(i, k)) * static_cast<long double>(b(k, j));
    return made;
}

template <class A>
Exact transposed(const wide::Matrix<A>& a) {
    Exact made(a.cols(), a.rows());
    for (std::size_t i = 0; i < a.rows(); ++i)
        for (std::size_t j = 0; j < a.cols(); ++j) made(j, i) = static_cast<long double>(a(i, j));
    return made;
}

/// a + factor b.
template <class A, class B>
Exact sum(const wide::Matrix<A>& a, const wide::Matrix<B>& b, long double factor = 1) {
    Exact made(a.rows(), a.cols());
    for (std::size_t k = 0; k < made.size(); ++k)
        made.data()[k] = static_cast<long double>(a.data()[k]) + factor * static_cast<long double>(b.data()[k]);
    return made;
}

/// The largest difference, relative to the largest element.
template <class T>
double apart(const wide::Matrix<T>& value, const Exact& expected) {
    if (value.rows() != expected.rows() || value.cols() != expected.cols()) return HUGE_VAL;
    long double largest = 0, error = 0;
    for (std::size_t k = 0; k < value.size(); ++k) {
        largest = std::max(largest, std::abs(expected.data()[k]));
        const long double one = std::abs(static_cast<long double>(value.data()[k]) - expected.data()[k]);
        if (!(one <= error)) error = one;
    }
    return static_cast<double>(largest == 0 ? error : error / largest);
}
