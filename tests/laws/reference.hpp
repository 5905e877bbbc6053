#pragma once
// What the tests of this folder compare with: input moments in long double, one pair at a time, and the ReLU
// recursion on the angle between two samples.
#include <cmath>
#include <cstddef>
#include <numbers>

#include <wide/kernel_at.hpp>
#include <wide/run/matrix.hpp>

template <class T>
long double mean_product(const wide::Matrix<T>& z, std::size_t i, const wide::Matrix<T>& x, std::size_t j) {
    long double sum = 0;
    for (std::size_t k = 0; k < x.cols(); ++k)
        sum += static_cast<long double>(z(i, k)) * static_cast<long double>(x(j, k));
    return sum / static_cast<long double>(x.cols());
}

template <class T>
wide::Moments moments(const wide::Matrix<T>& z, std::size_t i, const wide::Matrix<T>& x, std::size_t j) {
    return {static_cast<double>(mean_product(z, i, z, i)), static_cast<double>(mean_product(z, i, x, j)),
            static_cast<double>(mean_product(x, j, x, j))};
}

struct Reference {
    long double nngp, ntk;
};

/// Dense<He> and Relu `depth` times, then Dense of weight 1, for two samples of variance 1 at 2 sin(angle / 2) =
/// `chord`.
inline Reference relu_reference(int depth, long double chord) {
    constexpr long double pi = std::numbers::pi_v<long double>;
    long double angle = 2 * std::asin(chord / 2), theta = 0;
    for (int layer = 0; layer < depth; ++layer) {
        const long double rho = std::cos(angle);
        theta = (rho * 2 + theta * 2) * (pi - angle) / (2 * pi);
        const long double after = (std::sin(angle) + (pi - angle) * rho) / pi;
        angle = std::acos(after < 1 ? after : 1);
    }
    return {std::cos(angle), std::cos(angle) + theta};
}
