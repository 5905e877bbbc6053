#pragma once
// Kernel ridge regression on landmarks: f(z) = K(z, S) a for a few rows S, where
//
//     a minimises |K(x, S) a - y|^2 + lambda a^T K(S, S) a
//
// (Williams & Seeger 2001; Rudi, Carratino, Rosasco, "FALKON", arXiv:1705.10958, 2). With all rows as landmarks it is
// kernel ridge regression itself. K(S, S) is near singular where landmarks are many; instead of inverting it with a jitter,
// the landmarks are those that a pivoted Cholesky factorisation takes (low_rank.hpp), so that with K(S, S) = L L^T and
// F = K(x, S) L^-T
//
//     b = (F^T F + lambda I)^-1 F^T y,   a = L^-T b
//
// in double: rows that others span are no landmarks, and no pivot is below rounding.
//
//     auto fit = regress(K, y, ridge{1e-4}, nystrom{.landmarks = 1000});       // K: any KernelOperator
//     fit.predict(z);                  // m x landmarks entries of the kernel
//     fit.residual();                  // |y - K(x, S) a| / |y|, of the worst output: what the landmarks do not fit
//
// Weights are rounded to the kernel's type. Where landmarks are many and the ridge is small, they are large and of both
// signs, and predictions lose what their sum loses: the residual tells, it is that of the weights as they are. A larger
// ridge, fewer landmarks or double help.
//
// Time: 2 n landmarks entries of K and 3 n landmarks^2 flops. Memory: 8 n landmarks bytes. Throws not_positive_definite,
// not_finite, shape_mismatch, insufficient_memory, and what K throws.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <wide/infer/cholesky.hpp>
#include <wide/infer/first_not_finite.hpp>
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

struct nystrom {
    std::size_t landmarks = 1000;  ///< at most
    wide::pivots pivots = wide::pivots::weighted;
    wide::seed seed = {};
    std::uint64_t budget = 0;  ///< bytes; 0: the machine's memory
    Progress progress = {};
};

namespace landmark_fit {

/// Of these weights, rounded as they are, and of the kernel as it is: not of the factor. Some columns at a time.
template <KernelOperator Kernel>
[[nodiscard]] double residual(const Kernel& K, std::span<const std::size_t> places,
                              const Matrix<typename Kernel::value_type>& weights, const Matrix<double>& y) {
    using T = typename Kernel::value_type;
    constexpr std::size_t together = 256;
    Matrix<double> missed = y.copy();
    if (y.empty()) return 0;
    for (std::size_t first = 0; first < places.size(); first += together) {
        const std::size_t count = std::min(together, places.size() - first);
        Matrix<T> some(count, weights.cols());
        std::copy_n(weights.row(first).data(), some.size(), some.data());
        const Matrix<T> part = product_of(K.columns(places.subspan(first, count)), some);
        for (std::size_t k = 0; k < missed.size(); ++k) missed.data()[k] -= static_cast<double>(part.data()[k]);
    }
    return residuals::relative_to(missed, y);
}

}  // namespace landmark_fit

template <KernelOperator Kernel, Ridge R>
[[nodiscard]] auto regress(const Kernel& K, const Matrix<typename Kernel::value_type>& y, const R& rule,
                           const nystrom& how) {
    using T = typename Kernel::value_type;
    require_outputs(K, y);
    if (how.landmarks == 0 && K.rows() > 0)
        throw error{"regress: zero landmarks are refused: pass one or more"};
    const std::vector<T> diagonal = K.diagonal();
    const double lambda = regression::lambda_for(std::span<const T>{diagonal}, rule, "regress");
    const LowRank approximation = low_rank(K, {.rank = how.landmarks,
                                               .seed = how.seed,
                                               .pivots = how.pivots,
                                               .budget = how.budget,
                                               .progress = how.progress});
    const Matrix<double>& F = approximation.factor;
    const std::size_t rank = approximation.rank();
    const Matrix<double> exact = converted<double>(y);
    Matrix<double> products = inner_products(F, lambda), b = transposed_product(F, exact);
    if (const auto breakdown = cholesky::factorise(products)) {
        const double cure = std::max(lambda, 1e-13 * approximation.trace) * 4;
        throw not_positive_definite{"regress: the kernel of " + std::to_string(rank) + " landmarks with a ridge of " +
                                        readable_number(lambda) + " is singular to rounding at pivot " +
                                        std::to_string(breakdown->pivot) + ": pass absolute_ridge{" +
                                        readable_number(cure) + "}, or fewer landmarks",
                                    breakdown->pivot, breakdown->value, cure};
    }
    cholesky::solve(products, b);
    Matrix<double> L(rank, rank);
    for (std::size_t r = 0; r < rank; ++r) std::copy_n(F.row(approximation.pivots[r]).data(), r + 1, L.row(r).data());
    if (!b.empty())
        lapack::trsm('R', 'U', 'T', lapack::size(b.cols()), lapack::size(rank), L.data(), lapack::size(rank), b.data(),
                     lapack::size(b.cols()));
    Matrix<T> weights = converted<T>(b);
    if (const auto at = first_not_finite(std::span<const T>{weights.data(), weights.size()}))
        throw error{"regress: the weight of landmark " + std::to_string(*at / weights.cols()) +
                    " overflows: scale y down, take a larger ridge, or compute in double"};
    const Course course{stopped::converged, 0, landmark_fit::residual(K, approximation.pivots, weights, exact)};
    return OperatorFit<T, decltype(K.against())>(std::move(weights), lambda, course, K.against(approximation.pivots));
}

}  // namespace wide
