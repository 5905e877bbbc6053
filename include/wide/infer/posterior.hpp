#pragma once
// What infinitely wide networks know of test rows after they have seen training rows: a Gaussian each. With K the NNGP and
// Theta the NTK kernel, d the training rows, * the test rows, K_l = K + lambda I, and A = Theta_*d Theta_l^-1:
//
//     gaussian_process(K, y)      the Bayesian network, whose prior is its initialisation:
//                                 mean K_*d K_l^-1 y, covariance K_** - K_*d K_l^-1 K_d*
//     gaussian_process(Theta, y)  the same formulas with Theta in place of K: NTK-GP
//     ntk_posterior({K, Theta}, y)  an ensemble of networks trained to the end, each from its own initialisation:
//                                 mean A y, covariance K_** + A K A^T - (A K_d* + K_*d A^T)
//
// (Lee et al. 2018, 2019; He et al. 2020, "Bayesian deep ensembles via the neural tangent kernel"). `y` are n x outputs, or a
// span of one output; outputs are independent, and share one covariance.
//
//     auto K = gram<Net>(x), Kz = gram<Net>(z, x);
//     auto [mean, covariance] = ntk_posterior(K, y, ridge{1e-3}).at(Kz, nngp<Net>(z));
//     auto [same, variance] = gaussian_process(K.nngp, y, ridge{1e-3}).at(Kz.nngp, diagonal<Net>(z).nngp);
//     auto mean_alone = gaussian_process(K.ntk, y).mean(Kz.ntk);
//
// What is given of the prior is what is returned: a covariance m x m, or m variances, which are computed in blocks of rows,
// so that no m x m ever exists. Of symmetric matrices the lower triangle is read. One factorisation, n^3 / 3, in its own
// memory n x n; then n^2 for a test row (twice that and another n^2 of memory for the ensemble), and n m^2 for covariances.
//
// Throws not_finite (row, column), shape_mismatch, not_positive_definite (pivot, suggested ridge), insufficient_memory; error
// where a variance is negative beyond rounding.
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <wide/infer/cholesky.hpp>
#include <wide/infer/predictive.hpp>
#include <wide/infer/product.hpp>
#include <wide/infer/regress.hpp>
#include <wide/infer/ridge.hpp>
#include <wide/infer/targets.hpp>
#include <wide/run/error.hpp>
#include <wide/run/matrix.hpp>

namespace wide {

/// A Gaussian process that has seen its training rows.
template <std::floating_point T>
class GaussianProcess {
public:
    /// As gaussian_process. `factor`: L with L L^T = K + lambda I.
    GaussianProcess(Matrix<T> factor, Fit<T> fit) : factor_{std::move(factor)}, fit_{std::move(fit)} {}

    /// Kz: test rows by training rows, m x n; m x outputs.
    [[nodiscard]] Matrix<T> mean(const Matrix<T>& Kz) const { return fit_.predict(Kz); }

    /// Kzz: the kernel of the test rows with each other, m x m.
    [[nodiscard]] Predictive<T> at(const Matrix<T>& Kz, const Matrix<T>& Kzz) const {
        return predictive::posterior(checked_mean(Kz), Kzz, seen(Kz), caller);
    }

    /// Of the test rows' kernel the diagonal alone.
    [[nodiscard]] Marginals<T> at(const Matrix<T>& Kz, std::span<const T> diagonal) const {
        return predictive::posterior(checked_mean(Kz), diagonal, seen(Kz), caller);
    }

    /// The dual coefficients, and the lambda that was added.
    [[nodiscard]] const Fit<T>& fit() const { return fit_; }

private:
    static constexpr const char* caller = "gaussian_process";

    [[nodiscard]] Matrix<T> checked_mean(const Matrix<T>& Kz) const {
        predictive::require_cross(Kz, factor_.rows(), caller);
        return mean(Kz);
    }

    /// With W = K_*d L^-T, what has been seen takes W W^T away.
    [[nodiscard]] auto seen(const Matrix<T>& Kz) const {
        return [this, &Kz](std::size_t first, std::size_t count) {
            predictive::Change<T> by{predictive::rows_of(Kz, first, count), {}};
            cholesky::half_solve_rows(factor_, by.A);
            by.G = by.A.copy();
            for (std::size_t k = 0; k < by.G.size(); ++k) by.G.data()[k] *= T(-0.5);
            return by;
        };
    }

    Matrix<T> factor_;
    Fit<T> fit_;
};

/// An infinite ensemble of infinitely wide networks, trained to the end.
template <std::floating_point T>
class NtkPosterior {
public:
    /// As ntk_posterior. `factor`: L with L L^T = Theta + lambda I; `kernel`: K, its lower triangle.
    NtkPosterior(Matrix<T> factor, Matrix<T> kernel, Fit<T> fit)
        : factor_{std::move(factor)}, kernel_{std::move(kernel)}, fit_{std::move(fit)} {}

    /// Thetaz: test rows by training rows, m x n; m x outputs.
    [[nodiscard]] Matrix<T> mean(const Matrix<T>& Thetaz) const { return fit_.predict(Thetaz); }

    /// Kz: both kernels of test rows by training rows, m x n. Kzz: NNGP of the test rows with each other, m x m.
    template <BothKernels K>
    [[nodiscard]] Predictive<T> at(const K& Kz, const Matrix<T>& Kzz) const {
        return predictive::posterior(checked_mean(Kz), Kzz, trained(Kz), caller);
    }

    /// Of the test rows' NNGP kernel the diagonal alone.
    template <BothKernels K>
    [[nodiscard]] Marginals<T> at(const K& Kz, std::span<const T> diagonal) const {
        return predictive::posterior(checked_mean(Kz), diagonal, trained(Kz), caller);
    }

    /// The dual coefficients of the mean, and the lambda that was added.
    [[nodiscard]] const Fit<T>& fit() const { return fit_; }

private:
    static constexpr const char* caller = "ntk_posterior";

    template <class K>
    [[nodiscard]] Matrix<T> checked_mean(const K& Kz) const {
        predictive::require_pair(Kz, factor_.rows(), caller);
        return mean(Kz.ntk);
    }

    template <class K>
    [[nodiscard]] auto trained(const K& Kz) const {
        return [this, &Kz](std::size_t first, std::size_t count) {
            Matrix<T> A = predictive::rows_of(Kz.ntk, first, count);
            cholesky::solve_rows(factor_, A);
            return predictive::moved(std::move(A), kernel_, predictive::rows_of(Kz.nngp, first, count));
        };
    }

    Matrix<T> factor_, kernel_;
    Fit<T> fit_;
};

namespace predictive {

/// Weights that solve (L L^T) w = y; K becomes L.
template <class T, Ridge R>
[[nodiscard]] Fit<T> factorise_and_fit(Matrix<T>& K, const Matrix<T>& y, const R& rule, const std::string& caller) {
    const double lambda = regression::factorise(K, rule, caller);
    Matrix<T> weights = y.copy();
    cholesky::solve(K, weights);
    if (const auto at = first_not_finite(std::span<const T>{weights.data(), weights.size()}))
        throw error{caller + ": the weight of row " + std::to_string(*at / y.cols()) +
                    " overflows: scale y down, take a larger ridge, or compute in double"};
    return {std::move(weights), lambda};
}

}  // namespace predictive

/// K stays as it is.
template <std::floating_point T, Ridge R = ridge>
[[nodiscard]] GaussianProcess<T> gaussian_process(const Matrix<T>& K, const targets_of<T>& y, const R& rule = {}) {
    regression::check(K, y.values(), "gaussian_process");
    Matrix<T> factor = regression::lower_of(K);
    Fit<T> fit = predictive::factorise_and_fit(factor, y.values(), rule, "gaussian_process");
    return {std::move(factor), std::move(fit)};
}

/// K is used up: its memory becomes the factor's.
template <std::floating_point T, Ridge R = ridge>
[[nodiscard]] GaussianProcess<T> gaussian_process(Matrix<T>&& K, const targets_of<T>& y, const R& rule = {}) {
    regression::check(K, y.values(), "gaussian_process");
    Matrix<T> factor = std::move(K);
    Fit<T> fit = predictive::factorise_and_fit(factor, y.values(), rule, "gaussian_process");
    return {std::move(factor), std::move(fit)};
}

/// K: both kernels of the training rows, which stay as they are. The ridge is Theta's.
template <BothKernels K, Ridge R = ridge>
[[nodiscard]] NtkPosterior<predictive::element_of<K>> ntk_posterior(const K& kernels,
                                                                  const targets_of<predictive::element_of<K>>& y,
                                                                  const R& rule = {}) {
    regression::check(kernels.ntk, y.values(), "ntk_posterior, Theta");
    regression::check(kernels.nngp, y.values(), "ntk_posterior, K");
    auto factor = regression::lower_of(kernels.ntk), kernel = regression::lower_of(kernels.nngp);
    auto fit = predictive::factorise_and_fit(factor, y.values(), rule, "ntk_posterior");
    return {std::move(factor), std::move(kernel), std::move(fit)};
}

}  // namespace wide
