#pragma once
// Gaussians over the outputs of some rows: the mean of each output, and one covariance between rows that all outputs share.
// What data does to a covariance always has the form
//
//     covariance = prior + A G^T + G A^T,     A and G: rows x n,
//
// so it is computed in one place, the whole matrix or its diagonal alone; the latter in blocks of rows, so that the
// variances of any number of rows take no more memory than a block does.
//
// A variance is what a prior leaves after a subtraction, and may come out below zero by rounding: it is then zero. One that
// is further below, by more than the root of T's precision, is an error that names the row: nobody takes a root of it.
#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <wide/infer/first_not_finite.hpp>
#include <wide/infer/lapack.hpp>
#include <wide/infer/product.hpp>
#include <wide/infer/regress.hpp>
#include <wide/run/error.hpp>
#include <wide/run/matrix.hpp>
#include <wide/run/readable_number.hpp>

namespace wide {

/// Mean, rows x outputs, and covariance, rows x rows, of each output.
template <std::floating_point T>
struct Predictive {
    Matrix<T> mean, covariance;
};

/// Mean, rows x outputs, and variance of each row's outputs.
template <std::floating_point T>
struct Marginals {
    Matrix<T> mean;
    std::vector<T> variance;
};

/// Both kernels of the same pairs, as gram<Net>(...) returns them: members nngp and ntk.
template <class K>
concept BothKernels = requires(const K& kernels) {
    kernels.nngp(0, 0);
    kernels.ntk(0, 0);
};

namespace predictive {

template <BothKernels K>
using element_of = std::remove_cvref_t<decltype(std::declval<const K&>().ntk(0, 0))>;

/// Of a covariance: A and G.
template <class T>
struct Change {
    Matrix<T> A, G;
};

template <class T>
[[nodiscard]] Matrix<T> rows_of(const Matrix<T>& M, std::size_t first, std::size_t count) {
    Matrix<T> some(count, M.cols());
    std::copy_n(M.data() + first * M.cols(), count * M.cols(), some.data());
    return some;
}

/// A variance, of what was `scale` before.
template <class T>
[[nodiscard]] T settled(double variance, double scale, std::size_t row, const std::string& caller) {
    const double rounding = std::sqrt(static_cast<double>(std::numeric_limits<T>::epsilon())) * scale;
    if (variance >= 0) return static_cast<T>(variance);
    if (variance >= -rounding) return 0;
    throw error{caller + ": the variance of row " + std::to_string(row) + " comes out as " + readable_number(variance) +
                ", of a prior " + readable_number(scale) + ": either these kernels are not of the same rows and network, or "
                "they are too near singular for this precision: take a larger ridge, or compute in double"};
}

/// What row i's variance was, and what it is to be measured by.
struct Before {
    double variance, scale;
};

/// prior + A G^T + G A^T, both triangles. `prior` holds the lower triangle, and is used up; `before(i)`.
template <class T, class Befores>
[[nodiscard]] Matrix<T> covariance(Matrix<T> prior, const Change<T>& by, Befores before, const std::string& caller) {
    if (prior.empty()) return prior;
    const int size = lapack::size(prior.rows()), inner = lapack::size(by.A.cols());
    if (inner > 0) lapack::syr2k('U', 'T', size, inner, by.A.data(), inner, by.G.data(), inner, prior.data(), size);
    for (std::size_t i = 0; i < prior.rows(); ++i) {
        prior(i, i) = settled<T>(static_cast<double>(prior(i, i)), before(i).scale, i, caller);
        for (std::size_t j = 0; j < i; ++j) prior(j, i) = prior(i, j);
    }
    return prior;
}

/// The diagonal of that. `change(first, count)`: A and G of these rows.
template <class T, class Befores, class Changes>
[[nodiscard]] std::vector<T> variances(std::size_t rows, Befores before, Changes change, const std::string& caller) {
    constexpr std::size_t block = 512;
    std::vector<T> made(rows);
    for (std::size_t first = 0; first < rows; first += block) {
        const std::size_t count = std::min(block, rows - first);
        const Change<T> by = change(first, count);
        for (std::size_t i = 0; i < count; ++i) {
            const auto [variance, scale] = before(first + i);
            double sum = 0;
            for (std::size_t k = 0; k < by.A.cols(); ++k)
                sum += static_cast<double>(by.A(i, k)) * static_cast<double>(by.G(i, k));
            made[first + i] = settled<T>(variance + 2 * sum, scale, first + i, caller);
        }
    }
    return made;
}

/// Networks whose outputs were f at the beginning, of covariance K, and are f* - A f: A and G = A K / 2 - K_*d, where
/// prior + A G^T + G A^T = K_** + A K A^T - (A K_d* + K_*d A^T).
template <class T>
[[nodiscard]] Change<T> moved(Matrix<T> A, const Matrix<T>& K, const Matrix<T>& Kz) {
    Matrix<T> G = rowmajor::product_symmetric(A, K);
    for (std::size_t k = 0; k < G.size(); ++k) G.data()[k] = G.data()[k] / 2 - Kz.data()[k];
    return {std::move(A), std::move(G)};
}

/// Kz is finite, and has a column for each training row.
template <class T>
void require_cross(const Matrix<T>& Kz, std::size_t n, const std::string& caller) {
    if (Kz.cols() != n)
        throw shape_mismatch{caller + ": Kz is " + regression::size_of(Kz.rows(), Kz.cols()) + ", but " +
                             std::to_string(n) + " rows were trained on: pass test rows by training rows"};
    regression::require_finite(
        Kz, [&](std::size_t) { return n; }, caller + ": Kz", "look at these two rows");
}

template <BothKernels K>
void require_pair(const K& Kz, std::size_t n, const std::string& caller) {
    require_cross(Kz.nngp, n, caller + ", nngp");
    require_cross(Kz.ntk, n, caller + ", ntk");
    if (Kz.nngp.rows() != Kz.ntk.rows())
        throw shape_mismatch{caller + ": there are " + std::to_string(Kz.nngp.rows()) + " test rows in Kz.nngp, but " +
                             std::to_string(Kz.ntk.rows()) + " in Kz.ntk: pass gram<Net>(z, x)"};
}

template <class T>
void require_prior(const Matrix<T>& Kzz, std::size_t rows, const std::string& caller) {
    if (Kzz.rows() != rows || Kzz.cols() != rows)
        throw shape_mismatch{caller + ": Kzz is " + regression::size_of(Kzz.rows(), Kzz.cols()) + ", but has to be " +
                             regression::size_of(rows, rows) + ": pass the NNGP kernel of the test rows, nngp<Net>(z)"};
    regression::require_finite(
        Kzz, [](std::size_t i) { return i + 1; }, caller + ": Kzz", "look at these two test rows");
}

template <class T>
void require_prior(std::span<const T> variances, std::size_t rows, const std::string& caller) {
    if (variances.size() != rows)
        throw shape_mismatch{caller + ": there are " + std::to_string(variances.size()) + " prior variances for " +
                             std::to_string(rows) + " test rows: pass diagonal<Net>(z).nngp"};
    if (const auto at = first_not_finite(variances))
        throw not_finite{caller + ": the prior variance of test row " + std::to_string(*at) + " is " +
                             readable_number(static_cast<double>(variances[*at])) + ": look at this test row",
                         *at, *at};
}

/// The posterior over the rows of Kz, from their prior: a covariance gives a covariance, variances give variances.
template <class T, class Changes>
[[nodiscard]] Predictive<T> posterior(Matrix<T> mean, const Matrix<T>& Kzz, Changes change, const std::string& caller) {
    require_prior(Kzz, mean.rows(), caller);
    const auto before = [&](std::size_t i) { return Before{static_cast<double>(Kzz(i, i)), static_cast<double>(Kzz(i, i))}; };
    return {std::move(mean), covariance(Kzz.copy(), change(0, Kzz.rows()), before, caller)};
}

template <class T, class Changes>
[[nodiscard]] Marginals<T> posterior(Matrix<T> mean, std::span<const T> prior, Changes change, const std::string& caller) {
    require_prior(prior, mean.rows(), caller);
    const auto before = [&](std::size_t i) { return Before{static_cast<double>(prior[i]), static_cast<double>(prior[i])}; };
    return {std::move(mean), variances<T>(prior.size(), before, change, caller)};
}

}  // namespace predictive
}  // namespace wide
