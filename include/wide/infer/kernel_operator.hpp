#pragma once
// What solvers for many samples ask of a symmetric kernel: products with it and parts of it, never all of it. `kernel_of`
// makes one of an architecture (kernel/operator.hpp), `radial_kernel` one of distances, `stored_kernel` one of a matrix.
//
//     auto K = stored_kernel(matrix);                  // only the lower triangle is read; it has to outlive K
//     Matrix<T> KV = K.multiply(V);                    // n x outputs
//     Matrix<T> rows = K.multiply_rows(places, V);     // places x outputs: some rows of K, times V
//     Matrix<T> KI = K.columns(places);                // n x places
//     Matrix<T> KIJ = K.block(places, others);         // places x others
//     K.against()(z).multiply(weights);                // the kernel of what is not known yet with all samples of K,
//     K.against(places)(z).multiply(weights);          // or with some; of a stored kernel z is that matrix, m x n
//
// stored_kernel: n^2 to look for what is not finite, then products by BLAS. Throws shape_mismatch, not_finite.
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <wide/infer/lapack.hpp>
#include <wide/infer/regress.hpp>
#include <wide/run/error.hpp>
#include <wide/run/matrix.hpp>

namespace wide {

template <class Kernel>
concept KernelOperator = requires(const Kernel& kernel, const Matrix<typename Kernel::value_type>& V,
                                  std::span<const std::size_t> places) {
    { kernel.rows() } -> std::same_as<std::size_t>;
    { kernel.multiply(V) } -> std::same_as<Matrix<typename Kernel::value_type>>;
    { kernel.multiply_rows(places, V) } -> std::same_as<Matrix<typename Kernel::value_type>>;
    { kernel.columns(places) } -> std::same_as<Matrix<typename Kernel::value_type>>;
    { kernel.block(places, places) } -> std::same_as<Matrix<typename Kernel::value_type>>;
    { kernel.diagonal() } -> std::same_as<std::vector<typename Kernel::value_type>>;
    kernel.against();
    kernel.against(places);
};

/// 0, 1, ..., count - 1.
inline std::vector<std::size_t> all_places(std::size_t count) {
    std::vector<std::size_t> places(count);
    std::iota(places.begin(), places.end(), std::size_t{0});
    return places;
}

/// A V, both row-major and stored.
template <class T>
Matrix<T> product_of(const Matrix<T>& A, const Matrix<T>& V) {
    if (A.cols() != V.rows())
        throw shape_mismatch{"a matrix of " + regression::size_of(A.rows(), A.cols()) + " cannot multiply one of " +
                             regression::size_of(V.rows(), V.cols())};
    Matrix<T> product(A.rows(), V.cols());
    if (product.empty() || A.cols() == 0) return product;
    lapack::gemm('N', 'N', lapack::size(V.cols()), lapack::size(A.rows()), lapack::size(A.cols()), V.data(),
                 lapack::size(V.cols()), A.data(), lapack::size(A.cols()), product.data(), lapack::size(V.cols()));
    return product;
}

/// The same numbers in another element type.
template <class To, class From>
Matrix<To> converted(const Matrix<From>& from) {
    Matrix<To> to(from.rows(), from.cols());
    for (std::size_t k = 0; k < to.size(); ++k) to.data()[k] = static_cast<To>(from.data()[k]);
    return to;
}

/// Throws unless y has a row for each of the kernel's, and only finite numbers.
template <KernelOperator Kernel>
void require_outputs(const Kernel& K, const Matrix<typename Kernel::value_type>& y) {
    if (y.rows() != K.rows())
        throw shape_mismatch{"regress: y has " + std::to_string(y.rows()) + " rows, but K is of " +
                             std::to_string(K.rows()) + " samples: pass one row of y for each training row"};
    regression::require_finite(
        y, [&](std::size_t) { return y.cols(); }, "regress: y", "mend or leave out this training row");
}

/// The columns of a matrix that belong to what was trained on.
template <std::floating_point T>
class StoredAgainst {
public:
    explicit StoredAgainst(std::size_t known) : known_{known}, places_{all_places(known)} {}
    StoredAgainst(std::size_t known, std::span<const std::size_t> places)
        : known_{known}, places_(places.begin(), places.end()) {}

    class Part {
    public:
        explicit Part(Matrix<T> K) : K_{std::move(K)} {}
        [[nodiscard]] Matrix<T> multiply(const Matrix<T>& V) const { return product_of(K_, V); }

    private:
        Matrix<T> K_;
    };

    /// Kz: new samples by all that are known.
    [[nodiscard]] Part operator()(const Matrix<T>& Kz) const {
        if (Kz.cols() != known_)
            throw shape_mismatch{"predict: Kz is " + regression::size_of(Kz.rows(), Kz.cols()) + ", but " +
                                 std::to_string(known_) + " rows were trained on: pass test rows by training rows"};
        regression::require_finite(
            Kz, [&](std::size_t) { return known_; }, "predict: Kz", "look at these two rows");
        Matrix<T> part(Kz.rows(), places_.size());
        for (std::size_t i = 0; i < part.rows(); ++i)
            for (std::size_t j = 0; j < part.cols(); ++j) part(i, j) = Kz(i, places_[j]);
        return Part{std::move(part)};
    }

private:
    std::size_t known_;
    std::vector<std::size_t> places_;
};

template <std::floating_point T>
class StoredKernel {
    using Places = std::span<const std::size_t>;

public:
    using value_type = T;

    explicit StoredKernel(const Matrix<T>& K) : K_{&K} {
        if (K.rows() != K.cols())
            throw shape_mismatch{"stored_kernel: K is " + regression::size_of(K.rows(), K.cols()) +
                                 ", but has to be square: pass the Gram of the training rows"};
        regression::require_finite(
            K, [](std::size_t i) { return i + 1; }, "stored_kernel: K", "look at these two training rows");
    }

    [[nodiscard]] std::size_t rows() const { return K_->rows(); }
    [[nodiscard]] std::size_t cols() const { return K_->rows(); }

    [[nodiscard]] std::vector<T> diagonal() const {
        std::vector<T> own(rows());
        for (std::size_t i = 0; i < own.size(); ++i) own[i] = (*K_)(i, i);
        return own;
    }

    [[nodiscard]] Matrix<T> multiply(const Matrix<T>& V) const {
        if (V.rows() != rows())
            throw shape_mismatch{"multiply: K is " + regression::size_of(rows(), rows()) + ", but V has " +
                                 std::to_string(V.rows()) + " rows"};
        Matrix<T> product(rows(), V.cols());
        if (product.empty()) return product;
        const int n = lapack::size(rows()), outputs = lapack::size(V.cols());
        lapack::symm('R', 'U', outputs, n, K_->data(), n, V.data(), outputs, product.data(), outputs);
        return product;
    }

    [[nodiscard]] Matrix<T> multiply_rows(Places places, const Matrix<T>& V) const {
        return product_of(block(places, all_places(rows())), V);
    }

    [[nodiscard]] Matrix<T> columns(Places places) const { return block(all_places(rows()), places); }

    [[nodiscard]] Matrix<T> block(Places down, Places across) const {
        for (const Places places : {down, across})
            for (const std::size_t i : places)
                if (i >= rows())
                    throw shape_mismatch{"there is no row " + std::to_string(i) + " among " + std::to_string(rows())};
        Matrix<T> part(down.size(), across.size());
        for (std::size_t i = 0; i < down.size(); ++i)
            for (std::size_t j = 0; j < across.size(); ++j)
                part(i, j) = (*K_)(std::max(down[i], across[j]), std::min(down[i], across[j]));
        return part;
    }

    [[nodiscard]] StoredAgainst<T> against() const { return StoredAgainst<T>{rows()}; }
    [[nodiscard]] StoredAgainst<T> against(Places places) const { return {rows(), places}; }

private:
    const Matrix<T>* K_;
};

/// The matrix has to outlive what is made of it.
template <std::floating_point T>
[[nodiscard]] StoredKernel<T> stored_kernel(const Matrix<T>& K) {
    return StoredKernel<T>{K};
}
template <std::floating_point T>
StoredKernel<T> stored_kernel(Matrix<T>&&) = delete;

}  // namespace wide
