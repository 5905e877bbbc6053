#include <wide/infer/cure.hpp>

#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "../catch.hpp"
#include "reference.hpp"

using namespace wide;
using Catch::Matchers::WithinAbs;

namespace {
/// The 1-d Laplacian with a shift: eigenvalues 2 - 2 cos(pi k / (n + 1)) + shift, k = 1..n.
template <class T>
Matrix<T> laplacian(std::size_t n, T shift) {
    Matrix<T> A(n, n);
    for (std::size_t i = 0; i < n; ++i) {
        A(i, i) = 2 + shift;
        if (i > 0) A(i, i - 1) = -1;
    }
    return A;
}

double smallest_of_laplacian(std::size_t n) {
    return 2 - 2 * std::cos(std::numbers::pi / static_cast<double>(n + 1));
}

template <class T>
std::vector<T> diagonal_of(const Matrix<T>& A) {
    std::vector<T> diagonal(A.rows());
    for (std::size_t i = 0; i < A.rows(); ++i) diagonal[i] = A(i, i);
    return diagonal;
}

template <class T>
bool cures(const Matrix<T>& A, double lambda) {
    Matrix<T> shifted = A.copy();
    for (std::size_t i = 0; i < A.rows(); ++i) shifted(i, i) += static_cast<T>(lambda);
    return !cholesky::factorise(shifted);
}
}  // namespace

TEMPLATE_TEST_CASE("the ends of a known spectrum", "", float, double) {
    for (std::size_t n : {1u, 2u, 5u, 40u, 64u}) {
        const auto [smallest, largest] = cholesky::extreme_eigenvalues(laplacian<TestType>(n, 0));
        const double tolerance = 100 * static_cast<double>(std::numeric_limits<TestType>::epsilon());
        CHECK_THAT(smallest, WithinAbs(smallest_of_laplacian(n), tolerance));
        CHECK_THAT(largest, WithinAbs(4 - smallest_of_laplacian(n), tolerance));
    }
}

TEST_CASE("beyond its steps the estimate stays inside the spectrum, and close") {
    const auto [smallest, largest] = cholesky::extreme_eigenvalues(laplacian<double>(400, 0));
    CHECK(smallest >= smallest_of_laplacian(400) - 1e-12);
    CHECK(largest <= 4 - smallest_of_laplacian(400) + 1e-12);
    CHECK(smallest < 0.01);
    CHECK(largest > 3.99);
}

TEST_CASE("a spectrum of one value ends the iteration early") {
    Matrix<double> A(30, 30);
    for (std::size_t i = 0; i < 30; ++i) A(i, i) = 3;
    const auto [smallest, largest] = cholesky::extreme_eigenvalues(A);
    CHECK_THAT(smallest, WithinAbs(3, 1e-13));
    CHECK_THAT(largest, WithinAbs(3, 1e-13));
}

TEMPLATE_TEST_CASE("the ridge that is found cures, and is not much more than needed", "", float, double) {
    for (std::size_t n : {2u, 20u, 60u, 300u})
        for (const TestType shift : {TestType(-0.5), TestType(-1.5)}) {
            const Matrix<TestType> A = laplacian<TestType>(n, shift);
            const double needed = -(smallest_of_laplacian(n) + static_cast<double>(shift));
            if (needed <= 0) continue;
            Matrix<TestType> consumed = A.copy();
            const auto diagonal = diagonal_of(A);
            const auto cure = cholesky::find_cure<TestType>(consumed, diagonal, 0, 32);
            CHECK_THAT(cure.smallest_eigenvalue, WithinAbs(-needed, 0.02));
            CHECK(cures(A, cure.ridge));
            CHECK(cure.ridge >= needed);
            CHECK(cure.ridge <= 2.5 * needed);
        }
}

TEST_CASE("no ridge below the one that was tried is recommended") {
    Matrix<double> A = laplacian<double>(10, 0);
    const auto diagonal = diagonal_of(A);
    CHECK(cholesky::find_cure<double>(A, diagonal, 5.0).ridge >= 5);
}

TEST_CASE("a zero matrix is cured by a positive ridge") {
    Matrix<float> A(6, 6);
    const std::vector<float> diagonal(6, 0.0f);
    const auto cure = cholesky::find_cure<float>(A, diagonal, 0);
    CHECK(cure.ridge > 0);
    CHECK(cures(Matrix<float>(6, 6), cure.ridge));
}

TEMPLATE_TEST_CASE("a matrix of the smallest numbers is cured too", "", float, double) {
    Matrix<TestType> A(2, 2);
    const TestType least = std::numeric_limits<TestType>::denorm_min();
    A(0, 0) = A(1, 0) = A(1, 1) = least;
    const Matrix<TestType> original = A.copy();
    const auto diagonal = diagonal_of(A);
    const auto cure = cholesky::find_cure<TestType>(A, diagonal, 0);
    CHECK(cures(original, cure.ridge));
}

TEMPLATE_TEST_CASE("what no finite ridge cures is said to be so", "", float, double) {
    Matrix<TestType> A(2, 2);
    A(1, 0) = std::numeric_limits<TestType>::max() / 2;
    const std::vector<TestType> diagonal(2, TestType{0});
    CHECK(std::isinf(cholesky::find_cure<TestType>(A, diagonal, 0).ridge));
}
