#pragma once
// The BLAS and LAPACK routines that inference calls, declared here and nowhere else, with one name for
// float and double.
//
// Why not <lapacke.h>:
//  - it pulls in <complex.h>, whose macro `I` breaks every template with a parameter of that name (xsimd's, first);
//  - its high-level calls scan the matrix for NaN with 32-bit offsets and crash from n = 46,341 on (n * n > 2^31).
//    The Fortran symbols don't: their integers are 32-bit sizes, their addresses are computed in 64 bits.
// The declarations have the types that LAPACK's own <lapack.h> gives them, so both may meet in one translation unit.
// The trailing std::size_t are the lengths that Fortran passes for its character arguments; the routines that are
// written in C ignore them.
//
// Everything is column-major there and row-major here: the lower triangle of a row-major matrix is the upper one of
// the column-major matrix in the same memory. Callers say `upper` and transpose nothing.
//
//     lapack::potrf('U', n, a, lda);
#include <climits>
#include <concepts>
#include <cstddef>
#include <string>
#include <type_traits>

#include <wide/run/error.hpp>

extern "C" {
void spotrf_(const char* uplo, const int* n, float* a, const int* lda, int* info, std::size_t);
void dpotrf_(const char* uplo, const int* n, double* a, const int* lda, int* info, std::size_t);
void spotri_(const char* uplo, const int* n, float* a, const int* lda, int* info, std::size_t);
void dpotri_(const char* uplo, const int* n, double* a, const int* lda, int* info, std::size_t);
void strtri_(const char* uplo, const char* diag, const int* n, float* a, const int* lda, int* info, std::size_t,
             std::size_t);
void dtrtri_(const char* uplo, const char* diag, const int* n, double* a, const int* lda, int* info, std::size_t,
             std::size_t);
void dsterf_(const int* n, double* diagonal, double* off_diagonal, int* info);
void ssyevr_(const char* jobz, const char* range, const char* uplo, const int* n, float* a, const int* lda,
             const float* vl, const float* vu, const int* il, const int* iu, const float* abstol, int* m, float* w,
             float* z, const int* ldz, int* isuppz, float* work, const int* lwork, int* iwork, const int* liwork,
             int* info, std::size_t, std::size_t, std::size_t);
void dsyevr_(const char* jobz, const char* range, const char* uplo, const int* n, double* a, const int* lda,
             const double* vl, const double* vu, const int* il, const int* iu, const double* abstol, int* m, double* w,
             double* z, const int* ldz, int* isuppz, double* work, const int* lwork, int* iwork, const int* liwork,
             int* info, std::size_t, std::size_t, std::size_t);

void sgelsy_(const int* m, const int* n, const int* nrhs, float* a, const int* lda, float* b, const int* ldb, int* jpvt,
             const float* rcond, int* rank, float* work, const int* lwork, int* info);
void dgelsy_(const int* m, const int* n, const int* nrhs, double* a, const int* lda, double* b, const int* ldb, int* jpvt,
             const double* rcond, int* rank, double* work, const int* lwork, int* info);

void strsm_(const char* side, const char* uplo, const char* trans, const char* diag, const int* m, const int* n,
            const float* alpha, const float* a, const int* lda, float* b, const int* ldb, std::size_t, std::size_t,
            std::size_t, std::size_t);
void dtrsm_(const char* side, const char* uplo, const char* trans, const char* diag, const int* m, const int* n,
            const double* alpha, const double* a, const int* lda, double* b, const int* ldb, std::size_t, std::size_t,
            std::size_t, std::size_t);
void strmm_(const char* side, const char* uplo, const char* trans, const char* diag, const int* m, const int* n,
            const float* alpha, const float* a, const int* lda, float* b, const int* ldb, std::size_t, std::size_t,
            std::size_t, std::size_t);
void dtrmm_(const char* side, const char* uplo, const char* trans, const char* diag, const int* m, const int* n,
            const double* alpha, const double* a, const int* lda, double* b, const int* ldb, std::size_t, std::size_t,
            std::size_t, std::size_t);
void ssyrk_(const char* uplo, const char* trans, const int* n, const int* k, const float* alpha, const float* a,
            const int* lda, const float* beta, float* c, const int* ldc, std::size_t, std::size_t);
void dsyrk_(const char* uplo, const char* trans, const int* n, const int* k, const double* alpha, const double* a,
            const int* lda, const double* beta, double* c, const int* ldc, std::size_t, std::size_t);
void ssyr2k_(const char* uplo, const char* trans, const int* n, const int* k, const float* alpha, const float* a,
             const int* lda, const float* b, const int* ldb, const float* beta, float* c, const int* ldc, std::size_t,
             std::size_t);
void dsyr2k_(const char* uplo, const char* trans, const int* n, const int* k, const double* alpha, const double* a,
             const int* lda, const double* b, const int* ldb, const double* beta, double* c, const int* ldc,
             std::size_t, std::size_t);
void ssymm_(const char* side, const char* uplo, const int* m, const int* n, const float* alpha, const float* a,
            const int* lda, const float* b, const int* ldb, const float* beta, float* c, const int* ldc, std::size_t,
            std::size_t);
void dsymm_(const char* side, const char* uplo, const int* m, const int* n, const double* alpha, const double* a,
            const int* lda, const double* b, const int* ldb, const double* beta, double* c, const int* ldc,
            std::size_t, std::size_t);
void sgemm_(const char* transa, const char* transb, const int* m, const int* n, const int* k, const float* alpha,
            const float* a, const int* lda, const float* b, const int* ldb, const float* beta, float* c,
            const int* ldc, std::size_t, std::size_t);
void dgemm_(const char* transa, const char* transb, const int* m, const int* n, const int* k, const double* alpha,
            const double* a, const int* lda, const double* b, const int* ldb, const double* beta, double* c,
            const int* ldc, std::size_t, std::size_t);
void ssymv_(const char* uplo, const int* n, const float* alpha, const float* a, const int* lda, const float* x,
            const int* incx, const float* beta, float* y, const int* incy, std::size_t);
void dsymv_(const char* uplo, const int* n, const double* alpha, const double* a, const int* lda, const double* x,
            const int* incx, const double* beta, double* y, const int* incy, std::size_t);
}

namespace wide::lapack {

/// A size as these routines take it; refused beyond 2^31 - 1 instead of wrapped.
inline int size(std::size_t n) {
    if (n > INT_MAX)
        throw error{"a dimension of " + std::to_string(n) +
                    " exceeds what BLAS can index (2147483647): " + "compute in row blocks"};
    return static_cast<int>(n);
}

/// The routine for this element type, of two.
template <std::floating_point T, class Single, class Double>
constexpr auto routine(Single single, Double twice) {
    if constexpr (std::is_same_v<T, float>) return single;
    else return twice;
}

/// Cholesky in place; 0, or the one-based index of the first pivot that is not positive (its value is left in place).
template <class T>
[[nodiscard]] int potrf(char uplo, int n, T* a, int lda) {
    int info = 0;
    routine<T>(spotrf_, dpotrf_)(&uplo, &n, a, &lda, &info, 1);
    return info;
}

/// The inverse, in place of its Cholesky factor, whose diagonal is positive: so this cannot fail.
template <class T>
void potri(char uplo, int n, T* a, int lda) {
    int info = 0;
    routine<T>(spotri_, dpotri_)(&uplo, &n, a, &lda, &info, 1);
}

/// The inverse of a triangular matrix in its place; the diagonal holds no zero: so this cannot fail.
template <class T>
void trtri(char uplo, int n, T* a, int lda) {
    int info = 0;
    routine<T>(strtri_, dtrtri_)(&uplo, "N", &n, a, &lda, &info, 1, 1);
}

/// Eigenvalues of a symmetric tridiagonal matrix, ascending, into `diagonal`; 0 if it converged.
[[nodiscard]] inline int sterf(int n, double* diagonal, double* off_diagonal) {
    int info = 0;
    dsterf_(&n, diagonal, off_diagonal, &info);
    return info;
}

/// What syevr asks for beside the matrix. Sizes -1 ask for the sizes.
template <class T>
struct EigenRoom {
    T* work;
    int work_size;
    int* whole;
    int whole_size;
};

/// Eigenpairs `first` to `last` (from one, ascending) of a symmetric matrix, which is used up: values to `w`, which has room for
/// n, vectors to `z`, n numbers each. `support` has room for 2 (last - first + 1). 0 if it converged.
template <class T>
[[nodiscard]] int syevr(char uplo, int n, T* a, int first, int last, T* w, T* z, int* support, const EigenRoom<T>& room) {
    const T unused = 0;
    int found = 0, info = 0;
    routine<T>(ssyevr_, dsyevr_)("V", "I", &uplo, &n, a, &n, &unused, &unused, &first, &last, &unused, &found, w, z, &n, support,
                                 room.work, &room.work_size, room.whole, &room.whole_size, &info, 1, 1, 1);
    return info;
}

/// B := A^+ B, where A is m x n and B has max(m, n) rows; both are column-major and used up. A's rank is taken for the size of
/// the largest leading triangle of its pivoted factorisation whose condition, as LAPACK estimates it, is below 1 / rcond. A
/// work_size of -1 asks for the size of `work`.
template <class T>
void gelsy(int m, int n, int columns, T* a, T* b, int* pivots, T rcond, T* work, int work_size) {
    const int rows_of_b = m > n ? m : n;
    int rank = 0, info = 0;
    routine<T>(sgelsy_, dgelsy_)(&m, &n, &columns, a, &m, b, &rows_of_b, pivots, &rcond, &rank, work, &work_size, &info);
}

/// B := op(A)^-1 B (side 'L') or B op(A)^-1 (side 'R'), A triangular.
template <class T>
void trsm(char side, char uplo, char trans, int m, int n, const T* a, int lda, T* b, int ldb) {
    const T one = 1;
    routine<T>(strsm_, dtrsm_)(&side, &uplo, &trans, "N", &m, &n, &one, a, &lda, b, &ldb, 1, 1, 1, 1);
}

/// B := op(A) B (side 'L') or B op(A) (side 'R'), A triangular.
template <class T>
void trmm(char side, char uplo, char trans, int m, int n, const T* a, int lda, T* b, int ldb) {
    const T one = 1;
    routine<T>(strmm_, dtrmm_)(&side, &uplo, &trans, "N", &m, &n, &one, a, &lda, b, &ldb, 1, 1, 1, 1);
}

/// C := C + alpha op(A) op(A)^T, one triangle of C.
template <class T>
void syrk(char uplo, char trans, int n, int k, std::type_identity_t<T> alpha, const T* a, int lda, T* c, int ldc) {
    const T one = 1;
    routine<T>(ssyrk_, dsyrk_)(&uplo, &trans, &n, &k, &alpha, a, &lda, &one, c, &ldc, 1, 1);
}

/// C := C + A^T B + B^T A (trans 'T') or C + A B^T + B A^T ('N'), one triangle of C.
template <class T>
void syr2k(char uplo, char trans, int n, int k, const T* a, int lda, const T* b, int ldb, T* c, int ldc) {
    const T one = 1;
    routine<T>(ssyr2k_, dsyr2k_)(&uplo, &trans, &n, &k, &one, a, &lda, b, &ldb, &one, c, &ldc, 1, 1);
}

/// C := alpha op(A) op(B) + beta C.
template <class T>
void gemm(char transa, char transb, int m, int n, int k, const T* a, int lda, const T* b, int ldb, T* c, int ldc,
          std::type_identity_t<T> alpha = 1, std::type_identity_t<T> beta = 0) {
    routine<T>(sgemm_, dgemm_)(&transa, &transb, &m, &n, &k, &alpha, a, &lda, b, &ldb, &beta, c, &ldc, 1, 1);
}

/// C := A B (side 'L') or B A (side 'R'), A symmetric and given by one triangle.
template <class T>
void symm(char side, char uplo, int m, int n, const T* a, int lda, const T* b, int ldb, T* c, int ldc) {
    const T one = 1, zero = 0;
    routine<T>(ssymm_, dsymm_)(&side, &uplo, &m, &n, &one, a, &lda, b, &ldb, &zero, c, &ldc, 1, 1);
}

/// y := A x, A symmetric and given by one triangle.
template <class T>
void symv(char uplo, int n, const T* a, int lda, const T* x, T* y) {
    const T one = 1, zero = 0;
    const int step = 1;
    routine<T>(ssymv_, dsymv_)(&uplo, &n, &one, a, &lda, x, &step, &zero, y, &step, 1);
}

}  // namespace wide::lapack
