#include <wide/infer/kernel_operator.hpp>

#include <limits>
#include <vector>

#include "../catch.hpp"
#include "../thrown.hpp"
#include "operators.hpp"

using namespace wide;

TEMPLATE_TEST_CASE("a stored kernel is its matrix, of which the lower triangle is read", "", float, double) {
    auto full = well_conditioned<TestType>(31, 1);
    auto lower = full.copy();
    for (std::size_t i = 0; i < 31; ++i)
        for (std::size_t j = i + 1; j < 31; ++j) lower(i, j) = std::numeric_limits<TestType>::quiet_NaN();
    static_assert(KernelOperator<StoredKernel<TestType>>);
    const auto K = stored_kernel(lower);
    const auto V = normal<TestType>(31, 4, 2);
    const double rounding = 100 * static_cast<double>(std::numeric_limits<TestType>::epsilon());
    CHECK(K.rows() == 31);
    CHECK(relative_distance(K.multiply(V), product_of(full, V)) < rounding);
    const std::vector<std::size_t> some{30, 2, 2}, others{0, 17};
    const auto rows = K.multiply_rows(some, V), columns = K.columns(others), block = K.block(some, others);
    const auto product = product_of(full, V);
    for (std::size_t a = 0; a < some.size(); ++a) {
        for (std::size_t o = 0; o < 4; ++o)
            CHECK_THAT(static_cast<double>(rows(a, o)),
                       Catch::Matchers::WithinAbs(static_cast<double>(product(some[a], o)), 10 * rounding));
        for (std::size_t b = 0; b < others.size(); ++b) CHECK(block(a, b) == full(some[a], others[b]));
    }
    for (std::size_t i = 0; i < 31; ++i) {
        CHECK(columns(i, 1) == full(i, 17));
        CHECK(K.diagonal()[i] == full(i, i));
    }
    const auto Kz = normal<TestType>(5, 31, 3), W = normal<TestType>(2, 3, 4);
    CHECK(relative_distance(K.against()(Kz).multiply(V), product_of(Kz, V)) < rounding);
    Matrix<TestType> chosen(5, 2);
    for (std::size_t i = 0; i < 5; ++i) chosen(i, 0) = Kz(i, 0), chosen(i, 1) = Kz(i, 17);
    CHECK(relative_distance(K.against(others)(Kz).multiply(W), product_of(chosen, W)) < rounding);
}

TEST_CASE("a stored kernel refuses what is no kernel") {
    auto K = well_conditioned<double>(6, 1);
    CHECK_THROWS_AS(stored_kernel(K).multiply(Matrix<double>(5, 1)), shape_mismatch);
    const Matrix<double> wide(3, 4);
    CHECK_THROWS_AS(stored_kernel(wide), shape_mismatch);
    const std::vector<std::size_t> beyond{6};
    CHECK_THROWS_AS(stored_kernel(K).columns(beyond), shape_mismatch);
    CHECK_THROWS_AS(stored_kernel(K).against()(Matrix<double>(2, 5)), shape_mismatch);
    Matrix<double> bad(2, 6);
    bad(1, 3) = std::numeric_limits<double>::quiet_NaN();
    CHECK(thrown_by<not_finite>([&] { (void)stored_kernel(K).against()(bad); }).column == 3);
    K(4, 2) = std::numeric_limits<double>::infinity();
    const auto e = thrown_by<not_finite>([&] { (void)stored_kernel(K); });
    CHECK(e.row == 4);
    CHECK(e.column == 2);
}
