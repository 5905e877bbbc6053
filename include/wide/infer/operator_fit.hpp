#pragma once
// What was learnt from a kernel that is not stored: predictions compute the kernel of new samples on the fly.
//
//     auto fit = regress(K, y, ridge{1e-3}, conjugate_gradients{});       // K = kernel_of<Net>(x)
//     Matrix<T> predictions = fit.predict(z);                             // z: rows; of a stored kernel Kz, m x n
//
// It keeps what it needs to know of the samples trained on, but not the samples: those have to outlive it. (Nystroem
// regression keeps its own landmarks.)
#include <concepts>
#include <cstddef>
#include <string>
#include <utility>

#include <wide/run/matrix.hpp>

namespace wide {

/// Why an iteration ended.
enum class stopped : unsigned char {
    converged,   ///< the residual, computed anew, is within the tolerance
    limit,       ///< of iterations
    stagnation,  ///< rounding of the kernel's element type: more iterations would not help
};

inline std::string text_of(stopped reason) {
    switch (reason) {
        case stopped::converged: return "converged";
        case stopped::limit: return "the limit of iterations was reached";
        default: return "stagnation: the residual no longer falls, rounding of the element type is reached";
    }
}

/// How an iteration went.
struct Course {
    stopped reason = stopped::converged;
    std::size_t iterations = 0;
    double residual = 0;  ///< |y - (K + lambda I) w| / |y|, of the output where it is largest; of eigenpro, of all together
};

template <std::floating_point T, class Against>
class OperatorFit {
public:
    OperatorFit(Matrix<T> weights, double absolute_ridge, Course course, Against against)
        : weights_{std::move(weights)}, ridge_{absolute_ridge}, course_{course}, against_{std::move(against)} {}

    /// Coefficients of the kernel's columns: rows trained on (of Nystroem regression, landmarks) by outputs.
    [[nodiscard]] const Matrix<T>& weights() const { return weights_; }
    /// The lambda that was added to the diagonal.
    [[nodiscard]] double ridge() const { return ridge_; }
    [[nodiscard]] wide::stopped stopped() const { return course_.reason; }
    [[nodiscard]] std::size_t iterations() const { return course_.iterations; }
    /// Relative, of the weights as they are here: computed, not carried along.
    [[nodiscard]] double residual() const { return course_.residual; }

    /// m x outputs. Throws what the kernel throws.
    template <class Z>
    [[nodiscard]] Matrix<T> predict(const Z& z) const {
        return against_(z).multiply(weights_);
    }

private:
    Matrix<T> weights_;
    double ridge_;
    Course course_;
    Against against_;
};

}  // namespace wide
