#include <wide/infer/low_rank.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <wide/infer/eigenpairs.hpp>

#include "../catch.hpp"
#include "../thrown.hpp"
#include "operators.hpp"

using namespace wide;

namespace {

/// K - F F^T, in double.
template <class T>
Matrix<double> what_is_left(const Matrix<T>& K, const LowRank& approximation) {
    Matrix<double> left(K.rows(), K.rows());
    for (std::size_t i = 0; i < K.rows(); ++i)
        for (std::size_t j = 0; j < K.rows(); ++j) {
            left(i, j) = static_cast<double>(K(i, j));
            for (std::size_t r = 0; r < approximation.rank(); ++r)
                left(i, j) -= approximation.factor(i, r) * approximation.factor(j, r);
        }
    return left;
}

/// Ascending.
std::vector<double> eigenvalues(const Matrix<double>& A) {
    const auto pairs = top_eigenpairs(A, A.rows());
    return {pairs.values.rbegin(), pairs.values.rend()};
}

double smallest_eigenvalue(const Matrix<double>& A) { return eigenvalues(A)[0]; }

double trace_of(const Matrix<double>& A) {
    double sum = 0;
    for (std::size_t i = 0; i < A.rows(); ++i) sum += A(i, i);
    return sum;
}

}  // namespace

TEMPLATE_TEST_CASE("what is left is positive semidefinite, zero at the pivots, and its trace is told", "", float, double) {
    const auto K = fast_spectrum<TestType>(150, 60, 0.01, 1);
    const double rounding = 1e3 * static_cast<double>(std::numeric_limits<TestType>::epsilon());
    for (const pivots choice : {pivots::weighted, pivots::uniform}) {
        double before = 1e300;
        for (const std::size_t rank : {std::size_t{1}, std::size_t{5}, std::size_t{40}, std::size_t{150}}) {
            const LowRank some = low_rank(stored_kernel(K), {.rank = rank, .seed = {3}, .pivots = choice});
            REQUIRE(some.rank() == rank);
            REQUIRE(some.factor.rows() == 150);
            REQUIRE(some.factor.cols() == rank);
            const Matrix<double> left = what_is_left(K, some);
            CHECK_THAT(some.residual_trace, Catch::Matchers::WithinAbs(trace_of(left), rounding * some.trace));
            CHECK(some.residual_trace >= 0);
            CHECK(some.residual_trace < before);
            before = some.residual_trace;
            for (const std::size_t p : some.pivots)
                for (std::size_t i = 0; i < 150; ++i) REQUIRE(std::abs(left(i, p)) < rounding);
            CHECK(smallest_eigenvalue(left) > -rounding);
            auto sorted = some.pivots;
            std::sort(sorted.begin(), sorted.end());
            CHECK(std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end());
            for (std::size_t r = 0; r < rank; ++r)
                for (std::size_t c = r + 1; c < rank; ++c) REQUIRE(some.factor(some.pivots[r], c) == 0);
        }
    }
}

TEST_CASE("weighted pivots come near the best approximation, and the seed repeats them") {
    const auto K = fast_spectrum<double>(400, 100, 1e-4, 2);
    const std::vector<double> values = eigenvalues(K);
    for (const std::uint64_t number : {1u, 2u, 3u}) {
        const LowRank some = low_rank(stored_kernel(K), {.rank = 60, .seed = {number}});
        double best = 0;
        for (std::size_t k = 60; k < 400; ++k) best += values[399 - k];
        CHECK(some.residual_trace >= best);
        CHECK(some.residual_trace < 6 * best);
        const LowRank again = low_rank(stored_kernel(K), {.rank = 60, .seed = {number}});
        CHECK(again.pivots == some.pivots);
        CHECK(same_numbers(again.factor, some.factor));
        CHECK(low_rank(stored_kernel(K), {.rank = 60, .seed = {number + 10}}).pivots != some.pivots);
    }
}

TEMPLATE_TEST_CASE("it ends at the tolerance, or where nothing but rounding is left", "", float, double) {
    const auto K = fast_spectrum<TestType>(120, 30, 0, 4);
    const LowRank all = low_rank(stored_kernel(K), {.rank = 120});
    CHECK(all.rank() >= 28);
    CHECK(all.rank() <= 45);
    CHECK(all.residual_trace < 1e-4 * all.trace);
    CHECK(all.factor.cols() == all.rank());
    const LowRank some = low_rank(stored_kernel(K), {.rank = 120, .tolerance = 0.1});
    CHECK(some.residual_trace <= 0.1 * some.trace);
    CHECK(some.rank() < all.rank());

    Matrix<TestType> equal(20, 20);
    std::fill_n(equal.data(), equal.size(), TestType(2));
    for (const pivots choice : {pivots::weighted, pivots::uniform}) {
        const LowRank one = low_rank(stored_kernel(equal), {.rank = 20, .pivots = choice});
        CHECK(one.rank() == 1);
        CHECK(one.residual_trace == 0);
    }
    const Matrix<TestType> zero(9, 9);
    CHECK(low_rank(stored_kernel(zero), {.rank = 4}).rank() == 0);
    const Matrix<TestType> none;
    CHECK(low_rank(stored_kernel(none), {.rank = 4}).rank() == 0);
    CHECK(low_rank(stored_kernel(K), {.rank = 0}).residual_trace == all.trace);
}

TEMPLATE_TEST_CASE("an indefinite kernel and senseless options are refused", "", float, double) {
    auto K = well_conditioned<TestType>(30, 5);
    CHECK_THROWS_AS(low_rank(stored_kernel(K), {.tolerance = -1}), error);
    CHECK_THROWS_AS(low_rank(stored_kernel(K), {.tolerance = std::nan("")}), error);
    CHECK_THROWS_AS(low_rank(stored_kernel(K), {.rank = 30, .budget = 1000}), insufficient_memory);
    for (std::size_t j = 0; j < 30; ++j) K(std::max<std::size_t>(j, 3), std::min<std::size_t>(j, 3)) += j == 3 ? 0 : 5;
    CHECK_THROWS_AS(low_rank(stored_kernel(K), {.rank = 30}), not_positive_definite);
    K(7, 7) = -1;
    const auto e = thrown_by<not_positive_definite>([&] { (void)low_rank(stored_kernel(K), {.rank = 30}); });
    CHECK(e.pivot == 7);
    CHECK(e.value == -1);
    CHECK(e.suggested_ridge >= 1);
}
