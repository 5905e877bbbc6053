#pragma once
// Kernel ridge regression: weights = (K + lambda I)^-1 y, predictions = Kz weights.
//
// K is a symmetric Gram of which only the lower triangle is read. An lvalue stays as it is (its lower triangle is
// copied); an rvalue is factorised in its own memory. Everything is computed in the element type of K.
//
//     auto fit  = regress(K, y, ridge{1e-3});              // lambda = 1e-3 * mean(diag K); absolute_ridge{l}; none
//     auto yhat = fit.predict(Kz);                         // Kz: m x n  ->  m x outputs
//     auto fit2 = regress(std::move(K), y);                // K is used up
//
// NaN or Inf is `not_finite`, found before anything is computed; sizes that disagree are `shape_mismatch`; a singular
// or indefinite K is `not_positive_definite`, with a ridge that has been tried and cures it. Any n that fits into
// memory works, 46,341 and more included.
#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <wide/infer/cholesky.hpp>
#include <wide/infer/cure.hpp>
#include <wide/infer/first_not_finite.hpp>
#include <wide/infer/lapack.hpp>
#include <wide/infer/ridge.hpp>
#include <wide/run/error.hpp>
#include <wide/run/matrix.hpp>
#include <wide/run/memory.hpp>
#include <wide/run/readable_number.hpp>

namespace wide {

/// What `regress` learnt.
template <std::floating_point T>
class Fit {
public:
    Fit(Matrix<T> weights, double absolute_ridge) : weights_{std::move(weights)}, ridge_{absolute_ridge} {}

    /// The dual coefficients, n x outputs.
    [[nodiscard]] const Matrix<T>& weights() const { return weights_; }

    /// The lambda that was added to the diagonal.
    [[nodiscard]] double ridge() const { return ridge_; }

    /// Kz: test rows by training rows, m x n; the result is m x outputs.
    [[nodiscard]] Matrix<T> predict(const Matrix<T>& Kz) const;

private:
    Matrix<T> weights_;
    double ridge_;
};

namespace regression {

inline std::string size_of(std::size_t rows, std::size_t columns) {
    return std::to_string(rows) + " x " + std::to_string(columns);
}

/// Throws unless the first `length(i)` elements of every row are finite.
template <class T, class Length>
void require_finite(const Matrix<T>& values, Length length, const std::string& where, const std::string& advice) {
    for (std::size_t i = 0; i < values.rows(); ++i)
        if (const auto j = first_not_finite(values.row(i).first(length(i))))
            throw not_finite{where + " holds " + readable_number(values(i, *j)) + " at row " + std::to_string(i) + ", column " +
                                 std::to_string(*j) + ": " + advice,
                             i, *j};
}

/// `caller` is the function that was asked, for the message.
template <class T>
void check(const Matrix<T>& K, const Matrix<T>& y, const std::string& caller) {
    if (K.rows() != K.cols())
        throw shape_mismatch{caller + ": K is " + size_of(K.rows(), K.cols()) +
                             ", but has to be square: pass the Gram of the training rows"};
    if (y.rows() != K.rows())
        throw shape_mismatch{caller + ": y has " + std::to_string(y.rows()) + " rows, but K is " +
                             size_of(K.rows(), K.cols()) + ": pass one row of y for each training row"};
    require_finite(
        K, [](std::size_t i) { return i + 1; }, caller + ": K", "look at these two training rows");
    require_finite(
        y, [&](std::size_t) { return y.cols(); }, caller + ": y", "mend or leave out this training row");
}

template <class T>
[[nodiscard]] double mean_of(std::span<const T> diagonal) {
    double trace = 0;
    for (const T entry : diagonal) trace += static_cast<double>(entry);
    return diagonal.empty() ? 0 : trace / static_cast<double>(diagonal.size());
}

template <class T, Ridge R>
[[nodiscard]] double lambda_for(std::span<const T> diagonal, const R& rule, const std::string& caller) {
    if (!std::isfinite(rule.value) || rule.value < 0)
        throw error{caller + ": a ridge of " + readable_number(rule.value) + " is refused: pass a finite number, zero or more"};
    const double lambda = rule.on(mean_of(diagonal));
    for (const T entry : diagonal)
        if (!std::isfinite(entry + static_cast<T>(lambda)))
            throw error{caller + ": a ridge of " + readable_number(lambda) + " on a diagonal entry of " + readable_number(entry) +
                        " overflows: scale the kernel down, or compute in double"};
    return lambda;
}

template <class T>
[[noreturn]] void refuse(Matrix<T>& K, const cholesky::Breakdown& breakdown, std::span<const T> diagonal,
                         double lambda, const std::string& caller) {
    cholesky::restore(K, breakdown);
    const cholesky::Cure cure = cholesky::find_cure(K, diagonal, lambda);
    const double mean = mean_of(diagonal);
    std::string what = caller + ": K with a ridge of " + readable_number(lambda) + " is not positive definite: pivot " +
                       std::to_string(breakdown.pivot) + " is " + readable_number(breakdown.value) +
                       ", which does not exceed rounding error; the smallest eigenvalue of K is about " +
                       readable_number(cure.smallest_eigenvalue);
    if (std::isinf(cure.ridge)) what += ": no ridge cures it, look at the scale of K";
    else {
        what += ": pass absolute_ridge{" + readable_number(cure.ridge) + "}";
        if (mean > 0) what += ", which is ridge{" + readable_number(cure.ridge / mean) + "}";
        what += ", or leave out equal and collinear training rows";
    }
    throw not_positive_definite{what, breakdown.pivot, breakdown.value, cure.ridge};
}

/// K becomes the Cholesky factor of K + lambda I, or an error is thrown; the lambda.
template <std::floating_point T, Ridge R>
[[nodiscard]] double factorise(Matrix<T>& K, const R& rule, const std::string& caller) {
    std::vector<T> diagonal(K.rows());
    for (std::size_t i = 0; i < K.rows(); ++i) diagonal[i] = K(i, i);
    const double lambda = lambda_for(std::span<const T>{diagonal}, rule, caller);
    for (std::size_t i = 0; i < K.rows(); ++i) K(i, i) += static_cast<T>(lambda);
    if (const auto breakdown = cholesky::factorise(K))
        refuse(K, *breakdown, std::span<const T>{diagonal}, lambda, caller);
    return lambda;
}

/// `K` and `y` have been checked; both are used up.
template <std::floating_point T, Ridge R>
[[nodiscard]] Fit<T> solve(Matrix<T> K, Matrix<T> y, const R& rule) {
    const double lambda = factorise(K, rule, "regress");
    cholesky::solve(K, y);
    if (const auto at = first_not_finite(std::span<const T>{y.data(), y.size()}))
        throw error{"regress: the weight of row " + std::to_string(*at / y.cols()) + ", output " +
                    std::to_string(*at % y.cols()) +
                    " overflows: scale y down, take a larger ridge, or compute in double"};
    return {std::move(y), lambda};
}

template <class T>
[[nodiscard]] Matrix<T> lower_of(const Matrix<T>& K) {
    require_memory(saturated_product(K.size(), sizeof(T)), 0, "the copy of K (move K in, and none is made)");
    Matrix<T> lower(K.rows(), K.cols());
    for (std::size_t i = 0; i < K.rows(); ++i) std::copy_n(K.row(i).data(), i + 1, lower.row(i).data());
    return lower;
}

template <class T>
[[nodiscard]] Matrix<T> column_of(std::span<const T> y) {
    Matrix<T> column(y.size(), 1);
    std::copy(y.begin(), y.end(), column.data());
    return column;
}

}  // namespace regression

/// Several outputs; K stays as it is.
template <std::floating_point T, Ridge R = ridge>
[[nodiscard]] Fit<T> regress(const Matrix<T>& K, const Matrix<T>& y, const R& rule = {}) {
    regression::check(K, y, "regress");
    return regression::solve(regression::lower_of(K), y.copy(), rule);
}

/// Several outputs; K is used up, and no second n x n exists at any time.
template <std::floating_point T, Ridge R = ridge>
[[nodiscard]] Fit<T> regress(Matrix<T>&& K, const Matrix<T>& y, const R& rule = {}) {
    regression::check(K, y, "regress");
    return regression::solve(std::move(K), y.copy(), rule);
}

/// One output: anything that is a std::span<const T>, a std::vector<T> for instance.
template <std::floating_point T, Ridge R = ridge>
[[nodiscard]] Fit<T> regress(const Matrix<T>& K, std::span<const std::type_identity_t<T>> y, const R& rule = {}) {
    return regress(K, regression::column_of(y), rule);
}

template <std::floating_point T, Ridge R = ridge>
[[nodiscard]] Fit<T> regress(Matrix<T>&& K, std::span<const std::type_identity_t<T>> y, const R& rule = {}) {
    return regress(std::move(K), regression::column_of(y), rule);
}

template <std::floating_point T>
Matrix<T> Fit<T>::predict(const Matrix<T>& Kz) const {
    using regression::size_of;
    const std::size_t n = weights_.rows(), outputs = weights_.cols();
    if (Kz.cols() != n)
        throw shape_mismatch{"predict: Kz is " + size_of(Kz.rows(), Kz.cols()) + ", but " + std::to_string(n) +
                             " rows were trained on: pass test rows by training rows, ntk<Net>(z, x)"};
    Matrix<T> predictions(Kz.rows(), outputs);
    if (predictions.empty() || n == 0) return predictions;
    lapack::gemm('N', 'N', lapack::size(outputs), lapack::size(Kz.rows()), lapack::size(n), weights_.data(),
                 lapack::size(outputs), Kz.data(), lapack::size(n), predictions.data(), lapack::size(outputs));
    // Whatever is not finite in a row of Kz shows in every prediction of that row: only those few need a look.
    if (const auto at = first_not_finite(std::span<const T>{predictions.data(), predictions.size()})) {
        const std::size_t row = *at / outputs;
        if (const auto j = first_not_finite(Kz.row(row)))
            throw not_finite{"predict: Kz holds " + readable_number(Kz(row, *j)) + " at row " + std::to_string(row) +
                                 ", column " + std::to_string(*j) + ": look at these two rows",
                             row, *j};
        throw error{"predict: row " + std::to_string(row) + " overflows: scale y down, or compute in double"};
    }
    return predictions;
}

}  // namespace wide
