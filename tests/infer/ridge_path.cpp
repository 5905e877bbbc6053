#include <wide/infer/ridge_path.hpp>

#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include <wide/infer/leave_one_out.hpp>
#include <wide/infer/likelihood.hpp>

#include "../catch.hpp"
#include "../thrown.hpp"
#include "reference.hpp"

using namespace wide;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

TEMPLATE_TEST_CASE("at every ridge: regress, leave_one_out and marginal_likelihood", "", float, double) {
    const double eps = static_cast<double>(std::numeric_limits<TestType>::epsilon());
    for (const std::size_t n : {1u, 2u, 25u, 60u})
        for (const std::size_t outputs : {1u, 3u}) {
            const auto K = well_conditioned<TestType>(n, 3);
            const auto Y = normal<TestType>(n, outputs, 4), Kz = normal<TestType>(5, n, 5);
            const auto path = ridge_path(K, Y);
            const auto agrees = [&](const auto& rule) {
                const auto fit = path.fit(rule), expected = regress(K, Y, rule);
                CHECK_THAT(fit.ridge(), WithinRel(expected.ridge(), 1e-15));
                for (std::size_t k = 0; k < Y.size(); ++k)
                    CHECK_THAT(static_cast<double>(fit.weights().data()[k]),
                               WithinAbs(static_cast<double>(expected.weights().data()[k]), 3000 * eps));
                CHECK(fit.predict(Kz).rows() == 5);
                CHECK_THAT(path.leave_one_out_error(rule), WithinRel(leave_one_out(K, Y, rule).mean_squared_error(), 5000 * eps));
                CHECK_THAT(path.log_marginal_likelihood(rule), WithinRel(marginal_likelihood(K, Y, rule).value, 5000 * eps));
            };
            for (const double r : {0.0, 1e-3, 1.0, 1e3}) agrees(ridge{r}), agrees(absolute_ridge{r});
        }
}

TEST_CASE("eigenvalues descend, and negative ones stay negative") {
    // 3 and -1, and 2 from another block.
    Matrix<double> K(3, 3);
    K(0, 0) = K(1, 1) = 1, K(1, 0) = 2, K(2, 2) = 2;
    const auto path = ridge_path(K, std::vector<double>{1, 2, 3});
    REQUIRE(path.eigenvalues().size() == 3);
    CHECK_THAT(path.eigenvalues()[0], WithinRel(3, 1e-14));
    CHECK_THAT(path.eigenvalues()[1], WithinRel(2, 1e-14));
    CHECK_THAT(path.eigenvalues()[2], WithinRel(-1, 1e-14));
    CHECK_THAT(path.least_lambda(), WithinRel(1, 1e-12));
    CHECK_THAT(path.mean_diagonal(), WithinRel(4.0 / 3, 1e-15));
    for (const double lambda : {0.0, 0.5, 1.0}) {
        const auto e = thrown_by<not_positive_definite>([&] { (void)path.fit(absolute_ridge{lambda}); });
        CHECK(e.pivot == 2);
        CHECK_THAT(e.value, WithinAbs(lambda - 1, 1e-14));
        CHECK_THAT(e.suggested_ridge, WithinRel(2, 1e-12));
        CHECK(says(e, "the smallest eigenvalue of K is -1, known to "));
        CHECK(says(e, "pass absolute_ridge{2}, which is ridge{1.5}"));
        CHECK_THROWS_AS(path.leave_one_out_error(absolute_ridge{lambda}), not_positive_definite);
        CHECK_THROWS_AS(path.log_marginal_likelihood(absolute_ridge{lambda}), not_positive_definite);
    }
    // Beyond it, K + lambda I is what it is: nothing was raised to zero.
    const auto fit = path.fit(absolute_ridge{2});
    CHECK_THAT(fit.weights()(0, 0), WithinRel((3.0 - 4) / 5, 1e-13));
    CHECK_THAT(fit.weights()(1, 0), WithinRel((6.0 - 2) / 5, 1e-13));
    CHECK_THAT(fit.weights()(2, 0), WithinRel(3.0 / 4, 1e-13));
}

TEMPLATE_TEST_CASE("equal rows without a ridge, slightly indefinite: the error's ridge cures it", "", float, double) {
    for (const std::size_t n : {2u, 10u, 200u})
        for (const double lowered : {0.0, 1e-3}) {
            auto X = normal<TestType>(n, 2 * n + 8, 21);
            for (std::size_t k = 0; k < X.cols(); ++k) X(n - 1, k) = X(n / 3, k);
            auto K = gram_of(X);
            K(n - 1, n - 1) -= static_cast<TestType>(lowered);
            const auto Y = normal<TestType>(n, 2, 22);
            const auto path = ridge_path(K, Y);
            const auto e = thrown_by<not_positive_definite>([&] { (void)path.fit(ridge{}); });
            CHECK(e.pivot == n - 1);
            const absolute_ridge cure{e.suggested_ridge};
            CHECK_NOTHROW(path.fit(cure));
            CHECK(std::isfinite(path.leave_one_out_error(cure)));
            CHECK(std::isfinite(path.log_marginal_likelihood(cure)));
        }
}

TEMPLATE_TEST_CASE("bad matrices have no ridge path, and are refused by name", "", float, double) {
    const std::vector<TestType> y(8, 1);
    const TestType nan = std::numeric_limits<TestType>::quiet_NaN(), inf = std::numeric_limits<TestType>::infinity();
    const struct {
        TestType value;
        std::size_t row, column;
    } cases[] = {{nan, 4, 4}, {nan, 6, 2}, {inf, 0, 0}, {-inf, 7, 0}};
    for (const auto& bad : cases) {
        auto K = well_conditioned<TestType>(8, 14);
        K(bad.row, bad.column) = bad.value;
        const auto e = thrown_by<not_finite>([&] { (void)ridge_path(K, y); });
        CHECK((e.row == bad.row && e.column == bad.column && says(e, "ridge_path: K holds ")));
    }
    auto K = well_conditioned<TestType>(8, 14);
    CHECK_THROWS_AS(ridge_path(K, Matrix<TestType>(7, 1)), shape_mismatch);
    CHECK_THROWS_AS(ridge_path(Matrix<TestType>(8, 7), y), shape_mismatch);
    K(1, 7) = nan;  // above the diagonal nothing is read
    const auto path = ridge_path(K, y);
    CHECK(says(thrown_by<error>([&] { (void)path.fit(ridge{-1}); }), "ridge_path: a ridge of -1 is refused"));
}

TEST_CASE("nothing to learn from is legal; what overflows is not returned") {
    const auto none = ridge_path(Matrix<double>(0, 0), Matrix<double>(0, 2));
    CHECK(none.fit(ridge{}).weights().rows() == 0);
    CHECK(none.leave_one_out_error(ridge{}) == 0);
    CHECK(none.log_marginal_likelihood(ridge{}) == 0);
    const auto path = ridge_path(well_conditioned<double>(4, 1), std::vector<double>{1e200, 1, 1, 1});
    CHECK(says(thrown_by<error>([&] { (void)path.leave_one_out_error(ridge{}); }), "ridge_path: the leave-one-out error overflows"));
    CHECK(says(thrown_by<error>([&] { (void)path.log_marginal_likelihood(ridge{}); }), "ridge_path: the likelihood overflows"));
    const auto zero = ridge_path(Matrix<double>(2, 2), std::vector<double>{1, 2});
    const auto e = thrown_by<not_positive_definite>([&] { (void)zero.fit(ridge{1}); });
    CHECK_NOTHROW(zero.fit(absolute_ridge{e.suggested_ridge}));
}

TEST_CASE("memory is asked for before K is so much as read") {
    auto K = well_conditioned<double>(8, 1);
    K(3, 2) = std::nan("");
    const auto e = thrown_by<insufficient_memory>([&] { (void)ridge_path(K, std::vector<double>(8), 1000); });
    CHECK((e.needed == 2 * 8 * 8 * 8 && e.budget == 1000 && says(e, "a copy of K and its eigenvectors needs")));
}
