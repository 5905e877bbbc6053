#include <wide/infer/shifted_inverse.hpp>

#include "../catch.hpp"
#include "operators.hpp"

using namespace wide;

TEST_CASE("applied after F F^T + mu I it gives back what was there, for large and small shifts") {
    const auto K = fast_spectrum<double>(200, 50, 0.001, 1);
    const LowRank some = low_rank(stored_kernel(K), {.rank = 40});
    for (const double mu : {1.0, 1e-3, 1e-6}) {
        const ShiftedInverse inverse(some, mu);
        CHECK(inverse.shift() == mu);
        const auto R = normal<double>(200, 3, 2);
        Matrix<double> applied = product_of(some.factor, transposed_product(some.factor, R));
        for (std::size_t k = 0; k < applied.size(); ++k) applied.data()[k] += mu * R.data()[k];
        CHECK(relative_distance(inverse.apply(applied), R) < 1e-12 / mu);
    }
}

TEST_CASE("without a factor it divides, and a shift of zero is raised to rounding") {
    LowRank none{Matrix<double>(5, 0), {}, 0, 0};
    const auto R = normal<double>(5, 2, 1);
    const auto half = ShiftedInverse(none, 2).apply(R);
    for (std::size_t k = 0; k < R.size(); ++k) CHECK(half.data()[k] == R.data()[k] / 2);
    const auto K = well_conditioned<double>(20, 1);
    const LowRank all = low_rank(stored_kernel(K), {.rank = 20});
    const ShiftedInverse inverse(all, 0);
    CHECK(inverse.shift() > 0);
    CHECK(inverse.shift() < 1e-11);
    CHECK(ShiftedInverse(all, 1).apply(Matrix<double>(20, 0)).cols() == 0);
}
