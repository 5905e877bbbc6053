#include <wide/infer/ensemble.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "../catch.hpp"
#include "../thrown.hpp"
#include "networks.hpp"

using namespace wide;

namespace {

template <class T>
constexpr double eps = static_cast<double>(std::numeric_limits<T>::epsilon());

/// left and learnt of an eigenvalue.
template <class Law, class Time>
auto decays(const Law& law, Time time, std::size_t entries) {
    return [=](long double value) {
        return descent::decay(law, entries, std::max(0.0, static_cast<double>(value)), time);
    };
}

template <class T, class Law, class Time>
void is_closed_form(const Networks<T>& of, const Law& law, Time time, double lambda) {
    const double tolerance = 2000 * eps<T>;
    const auto at = decays(law, time, of.y.size());
    const auto left = [&](long double v) { return static_cast<long double>(at(v).left); };
    const auto learnt = [&](long double v) { return static_cast<long double>(at(v).learnt); };
    const auto gone = [&](long double v) { return 1 - left(v); };
    {
        const Spectrum Theta = spectrum_of(of.K.ntk, lambda);
        const Exact A = times(of.Kz.ntk, function_of(Theta, learnt)), B = function_of(Theta, left);
        const auto networks =
            ntk_ensemble(BothGrams<T>{lower_alone(of.K.nngp), lower_alone(of.K.ntk)}, of.y, law, absolute_ridge{lambda});
        const auto test = networks.test(of.Kz, lower_alone(of.Kzz.nngp), time);
        const Exact covariance = moved_covariance(A, of.K.nngp, of.Kz.nngp, of.Kzz.nngp);
        CHECK(apart(test.mean, times(A, of.y)) < tolerance);
        CHECK(apart(test.covariance, covariance) < tolerance);
        const auto marginals = networks.test(of.Kz, of.variances(), time);
        CHECK(apart(marginals.mean, times(A, of.y)) < tolerance);
        CHECK(apart(as_column(marginals.variance), diagonal_of(covariance)) < tolerance);
        const auto train = networks.train(time);
        const Exact spread = times(times(B, of.K.nngp), B);
        CHECK(apart(train.mean, times(function_of(Theta, gone), of.y)) < tolerance);
        CHECK(apart(train.covariance, spread) < tolerance);
        CHECK(apart(as_column(networks.train_variances(time).variance), diagonal_of(spread)) < tolerance);
    }
    {
        const Spectrum K = spectrum_of(of.K.nngp, lambda);
        const Exact A = times(of.Kz.nngp, function_of(K, learnt));
        const auto networks = nngp_ensemble(lower_alone(of.K.nngp), of.y, law, absolute_ridge{lambda});
        const auto test = networks.test(of.Kz.nngp, lower_alone(of.Kzz.nngp), time);
        const auto known = [&](long double v) { return v <= 0 ? 0 : (1 - left(v) * left(v)) / v; };
        const Exact covariance =
            sum(of.Kzz.nngp, times(times(of.Kz.nngp, function_of(K, known)), transposed(of.Kz.nngp)), -1);
        CHECK(apart(test.mean, times(A, of.y)) < tolerance);
        CHECK(apart(test.covariance, covariance) < tolerance);
        const auto marginals = networks.test(of.Kz.nngp, of.variances(), time);
        CHECK(apart(as_column(marginals.variance), diagonal_of(covariance)) < tolerance);
        const auto train = networks.train(time);
        const Exact spread = function_of(K, [&](long double v) { return v * left(v) * left(v); });
        CHECK(apart(train.mean, times(function_of(K, gone), of.y)) < tolerance);
        CHECK(apart(train.covariance, spread) < tolerance);
        CHECK(apart(as_column(networks.train_variances(time).variance), diagonal_of(spread)) < tolerance);
    }
}

}  // namespace

TEMPLATE_TEST_CASE("ensembles at any time are the closed form in long double", "", float, double) {
    const Networks<TestType> of(11, 6, 2);
    for (const double t : {0.0, 0.4, 9.0}) {
        is_closed_form(of, learning_rate{0.7}, t, 0);
        is_closed_form(of, learning_rate{0.7}, t, 0.2);
        is_closed_form(of, heavy_ball{0.7, 0.8}, t, 0.1);
    }
    is_closed_form(of, learning_rate{0.7}, steps{3}, 0);
    is_closed_form(of, heavy_ball{0.7, 0.6}, steps{12}, 0.2);
}

TEMPLATE_TEST_CASE("an ensemble begins as its prior and ends as its posterior", "", float, double) {
    using T = TestType;
    const Networks<T> of(11, 6, 2);
    const absolute_ridge rule{0.1};
    const auto all = ntk_ensemble(of.K, of.y, learning_rate{1}, rule);
    const auto last = nngp_ensemble(of.K.nngp, of.y, learning_rate{1}, rule);
    CHECK(apart(all.test(of.Kz, of.Kzz.nngp, 0.0).covariance, sum(of.Kzz.nngp, of.Kzz.nngp, 0)) < 4 * eps<T>);
    CHECK(apart(last.test(of.Kz.nngp, of.Kzz.nngp, 0.0).covariance, sum(of.Kzz.nngp, of.Kzz.nngp, 0)) < 4 * eps<T>);
    CHECK(apart(all.train(0.0).covariance, sum(of.K.nngp, of.K.nngp, 0)) < 100 * eps<T>);

    const auto trained = ntk_posterior(of.K, of.y, rule).at(of.Kz, of.Kzz.nngp);
    const auto process = gaussian_process(of.K.nngp, of.y, rule).at(of.Kz.nngp, of.Kzz.nngp);
    const auto same = [](const Matrix<T>& a, const Matrix<T>& b) { return apart(a, sum(b, b, 0)); };
    CHECK(same(all.test(of.Kz, of.Kzz.nngp, forever).covariance, trained.covariance) == 0);
    CHECK(same(all.test(of.Kz, of.Kzz.nngp, forever).mean, trained.mean) == 0);
    CHECK(same(all.test(of.Kz, of.Kzz.nngp, 1e6).covariance, trained.covariance) < 2000 * eps<T>);
    CHECK(same(last.test(of.Kz.nngp, of.Kzz.nngp, forever).covariance, process.covariance) == 0);
    CHECK(same(last.test(of.Kz.nngp, of.Kzz.nngp, 1e6).covariance, process.covariance) < 2000 * eps<T>);
    CHECK(all.test(of.Kz, of.variances(), forever).variance == ntk_posterior(of.K, of.y, rule).at(of.Kz, of.variances()).variance);
    CHECK(last.test(of.Kz.nngp, of.variances(), forever).variance.size() == of.m);
    CHECK(same(all.mean().test(of.Kz.ntk, 5.0), all.test(of.Kz, of.variances(), 5.0).mean) == 0);

    // The training rows are then y for certain.
    for (std::size_t i = 0; i < of.n; ++i) {
        CHECK(all.train(forever).mean(i, 1) == of.y(i, 1));
        CHECK(last.train(forever).covariance(i, i) == 0);
        CHECK((all.train_variances(forever).variance[i] == 0 && last.train_variances(forever).variance[i] == 0));
    }
}

TEST_CASE("without a ridge the training rows are test rows like others") {
    const Networks<double> of(11, 2, 2);
    const auto all = ntk_ensemble(of.K, of.y, heavy_ball{0.5, 0.9});
    const auto last = nngp_ensemble(of.K.nngp, of.y, heavy_ball{0.5, 0.9});
    for (const double t : {0.5, 4.0}) {
        const auto one = all.train(t), two = last.train(t);
        CHECK(apart(all.test(of.K, of.K.nngp, t).covariance, sum(one.covariance, one.covariance, 0)) < 1e-13);
        CHECK(apart(last.test(of.K.nngp, of.K.nngp, t).covariance, sum(two.covariance, two.covariance, 0)) < 1e-13);
        CHECK(apart(all.test(of.K, of.K.nngp, t).mean, sum(one.mean, one.mean, 0)) < 1e-13);
    }
}

TEST_CASE("bad input of ensembles is refused with a sentence") {
    const Networks<double> of(6, 3, 2);
    const learning_rate rate{1};
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)ntk_ensemble(of.Kz, of.y, rate); }), "ntk_ensemble, K: K is 3 x 6"));
    CHECK_THROWS_AS(nngp_ensemble(of.Kz.nngp, of.y, rate), shape_mismatch);
    CHECK_THROWS_AS(nngp_ensemble(of.K.nngp, of.Kzz.nngp, rate), shape_mismatch);
    CHECK_THROWS_AS(nngp_ensemble(of.K.nngp, of.y, learning_rate{0}), error);
    CHECK_THROWS_AS(ntk_ensemble(of.K, of.y, rate, ridge{}, 100), insufficient_memory);
    CHECK_THROWS_AS(nngp_ensemble(of.K.nngp, of.y, rate, ridge{}, 100), insufficient_memory);
    const auto all = ntk_ensemble(of.K, of.y, rate);
    const auto last = nngp_ensemble(of.K.nngp, of.y, rate);
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)all.test(of.Kzz, of.Kzz.nngp, 1.0); }), "but 6 rows were trained on"));
    CHECK_THROWS_AS(last.test(of.Kzz.nngp, of.Kzz.nngp, 1.0), shape_mismatch);
    CHECK_THROWS_AS(all.test(of.Kz, of.K.nngp, 1.0), shape_mismatch);
    CHECK_THROWS_AS(last.test(of.Kz.nngp, std::vector<double>(2), 1.0), shape_mismatch);
    CHECK_THROWS_AS(all.test(of.Kz, of.Kzz.nngp, -1.0), error);
    CHECK_THROWS_AS(last.train(-1.0), error);
    for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
        BothGrams<double> K{of.K.nngp.copy(), of.K.ntk.copy()}, Kz{of.Kz.nngp.copy(), of.Kz.ntk.copy()};
        K.nngp(4, 2) = Kz.nngp(1, 5) = bad;
        const auto train = thrown_by<not_finite>([&] { (void)ntk_ensemble(K, of.y, rate); });
        const auto test = thrown_by<not_finite>([&] { (void)all.test(Kz, of.Kzz.nngp, 1.0); });
        CHECK((train.row == 4 && train.column == 2 && test.row == 1 && test.column == 5));
        Matrix<double> prior = of.Kzz.nngp.copy();
        prior(2, 2) = bad;
        CHECK_THROWS_AS(last.test(of.Kz.nngp, prior, 1.0), not_finite);
        CHECK_THROWS_AS(last.test(Kz.nngp, of.Kzz.nngp, 1.0), not_finite);
    }
}

TEST_CASE("an ensemble on a singular kernel knows every time but the end") {
    Networks<double> of(6, 3, 1);
    for (Matrix<double>* K : {&of.K.nngp, &of.K.ntk})
        for (std::size_t k = 0; k < of.n; ++k) (*K)(4, k) = (*K)(k, 4) = k == 4 ? (*K)(1, 1) : (*K)(1, k);
    const auto last = nngp_ensemble(of.K.nngp, of.y, learning_rate{1});
    CHECK(last.test(of.K.nngp, of.K.nngp, 3.0).covariance(4, 4) > 0);
    const auto caught = thrown_by<not_positive_definite>([&] { (void)last.test(of.K.nngp, of.K.nngp, forever); });
    CHECK((caught.pivot == 4 && caught.suggested_ridge > 0));
}
