#pragma once
// What the infinitely wide network does while it is trained on squared loss, at any time, without training it. With
// Theta + lambda I = V Lambda V^T, the residual's parts along V shrink each by its own factor (decay.hpp), so that
//
//     train   f(t)  = f0  + V (1 - left) V^T (y - f0)
//     test    f*(t) = f0* + Theta*d V learnt V^T (y - f0)
//
// (Lee et al. 2019, "Wide neural networks of any depth evolve as linear models"). The loss is |f - y|^2 / (2 n_y), n_y the
// entries of y, rows times outputs. Eigenvalues below zero by no more than rounding (n eps of the largest) are taken for zero.
//
//     auto flow = gradient_flow(K, y, learning_rate{0.5});            // K = ntk<Net>(x); y: n x outputs
//     flow.train(3.0);            flow.test(Kz, 3.0);                 // n x outputs; m x outputs, Kz = ntk<Net>(z, x)
//     flow.train(steps{100});     flow.test(Kz, forever);
//     gradient_flow(K, y, heavy_ball{0.5, 0.9}, ridge{1e-3}, f0)      // momentum; f(0) = f0, zero by default
//         .test(Kz, 3.0, f0z);                                        // f*(0)
//
// Only K's lower triangle is read, and K stays as it is. One eigendecomposition, about 9 n^3; then a time costs products
// with n x n and m x n alone, and `forever` a Cholesky factorisation (n^3 / 3) each time it is asked for. Memory
// for K's lower triangle and the eigenvectors, n x n each, and two more until they are found.
//
// Throws not_finite (row, column), shape_mismatch, insufficient_memory; not_positive_definite (suggested ridge; the pivot is
// the number of the eigenvalue, or Cholesky's) for an indefinite K, and a singular one from what goes to the end; diverged where steps are too long to stay finite; error for a rate, momentum or time that is none.
#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <wide/infer/decay.hpp>
#include <wide/infer/descent.hpp>
#include <wide/infer/eigenpairs.hpp>
#include <wide/infer/first_not_finite.hpp>
#include <wide/infer/product.hpp>
#include <wide/infer/regress.hpp>
#include <wide/infer/ridge.hpp>
#include <wide/infer/targets.hpp>
#include <wide/run/error.hpp>
#include <wide/run/matrix.hpp>
#include <wide/run/memory.hpp>
#include <wide/run/readable_number.hpp>

namespace wide {

/// Gradient descent by eigenvectors of the kernel. `Law`: learning_rate or heavy_ball.
template <std::floating_point T, class Law>
class GradientFlow {
public:
    /// As gradient_flow: it checks what this takes for granted. `residual` is y - f0, `y` and `f0` (or empty) as they are.
    GradientFlow(Matrix<T> lower, Eigenpairs<T> pairs, Matrix<T> y, Matrix<T> f0, const Law& law, double lambda)
        : lower_{std::move(lower)}, vectors_{std::move(pairs.vectors)}, y_{std::move(y)}, f0_{std::move(f0)}, law_{law},
          lambda_{lambda} {
        for (const T value : pairs.values) values_.push_back(std::max(0.0, static_cast<double>(value) + lambda));
        along_ = rowmajor::product(vectors_, residual());
    }

    /// Outputs of the training rows, n x outputs. Time is a number of steps, fractions too; steps{k}; or forever.
    template <class Time>
    [[nodiscard]] Matrix<T> train(Time time) const {
        descent::require(time, "train");
        if (descent::is_forever(time)) {
            // Where K + lambda I is singular, something of y is never learnt: regress refuses that.
            static_cast<void>(fit(time));
            return y_.copy();
        }
        // From f0 on: what has not been learnt yet is not touched, and f(0) is f0 to the last bit.
        return finished(from(f0_, rowmajor::transposed_product(vectors_, scaled(time, &GradientFlow::learnt_here))), time);
    }

    /// Outputs of test rows, m x outputs. Kz: test rows by training rows. f0z: their outputs at time 0; zero by default,
    /// which is right where the training rows' were zero, too.
    template <class Time>
    [[nodiscard]] Matrix<T> test(const Matrix<T>& Kz, Time time, const Matrix<T>& f0z = {}) const {
        if (f0z.empty() && !f0_.empty() && Kz.rows() > 0)
            throw shape_mismatch{"test: the training rows began at f0, so the test rows began somewhere, too: pass their "
                                 "outputs at time 0"};
        if (!f0z.empty() && (f0z.rows() != Kz.rows() || f0z.cols() != y_.cols()))
            throw shape_mismatch{"test: f0z is " + regression::size_of(f0z.rows(), f0z.cols()) + ", but has to be " +
                                 regression::size_of(Kz.rows(), y_.cols()) + ", one row for each row of Kz"};
        regression::require_finite(
            f0z, [&](std::size_t) { return f0z.cols(); }, "test: f0z", "look at this test row");
        return from(f0z, fit(time).predict(Kz));
    }

    /// Dual coefficients at that time, with `.predict(Kz)`: what the network has learnt, as `regress` returns it.
    template <class Time>
    [[nodiscard]] Fit<T> fit(Time time) const {
        descent::require(time, "fit");
        if (descent::is_forever(time)) return regress(lower_, residual(), absolute_ridge{lambda_});
        return {finished(rowmajor::transposed_product(vectors_, scaled(time, &GradientFlow::learnt)), time), lambda_};
    }

    /// How far a residual along the k-th eigenvector has come, the largest eigenvalue first.
    template <class Time>
    [[nodiscard]] Decay decay_of(std::size_t k, Time time) const {
        descent::require(time, "decay_of");
        if (k >= values_.size())
            throw shape_mismatch{"decay_of: eigenvalue number " + std::to_string(k) + " was asked for, of " +
                                 std::to_string(values_.size()) + " counted from zero"};
        if (descent::is_forever(time))
            return values_[k] > 0 ? Decay{0, 1 / values_[k]} : Decay{1, std::numeric_limits<double>::infinity()};
        return descent::decay(law_, y_.size(), values_[k], time);
    }

    /// Eigenvalues of K + lambda I, descending, and its eigenvectors, one a row.
    [[nodiscard]] const std::vector<double>& eigenvalues() const { return values_; }
    [[nodiscard]] const Matrix<T>& eigenvectors() const { return vectors_; }

    /// K, its lower triangle; the lambda that was added to its diagonal; y.
    [[nodiscard]] const Matrix<T>& kernel() const { return lower_; }
    [[nodiscard]] double ridge() const { return lambda_; }
    [[nodiscard]] const Matrix<T>& targets() const { return y_; }

private:
    static double learnt(const Decay& made, double) { return made.learnt; }
    static double learnt_here(const Decay& made, double lambda) { return made.learnt * lambda; }

    /// What the residual was at the beginning.
    [[nodiscard]] Matrix<T> residual() const {
        Matrix<T> made = y_.copy();
        for (std::size_t k = 0; k < f0_.size(); ++k) made.data()[k] -= f0_.data()[k];
        return made;
    }

    [[nodiscard]] static Matrix<T> from(const Matrix<T>& origin, Matrix<T> moved) {
        for (std::size_t k = 0; k < origin.size(); ++k) moved.data()[k] += origin.data()[k];
        return moved;
    }

    /// The residual's parts along the eigenvectors, each times its factor.
    template <class Time>
    [[nodiscard]] Matrix<T> scaled(Time time, double (*factor)(const Decay&, double)) const {
        Matrix<T> made = along_.copy();
        for (std::size_t k = 0; k < made.rows(); ++k) {
            const T by = static_cast<T>(factor(decay_of(k, time), values_[k]));
            for (T& one : made.row(k)) one *= by;
        }
        return made;
    }

    template <class Time>
    [[nodiscard]] static Matrix<T> finished(Matrix<T> made, Time time) {
        if (!first_not_finite(std::span<const T>{made.data(), made.size()})) return made;
        if constexpr (std::is_same_v<Time, steps>)
            throw diverged{"gradient_flow: the outputs after " + std::to_string(time.count) +
                               " steps overflow: take a learning rate below max_learning_rate(K, outputs, momentum)",
                           time.count, time.count};
        else
            throw error{"gradient_flow: what is learnt overflows: scale y down, take a larger ridge, or compute in double"};
    }

    Matrix<T> lower_, vectors_, along_, y_, f0_;
    std::vector<double> values_;
    Law law_;
    double lambda_;
};

/// `budget`: bytes this call may use; 0: the machine's memory.
template <std::floating_point T, class Law, Ridge R = ridge>
[[nodiscard]] GradientFlow<T, Law> gradient_flow(const Matrix<T>& K, const targets_of<T>& y, const Law& law,
                                                 const R& rule = {}, const std::type_identity_t<Matrix<T>>& f0 = {},
                                                 std::uint64_t budget = 0) {
    const std::string caller = "gradient_flow";
    const std::size_t n = K.rows();
    const Matrix<T>& labels = y.values();
    descent::require(law, caller);
    regression::check(K, labels, caller);
    if (!f0.empty() && (f0.rows() != labels.rows() || f0.cols() != labels.cols()))
        throw shape_mismatch{caller + ": f0 is " + regression::size_of(f0.rows(), f0.cols()) + ", but y is " +
                             regression::size_of(labels.rows(), labels.cols()) +
                             ": pass the outputs of the training rows at time 0"};
    regression::require_finite(
        f0, [&](std::size_t) { return f0.cols(); }, caller + ": f0", "look at this training row");
    require_memory(saturated_product(saturated_product(n, n), 4 * sizeof(T)), budget,
                   caller + ": the kernel's eigenvectors and what finding them takes");
    std::vector<T> diagonal(n);
    for (std::size_t i = 0; i < n; ++i) diagonal[i] = K(i, i);
    const double lambda = regression::lambda_for(std::span<const T>{diagonal}, rule, caller);
    Eigenpairs<T> pairs = top_eigenpairs(K, n, budget);
    if (n > 0) {
        const double largest = static_cast<double>(pairs.values.front()), smallest = static_cast<double>(pairs.values.back());
        const double size = std::max(std::abs(largest), std::abs(smallest));
        const double rounding = static_cast<double>(n) * static_cast<double>(std::numeric_limits<T>::epsilon()) * size;
        if (smallest + lambda < -rounding)
            throw not_positive_definite{caller + ": K with a ridge of " + readable_number(lambda) +
                                            " has the eigenvalue " + readable_number(smallest + lambda) +
                                            ", below what rounding explains: no kernel has one; look at how K was made, or pass "
                                            "absolute_ridge{" + readable_number(-2 * smallest) + "}",
                                        n - 1, smallest + lambda, -2 * smallest};
    }
    return {regression::lower_of(K), std::move(pairs), labels.copy(), f0.copy(), law, lambda};
}

}  // namespace wide
