#pragma once
// Kernels of a finite network at its parameters.
//
//     Matrix<float> K = empirical_ntk<Net>(theta, z, x);      // mean over outputs o of <grad f_o(z), grad f_o(x)>
//     Matrix<float> S = empirical_ntk<Net>(theta, x);         // symmetric, every pair once; fill::lower leaves zeros above
//     auto full = full_empirical_ntk<Net>(theta, z, x);       // full(i, j, o, p) = <grad f_o(z_i), grad f_p(x_j)>
//     Matrix<float> Q = empirical_nngp<Net>(theta, z, x);     // f(z) f(x)^T / outputs
//     auto Kv = ntk_vector_product<Net>(theta, z, x, v);      // sum_{j, p} full(., j, ., p) v(j, p), no kernel formed
//
// The full kernel and the NNGP of one set of samples are symmetric, too: full_empirical_ntk<Net>(theta, x). Frozen layers add
// nothing. Layer by layer, the contraction that costs least (contraction.hpp). Memory besides the result: values, slopes and
// cotangents of up to `samples_contracted` samples on each side, and what layers read of them. Throws shape_mismatch,
// not_finite, insufficient_memory, cancelled; same bits for any number of threads.
#include <algorithm>
#include <cstddef>
#include <span>
#include <string>

#include <wide/finite/contract.hpp>
#include <wide/finite/vjp.hpp>

namespace wide {

/// Ends a kernel of rows and columns of `apart` outputs each: what is below the diagonal goes above it where it is asked for,
/// and not_finite (samples) is thrown for an entry that is no number.
template <class T>
void finish_kernel(Matrix<T>& kernel, std::size_t apart, bool symmetric, const options& how) {
    for (std::size_t r = 0; r < kernel.rows(); ++r)
        if (const auto c = first_not_finite(std::span<const T>(kernel.row(r))))
            throw not_finite("the empirical kernel of samples " + std::to_string(r / apart) + " and " +
                                 std::to_string(*c / apart) + " is not a finite number though outputs are: gradients are too "
                                 "large for the element type",
                             r / apart, *c / apart);
    if (!symmetric || how.fill == fill::lower) return;
    for (std::size_t i = 0; i < kernel.rows(); ++i)
        for (std::size_t j = i + 1; j < kernel.cols(); ++j) kernel(i, j) = kernel(j, i);
}

template <class Net, class In, class Z, class X, class T>
[[nodiscard]] Matrix<T> mean_empirical_ntk(const Parameters<Net, In, T>& theta, const Rows<Z, T>& z, const Rows<X, T>& x,
                                           bool symmetric, const options& how) {
    Matrix<T> kernel;
    contract_gradients(kernel, theta, z, x, symmetric, false, how);
    const T share = T(1) / static_cast<T>(Network<Net, In>::outputs);
    for (std::size_t k = 0; share != T(1) && k < kernel.size(); ++k) kernel.data()[k] *= share;
    finish_kernel(kernel, 1, symmetric, how);
    return kernel;
}

/// z.count x x.count; mean over outputs.
template <class Net, class In, class Z, class X, class T>
[[nodiscard]] Matrix<T> empirical_ntk(const Parameters<Net, In, T>& theta, const Rows<Z, T>& z, const Rows<X, T>& x,
                                      const options& how = {}) {
    return mean_empirical_ntk(theta, z, x, false, how);
}
template <class Net, class In, class X, class T>
[[nodiscard]] Matrix<T> empirical_ntk(const Parameters<Net, In, T>& theta, const Rows<X, T>& x, const options& how = {}) {
    return mean_empirical_ntk(theta, x, x, true, how);
}

/// (i, j, o, p): sample i and output o of the left side, j and p of the right. As a matrix, (i, o) by (j, p).
template <class T>
struct FullKernel {
    Matrix<T> matrix;
    std::size_t outputs = 1;

    [[nodiscard]] T operator()(std::size_t i, std::size_t j, std::size_t o, std::size_t p) const {
        return matrix(i * outputs + o, j * outputs + p);
    }
};

template <class Net, class In, class Z, class X, class T>
[[nodiscard]] FullKernel<T> full_empirical_kernel(const Parameters<Net, In, T>& theta, const Rows<Z, T>& z,
                                                  const Rows<X, T>& x, bool symmetric, const options& how) {
    FullKernel<T> full{{}, Network<Net, In>::outputs};
    contract_gradients(full.matrix, theta, z, x, symmetric, true, how);
    finish_kernel(full.matrix, full.outputs, symmetric, how);
    return full;
}
template <class Net, class In, class Z, class X, class T>
[[nodiscard]] FullKernel<T> full_empirical_ntk(const Parameters<Net, In, T>& theta, const Rows<Z, T>& z, const Rows<X, T>& x,
                                               const options& how = {}) {
    return full_empirical_kernel(theta, z, x, false, how);
}
template <class Net, class In, class X, class T>
[[nodiscard]] FullKernel<T> full_empirical_ntk(const Parameters<Net, In, T>& theta, const Rows<X, T>& x,
                                               const options& how = {}) {
    return full_empirical_kernel(theta, x, x, true, how);
}

/// left right^T / outputs, of rows of outputs.
template <class T>
[[nodiscard]] Matrix<T> kernel_of_outputs(const Matrix<T>& left, const Matrix<T>& right, bool symmetric, const options& how) {
    const std::size_t outputs = right.cols(), part = 4 * TileShape<T>::rows;
    const std::size_t elements = panel_elements<T>(outputs, right.rows());
    require_memory(saturated_product(saturated_sum(saturated_product(left.rows(), right.rows()), elements), sizeof(T)),
                   how.budget, "an empirical kernel");
    Matrix<T> kernel(left.rows(), right.rows());
    if (kernel.empty()) return kernel;
    Matrix<T> panels(1, elements);
    const auto columns =
        pack_panels(right.data(), 1, static_cast<std::ptrdiff_t>(outputs), outputs, right.rows(), panels.data());
    run_sample_blocks((left.rows() + part - 1) / part, left.rows(), part, how, [&](std::size_t b) {
        const std::size_t first = b * part, some = std::min(part, left.rows() - first);
        const ProductTerm<T> term{{left.row(first).data(), static_cast<std::ptrdiff_t>(outputs), 1}, columns, outputs, 0};
        multiply<1, T>(some, symmetric ? first + some : right.rows(), std::span<const ProductTerm<T>>(&term, 1),
                       [&](const ProductTile<T, 1>& made) {
                           for (std::size_t r = 0; r < made.rows; ++r) {
                               const std::size_t i = first + made.first_row + r;
                               for (std::size_t q = 0; q < made.columns; ++q)
                                   if (const std::size_t j = made.first_column + q; !symmetric || j <= i)
                                       kernel(i, j) = made.tile[0][r * made.stride + q] / static_cast<T>(outputs);
                           }
                       });
    });
    finish_kernel(kernel, 1, symmetric, how);
    return kernel;
}

/// f(z) f(x)^T / outputs, z.count x x.count.
template <class Net, class In, class Z, class X, class T>
[[nodiscard]] Matrix<T> empirical_nngp(const Parameters<Net, In, T>& theta, const Rows<Z, T>& z, const Rows<X, T>& x,
                                       const options& how = {}) {
    options quiet = how;
    quiet.progress = {};
    return kernel_of_outputs(forward<Net>(theta, z, quiet), forward<Net>(theta, x, quiet), false, how);
}
template <class Net, class In, class X, class T>
[[nodiscard]] Matrix<T> empirical_nngp(const Parameters<Net, In, T>& theta, const Rows<X, T>& x, const options& how = {}) {
    options quiet = how;
    quiet.progress = {};
    const Matrix<T> outputs = forward<Net>(theta, x, quiet);
    return kernel_of_outputs(outputs, outputs, true, how);
}

/// J(z) J(x)^T v, for v and the result samples x outputs: one gradient and one derivative along it.
template <class Net, class In, class Z, class X, class T>
[[nodiscard]] Matrix<T> ntk_vector_product(const Parameters<Net, In, T>& theta, const Rows<Z, T>& z, const Rows<X, T>& x,
                                           const Matrix<T>& v, const options& how = {}) {
    options quiet = how;
    quiet.progress = {};
    return jvp<Net>(theta, vjp<Net>(theta, x, v, quiet), z, how).tangent;
}

}  // namespace wide
