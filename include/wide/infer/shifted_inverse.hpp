#pragma once
// (F F^T + mu I)^-1 of a thin F, by Woodbury's identity and a Cholesky factorisation of the small F^T F + mu I:
//
//     (F F^T + mu I)^-1 R = (R - F (F^T F + mu I)^-1 F^T R) / mu
//
// As a preconditioner of K + lambda I, with F F^T of random pivots: Diaz, Epperly, Frangella, Tropp, Webber, "Robust,
// randomized preconditioning for kernel ridge regression", arXiv:2304.12465. What makes it work is the difference on the
// right: so everything is in double, and mu is never below 1e-13 of the trace of F F^T.
//
//     const ShiftedInverse inverse(approximation, mu);      // the factor has to outlive it
//     Matrix<double> Z = inverse.apply(R);                  // R: n x outputs
//
// n rank^2 + rank^3 / 3 flops to prepare, 4 n rank outputs to apply. Memory: rank^2 and n outputs numbers.
#include <algorithm>
#include <cstddef>
#include <string>

#include <wide/infer/cholesky.hpp>
#include <wide/infer/lapack.hpp>
#include <wide/infer/low_rank.hpp>
#include <wide/run/error.hpp>
#include <wide/run/matrix.hpp>
#include <wide/run/readable_number.hpp>

namespace wide {

/// F^T F + mu I, its lower triangle.
inline Matrix<double> inner_products(const Matrix<double>& F, double mu) {
    const std::size_t rank = F.cols();
    Matrix<double> products(rank, rank);
    for (std::size_t k = 0; k < rank; ++k) products(k, k) = mu;
    if (!F.empty())
        lapack::syrk('U', 'N', lapack::size(rank), lapack::size(F.rows()), 1.0, F.data(), lapack::size(rank),
                     products.data(), lapack::size(rank));
    return products;
}

/// F^T R.
inline Matrix<double> transposed_product(const Matrix<double>& F, const Matrix<double>& R) {
    Matrix<double> product(F.cols(), R.cols());
    if (product.empty() || F.rows() == 0) return product;
    const int outputs = lapack::size(R.cols()), rank = lapack::size(F.cols());
    lapack::gemm('N', 'T', outputs, rank, lapack::size(F.rows()), R.data(), outputs, F.data(), rank, product.data(),
                 outputs);
    return product;
}

class ShiftedInverse {
public:
    /// Throws not_positive_definite where F^T F + mu I is not, to rounding.
    ShiftedInverse(const LowRank& approximation, double mu)
        : F_{&approximation.factor},
          mu_{std::max(mu, 1e-13 * (approximation.trace - approximation.residual_trace))},
          L_{inner_products(*F_, mu_)} {
        if (const auto breakdown = cholesky::factorise(L_))
            throw not_positive_definite{"F^T F with a shift of " + readable_number(mu_) +
                                            " is not positive definite: pass a larger ridge, or a smaller rank",
                                        breakdown->pivot, breakdown->value, 10 * mu_};
    }

    [[nodiscard]] double shift() const { return mu_; }

    [[nodiscard]] Matrix<double> apply(const Matrix<double>& R) const {
        Matrix<double> result = R.copy();
        if (result.empty()) return result;
        if (!F_->empty()) {
            Matrix<double> inner = transposed_product(*F_, R);
            cholesky::solve(L_, inner);
            const int outputs = lapack::size(R.cols()), rank = lapack::size(F_->cols());
            lapack::gemm('N', 'N', outputs, lapack::size(R.rows()), rank, inner.data(), outputs, F_->data(), rank,
                         result.data(), outputs, -1.0, 1.0);
        }
        for (std::size_t k = 0; k < result.size(); ++k) result.data()[k] /= mu_;
        return result;
    }

private:
    const Matrix<double>* F_;
    double mu_;
    Matrix<double> L_;
};

}  // namespace wide
