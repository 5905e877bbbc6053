#pragma once
// What each training row would be predicted as by all the others: n fits for the price of two. With A = K + lambda I,
//
//     y_i - prediction_i = (A^-1 y)_i / (A^-1)_ii,     variance_i = 1 / (A^-1)_ii
//
// (Rasmussen & Williams, "Gaussian processes for machine learning", 5.10-5.12; the variance is that of y_i, noise lambda
// included). The lambda of a relative ridge is that of all rows, not one for each row left out.
//
//     auto out = leave_one_out(K, y, ridge{1e-3});
//     out.predictions;  out.errors;  out.variances;  out.mean_squared_error();
//
// One Cholesky factorisation, whose factor is inverted in place: 2/3 n^3 multiply-adds. As in `regress`: only K's lower triangle is
// read, an lvalue is copied, an rvalue is used up; the same errors are thrown.
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <wide/infer/cholesky.hpp>
#include <wide/infer/first_not_finite.hpp>
#include <wide/infer/lapack.hpp>
#include <wide/infer/regress.hpp>
#include <wide/infer/ridge.hpp>
#include <wide/run/error.hpp>
#include <wide/run/matrix.hpp>

namespace wide {

template <std::floating_point T>
struct LeaveOneOut {
    Matrix<T> predictions;          ///< n x outputs: row i as seen by a fit without row i
    Matrix<T> errors;               ///< y - predictions
    std::vector<double> variances;  ///< of y_i given the other rows, the same for every output
    double ridge;                   ///< the lambda that was added to the diagonal

    /// Over rows and outputs; 0 if there are none.
    [[nodiscard]] double mean_squared_error() const {
        double sum = 0;
        for (std::size_t k = 0; k < errors.size(); ++k)
            sum += static_cast<double>(errors.data()[k]) * static_cast<double>(errors.data()[k]);
        return errors.empty() ? 0 : sum / static_cast<double>(errors.size());
    }
};

namespace regression {

/// The diagonal of (L L^T)^-1; L becomes its inverse.
template <class T>
[[nodiscard]] std::vector<double> inverse_diagonal(Matrix<T>& L) {
    const std::size_t n = L.rows();
    std::vector<double> diagonal(n);
    if (n == 0) return diagonal;
    const int size = lapack::size(n);
    lapack::trtri('U', size, L.data(), size);
    for (std::size_t k = 0; k < n; ++k)
        for (std::size_t i = 0; i <= k; ++i) {
            const double entry = static_cast<double>(L(k, i));
            diagonal[i] += entry * entry;
        }
    return diagonal;
}

/// `K` and `y` have been checked; K is used up.
template <std::floating_point T, Ridge R>
[[nodiscard]] LeaveOneOut<T> leave_out(Matrix<T> K, const Matrix<T>& y, const R& rule) {
    LeaveOneOut<T> out{.predictions = Matrix<T>(y.rows(), y.cols()), .errors = y.copy(), .variances = {}, .ridge = 0};
    out.ridge = factorise(K, rule, "leave_one_out");
    cholesky::solve(K, out.errors);
    out.variances = inverse_diagonal(K);
    for (std::size_t i = 0; i < y.rows(); ++i) {
        double& variance = out.variances[i];
        variance = 1 / variance;
        for (std::size_t o = 0; o < y.cols(); ++o) {
            T& error_of_row = out.errors(i, o);
            error_of_row = static_cast<T>(static_cast<double>(error_of_row) * variance);
            out.predictions(i, o) = y(i, o) - error_of_row;
        }
    }
    if (const auto at = first_not_finite(std::span<const T>{out.predictions.data(), y.size()}))
        throw error{"leave_one_out: the prediction of row " + std::to_string(*at / y.cols()) + ", output " +
                    std::to_string(*at % y.cols()) +
                    " overflows: scale y down, take a larger ridge, or compute in double"};
    return out;
}

}  // namespace regression

/// Several outputs; K stays as it is.
template <std::floating_point T, Ridge R = ridge>
[[nodiscard]] LeaveOneOut<T> leave_one_out(const Matrix<T>& K, const Matrix<T>& y, const R& rule = {}) {
    regression::check(K, y, "leave_one_out");
    return regression::leave_out(regression::lower_of(K), y, rule);
}

/// Several outputs; K is used up, and no second n x n exists at any time.
template <std::floating_point T, Ridge R = ridge>
[[nodiscard]] LeaveOneOut<T> leave_one_out(Matrix<T>&& K, const Matrix<T>& y, const R& rule = {}) {
    regression::check(K, y, "leave_one_out");
    return regression::leave_out(std::move(K), y, rule);
}

/// One output: anything that is a std::span<const T>, a std::vector<T> for instance.
template <std::floating_point T, Ridge R = ridge>
[[nodiscard]] LeaveOneOut<T> leave_one_out(const Matrix<T>& K, std::span<const std::type_identity_t<T>> y,
                                           const R& rule = {}) {
    return leave_one_out(K, regression::column_of(y), rule);
}

template <std::floating_point T, Ridge R = ridge>
[[nodiscard]] LeaveOneOut<T> leave_one_out(Matrix<T>&& K, std::span<const std::type_identity_t<T>> y,
                                           const R& rule = {}) {
    return leave_one_out(std::move(K), regression::column_of(y), rule);
}

}  // namespace wide
