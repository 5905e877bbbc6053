#include <wide/infer/product.hpp>

#include <cstddef>
#include <limits>

#include "../catch.hpp"
#include "../spectrum.hpp"
#include "reference.hpp"

using namespace wide;

TEMPLATE_TEST_CASE("products of every shape are sums in long double", "", float, double) {
    using T = TestType;
    const double tolerance = 100 * static_cast<double>(std::numeric_limits<T>::epsilon());
    for (const std::size_t a : {1u, 3u, 8u})
        for (const std::size_t k : {1u, 2u, 7u})
            for (const std::size_t b : {1u, 5u}) {
                const auto A = normal<T>(a, k, 1), B = normal<T>(k, b, 2), At = normal<T>(k, a, 3), Bt = normal<T>(b, k, 4);
                CHECK(apart(rowmajor::product(A, B), times(A, B)) < tolerance);
                CHECK(apart(rowmajor::transposed_product(At, B), times(transposed(At), B)) < tolerance);
                CHECK(apart(rowmajor::product_transposed(A, Bt), times(A, transposed(Bt))) < tolerance);
                Matrix<T> S = normal<T>(k, k, 5);
                for (std::size_t i = 0; i < k; ++i)
                    for (std::size_t j = 0; j < i; ++j) S(j, i) = S(i, j);
                const Exact left = times(S, B), right = times(A, S);
                for (std::size_t i = 0; i < k; ++i)
                    for (std::size_t j = i + 1; j < k; ++j) S(i, j) = std::numeric_limits<T>::quiet_NaN();
                CHECK(apart(rowmajor::symmetric_product(S, B), left) < tolerance);
                CHECK(apart(rowmajor::product_symmetric(A, S), right) < tolerance);
            }
}

TEST_CASE("a product over nothing is zero, of nothing empty") {
    const Matrix<double> none(3, 0), nothing(0, 4);
    const auto zero = rowmajor::product(none, nothing);
    REQUIRE((zero.rows() == 3 && zero.cols() == 4));
    for (std::size_t k = 0; k < zero.size(); ++k) CHECK(zero.data()[k] == 0);
    CHECK(rowmajor::transposed_product(nothing, Matrix<double>(0, 2)).rows() == 4);
    CHECK(rowmajor::product_transposed(nothing, Matrix<double>(2, 4)).cols() == 2);
    CHECK(rowmajor::symmetric_product(Matrix<double>(2, 2), Matrix<double>(2, 0)).empty());
    CHECK(rowmajor::product_symmetric(Matrix<double>(0, 2), Matrix<double>(2, 2)).empty());
}
