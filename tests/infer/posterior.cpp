#include <wide/infer/posterior.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../thrown.hpp"
#include "networks.hpp"

using namespace wide;

namespace {

template <class T>
constexpr double eps = static_cast<double>(std::numeric_limits<T>::epsilon());

ExactPosterior exact_process(const auto& K, const auto& Kz, const auto& Kzz, const auto& y, double lambda) {
    const Exact A = times(Kz, function_of(spectrum_of(K, lambda), [](long double v) { return 1 / v; }));
    return {times(A, y), sum(Kzz, times(A, transposed(Kz)), -1)};
}

template <class T>
ExactPosterior exact_ensemble(const Networks<T>& of, double lambda) {
    const Exact A = times(of.Kz.ntk, function_of(spectrum_of(of.K.ntk, lambda), [](long double v) { return 1 / v; }));
    return {times(A, of.y), moved_covariance(A, of.K.nngp, of.Kz.nngp, of.Kzz.nngp)};
}

template <class T>
bool symmetric(const Matrix<T>& A) {
    for (std::size_t i = 0; i < A.rows(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (A(i, j) != A(j, i)) return false;
    return true;
}

}  // namespace

TEMPLATE_TEST_CASE("a Gaussian process is its formulas in long double, of NNGP and of NTK", "", float, double) {
    using T = TestType;
    for (const double lambda : {0.0, 0.3}) {
        const Networks<T> of(12, 7, 2);
        const auto compare = [&](const Matrix<T>& K, const Matrix<T>& Kz, const Matrix<T>& Kzz) {
            const ExactPosterior expected = exact_process(K, Kz, Kzz, of.y, lambda);
            const auto process = gaussian_process(lower_alone(K), of.y, absolute_ridge{lambda});
            const auto [mean, covariance] = process.at(Kz, lower_alone(Kzz));
            CHECK(apart(mean, expected.mean) < 300 * eps<T>);
            CHECK(apart(covariance, expected.covariance) < 300 * eps<T>);
            CHECK(symmetric(covariance));
            CHECK(apart(process.mean(Kz), sum(mean, mean, 0)) == 0);
            CHECK(process.fit().ridge() == lambda);
            std::vector<T> prior(of.m);
            for (std::size_t i = 0; i < of.m; ++i) prior[i] = Kzz(i, i);
            const auto [same, variance] = process.at(Kz, prior);
            CHECK(apart(same, expected.mean) < 300 * eps<T>);
            CHECK(apart(as_column(variance), diagonal_of(expected.covariance)) < 300 * eps<T>);
        };
        compare(of.K.nngp, of.Kz.nngp, of.Kzz.nngp);
        compare(of.K.ntk, of.Kz.ntk, of.Kzz.ntk);
    }
}

TEMPLATE_TEST_CASE("the posterior of trained networks is its formulas in long double", "", float, double) {
    using T = TestType;
    for (const double lambda : {0.0, 0.3}) {
        const Networks<T> of(12, 7, 2);
        const ExactPosterior expected = exact_ensemble(of, lambda);
        const BothGrams<T> lower{lower_alone(of.K.nngp), lower_alone(of.K.ntk)};
        const auto networks = ntk_posterior(lower, of.y, absolute_ridge{lambda});
        const auto [mean, covariance] = networks.at(of.Kz, lower_alone(of.Kzz.nngp));
        CHECK(apart(mean, expected.mean) < 300 * eps<T>);
        CHECK(apart(covariance, expected.covariance) < 300 * eps<T>);
        CHECK(symmetric(covariance));
        CHECK(apart(networks.mean(of.Kz.ntk), sum(mean, mean, 0)) == 0);
        const auto [same, variance] = networks.at(of.Kz, of.variances());
        CHECK(apart(same, expected.mean) < 300 * eps<T>);
        CHECK(apart(as_column(variance), diagonal_of(expected.covariance)) < 300 * eps<T>);
    }
}

TEST_CASE("a relative ridge is relative to the kernel that is inverted") {
    const Networks<double> of(9, 2, 1);
    const auto mean = [&](const Matrix<double>& A) {
        double trace = 0;
        for (std::size_t i = 0; i < of.n; ++i) trace += A(i, i);
        return trace / static_cast<double>(of.n);
    };
    CHECK_THAT(gaussian_process(of.K.nngp, of.y, ridge{0.1}).fit().ridge(),
               Catch::Matchers::WithinRel(0.1 * mean(of.K.nngp), 1e-14));
    CHECK_THAT(ntk_posterior(of.K, of.y, ridge{0.1}).fit().ridge(), Catch::Matchers::WithinRel(0.1 * mean(of.K.ntk), 1e-14));
}

TEST_CASE("variances of more test rows than a block are those of the covariance") {
    const Networks<double> of(6, 1100, 1);
    const auto process = gaussian_process(of.K.nngp, of.y, ridge{0.01});
    const auto networks = ntk_posterior(of.K, of.y, ridge{0.01});
    CHECK(apart(as_column(process.at(of.Kz.nngp, of.variances()).variance),
                diagonal_of(process.at(of.Kz.nngp, of.Kzz.nngp).covariance)) < 1e-14);
    CHECK(apart(as_column(networks.at(of.Kz, of.variances()).variance),
                diagonal_of(networks.at(of.Kz, of.Kzz.nngp).covariance)) < 1e-14);
}

TEST_CASE("on its own training rows a process without ridge is certain") {
    const Networks<double> of(10, 1, 2);
    const auto [mean, covariance] = gaussian_process(of.K.nngp, of.y).at(of.K.nngp, of.K.nngp);
    CHECK(apart(mean, sum(of.y, of.y, 0)) < 1e-13);
    for (std::size_t i = 0; i < of.n; ++i) {
        CHECK(covariance(i, i) >= 0);
        for (std::size_t j = 0; j < of.n; ++j) CHECK(std::abs(covariance(i, j)) < 1e-13);
    }
    const auto trained = ntk_posterior(of.K, of.y).at(of.K, of.K.nngp);
    for (std::size_t i = 0; i < of.n; ++i) CHECK((trained.covariance(i, i) >= 0 && trained.covariance(i, i) < 1e-13));
}

TEST_CASE("trained networks whose two kernels are one are a Gaussian process") {
    Networks<double> of(10, 4, 1);
    of.K.ntk = of.K.nngp.copy(), of.Kz.ntk = of.Kz.nngp.copy();
    const auto process = gaussian_process(of.K.nngp, of.y).at(of.Kz.nngp, of.Kzz.nngp);
    const auto networks = ntk_posterior(of.K, of.y).at(of.Kz, of.Kzz.nngp);
    CHECK(apart(networks.covariance, sum(process.covariance, process.covariance, 0)) < 1e-13);
    CHECK(apart(networks.mean, sum(process.mean, process.mean, 0)) < 1e-13);
}

TEST_CASE("a kernel that is moved in is used up, the result the same") {
    const Networks<double> of(8, 3, 2);
    Matrix<double> K = of.K.nngp.copy();
    const auto copied = gaussian_process(K, of.y).at(of.Kz.nngp, of.variances());
    const auto moved = gaussian_process(std::move(K), of.y).at(of.Kz.nngp, of.variances());
    CHECK(copied.variance == moved.variance);
    std::vector<double> column(of.n);
    for (std::size_t i = 0; i < of.n; ++i) column[i] = of.y(i, 0);
    // BLAS may take another kernel for one column than for several.
    CHECK_THAT(gaussian_process(of.K.nngp, column).mean(of.Kz.nngp)(1, 0), Catch::Matchers::WithinRel(copied.mean(1, 0), 1e-13));
}

TEST_CASE("singular and indefinite kernels are refused with the pivot and a ridge that cures them") {
    const auto x = normal<double>(8, 12, 9), y = normal<double>(8, 1, 10);
    Matrix<double> equal = x.copy();
    for (std::size_t k = 0; k < 12; ++k) equal(5, k) = equal(2, k);
    Matrix<double> singular = gram_of(equal), indefinite = gram_of(x);
    indefinite(6, 6) = -1;
    for (const auto& [K, pivot] : {std::pair<const Matrix<double>&, std::size_t>{singular, 5}, {indefinite, 6}}) {
        const auto one = thrown_by<not_positive_definite>([&] { (void)gaussian_process(K, y); });
        CHECK((one.pivot == pivot && one.suggested_ridge > 0 && says(one, "gaussian_process: K with a ridge of 0 is not")));
        CHECK_NOTHROW(gaussian_process(K, y, absolute_ridge{one.suggested_ridge}));
        const BothGrams<double> both{gram_of(x), K.copy()};
        const auto two = thrown_by<not_positive_definite>([&] { (void)ntk_posterior(both, y); });
        CHECK((two.pivot == pivot && says(two, "ntk_posterior: ")));
        CHECK_NOTHROW(ntk_posterior(both, y, absolute_ridge{two.suggested_ridge}));
    }
}

TEST_CASE("a variance that is negative beyond rounding is an error, not a NaN in a root to come") {
    const Networks<double> of(6, 3, 1);
    const auto process = gaussian_process(of.K.nngp, of.y);
    std::vector<double> prior = of.variances();
    prior[1] = 0.01;
    const auto caught = thrown_by<error>([&] { (void)process.at(of.Kz.nngp, prior); });
    CHECK(says(caught, "the variance of row 1 comes out as -"));
    Matrix<double> wrong = of.Kzz.nngp.copy();
    wrong(2, 2) = 0.01;
    CHECK(says(thrown_by<error>([&] { (void)ntk_posterior(of.K, of.y).at(of.Kz, wrong); }), "the variance of row 2"));
}

TEST_CASE("bad input of posteriors is refused with a sentence") {
    const Networks<double> of(6, 3, 2);
    const auto process = gaussian_process(of.K.nngp, of.y);
    const auto networks = ntk_posterior(of.K, of.y);
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)gaussian_process(of.Kz.nngp, of.y); }), "gaussian_process: K is 3 x 6"));
    CHECK_THROWS_AS(gaussian_process(of.K.nngp, of.Kzz.nngp), shape_mismatch);
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)process.at(of.Kzz.nngp, of.Kzz.nngp); }), "Kz is 3 x 3, but 6 rows"));
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)process.at(of.Kz.nngp, of.K.nngp); }), "Kzz is 6 x 6, but has to be 3 x 3"));
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)process.at(of.Kz.nngp, std::vector<double>(2)); }), "there are 2 prior"));
    const BothGrams<double> uneven{of.K.nngp.copy(), of.Kz.ntk.copy()};
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)networks.at(uneven, of.Kzz.nngp); }), "pass gram<Net>(z, x)"));
    CHECK_THROWS_AS(ntk_posterior(uneven, of.y), shape_mismatch);
    CHECK_THROWS_AS(ntk_posterior(BothGrams<double>{of.Kzz.nngp.copy(), of.K.ntk.copy()}, of.y), shape_mismatch);

    for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
        const auto with = [&](const Matrix<double>& A, std::size_t i, std::size_t j) {
            Matrix<double> made = A.copy();
            made(i, j) = bad;
            return made;
        };
        const auto at = [](const not_finite& e, std::size_t i, std::size_t j) { return e.row == i && e.column == j; };
        CHECK(at(thrown_by<not_finite>([&] { (void)gaussian_process(with(of.K.nngp, 4, 4), of.y); }), 4, 4));
        CHECK(at(thrown_by<not_finite>([&] { (void)gaussian_process(with(of.K.nngp, 4, 1), of.y); }), 4, 1));
        CHECK(at(thrown_by<not_finite>([&] { (void)gaussian_process(of.K.nngp, with(of.y, 3, 1)); }), 3, 1));
        CHECK(at(thrown_by<not_finite>([&] { (void)process.at(with(of.Kz.nngp, 2, 5), of.Kzz.nngp); }), 2, 5));
        CHECK(at(thrown_by<not_finite>([&] { (void)process.at(of.Kz.nngp, with(of.Kzz.nngp, 2, 1)); }), 2, 1));
        std::vector<double> prior = of.variances();
        prior[2] = bad;
        CHECK(at(thrown_by<not_finite>([&] { (void)process.at(of.Kz.nngp, prior); }), 2, 2));
        const BothGrams<double> first{with(of.K.nngp, 5, 0), of.K.ntk.copy()}, second{of.K.nngp.copy(), with(of.K.ntk, 1, 1)};
        CHECK(at(thrown_by<not_finite>([&] { (void)ntk_posterior(first, of.y); }), 5, 0));
        CHECK(at(thrown_by<not_finite>([&] { (void)ntk_posterior(second, of.y); }), 1, 1));
        const BothGrams<double> cross{with(of.Kz.nngp, 0, 3), of.Kz.ntk.copy()};
        CHECK(at(thrown_by<not_finite>([&] { (void)networks.at(cross, of.Kzz.nngp); }), 0, 3));
    }
}
