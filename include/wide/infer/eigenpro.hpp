#pragma once
// Kernel regression by stochastic gradient descent that is preconditioned: along the q first eigenvectors of the kernel
// of a few rows S the gradient is shortened, so that steps may be as long as eigenvalue q + 1 allows, and batches as large
// as keep a processor busy (Ma, Belkin, "Kernel machines that adapt to GPUs", arXiv:1806.06144: EigenPro 2).
//
//     K_SS / s = V diag(l) V^T,  E = V / sqrt(s)
//     batch B:  g = K(B, x) a - y_B
//               a_B -= eta/m g,   a_S += eta/m E diag((1 - (l_q / l_i)^alpha) / l_i) E^T K(S, B) g
//
// Nothing is regularised but by ending early. Batches are drawn without replacement, anew in every epoch, by the seed.
//
//     auto fit = regress(K, y, eigenpro{.epochs = 5});       // K: any KernelOperator
//     auto fit = regress(K, y, eigenpro{.epochs = 5}, [&](std::size_t epoch, double residual, const Matrix<T>& weights) {});
//     fit.predict(z);
//
// The callback comes after every epoch, counted from one; its residual is |g| / |y| of all outputs together, as met on the
// way, before the steps. That of the fit, of all outputs too, is computed anew, at the cost of one more product.
//
// Time: an epoch n (n + s) entries of K; before them 4/3 s^3 flops. Memory: s^2 numbers in double, twice. Throws
// did_not_converge where the residual grows a hundredfold, shape_mismatch, not_finite, cancelled, error for senseless
// options, and what K throws.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <wide/infer/eigenpairs.hpp>
#include <wide/infer/kernel_operator.hpp>
#include <wide/infer/operator_fit.hpp>
#include <wide/infer/regress.hpp>
#include <wide/infer/residual.hpp>
#include <wide/infer/shifted_inverse.hpp>
#include <wide/run/error.hpp>
#include <wide/run/matrix.hpp>
#include <wide/run/random.hpp>
#include <wide/run/shuffled.hpp>

namespace wide {

struct eigenpro {
    std::size_t epochs = 10;
    std::optional<std::size_t> batch = {};       ///< rows a step; if not said, a fifth of the subsample
    std::optional<std::size_t> subsample = {};   ///< s; if not said, 2,000, of 100,000 rows and more 12,000
    std::optional<std::size_t> directions = {};  ///< q; if not said, what the batch can use
    double alpha = 0.95;
    wide::seed seed = {};
};

namespace eigenpro_steps {

/// The preconditioner, and the step that it allows.
struct Plan {
    std::vector<std::size_t> subsample;
    Matrix<double> directions;     ///< q x s: rows of E^T
    std::vector<double> shortened; ///< (1 - (l_q / l_i)^alpha) / l_i
    double step = 0;               ///< eta / m
};

/// The first q of these eigenvalues shall be used: as many as leave a critical batch below `largest`, at least five.
inline std::size_t usual_directions(const std::vector<double>& values, double largest_entry, double alpha,
                                    std::size_t largest) {
    std::size_t above = 0;
    while (above < values.size() &&
           std::pow(values[above] / largest_entry, -alpha) < static_cast<double>(largest) && values[above] > 0)
        ++above;
    return std::max<std::size_t>(above, 6) - 1;
}

template <KernelOperator Kernel>
Plan plan(const Kernel& K, const eigenpro& how, std::size_t batch, std::size_t size) {
    const std::size_t n = K.rows();
    Plan made;
    made.subsample = shuffled(n, how.seed, 0);
    made.subsample.resize(size);
    Matrix<double> own = converted<double>(K.block(made.subsample, made.subsample));
    for (std::size_t k = 0; k < own.size(); ++k) own.data()[k] /= static_cast<double>(size);
    const std::vector<typename Kernel::value_type> diagonal = K.diagonal();
    const double beta = static_cast<double>(*std::max_element(diagonal.begin(), diagonal.end()));
    const std::size_t wanted = how.directions ? std::min(*how.directions, size) + 1 : std::max<std::size_t>(size / 4, 16);
    const Eigenpairs<double> top = top_eigenpairs(own, std::min(wanted, size));
    if (!(top.values[0] > 0) || !(beta > 0))
        throw error{"regress: the kernel of the subsample has no positive eigenvalue: check the kernel"};
    const std::size_t most = std::min(std::max(size / 5, batch), size);
    std::size_t q = how.directions.value_or(usual_directions(top.values, beta, how.alpha, most));
    q = std::min(q, top.values.size() - 1);
    while (q > 0 && !(top.values[q] > 0)) --q;
    const double tail = top.values[q];
    made.directions = Matrix<double>(q, size);
    for (std::size_t i = 0; i < q; ++i) {
        made.shortened.push_back((1 - std::pow(tail / top.values[i], how.alpha)) / top.values[i]);
        for (std::size_t j = 0; j < size; ++j)
            made.directions(i, j) = top.vectors(i, j) / std::sqrt(static_cast<double>(size));
    }
    // The largest eigenvalue that is left.
    const double left = top.values[0] / std::pow(top.values[0] / tail, how.alpha), m = static_cast<double>(batch);
    made.step = m < beta / left + 1 ? 1 / beta : 0.99 * 2 / (beta + (m - 1) * left);
    return made;
}

}  // namespace eigenpro_steps

/// y is n x outputs; `each(epoch, residual, weights)` if wanted.
template <KernelOperator Kernel, class Each>
[[nodiscard]] auto regress(const Kernel& K, const Matrix<typename Kernel::value_type>& y, const eigenpro& how,
                           const Each& each) {
    using T = typename Kernel::value_type;
    require_outputs(K, y);
    const std::size_t n = K.rows(), outputs = y.cols();
    const std::size_t size = std::min(n, how.subsample.value_or(n < 100'000 ? 2000 : 12'000));
    const std::size_t batch = std::min(n, how.batch.value_or(std::max<std::size_t>(size / 5, 1)));
    if (how.epochs == 0 || !(how.alpha > 0 && how.alpha <= 1) || (n > 0 && (batch == 0 || size == 0)))
        throw error{"regress: eigenpro needs an epoch, a batch and a subsample of one row or more, and an alpha in (0, 1]"};
    Matrix<T> weights(n, outputs);
    Course course{stopped::limit, 0, 0};
    if (weights.empty()) return OperatorFit<T, decltype(K.against())>(std::move(weights), 0, course, K.against());

    const eigenpro_steps::Plan plan = eigenpro_steps::plan(K, how, batch, size);
    const Matrix<double> exact = converted<double>(y);
    // In units of the largest: squares of what is large or small have no room.
    const std::vector<double> largest = residuals::column_norms(exact);
    const double unit = *std::max_element(largest.begin(), largest.end());
    const auto squared_size = [&](const Matrix<double>& numbers) {
        double sum = 0;
        for (std::size_t k = 0; unit > 0 && k < numbers.size(); ++k) {
            const double part = numbers.data()[k] / unit;
            sum += part * part;
        }
        return sum;
    };
    const double scale = squared_size(exact);
    Matrix<double> sum(n, outputs);
    for (std::size_t epoch = 1; epoch <= how.epochs; ++epoch) {
        const std::vector<std::size_t> order = shuffled(n, how.seed, static_cast<std::uint32_t>(epoch));
        double met = 0;
        for (std::size_t first = 0; first < n; first += batch) {
            const std::span<const std::size_t> rows{order.data() + first, std::min(batch, n - first)};
            Matrix<double> gradient = converted<double>(K.multiply_rows(rows, weights));
            for (std::size_t i = 0; i < rows.size(); ++i)
                for (std::size_t o = 0; o < outputs; ++o) gradient(i, o) -= exact(rows[i], o);
            met += squared_size(gradient);
            if (!(met <= 1e4 * scale) && scale > 0)
                throw did_not_converge{"regress: eigenpro diverges in epoch " + std::to_string(epoch) +
                                           ": the kernel may be indefinite, or its subsample too small",
                                       std::sqrt(met / scale), course.iterations};
            const Matrix<double> between = converted<double>(K.block(plan.subsample, rows));
            Matrix<double> along = product_of(plan.directions, product_of(between, gradient));
            for (std::size_t i = 0; i < along.rows(); ++i)
                for (double& value : along.row(i)) value *= plan.shortened[i];
            const Matrix<double> back = transposed_product(plan.directions, along);
            for (std::size_t i = 0; i < rows.size(); ++i)
                for (std::size_t o = 0; o < outputs; ++o) sum(rows[i], o) -= plan.step * gradient(i, o);
            for (std::size_t i = 0; i < size; ++i)
                for (std::size_t o = 0; o < outputs; ++o) sum(plan.subsample[i], o) += plan.step * back(i, o);
            weights = converted<T>(sum);
            ++course.iterations;
        }
        each(epoch, scale > 0 ? std::sqrt(met / scale) : 0.0, std::as_const(weights));
    }
    const Matrix<T> fitted = K.multiply(weights);
    Matrix<double> missed(n, outputs);
    for (std::size_t k = 0; k < missed.size(); ++k)
        missed.data()[k] = exact.data()[k] - static_cast<double>(fitted.data()[k]);
    course.residual = scale > 0 ? std::sqrt(squared_size(missed) / scale) : 0;
    return OperatorFit<T, decltype(K.against())>(std::move(weights), 0, course, K.against());
}

template <KernelOperator Kernel>
[[nodiscard]] auto regress(const Kernel& K, const Matrix<typename Kernel::value_type>& y, const eigenpro& how) {
    return regress(K, y, how, [](std::size_t, double, const Matrix<typename Kernel::value_type>&) {});
}

}  // namespace wide
