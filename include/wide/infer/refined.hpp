#pragma once
// Kernel ridge regression to the accuracy of double for little more than the price of float: factorise K + lambda I
// rounded to float, then correct the weights by the residual until it is that of a solve in double,
//
//     r = y - (K + lambda I) w  in double,     w += (L L^T)^-1 r  in float
//
// (Wilkinson 1963; Langou et al. 2006; Higham, "Accuracy and stability of numerical algorithms", 12). Each step gains a
// factor of about 1e7 / cond(K + lambda I). LAPACK's rule (dsposv) says what is good enough:
// ||r|| <= sqrt(n) ||K + lambda I|| ||w|| 2^-53 in every output, except that 8 stands for sqrt(n) below n = 64: just to
// evaluate r takes roundings that are worth 4, and a solve in double leaves up to 5 there. What is better is taken as
// long as a step at least halves the residual. Where float's Cholesky breaks down or that is not reached, a factorisation in double takes over: the
// result is never worse, only later.
//
//     auto fit = regress(K, y, ridge{1e-3}, refined{});
//     fit.predict(Kz);  fit.weights();  fit.ridge();                    // as of any fit
//     fit.steps();  fit.fell_back();  fit.residual();                   // what it took, and how exact it is (residual.hpp)
//
// K is double and stays as it is; only its lower triangle is read. Memory 4 n^2 bytes (a fall-back takes 8 n^2 instead),
// n^3 / 3 multiply-adds in float, 4 n^2 outputs a step. Throws what `regress` throws.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <wide/infer/cholesky.hpp>
#include <wide/infer/first_not_finite.hpp>
#include <wide/infer/regress.hpp>
#include <wide/infer/residual.hpp>
#include <wide/infer/ridge.hpp>
#include <wide/run/matrix.hpp>
#include <wide/run/memory.hpp>

namespace wide {

/// Asks `regress` for a factorisation in float.
struct refined {
    int steps = 30;  ///< at most; LAPACK's number
};

/// What `regress` learnt, and how.
class RefinedFit : public Fit<double> {
public:
    RefinedFit(Fit<double> fit, int steps, bool fell_back, double residual)
        : Fit<double>{std::move(fit)}, steps_{steps}, fell_back_{fell_back}, residual_{residual} {}

    /// Corrections made, those in vain before a fall-back included.
    [[nodiscard]] int steps() const { return steps_; }

    /// Whether the weights are of a factorisation in double.
    [[nodiscard]] bool fell_back() const { return fell_back_; }

    /// The relative residual of the worst output.
    [[nodiscard]] double residual() const { return residual_; }

private:
    int steps_;
    bool fell_back_;
    double residual_;
};

namespace refinement {

/// The Cholesky factor of K + lambda I rounded to float, unless there is none.
[[nodiscard]] inline std::optional<Matrix<float>> factor_of(const Matrix<double>& K, double lambda) {
    Matrix<float> L(K.rows(), K.cols());
    for (std::size_t i = 0; i < K.rows(); ++i) {
        const auto from = K.row(i);
        const auto to = L.row(i).first(i + 1);
        for (std::size_t j = 0; j < i; ++j) to[j] = static_cast<float>(from[j]);
        to[i] = static_cast<float>(from[i] + lambda);
        if (first_not_finite(std::span<const float>{to})) return std::nullopt;
    }
    if (cholesky::factorise(L)) return std::nullopt;
    return L;
}

/// W += (L L^T)^-1 R, with every column of R scaled to largest element one: residuals leave float's range long before
/// they are rounding errors.
inline void correct(Matrix<double>& W, const Matrix<double>& R, const Matrix<float>& L) {
    const std::vector<double> scale = residuals::column_norms(R);
    Matrix<float> step(R.rows(), R.cols());
    for (std::size_t i = 0; i < R.rows(); ++i)
        for (std::size_t o = 0; o < R.cols(); ++o)
            if (scale[o] > 0) step(i, o) = static_cast<float>(R(i, o) / scale[o]);
    cholesky::solve(L, step);
    for (std::size_t i = 0; i < R.rows(); ++i)
        for (std::size_t o = 0; o < R.cols(); ++o) W(i, o) += scale[o] * static_cast<double>(step(i, o));
}

struct Outcome {
    Matrix<double> weights;
    int steps = 0;
    double residual = 0;
    bool converged = false;
};

[[nodiscard]] inline Outcome solve(const Matrix<double>& K, double lambda, const Matrix<double>& y, int most) {
    constexpr double rounding = std::numeric_limits<double>::epsilon() / 2;
    const auto L = factor_of(K, lambda);
    if (!L) return {};
    Outcome now{.weights = Matrix<double>(y.rows(), y.cols())};
    const double norm = residuals::norm_of(K, lambda);
    Matrix<double> R(y.rows(), y.cols());
    correct(now.weights, y, *L);
    for (double before = std::numeric_limits<double>::infinity();; ++now.steps) {
        residuals::residual_into(R, K, lambda, now.weights, y);
        now.residual = residuals::relative(R, now.weights, norm);
        const bool stagnates = !(now.residual < before / 2);
        if (now.residual <= rounding || stagnates || now.steps == most) break;
        before = now.residual;
        correct(now.weights, R, *L);
    }
    now.converged = now.residual <= std::max(8.0, std::sqrt(static_cast<double>(K.rows()))) * rounding;
    return now;
}

}  // namespace refinement

/// Several outputs.
template <Ridge R>
[[nodiscard]] RefinedFit regress(const Matrix<double>& K, const Matrix<double>& y, const R& rule, refined how) {
    require_memory(saturated_product(K.size(), sizeof(float)), 0, "the copy of K in float");
    regression::check(K, y, "regress");
    std::vector<double> diagonal(K.rows());
    for (std::size_t i = 0; i < K.rows(); ++i) diagonal[i] = K(i, i);
    const double lambda = regression::lambda_for(std::span<const double>{diagonal}, rule, "regress");
    auto refinement = refinement::solve(K, lambda, y, how.steps);
    if (refinement.converged)
        return {Fit<double>{std::move(refinement.weights), lambda}, refinement.steps, false, refinement.residual};
    Fit<double> fit = regression::solve(regression::lower_of(K), y.copy(), rule);
    const double residual = relative_residual(K, lambda, fit.weights(), y);
    return {std::move(fit), refinement.steps, true, residual};
}

/// One output.
template <Ridge R>
[[nodiscard]] RefinedFit regress(const Matrix<double>& K, std::span<const double> y, const R& rule, refined how) {
    return regress(K, regression::column_of(y), rule, how);
}

}  // namespace wide
