#pragma once
// The learning rate below which gradient descent on squared loss converges: no step may turn the residual along any
// eigenvector of the tangent kernel into a larger one,
//
//     eta_max = 2 (1 + m) n_y / lambda_max(Theta),
//
// for the loss |f - y|^2 / (2 n_y), where n_y counts the entries of y, rows times outputs (Polyak 1964; Lee et al. 2019).
//
//     double rate = max_learning_rate(Theta, outputs);            // momentum as a third number
//
// Lanczos' iteration to the last digits of T: a few dozen products with Theta, O(n^2) each, where its largest eigenvalue
// stands apart, as a kernel's does. Only the lower triangle is read. Throws shape_mismatch, not_finite (row, column),
// error where Theta is zero, so that every rate is stable.
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <wide/infer/descent.hpp>
#include <wide/infer/lapack.hpp>
#include <wide/infer/regress.hpp>
#include <wide/infer/spectral_norm.hpp>
#include <wide/run/error.hpp>
#include <wide/run/matrix.hpp>

namespace wide {

/// `outputs`: columns of y.
template <std::floating_point T>
[[nodiscard]] double max_learning_rate(const Matrix<T>& Theta, std::size_t outputs = 1, double momentum = 0) {
    const std::string caller = "max_learning_rate";
    const std::size_t n = Theta.rows();
    regression::check(Theta, Matrix<T>(n, 0), caller);
    descent::require(heavy_ball{1, momentum}, caller);
    if (outputs == 0) throw error{caller + ": no outputs: y has at least one column"};
    bool zero = true;
    for (std::size_t i = 0; i < n; ++i) zero = zero && !(Theta(i, i) > 0);
    if (zero) throw error{caller + ": no entry of Theta's diagonal is positive, so that nothing is learnt at any rate"};

    std::vector<T> start(n);
    std::uint64_t state = 1;
    for (T& value : start) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        value = static_cast<T>(static_cast<double>(state >> 11) * 0x1p-53 + 0.5);
    }
    const int size = lapack::size(n);
    const double largest = spectral_norm<T>(
        start,
        [&](std::span<const T> v, std::span<T> to) { lapack::symv('U', size, Theta.data(), size, v.data(), to.data()); },
        lanczos{.tolerance = 4 * static_cast<double>(std::numeric_limits<T>::epsilon()), .iterations = n});
    return 2 * (1 + momentum) * static_cast<double>(n) * static_cast<double>(outputs) / largest;
}

}  // namespace wide
