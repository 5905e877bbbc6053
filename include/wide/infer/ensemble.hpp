#pragma once
// An infinite ensemble of infinitely wide networks at any time of their training on squared loss, each from its own random
// initialisation: the Gaussian of their outputs, in closed form. K is the NNGP, Theta the NTK kernel.
//
//     ntk_ensemble({K, Theta}, y, law)   all layers are trained. With A(t) = Theta_*d V learnt V^T, of Theta_l = V Lambda V^T,
//                                        test    mean A y, covariance K_** + A K A^T - (A K_d* + K_*d A^T)
//                                        train   mean V (1 - left) V^T y, covariance V left V^T K V left V^T
//     nngp_ensemble(K, y, law)           the last layer alone is trained. Of K_l = V Lambda V^T,
//                                        test    mean K_*d V learnt V^T y, covariance K_** - K_*d V (1 - left^2) / Lambda V^T K_d*
//                                        train   mean V (1 - left) V^T y, covariance V Lambda left^2 V^T
//
// (Lee et al. 2019). `left` and `learnt` are decay.hpp's: gradient flow up to t, with momentum or without, or steps{k}.
// At t = forever these are ntk_posterior and gaussian_process, found by Cholesky factorisation; the training rows are then y
// for certain.
//
//     auto K = gram<Net>(x), Kz = gram<Net>(z, x);
//     auto nets = ntk_ensemble(K, y, learning_rate{0.5}, ridge{1e-3});
//     auto [mean, covariance] = nets.test(Kz, nngp<Net>(z), 10.0);
//     auto [same, variance]   = nets.test(Kz, diagonal<Net>(z).nngp, 10.0);      // variances alone: no m x m
//     auto [on_train, spread] = nets.train(10.0);                                // train_variances(t): no n x n but K's own
//
// One eigendecomposition (gradient_flow.hpp) in memory of 4 n x n at most; a time costs 4 n^2 for a test row, and n m^2 for
// covariances. Errors are those of gradient_flow and posterior.hpp.
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <wide/infer/predictive.hpp>
#include <wide/infer/gradient_flow.hpp>
#include <wide/infer/posterior.hpp>
#include <wide/infer/product.hpp>
#include <wide/infer/ridge.hpp>
#include <wide/infer/targets.hpp>
#include <wide/run/matrix.hpp>

namespace wide {

namespace ensemble {

/// Of each eigenvector, `factor` of its decay at that time and its eigenvalue.
template <class T, class Law, class Time, class Factor>
[[nodiscard]] std::vector<T> factors(const GradientFlow<T, Law>& flow, Time time, Factor factor) {
    std::vector<T> made;
    for (std::size_t k = 0; k < flow.eigenvalues().size(); ++k)
        made.push_back(static_cast<T>(factor(flow.decay_of(k, time), flow.eigenvalues()[k])));
    return made;
}

/// Every column of M times its factor.
template <class T>
[[nodiscard]] Matrix<T> columns_times(Matrix<T> M, const std::vector<T>& by) {
    for (std::size_t i = 0; i < M.rows(); ++i)
        for (std::size_t k = 0; k < by.size(); ++k) M(i, k) *= by[k];
    return M;
}

/// Rows of V: what these training rows are in the eigenvectors, which are the rows of `vectors`.
template <class T>
[[nodiscard]] Matrix<T> rows_in(const Matrix<T>& vectors, std::size_t first, std::size_t count) {
    Matrix<T> made(count, vectors.rows());
    for (std::size_t k = 0; k < vectors.rows(); ++k)
        for (std::size_t i = 0; i < count; ++i) made(i, k) = vectors(k, first + i);
    return made;
}

/// A training row that began with the variance on K's diagonal: of that nothing is kept but its size.
template <class T>
[[nodiscard]] auto began(const Matrix<T>& K) {
    return [&K](std::size_t i) { return predictive::Before{0, static_cast<double>(K(i, i))}; };
}

}  // namespace ensemble

/// All layers trained.
template <std::floating_point T, class Law>
class NtkEnsemble {
public:
    /// As ntk_ensemble. `flow`: of Theta; `kernel`: K, its lower triangle.
    NtkEnsemble(GradientFlow<T, Law> flow, Matrix<T> kernel) : flow_{std::move(flow)}, kernel_{std::move(kernel)} {}

    /// Kz: both kernels of test rows by training rows, m x n. `prior`: NNGP of the test rows with each other, m x m, or its
    /// diagonal; then Predictive or Marginals are returned.
    template <BothKernels K, class Time>
    [[nodiscard]] Predictive<T> test(const K& Kz, const Matrix<T>& prior, Time time) const {
        return answer(Kz, prior, time);
    }
    template <BothKernels K, class Time>
    [[nodiscard]] Marginals<T> test(const K& Kz, std::span<const T> prior, Time time) const {
        return answer(Kz, prior, time);
    }

    /// Of the training rows.
    template <class Time>
    [[nodiscard]] Predictive<T> train(Time time) const {
        const std::size_t n = kernel_.rows();
        Matrix<T> mean = flow_.train(time), none(n, n);
        if (descent::is_forever(time)) return {std::move(mean), std::move(none)};
        const auto spread = trained(time);
        return {std::move(mean), predictive::covariance(std::move(none), spread(0, n), ensemble::began(kernel_), caller)};
    }
    template <class Time>
    [[nodiscard]] Marginals<T> train_variances(Time time) const {
        const std::size_t n = kernel_.rows();
        Matrix<T> mean = flow_.train(time);
        if (descent::is_forever(time)) return {std::move(mean), std::vector<T>(n)};
        return {std::move(mean), predictive::variances<T>(n, ensemble::began(kernel_), trained(time), caller)};
    }

    /// Its mean alone, and what that is made of.
    [[nodiscard]] const GradientFlow<T, Law>& mean() const { return flow_; }

private:
    static constexpr const char* caller = "ntk_ensemble";

    template <class K, class Prior, class Time>
    [[nodiscard]] auto answer(const K& Kz, const Prior& prior, Time time) const {
        predictive::require_pair(Kz, kernel_.rows(), caller);
        if (descent::is_forever(time)) {
            struct Both {
                const Matrix<T>&nngp, &ntk;
            };
            return ntk_posterior(Both{kernel_, flow_.kernel()}, flow_.targets(), absolute_ridge{flow_.ridge()}).at(Kz, prior);
        }
        Matrix<T> mean = flow_.test(Kz.ntk, time);
        const auto by = ensemble::factors(flow_, time, [](const Decay& made, double) { return made.learnt; });
        const auto change = [&](std::size_t first, std::size_t count) {
            const Matrix<T> along = rowmajor::product_transposed(predictive::rows_of(Kz.ntk, first, count), flow_.eigenvectors());
            return predictive::moved(rowmajor::product(ensemble::columns_times(along.copy(), by), flow_.eigenvectors()), kernel_,
                                   predictive::rows_of(Kz.nngp, first, count));
        };
        return predictive::posterior(std::move(mean), prior, change, caller);
    }

    /// V left V^T, and half of its product with K.
    template <class Time>
    [[nodiscard]] auto trained(Time time) const {
        return [this, by = ensemble::factors(flow_, time, [](const Decay& made, double) { return made.left; })](
                   std::size_t first, std::size_t count) {
            const Matrix<T>& vectors = flow_.eigenvectors();
            Matrix<T> A = rowmajor::product(ensemble::columns_times(ensemble::rows_in(vectors, first, count), by), vectors);
            Matrix<T> G = rowmajor::product_symmetric(A, kernel_);
            for (std::size_t k = 0; k < G.size(); ++k) G.data()[k] /= 2;
            return predictive::Change<T>{std::move(A), std::move(G)};
        };
    }

    GradientFlow<T, Law> flow_;
    Matrix<T> kernel_;
};

/// The last layer alone trained.
template <std::floating_point T, class Law>
class NngpEnsemble {
public:
    /// As nngp_ensemble. `flow`: of K.
    explicit NngpEnsemble(GradientFlow<T, Law> flow) : flow_{std::move(flow)} {}

    /// Kz: test rows by training rows, m x n. `prior`: K of the test rows with each other, m x m, or its diagonal; then
    /// Predictive or Marginals are returned.
    template <class Time>
    [[nodiscard]] Predictive<T> test(const Matrix<T>& Kz, const Matrix<T>& prior, Time time) const {
        return answer(Kz, prior, time);
    }
    template <class Time>
    [[nodiscard]] Marginals<T> test(const Matrix<T>& Kz, std::span<const T> prior, Time time) const {
        return answer(Kz, prior, time);
    }

    /// Of the training rows.
    template <class Time>
    [[nodiscard]] Predictive<T> train(Time time) const {
        const std::size_t n = flow_.kernel().rows();
        Matrix<T> mean = flow_.train(time), none(n, n);
        if (descent::is_forever(time)) return {std::move(mean), std::move(none)};
        const auto spread = trained(time);
        return {std::move(mean),
                predictive::covariance(std::move(none), spread(0, n), ensemble::began(flow_.kernel()), caller)};
    }
    template <class Time>
    [[nodiscard]] Marginals<T> train_variances(Time time) const {
        const std::size_t n = flow_.kernel().rows();
        Matrix<T> mean = flow_.train(time);
        if (descent::is_forever(time)) return {std::move(mean), std::vector<T>(n)};
        return {std::move(mean), predictive::variances<T>(n, ensemble::began(flow_.kernel()), trained(time), caller)};
    }

    /// Its mean alone, and what that is made of.
    [[nodiscard]] const GradientFlow<T, Law>& mean() const { return flow_; }

private:
    static constexpr const char* caller = "nngp_ensemble";

    template <class Prior, class Time>
    [[nodiscard]] auto answer(const Matrix<T>& Kz, const Prior& prior, Time time) const {
        predictive::require_cross(Kz, flow_.kernel().rows(), caller);
        if (descent::is_forever(time))
            return gaussian_process(flow_.kernel(), flow_.targets(), absolute_ridge{flow_.ridge()}).at(Kz, prior);
        Matrix<T> mean = flow_.test(Kz, time);
        // (1 - left^2) / Lambda = learnt (1 + left)
        const auto by =
            ensemble::factors(flow_, time, [](const Decay& made, double) { return -made.learnt * (1 + made.left) / 2; });
        const auto change = [&](std::size_t first, std::size_t count) {
            Matrix<T> along = rowmajor::product_transposed(predictive::rows_of(Kz, first, count), flow_.eigenvectors());
            Matrix<T> times = ensemble::columns_times(along.copy(), by);
            return predictive::Change<T>{std::move(along), std::move(times)};
        };
        return predictive::posterior(std::move(mean), prior, change, caller);
    }

    /// V, and V Lambda left^2 / 2.
    template <class Time>
    [[nodiscard]] auto trained(Time time) const {
        const auto kept = [](const Decay& made, double lambda) { return lambda * made.left * made.left / 2; };
        return [this, by = ensemble::factors(flow_, time, kept)](std::size_t first, std::size_t count) {
            Matrix<T> along = ensemble::rows_in(flow_.eigenvectors(), first, count);
            Matrix<T> times = ensemble::columns_times(along.copy(), by);
            return predictive::Change<T>{std::move(along), std::move(times)};
        };
    }

    GradientFlow<T, Law> flow_;
};

/// K: both kernels of the training rows, which stay as they are. The ridge is Theta's. `budget`: bytes this call may use; 0:
/// the machine's memory.
template <BothKernels K, class Law, Ridge R = ridge>
[[nodiscard]] NtkEnsemble<predictive::element_of<K>, Law> ntk_ensemble(const K& kernels,
                                                                     const targets_of<predictive::element_of<K>>& y,
                                                                     const Law& law, const R& rule = {},
                                                                     std::uint64_t budget = 0) {
    regression::check(kernels.nngp, y.values(), "ntk_ensemble, K");
    return {gradient_flow(kernels.ntk, y, law, rule, {}, budget), regression::lower_of(kernels.nngp)};
}

template <std::floating_point T, class Law, Ridge R = ridge>
[[nodiscard]] NngpEnsemble<T, Law> nngp_ensemble(const Matrix<T>& K, const targets_of<T>& y, const Law& law,
                                                 const R& rule = {}, std::uint64_t budget = 0) {
    return NngpEnsemble<T, Law>{gradient_flow(K, y, law, rule, {}, budget)};
}

}  // namespace wide
