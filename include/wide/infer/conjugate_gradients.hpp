#pragma once
// Kernel ridge regression for more rows than a Gram fits into memory: (K + lambda I) w = y by conjugate gradients, with
// products of K only (Hestenes & Stiefel 1952; Saad, Iterative Methods for Sparse Linear Systems, 9.2), preconditioned
// by a low-rank approximation of K (shifted_inverse.hpp). Outputs are independent systems that share every product; one
// that has converged leaves it.
//
//     auto K = kernel_of<Net>(x);                                             // or stored_kernel(matrix), ...
//     auto fit = regress(K, y, ridge{1e-4}, conjugate_gradients{.tolerance = 1e-3});
//     auto yhat = fit.predict(z);
//     fit.residual(); fit.iterations(); fit.stopped();
//
// The residual that ends it is |y - (K + lambda I) w| / |y| of the weights that are returned, computed anew: the one that
// the recursion carries along drifts away from it in rounding. Where that one is small and the true one is not, the
// iteration begins again from the true one; where this no longer halves it, rounding is reached: `stagnation`. Products
// are those of K, in its element type; everything else is in double.
//
// The shift of the preconditioner is lambda and the mean of what the low-rank factor leaves of K's diagonal: what is left
// of K has eigenvalues about that, and without it a small lambda would set the directions that are known apart from all
// others. Rank: each column costs n entries of K and 2 n rank flops, so up to a few thousand columns cost less than the
// products that they save.
//
// Memory: the low-rank factor, 8 n rank bytes, and some 50 bytes for every element of y. Without an answer within the
// limit of iterations, or of rounding, it throws did_not_converge with the residual reached, or returns what it has
// where `required` is false. Throws not_positive_definite where a direction shows that K + lambda I is not; not_finite,
// shape_mismatch, cancelled, insufficient_memory, and error for senseless options.
#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <wide/infer/kernel_operator.hpp>
#include <wide/infer/low_rank.hpp>
#include <wide/infer/operator_fit.hpp>
#include <wide/infer/regress.hpp>
#include <wide/infer/residual.hpp>
#include <wide/infer/ridge.hpp>
#include <wide/infer/shifted_inverse.hpp>
#include <wide/run/error.hpp>
#include <wide/run/matrix.hpp>
#include <wide/run/options.hpp>
#include <wide/run/random.hpp>
#include <wide/run/readable_number.hpp>

namespace wide {

/// The rank that conjugate_gradients takes if none is said.
inline std::size_t usual_rank(std::size_t n) { return static_cast<std::size_t>(8 * std::sqrt(static_cast<double>(n))); }

struct conjugate_gradients {
    double tolerance = 1e-3;                ///< of the relative residual, for every output
    std::size_t iterations = 1000;          ///< at most; each is a product with K
    std::optional<std::size_t> rank = {};   ///< of the preconditioner; 0: none; if not said, 8 sqrt(n)
    wide::seed seed = {};                   ///< of its pivots
    bool required = true;                   ///< throw did_not_converge; else return what has been reached
    /// After every iteration: how many, and the largest relative residual of an output, as the recursion has it.
    std::function<void(std::size_t, double)> report = {};
    std::uint64_t budget = 0;               ///< bytes of the preconditioner; 0: the machine's memory
    Progress progress = {};                 ///< of the preconditioner, before the iterations
};

namespace krylov {

/// sum_i a(i, o) b(i, o) for every column o.
inline std::vector<double> dots(const Matrix<double>& a, const Matrix<double>& b) {
    std::vector<double> sums(a.cols());
    for (std::size_t i = 0; i < a.rows(); ++i)
        for (std::size_t o = 0; o < sums.size(); ++o) sums[o] += a(i, o) * b(i, o);
    return sums;
}

/// These columns of a matrix.
template <class T>
Matrix<T> chosen(const Matrix<T>& all, std::span<const std::size_t> columns) {
    Matrix<T> some(all.rows(), columns.size());
    for (std::size_t i = 0; i < all.rows(); ++i)
        for (std::size_t o = 0; o < columns.size(); ++o) some(i, o) = all(i, columns[o]);
    return some;
}

/// One solution: the system, how it is solved, and how far it has come.
template <KernelOperator Kernel>
class Solver {
    using T = typename Kernel::value_type;
    using Numbers = Matrix<double>;

public:
    Solver(const Kernel& K, double lambda, const Matrix<T>& y, const ShiftedInverse* inverse,
           const conjugate_gradients& how)
        : K_{K}, lambda_{lambda}, y_{converted<double>(y)}, inverse_{inverse}, how_{how}, weights_(y.rows(), y.cols()) {
        // Squares of what is large or small have no room: each output is brought near one by a power of two.
        for (const double largest : residuals::column_norms(y_)) exponent_.push_back(largest > 0 ? std::ilogb(largest) : 0);
        for (std::size_t i = 0; i < y_.rows(); ++i)
            for (std::size_t o = 0; o < y_.cols(); ++o) y_(i, o) = std::ldexp(y_(i, o), -exponent_[o]);
        size_ = dots(y_, y_);
        for (double& size : size_) size = std::sqrt(size);
    }

    Course run() {
        double before = std::numeric_limits<double>::infinity();
        Course course;
        for (;;) {
            const Numbers residual = true_residual(course.iterations > 0);
            course.residual = largest(residual);
            if (how_.report) how_.report(course.iterations, course.residual);
            if (course.residual <= how_.tolerance) return course;
            course.reason = stopped::limit;
            if (course.iterations >= how_.iterations) return course;
            course.reason = stopped::stagnation;
            if (course.residual > before / 2) return course;
            course.reason = stopped::converged;
            before = course.residual;
            descend(residual, course.iterations);
        }
    }

    [[nodiscard]] Matrix<T> take_weights() {
        for (std::size_t i = 0; i < weights_.rows(); ++i)
            for (std::size_t o = 0; o < weights_.cols(); ++o) {
                weights_(i, o) = std::ldexp(weights_(i, o), exponent_[o]);
                require_finite(weights_(i, o));
            }
        return std::move(weights_);
    }

private:
    /// Of the weights as they are now; with weights of zero no product is needed.
    [[nodiscard]] Numbers true_residual(bool begun) const {
        Numbers residual = y_.copy();
        if (!begun) return residual;
        const Matrix<T> product = K_.multiply(weights_);
        for (std::size_t k = 0; k < residual.size(); ++k)
            residual.data()[k] -= static_cast<double>(product.data()[k]) + lambda_ * static_cast<double>(weights_.data()[k]);
        return residual;
    }

    /// Relative, of one output; where y is zero, so are the weights.
    [[nodiscard]] double relative(double squared, std::size_t output) const {
        return size_[output] > 0 ? std::sqrt(squared) / size_[output] : 0;
    }

    [[nodiscard]] double largest(const Numbers& residual) const {
        const std::vector<double> squared = dots(residual, residual);
        double most = 0;
        for (std::size_t o = 0; o < squared.size(); ++o) {
            if (!std::isfinite(squared[o]))
                throw not_finite("regress: the residual of output " + std::to_string(o) +
                                     " is no finite number: a product with the kernel overflows; scale y down, or compute in double",
                                 0, o);
            most = std::max(most, relative(squared[o], o));
        }
        return most;
    }

    [[nodiscard]] Numbers preconditioned(const Numbers& residual) const {
        return inverse_ ? inverse_->apply(residual) : residual.copy();
    }

    /// Iterates for the outputs that are not there yet, until the recursion says that all are, and adds to the weights.
    void descend(const Numbers& from, std::size_t& iterations) {
        std::vector<std::size_t> outputs;
        const std::vector<double> squared = dots(from, from);
        for (std::size_t o = 0; o < squared.size(); ++o)
            if (relative(squared[o], o) > how_.tolerance) outputs.push_back(o);
        Numbers residual = chosen(from, outputs), step = preconditioned(residual);
        Numbers sum(y_.rows(), y_.cols());
        std::vector<double> rho = dots(residual, step);
        while (!outputs.empty() && iterations < how_.iterations) {
            // The direction is what K is given, rounding included: so the recursion stays that of the true product.
            const Matrix<T> direction = converted<T>(step);
            step = converted<double>(direction);
            Numbers product = converted<double>(K_.multiply(direction));
            for (std::size_t k = 0; k < product.size(); ++k) product.data()[k] += lambda_ * step.data()[k];
            ++iterations;
            const std::vector<double> curvature = dots(step, product), length = dots(step, step);
            std::vector<double> alpha(outputs.size());
            bool exhausted = false;
            for (std::size_t a = 0; a < alpha.size(); ++a) {
                require_positive(curvature[a], length[a], outputs[a]);
                // No curvature beyond rounding: this output has come as far as it comes.
                exhausted = exhausted || !(curvature[a] > 0) || !(rho[a] > 0);
                alpha[a] = curvature[a] > 0 && rho[a] > 0 ? rho[a] / curvature[a] : 0;
            }
            for (std::size_t i = 0; i < step.rows(); ++i)
                for (std::size_t a = 0; a < alpha.size(); ++a) {
                    sum(i, outputs[a]) += alpha[a] * step(i, a);
                    residual(i, a) -= alpha[a] * product(i, a);
                }
            if (report(residual, outputs, iterations) || exhausted) break;
            keep_unfinished(residual, step, rho, outputs);
            const Numbers next = preconditioned(residual);
            const std::vector<double> fresh = dots(residual, next);
            for (std::size_t i = 0; i < step.rows(); ++i)
                for (std::size_t a = 0; a < fresh.size(); ++a)
                    step(i, a) = next(i, a) + fresh[a] / rho[a] * step(i, a);
            rho = fresh;
        }
        for (std::size_t k = 0; k < sum.size(); ++k) {
            weights_.data()[k] = static_cast<T>(static_cast<double>(weights_.data()[k]) + sum.data()[k]);
            require_finite(weights_.data()[k]);
        }
    }

    static void require_finite(T weight) {
        if (!std::isfinite(weight))
            throw error{"regress: a weight overflows: scale y down, take a larger ridge, or compute in double"};
    }

    /// Whether all of them are there, by the recursion.
    bool report(const Numbers& residual, const std::vector<std::size_t>& outputs, std::size_t iterations) const {
        const std::vector<double> squared = dots(residual, residual);
        double most = 0;
        for (std::size_t a = 0; a < squared.size(); ++a) {
            if (!std::isfinite(squared[a]))
                throw not_finite("regress: the residual of output " + std::to_string(outputs[a]) +
                                     " is no finite number after " + std::to_string(iterations) +
                                     " iterations: scale y down, or compute in double",
                                 0, outputs[a]);
            most = std::max(most, relative(squared[a], outputs[a]));
        }
        if (how_.report) how_.report(iterations, most);
        return most <= how_.tolerance * safety;
    }

    /// A system that has converged takes no part any more.
    void keep_unfinished(Numbers& residual, Numbers& step, std::vector<double>& rho,
                         std::vector<std::size_t>& outputs) const {
        const std::vector<double> squared = dots(residual, residual);
        std::vector<std::size_t> places, kept;
        std::vector<double> kept_rho;
        for (std::size_t a = 0; a < outputs.size(); ++a) {
            if (relative(squared[a], outputs[a]) <= how_.tolerance * safety) continue;
            places.push_back(a);
            kept.push_back(outputs[a]);
            kept_rho.push_back(rho[a]);
        }
        if (kept.size() == outputs.size()) return;
        residual = chosen(residual, places);
        step = chosen(step, places);
        rho = std::move(kept_rho);
        outputs = std::move(kept);
    }

    /// v^T (K + lambda I) v / v^T v is an upper bound of the smallest eigenvalue: below zero by more than rounding, it
    /// shows that the matrix is not positive definite.
    void require_positive(double curvature, double length, std::size_t output) {
        if (!(length > 0)) return;
        const double quotient = curvature / length;
        scale_ = std::max(scale_, std::abs(quotient));
        constexpr double rounding = 1024 * static_cast<double>(std::numeric_limits<T>::epsilon());
        if (!(quotient < -rounding * scale_)) return;
        const double cure = std::max(lambda_ - 4 * quotient, 2 * lambda_);
        throw not_positive_definite{"regress: K with a ridge of " + readable_number(lambda_) +
                                        " is not positive definite: a direction that output " + std::to_string(output) +
                                        " leads to has v^T (K + ridge I) v = " + readable_number(quotient) +
                                        " for |v| = 1, and others may have less: try absolute_ridge{" + readable_number(cure) +
                                        "}, or check the kernel",
                                    output, quotient, cure};
    }

    /// The recursion has to come a little further than the truth: it drifts.
    static constexpr double safety = 0.9;

    const Kernel& K_;
    double lambda_;
    Numbers y_;
    const ShiftedInverse* inverse_;
    const conjugate_gradients& how_;
    Matrix<T> weights_;  ///< of y_, as it is here
    std::vector<int> exponent_;
    std::vector<double> size_;
    double scale_ = 0;
};

}  // namespace krylov

/// Several outputs: y is n x outputs.
template <KernelOperator Kernel, Ridge R>
[[nodiscard]] auto regress(const Kernel& K, const Matrix<typename Kernel::value_type>& y, const R& rule,
                           const conjugate_gradients& how) {
    using T = typename Kernel::value_type;
    require_outputs(K, y);
    if (!(how.tolerance > 0) || how.iterations == 0)
        throw error{"regress: a tolerance of " + readable_number(how.tolerance) + " and at most " +
                    std::to_string(how.iterations) + " iterations are refused: both have to be positive"};
    const std::vector<T> diagonal = K.diagonal();
    const double lambda = regression::lambda_for(std::span<const T>{diagonal}, rule, "regress");
    const std::size_t n = K.rows(), rank = std::min(how.rank.value_or(usual_rank(n)), n);
    LowRank approximation;
    std::optional<ShiftedInverse> inverse;
    if (rank > 0 && y.cols() > 0) {
        // An indefinite K has no such factor, yet with the ridge it may be positive definite: the iteration itself will tell.
        try {
            approximation = low_rank(K, {.rank = rank, .seed = how.seed, .budget = how.budget, .progress = how.progress});
        } catch (const not_positive_definite&) {
        }
        if (approximation.rank() > 0)
            inverse.emplace(approximation, lambda + approximation.residual_trace / static_cast<double>(n));
    }
    krylov::Solver<Kernel> solver(K, lambda, y, inverse ? &*inverse : nullptr, how);
    const Course course = solver.run();
    if (how.required && course.reason != stopped::converged)
        throw did_not_converge{"regress: the residual is " + readable_number(course.residual) + " of y after " +
                                   std::to_string(course.iterations) + " iterations, not " +
                                   readable_number(how.tolerance) + ": " + text_of(course.reason) +
                                   (course.reason == stopped::limit
                                        ? "; allow more, a larger rank, or a larger ridge"
                                        : "; take a larger ridge or tolerance, or compute in double"),
                               course.residual, course.iterations};
    return OperatorFit<T, decltype(K.against())>(solver.take_weights(), lambda, course, K.against());
}

/// One output: anything that is a std::span<const T>, a std::vector<T> for instance.
template <KernelOperator Kernel, Ridge R>
[[nodiscard]] auto regress(const Kernel& K, std::span<const typename Kernel::value_type> y, const R& rule,
                           const conjugate_gradients& how) {
    return regress(K, regression::column_of(y), rule, how);
}

}  // namespace wide
