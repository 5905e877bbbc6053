#pragma once
// How far something went from where it began, in units of where it began: |now - before| / |before|. Of kernels in the norm of
// Frobenius, of parameters in that of Euclid. Small where a network trains as its linearisation does (Lee et al. 2019).
//
//     relative_change(empirical_ntk<Net>(theta, x), K0)      relative_change(theta, theta0)
//
// Throws shape_mismatch where matrices differ in size. From zero it is infinite, or NaN if nothing changed.
#include <cmath>
#include <cstddef>
#include <string>

#include <wide/finite/parameters.hpp>

namespace wide {

/// Of `count` numbers.
template <class T>
[[nodiscard]] double relative_change(const T* now, const T* before, std::size_t count) {
    double apart = 0, length = 0;
    for (std::size_t k = 0; k < count; ++k) {
        const auto one = static_cast<double>(before[k]), step = static_cast<double>(now[k]) - one;
        apart += step * step;
        length += one * one;
    }
    return std::sqrt(apart / length);
}

template <class T>
[[nodiscard]] double relative_change(const Matrix<T>& now, const Matrix<T>& before) {
    if (now.rows() != before.rows() || now.cols() != before.cols())
        throw shape_mismatch("a matrix of " + std::to_string(now.rows()) + " x " + std::to_string(now.cols()) +
                             " did not come from one of " + std::to_string(before.rows()) + " x " +
                             std::to_string(before.cols()));
    return relative_change(now.data(), before.data(), now.size());
}

template <class Net, class In, class T>
[[nodiscard]] double relative_change(const Parameters<Net, In, T>& now, const Parameters<Net, In, T>& before) {
    return relative_change(now.data(), before.data(), now.size());
}

}  // namespace wide
