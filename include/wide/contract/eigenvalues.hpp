#pragma once
// The smallest eigenvalue of a small symmetric matrix, by Jacobi's rotations in double.
#include <cmath>
#include <cstddef>
#include <vector>

#include <wide/run/matrix.hpp>

namespace wide {

template <class T>
double smallest_eigenvalue(const Matrix<T>& K) {
    const std::size_t n = K.rows();
    std::vector<double> a(n * n);
    for (std::size_t k = 0; k < a.size(); ++k) a[k] = static_cast<double>(K.data()[k]);
    for (int sweep = 0; sweep < 30; ++sweep)
        for (std::size_t p = 0; p < n; ++p)
            for (std::size_t q = p + 1; q < n; ++q) {
                const double off = a[p * n + q];
                if (off == 0) continue;
                const double cotangent = (a[q * n + q] - a[p * n + p]) / (2 * off);
                const double t = (cotangent < 0 ? -1 : 1) / (std::abs(cotangent) + std::hypot(1.0, cotangent));
                const double c = 1 / std::hypot(1.0, t), s = t * c;
                for (std::size_t k = 0; k < n; ++k) {
                    const double x = a[k * n + p], y = a[k * n + q];
                    a[k * n + p] = c * x - s * y;
                    a[k * n + q] = s * x + c * y;
                }
                for (std::size_t k = 0; k < n; ++k) {
                    const double x = a[p * n + k], y = a[q * n + k];
                    a[p * n + k] = c * x - s * y;
                    a[q * n + k] = s * x + c * y;
                }
            }
    double smallest = n == 0 ? 0 : a[0];
    for (std::size_t i = 1; i < n; ++i) smallest = std::fmin(smallest, a[i * n + i]);
    return smallest;
}

}  // namespace wide
