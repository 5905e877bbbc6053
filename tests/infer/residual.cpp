#include <wide/infer/residual.hpp>

#include <cmath>
#include <limits>

#include "../catch.hpp"
#include "reference.hpp"

using namespace wide;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

TEST_CASE("the residual is y - (K + lambda I) w, for every size against the block; the upper triangle is not read") {
    for (const std::size_t n : {1u, 5u, 255u, 256u, 257u, 600u})
        for (const std::size_t outputs : {1u, 10u}) {
            auto K = gram_of(normal<double>(n, 30, 1));
            const auto W = normal<double>(n, outputs, 2), Y = normal<double>(n, outputs, 3);
            Matrix<double> expected(n, outputs);
            double norm = 0;
            for (std::size_t i = 0; i < n; ++i) {
                double row = 0;
                for (std::size_t j = 0; j < n; ++j) row += std::abs(K(i, j) + (i == j ? 0.5 : 0));
                norm = std::max(norm, row);
                for (std::size_t o = 0; o < outputs; ++o) {
                    expected(i, o) = Y(i, o) - 0.5 * W(i, o);
                    for (std::size_t j = 0; j < n; ++j) expected(i, o) -= K(i, j) * W(j, o);
                }
            }
            for (std::size_t i = 0; i < n; ++i)
                for (std::size_t j = i + 1; j < n; ++j) K(i, j) = std::nan("");
            Matrix<double> R(n, outputs);
            residuals::residual_into(R, K, 0.5, W, Y);
            for (std::size_t k = 0; k < R.size(); ++k) REQUIRE_THAT(R.data()[k], WithinAbs(expected.data()[k], 1e-12 * norm));
            REQUIRE_THAT(residuals::norm_of(K, 0.5), WithinRel(norm, 1e-14));
        }
}

TEST_CASE("the worst output counts, relative to its own weights") {
    Matrix<double> K(2, 2), W(2, 2), Y(2, 2);
    K(0, 0) = K(1, 1) = 2, K(1, 0) = -1;  // norm 3
    W(0, 0) = 1, W(0, 1) = 100;
    Y(0, 0) = 2, Y(1, 0) = -1;            // solved
    Y(0, 1) = 200, Y(1, 1) = -94;         // 6 too many, of 3 * 100
    CHECK_THAT(relative_residual(K, 0, W, Y), WithinRel(0.02, 1e-15));
    CHECK(relative_residual(K, 0, Matrix<double>(2, 2), Matrix<double>(2, 2)) == 0);
    CHECK(std::isinf(relative_residual(K, 0, Matrix<double>(2, 2), Y)));
    W(1, 1) = std::nan("");
    CHECK(std::isinf(relative_residual(K, 0, W, Y)));
    CHECK(relative_residual(Matrix<double>(0, 0), 0, Matrix<double>(0, 1), Matrix<double>(0, 1)) == 0);
}
