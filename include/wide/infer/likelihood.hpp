#pragma once
// The log marginal likelihood of a Gaussian process whose covariance is K + lambda I, and its gradient: what
// hyper-parameters are chosen by. With A = (K + lambda I)^-1 and a = A y, for each output
//
//     log p(y | K, lambda) = -1/2 y^T a - 1/2 log det(K + lambda I) - n/2 log 2 pi
//     d log p              = sum_ij W_ij d(K + lambda I)_ij,   W = 1/2 (a a^T - A)
//
// (Rasmussen & Williams, Gaussian Processes for Machine Learning, 2.30 and 5.9). Outputs are independent: their
// likelihoods add, and so do their W. A relative ridge grows with K, lambda = r mean(diag K), so a change of K's
// diagonal also acts through lambda: r trace(W) / n more on the diagonal of W.
//
//     const auto evidence = marginal_likelihood(K, y, ridge{1e-3});     // absolute_ridge{l}; none
//     evidence.value;                                                   // all outputs together; more is better
//     evidence.slope(dK);                                               // d value / d s, where dK = d K / d s
//     evidence.ridge * evidence.ridge_slope;                            // d value / d log(ridge), r or l alike
//
// As in `regress`: only K's lower triangle is read; an lvalue stays as it is, the memory of an rvalue becomes that of
// the weights; everything is computed in the element type of K, but sums over all of it in double; the errors are the
// same. Relative errors grow with the condition number of K + lambda I, and where the terms of a slope cancel, the
// slope's grows further: where K is nearly singular and the ridge small, compute in double. Takes about 2.5 times as
// long as `regress`.
#include <cmath>
#include <concepts>
#include <cstddef>
#include <numbers>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include <wide/infer/cholesky.hpp>
#include <wide/infer/first_not_finite.hpp>
#include <wide/infer/lapack.hpp>
#include <wide/infer/regress.hpp>
#include <wide/infer/ridge.hpp>
#include <wide/run/error.hpp>
#include <wide/run/matrix.hpp>

namespace wide {

/// d lambda / d mean(diag K). A rule of one's own has such a function beside its type.
constexpr double ridge_growth(const ridge& rule, double) { return rule.value; }
constexpr double ridge_growth(const absolute_ridge&, double) { return 0; }

template <class R>
concept DifferentiableRidge = Ridge<R> && requires(const R& rule, double mean_diagonal) {
    { ridge_growth(rule, mean_diagonal) } -> std::convertible_to<double>;
};

/// The log marginal likelihood at one K, and how it changes around it.
template <std::floating_point T>
struct Evidence {
    double value;
    /// Symmetric, n x n: d value = sum_ij weights_ij dK_ij, what K does to a relative ridge included.
    Matrix<T> weights;
    /// The lambda that was added to the diagonal, and d value / d lambda for a fixed K. By the r of a relative ridge
    /// the derivative is mean(diag K) times that.
    double ridge, ridge_slope;

    /// d value / d s for dK = d K / d s; only its lower triangle is read.
    [[nodiscard]] double slope(const Matrix<T>& dK) const;
};

namespace likelihood {

/// log det(L L^T) / 2.
template <class T>
[[nodiscard]] double half_log_determinant(const Matrix<T>& L) {
    double sum = 0;
    for (std::size_t i = 0; i < L.rows(); ++i) sum += std::log(static_cast<double>(L(i, i)));
    return sum;
}

template <class T>
[[nodiscard]] double dot(std::span<const T> a, std::span<const T> b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    return sum;
}

template <class T>
[[nodiscard]] std::span<const T> elements_of(const Matrix<T>& M) {
    return {M.data(), M.size()};
}

/// L becomes W = 1/2 (a a^T - outputs (L L^T)^-1), both triangles; a holds one output a column.
template <class T>
void weights_in_place(Matrix<T>& L, const Matrix<T>& a) {
    const std::size_t n = L.rows();
    const int size = lapack::size(n), outputs = lapack::size(a.cols());
    lapack::potri('U', size, L.data(), size);
    const T factor = -static_cast<T>(a.cols()) / 2;
    for (std::size_t i = 0; i < n; ++i)
        for (T& entry : L.row(i).first(i + 1)) entry *= factor;
    lapack::syrk('U', 'T', size, outputs, T{1} / 2, a.data(), outputs, L.data(), size);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < i; ++j) L(j, i) = L(i, j);
}

/// `K` and `y` have been checked; K is used up.
template <std::floating_point T, DifferentiableRidge R>
[[nodiscard]] Evidence<T> evaluate(Matrix<T> K, const Matrix<T>& y, const R& rule) {
    const std::size_t n = K.rows();
    double mean = 0;
    for (std::size_t i = 0; i < n; ++i) mean += static_cast<double>(K(i, i)) / static_cast<double>(n);
    const double lambda = regression::factorise(K, rule, "marginal_likelihood");
    if (y.empty()) return {0, Matrix<T>(n, n), lambda, 0};

    Matrix<T> a = y.copy();
    cholesky::solve(K, a);
    const double outputs = static_cast<double>(y.cols()), rows = static_cast<double>(n);
    const double half_log_two_pi = std::log(2 * std::numbers::pi) / 2;
    const double value =
        -dot(elements_of(y), elements_of(a)) / 2 - outputs * (half_log_determinant(K) + rows * half_log_two_pi);
    weights_in_place(K, a);
    double trace = 0;
    for (std::size_t i = 0; i < n; ++i) trace += static_cast<double>(K(i, i));
    const double by_mean = ridge_growth(rule, mean) * trace / rows;
    for (std::size_t i = 0; i < n; ++i) K(i, i) += static_cast<T>(by_mean);
    if (!std::isfinite(value) || first_not_finite(elements_of(K)))
        throw error{
            "marginal_likelihood: the value or its gradient overflows: scale y down, take a larger ridge, or "
            "compute in double"};
    return {value, std::move(K), lambda, trace};
}

}  // namespace likelihood

/// Several outputs; K stays as it is.
template <std::floating_point T, DifferentiableRidge R = ridge>
[[nodiscard]] Evidence<T> marginal_likelihood(const Matrix<T>& K, const Matrix<T>& y, const R& rule = {}) {
    regression::check(K, y, "marginal_likelihood");
    return likelihood::evaluate(regression::lower_of(K), y, rule);
}

/// Several outputs; K is used up, and no second n x n exists at any time.
template <std::floating_point T, DifferentiableRidge R = ridge>
[[nodiscard]] Evidence<T> marginal_likelihood(Matrix<T>&& K, const Matrix<T>& y, const R& rule = {}) {
    regression::check(K, y, "marginal_likelihood");
    return likelihood::evaluate(std::move(K), y, rule);
}

/// One output: anything that is a std::span<const T>, a std::vector<T> for instance.
template <std::floating_point T, DifferentiableRidge R = ridge>
[[nodiscard]] Evidence<T> marginal_likelihood(const Matrix<T>& K, std::span<const std::type_identity_t<T>> y,
                                              const R& rule = {}) {
    return marginal_likelihood(K, regression::column_of(y), rule);
}

template <std::floating_point T, DifferentiableRidge R = ridge>
[[nodiscard]] Evidence<T> marginal_likelihood(Matrix<T>&& K, std::span<const std::type_identity_t<T>> y,
                                              const R& rule = {}) {
    return marginal_likelihood(std::move(K), regression::column_of(y), rule);
}

template <std::floating_point T>
double Evidence<T>::slope(const Matrix<T>& dK) const {
    using regression::size_of;
    const std::size_t n = weights.rows();
    if (dK.rows() != n || dK.cols() != n)
        throw shape_mismatch{"slope: dK is " + size_of(dK.rows(), dK.cols()) + ", but K was " + size_of(n, n) +
                             ": pass the derivative of each entry of K"};
    regression::require_finite(
        dK, [](std::size_t i) { return i + 1; }, "slope: dK", "look at these two training rows");
    double below = 0, on = 0;
    for (std::size_t i = 0; i < n; ++i) {
        below += likelihood::dot<T>(weights.row(i).first(i), dK.row(i).first(i));
        on += static_cast<double>(weights(i, i)) * static_cast<double>(dK(i, i));
    }
    const double sum = 2 * below + on;
    if (!std::isfinite(sum)) throw error{"slope: overflows: scale dK down"};
    return sum;
}

}  // namespace wide
