#pragma once
// The largest |eigenvalue| of a symmetric matrix that is known by its products with vectors alone: Lanczos' iteration, with
// every new vector made orthogonal to all before it, twice (Parlett, "The symmetric eigenvalue problem", chapter 13).
//
//     double norm = spectral_norm<float>(start, [&](std::span<const float> v, std::span<float> to) { ... to = A v });
//
// `start` is any vector that is not orthogonal to the eigenvector looked for: a random one. One product an iteration; memory
// `iterations` vectors. Power iteration would not do: of Hessians the largest eigenvalues come in pairs of both signs, and
// then it turns about between them. Throws did_not_converge, not_finite.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <wide/infer/lapack.hpp>
#include <wide/run/error.hpp>
#include <wide/run/matrix.hpp>

namespace wide {

struct lanczos {
    double tolerance = 1e-4;       ///< relative, by what two more iterations change
    std::size_t iterations = 100;  ///< at most
};

template <class T, class Product>
[[nodiscard]] double spectral_norm(std::span<const T> start, Product product, lanczos how = {}) {
    const std::size_t n = start.size(), most = std::min(how.iterations, n);
    const auto inner = [](std::span<const T> a, std::span<const T> b) {
        double sum = 0;
        for (std::size_t k = 0; k < a.size(); ++k) sum += static_cast<double>(a[k]) * static_cast<double>(b[k]);
        return sum;
    };
    const double length = std::sqrt(inner(start, start));
    if (!(length > 0) || !std::isfinite(length)) throw error{"the start of Lanczos' iteration is zero, or not finite"};
    Matrix<T> basis(most + 1, n);
    for (std::size_t k = 0; k < n; ++k) basis(0, k) = static_cast<T>(static_cast<double>(start[k]) / length);
    std::vector<double> diagonal, beside;
    double norm = 0, before = 0, change = 0;
    for (std::size_t i = 0; i < most; ++i) {
        const std::span<T> next = basis.row(i + 1);
        product(std::span<const T>(basis.row(i)), next);
        const double size = std::sqrt(inner(next, next));
        if (!std::isfinite(size))
            throw not_finite("a product with the matrix is not finite, in iteration " + std::to_string(i), i, 0);
        double alpha = 0;
        for (int pass = 0; pass < 2; ++pass)
            for (std::size_t j = 0; j <= i; ++j) {
                const double part = inner(basis.row(j), next);
                if (j == i) alpha += part;
                for (std::size_t k = 0; k < n; ++k) next[k] -= static_cast<T>(part) * basis(j, k);
            }
        diagonal.push_back(alpha);
        const double beta = std::sqrt(inner(next, next));
        std::vector<double> values = diagonal, between = beside;
        between.push_back(0);
        if (lapack::sterf(lapack::size(values.size()), values.data(), between.data()) != 0)
            throw did_not_converge("the eigenvalues of Lanczos' matrix were not found", 0, i);
        const double now = std::max(std::abs(values.front()), std::abs(values.back()));
        // What is left is rounding: the vectors so far span all that products reach.
        constexpr double rounding = 64 * static_cast<double>(std::numeric_limits<T>::epsilon());
        if (beta <= rounding * std::max(size, now)) return now;
        change = std::max(std::abs(now - norm), std::abs(norm - before));
        before = norm;
        norm = now;
        if (i >= 2 && change <= how.tolerance * norm) return norm;
        beside.push_back(beta);
        for (T& number : next) number = static_cast<T>(static_cast<double>(number) / beta);
    }
    if (most == n) return norm;
    throw did_not_converge("the norm still changed by " + std::to_string(change / norm) + " of itself after " +
                               std::to_string(most) + " iterations of Lanczos: allow more, or a larger tolerance",
                           change / norm, most);
}

}  // namespace wide
