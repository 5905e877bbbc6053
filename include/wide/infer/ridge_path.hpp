#pragma once
// All ridges from one eigendecomposition. With K = V diag(l) V^T and c = V^T y, at any lambda
//
//     weights           = V (c / (l + lambda))
//     leave-one-out     e_i = weights_i / sum_k V_ik^2 / (l_k + lambda)
//     log p(y)          = -1/2 sum_k c_k^2 / (l_k + lambda) - 1/2 sum_k log(l_k + lambda) - n/2 log 2 pi,  added over outputs
//
// (Rasmussen & Williams, "Gaussian processes for machine learning", 2.30, 5.12; Golub & Van Loan, "Matrix computations", 6.1.4.)
//
//     const auto path = ridge_path(K, y);
//     path.fit(ridge{1e-3}).predict(Kz);                        // a Fit, as of regress; O(n^2 outputs)
//     path.leave_one_out_error(ridge{1e-3});                    // mean square over rows and outputs; O(n^2 outputs)
//     path.log_marginal_likelihood(ridge{1e-3});                // O(n)
//     choose_ridge(path, ...)                                   // choose_ridge.hpp
//
// Eigenvalues are taken as they are: of a singular or indefinite K the smallest are negative, none is raised to zero.
// What counts is K + lambda I: where its smallest eigenvalue does not exceed the rounding error of the decomposition,
// `not_positive_definite` is thrown, whose `pivot` is the number of eigenvalues above and whose ridge cures it.
//
// Only K's lower triangle is read; K stays as it is. O(n^3), about ten times a `regress`; memory for two more n x n,
// one of which is kept. Computed in the element type of K, sums in double. Throws shape_mismatch, not_finite, insufficient_memory,
// did_not_converge at once, not_positive_definite and `error` (an overflow, a negative ridge) where a ridge is given.
#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <wide/infer/eigenpairs.hpp>
#include <wide/infer/first_not_finite.hpp>
#include <wide/infer/lapack.hpp>
#include <wide/infer/regress.hpp>
#include <wide/infer/ridge.hpp>
#include <wide/run/error.hpp>
#include <wide/run/matrix.hpp>
#include <wide/run/memory.hpp>
#include <wide/run/readable_number.hpp>

namespace wide {

/// K's eigendecomposition, and the outputs in its basis.
template <std::floating_point T>
class RidgePath {
public:
    /// `K` and `y` have been checked.
    RidgePath(const Matrix<T>& K, const Matrix<T>& y, std::uint64_t budget) : pairs_{top_eigenpairs(K, K.rows(), budget)}, y_{y.copy()}, diagonal_(K.rows()) {
        for (std::size_t i = 0; i < K.rows(); ++i) diagonal_[i] = K(i, i);
        coefficients_ = Matrix<T>(y.rows(), y.cols());
        energy_.resize(K.rows());
        if (y.empty()) return;
        const int n = lapack::size(y.rows()), outputs = lapack::size(y.cols());
        lapack::gemm('N', 'N', outputs, n, n, y.data(), outputs, pairs_.vectors.data(), n, coefficients_.data(), outputs);
        for (std::size_t k = 0; k < y.rows(); ++k)
            for (const T c : coefficients_.row(k)) energy_[k] += static_cast<double>(c) * static_cast<double>(c);
    }

    /// Descending, negative ones included.
    [[nodiscard]] const std::vector<T>& eigenvalues() const { return pairs_.values; }

    /// What a relative ridge is relative to.
    [[nodiscard]] double mean_diagonal() const { return regression::mean_of(std::span<const T>{diagonal_}); }

    /// The least lambda at which K + lambda I counts as positive definite; 0 where K is so by itself.
    [[nodiscard]] double least_lambda() const;

    /// The fit that `regress` would return.
    template <Ridge R>
    [[nodiscard]] Fit<T> fit(const R& rule) const {
        const double lambda = lambda_for(rule);
        return {weights_at(lambda), lambda};
    }

    /// The mean square of the errors of `leave_one_out`.
    template <Ridge R>
    [[nodiscard]] double leave_one_out_error(const R& rule) const {
        const double lambda = lambda_for(rule);
        const Matrix<T> weights = weights_at(lambda);
        if (weights.empty()) return 0;
        const std::vector<double> inverse = inverse_diagonal_at(lambda);
        double sum = 0;
        for (std::size_t i = 0; i < weights.rows(); ++i)
            for (const T weight : weights.row(i)) {
                const double left_out = static_cast<double>(weight) / inverse[i];
                sum += left_out * left_out;
            }
        return finite(sum / static_cast<double>(weights.size()), "the leave-one-out error");
    }

    /// The value of `marginal_likelihood`: all outputs together; more is better.
    template <Ridge R>
    [[nodiscard]] double log_marginal_likelihood(const R& rule) const {
        const double lambda = lambda_for(rule), outputs = static_cast<double>(y_.cols());
        const double log_two_pi = std::log(2 * std::numbers::pi);
        double sum = 0;
        for (std::size_t k = 0; k < energy_.size(); ++k) {
            const double value = eigenvalue(k) + lambda;
            sum += energy_[k] / value + outputs * (std::log(value) + log_two_pi);
        }
        return finite(-sum / 2, "the likelihood");
    }

private:
    [[nodiscard]] static double finite(double value, const std::string& what) {
        if (!std::isfinite(value)) throw error{"ridge_path: " + what + " overflows: scale y down, or take a larger ridge"};
        return value;
    }

    [[nodiscard]] double eigenvalue(std::size_t k) const { return static_cast<double>(pairs_.values[k]); }

    /// How far an eigenvalue may be from the true one. Measured on Grams with two equal rows, n from 5 to 1000, rows
    /// independent and nearly parallel: what should be 0 is at most 2.3 ulps of the largest.
    [[nodiscard]] double rounding() const {
        constexpr double eps = static_cast<double>(std::numeric_limits<T>::epsilon());
        if (pairs_.values.empty()) return 0;
        const double norm = std::max(std::abs(eigenvalue(0)), std::abs(eigenvalue(pairs_.values.size() - 1)));
        return 8 * eps * norm;
    }

    template <class R>
    [[nodiscard]] double lambda_for(const R& rule) const {
        const double lambda = regression::lambda_for(std::span<const T>{diagonal_}, rule, "ridge_path");
        const std::size_t n = pairs_.values.size();
        if (n == 0 || (eigenvalue(n - 1) + lambda > rounding())) return lambda;
        const auto positive = std::partition_point(pairs_.values.begin(), pairs_.values.end(), [&](T value) {
            return static_cast<double>(value) + lambda > rounding();
        });
        // Of a K that is zero, any ridge is as good as another.
        const double least = least_lambda(), cure = least > 0 ? 2 * least : 1, smallest = eigenvalue(n - 1), mean = mean_diagonal();
        throw not_positive_definite{
            "ridge_path: K with a ridge of " + readable_number(lambda) + " is not positive definite: the smallest eigenvalue of K is " +
                readable_number(smallest) + ", known to " + readable_number(rounding()) + ": pass absolute_ridge{" +
                readable_number(cure) + "}" + (mean > 0 ? ", which is ridge{" + readable_number(cure / mean) + "}" : "") +
                ", or leave out equal and collinear training rows",
            static_cast<std::size_t>(positive - pairs_.values.begin()), smallest + lambda, cure};
    }

    [[nodiscard]] Matrix<T> weights_at(double lambda) const {
        Matrix<T> scaled = coefficients_.copy(), weights(y_.rows(), y_.cols());
        if (y_.empty()) return weights;
        for (std::size_t k = 0; k < scaled.rows(); ++k)
            for (T& c : scaled.row(k)) c = static_cast<T>(static_cast<double>(c) / (eigenvalue(k) + lambda));
        const int n = lapack::size(y_.rows()), outputs = lapack::size(y_.cols());
        lapack::gemm('N', 'T', outputs, n, n, scaled.data(), outputs, pairs_.vectors.data(), n, weights.data(), outputs);
        if (const auto at = first_not_finite(std::span<const T>{weights.data(), weights.size()}))
            throw error{"ridge_path: the weight of row " + std::to_string(*at / y_.cols()) + ", output " +
                        std::to_string(*at % y_.cols()) +
                        " overflows: scale y down, take a larger ridge, or compute in double"};
        return weights;
    }

    /// The diagonal of (K + lambda I)^-1.
    [[nodiscard]] std::vector<double> inverse_diagonal_at(double lambda) const {
        std::vector<double> diagonal(y_.rows());
        for (std::size_t k = 0; k < diagonal.size(); ++k) {
            const double share = 1 / (eigenvalue(k) + lambda);
            const auto vector = pairs_.vectors.row(k);
            for (std::size_t i = 0; i < diagonal.size(); ++i)
                diagonal[i] += share * static_cast<double>(vector[i]) * static_cast<double>(vector[i]);
        }
        return diagonal;
    }

    Eigenpairs<T> pairs_;
    Matrix<T> y_;
    std::vector<T> diagonal_;
    Matrix<T> coefficients_ = {};     ///< V^T y, n x outputs
    std::vector<double> energy_ = {};  ///< of each row of them: the sum of squares
};

template <std::floating_point T>
double RidgePath<T>::least_lambda() const {
    if (pairs_.values.empty()) return 0;
    return std::max(0.0, rounding() - eigenvalue(pairs_.values.size() - 1));
}

/// Several outputs. `budget`: bytes this call may use; 0: the machine's memory.
template <std::floating_point T>
[[nodiscard]] RidgePath<T> ridge_path(const Matrix<T>& K, const Matrix<T>& y, std::uint64_t budget = 0) {
    // Before K is so much as read.
    require_memory(saturated_product(saturated_product(K.size(), 2), sizeof(T)), budget, "a copy of K and its eigenvectors");
    regression::check(K, y, "ridge_path");
    return {K, y, budget};
}

/// One output: anything that is a std::span<const T>, a std::vector<T> for instance.
template <std::floating_point T>
[[nodiscard]] RidgePath<T> ridge_path(const Matrix<T>& K, std::span<const std::type_identity_t<T>> y,
                                      std::uint64_t budget = 0) {
    return ridge_path(K, regression::column_of(y), budget);
}

}  // namespace wide
