#include <wide/infer/cholesky.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include "../catch.hpp"
#include "reference.hpp"

using namespace wide;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {
/// L L^T, lower triangle, from the lower triangle of L.
template <class T>
Matrix<T> product(const Matrix<T>& L) {
    Matrix<T> A(L.rows(), L.rows());
    for (std::size_t i = 0; i < L.rows(); ++i)
        for (std::size_t j = 0; j <= i; ++j) {
            double sum = 0;
            for (std::size_t k = 0; k <= j; ++k) sum += static_cast<double>(L(i, k)) * static_cast<double>(L(j, k));
            A(i, j) = static_cast<T>(sum);
        }
    return A;
}

/// || A - B || / (n || A || eps), LAPACK's test ratio, over lower triangles.
template <class T>
double test_ratio(const Matrix<T>& A, const Matrix<T>& B) {
    Matrix<T> difference(A.rows(), A.rows());
    for (std::size_t i = 0; i < A.rows(); ++i)
        for (std::size_t j = 0; j <= i; ++j) difference(i, j) = A(i, j) - B(i, j);
    const double eps = static_cast<double>(std::numeric_limits<T>::epsilon());
    return std::sqrt(squared_norm(difference) / squared_norm(A)) / (static_cast<double>(A.rows()) * eps);
}
}  // namespace

TEMPLATE_TEST_CASE("L L^T is A for every size against the block", "", float, double) {
    for (std::size_t block : {1u, 3u, 4u, 64u})
        for (std::size_t n = 1; n <= 20; ++n) {
            const Matrix<TestType> A = well_conditioned<TestType>(n, static_cast<unsigned>(n));
            Matrix<TestType> L = A.copy();
            REQUIRE_FALSE(cholesky::factorise(L, block));
            REQUIRE(test_ratio(A, product(L)) < 30);
        }
}

TEST_CASE("nothing to factorise is no failure") {
    Matrix<double> A(0, 0);
    CHECK_FALSE(cholesky::factorise(A));
}

TEMPLATE_TEST_CASE("LAPACK's test ratio holds at n = 1500", "", float, double) {
    const std::size_t n = 1500;
    const Matrix<TestType> X = normal<TestType>(n, n + 100, 7);
    Matrix<TestType> A(n, n);
    lapack::gemm('T', 'N', 1500, 1500, 1600, X.data(), 1600, X.data(), 1600, A.data(), 1500);
    Matrix<TestType> L = A.copy();
    REQUIRE_FALSE(cholesky::factorise(L));
    for (std::size_t i = 0; i < n; ++i) std::fill(&L(i, 0) + i + 1, &L(i, 0) + n, TestType{0});
    Matrix<TestType> B(n, n);
    lapack::gemm('T', 'N', 1500, 1500, 1500, L.data(), 1500, L.data(), 1500, B.data(), 1500);
    CHECK(test_ratio(A, B) < 30);
}

TEMPLATE_TEST_CASE("the upper triangle is neither read nor written", "", float, double) {
    const TestType nan = std::numeric_limits<TestType>::quiet_NaN();
    Matrix<TestType> A = well_conditioned<TestType>(17, 3), twin = A.copy();
    for (std::size_t i = 0; i < 17; ++i)
        for (std::size_t j = i + 1; j < 17; ++j) A(i, j) = nan;
    REQUIRE_FALSE(cholesky::factorise(A, 5));
    REQUIRE_FALSE(cholesky::factorise(twin, 5));
    for (std::size_t i = 0; i < 17; ++i)
        for (std::size_t j = 0; j < 17; ++j) {
            if (j <= i) REQUIRE(A(i, j) == twin(i, j));
            else REQUIRE(std::isnan(A(i, j)));
        }
}

TEMPLATE_TEST_CASE("a breakdown names its pivot, and restore gives the matrix back", "", float, double) {
    const std::size_t n = 23;
    for (std::size_t block : {1u, 4u, 10u, 64u})
        for (std::size_t bad = 0; bad < n; ++bad) {
            Matrix<TestType> A = well_conditioned<TestType>(n, 5);
            A(bad, bad) = TestType{-2};
            const Matrix<TestType> original = A.copy();
            const auto breakdown = cholesky::factorise(A, block);
            REQUIRE(breakdown);
            REQUIRE(breakdown->pivot == bad);
            REQUIRE(breakdown->value < -2 + 1e-5);
            REQUIRE(breakdown->finished == bad / block * block);
            cholesky::restore(A, *breakdown, block);
            REQUIRE(test_ratio(original, A) < 30);
        }
}

TEST_CASE("the value of a pivot is what elimination leaves") {
    Matrix<double> A(3, 3);
    A(0, 0) = 4, A(1, 0) = 2, A(1, 1) = 5, A(2, 0) = 6, A(2, 1) = 1, A(2, 2) = 8;
    const auto breakdown = cholesky::factorise(A);
    REQUIRE(breakdown);
    CHECK(breakdown->pivot == 2);
    CHECK_THAT(breakdown->value, WithinRel(8 - 9 - 1.0, 1e-14));  // 8 - 3^2 - (1 - 3 * 1)^2 / 4
}

TEMPLATE_TEST_CASE("a pivot that is rounding error is refused, whatever its sign", "", float, double) {
    const TestType eps = std::numeric_limits<TestType>::epsilon();
    const auto with_last_pivot = [](TestType pivot) {
        Matrix<TestType> A(2, 2);
        A(0, 0) = 1, A(1, 0) = 1, A(1, 1) = 1 + pivot;
        return A;
    };
    for (const TestType pivot : {-4 * eps, TestType{0}, 4 * eps}) {
        Matrix<TestType> A = with_last_pivot(pivot);
        const auto breakdown = cholesky::factorise(A);
        REQUIRE(breakdown);
        CHECK(breakdown->pivot == 1);
        CHECK_THAT(breakdown->value, WithinAbs(static_cast<double>(pivot), static_cast<double>(eps)));
    }
    Matrix<TestType> honest = with_last_pivot(64 * eps);
    CHECK_FALSE(cholesky::factorise(honest));
}

TEMPLATE_TEST_CASE("an overflow on the way is a breakdown, not a NaN", "", float, double) {
    const TestType large = std::numeric_limits<TestType>::max() / 2;
    Matrix<TestType> A(3, 3);
    A(0, 0) = 1, A(1, 1) = 1, A(2, 2) = 1, A(1, 0) = large, A(2, 0) = large, A(2, 1) = large;
    CHECK(cholesky::factorise(A));
}

TEMPLATE_TEST_CASE("solve agrees with elimination in long double", "", float, double) {
    for (std::size_t n = 1; n <= 20; ++n)
        for (std::size_t outputs : {1u, 2u, 7u}) {
            const Matrix<TestType> A = well_conditioned<TestType>(n, 11);
            const Matrix<TestType> B = normal<TestType>(n, outputs, 12);
            const auto expected = reference_solution(A, 0, B);
            Matrix<TestType> L = A.copy(), X = B.copy();
            REQUIRE_FALSE(cholesky::factorise(L, 6));
            cholesky::solve(L, X);
            const double eps = static_cast<double>(std::numeric_limits<TestType>::epsilon());
            for (std::size_t k = 0; k < X.size(); ++k)
                REQUIRE_THAT(static_cast<double>(X.data()[k]),
                             WithinAbs(static_cast<double>(expected.data()[k]), 2000 * eps));
        }
}
