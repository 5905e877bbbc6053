#pragma once
// Products of row-major matrices, in namespace rowmajor.
//
//     product(A, B)              A B          a x k times k x b
//     transposed_product(A, B)   A^T B        k x a, k x b
//     product_transposed(A, B)   A B^T        a x k, b x k
//     symmetric_product(S, B)    S B          S symmetric, of which only the lower triangle is read
//     product_symmetric(A, S)    A S
//
// Sizes are the caller's to agree; a product over nothing is zero. Throws insufficient_memory for what is returned.
#include <cstddef>

#include <wide/infer/lapack.hpp>
#include <wide/run/matrix.hpp>

namespace wide::rowmajor {

template <class T>
[[nodiscard]] Matrix<T> product(const Matrix<T>& A, const Matrix<T>& B) {
    Matrix<T> C(A.rows(), B.cols());
    if (C.empty() || A.cols() == 0) return C;
    const int columns = lapack::size(B.cols()), inner = lapack::size(A.cols());
    lapack::gemm('N', 'N', columns, lapack::size(A.rows()), inner, B.data(), columns, A.data(), inner, C.data(), columns);
    return C;
}

template <class T>
[[nodiscard]] Matrix<T> transposed_product(const Matrix<T>& A, const Matrix<T>& B) {
    Matrix<T> C(A.cols(), B.cols());
    if (C.empty() || A.rows() == 0) return C;
    const int columns = lapack::size(B.cols()), rows = lapack::size(A.cols());
    lapack::gemm('N', 'T', columns, rows, lapack::size(A.rows()), B.data(), columns, A.data(), rows, C.data(), columns);
    return C;
}

template <class T>
[[nodiscard]] Matrix<T> product_transposed(const Matrix<T>& A, const Matrix<T>& B) {
    Matrix<T> C(A.rows(), B.rows());
    if (C.empty() || A.cols() == 0) return C;
    const int columns = lapack::size(B.rows()), inner = lapack::size(A.cols());
    lapack::gemm('T', 'N', columns, lapack::size(A.rows()), inner, B.data(), inner, A.data(), inner, C.data(), columns);
    return C;
}

template <class T>
[[nodiscard]] Matrix<T> product_symmetric(const Matrix<T>& A, const Matrix<T>& S) {
    Matrix<T> C(A.rows(), S.rows());
    if (C.empty()) return C;
    const int n = lapack::size(S.rows());
    lapack::symm('L', 'U', n, lapack::size(A.rows()), S.data(), n, A.data(), n, C.data(), n);
    return C;
}

template <class T>
[[nodiscard]] Matrix<T> symmetric_product(const Matrix<T>& S, const Matrix<T>& B) {
    Matrix<T> C(S.rows(), B.cols());
    if (C.empty()) return C;
    const int n = lapack::size(S.rows()), columns = lapack::size(B.cols());
    lapack::symm('R', 'U', columns, n, S.data(), n, B.data(), columns, C.data(), columns);
    return C;
}

}  // namespace wide::rowmajor
