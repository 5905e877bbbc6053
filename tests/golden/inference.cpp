// Posteriors, gradient flow and ensembles against the reference implementation: every case and every field of
// inference.json, double, 1e-8 (the reference's kernel carries 1e-9 on its diagonal).
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <wide/dsl.hpp>
#include <wide/infer/ensemble.hpp>
#include <wide/infer/gradient_flow.hpp>
#include <wide/infer/posterior.hpp>
#include <wide/kernel/gram.hpp>

#include "../spectrum.hpp"
#include "file.hpp"

using namespace wide;

namespace {

struct Net : Serial<Repeat<2, Dense<16, Weight<1.5>, Bias<.1>>, Relu>, Dense<1, Weight<1.2>, Bias<.05>>> {};

const nlohmann::json& inference() {
    static const nlohmann::json file = golden_file("tests/golden/inference.json");
    return file;
}

Matrix<double> generated(std::size_t rows, std::size_t cols, std::uint64_t s) {
    nlohmann::json shape = nlohmann::json::array();
    shape.push_back(rows);
    shape.push_back(cols);
    return inputs<double>(shape, s);
}

/// What the file's input rule says.
struct Given {
    Matrix<double> x = generated(6, 7, 0), z = generated(3, 7, 1), y = generated(6, 2, 5);
    Matrix<double> f0 = generated(6, 2, 7), f0z = generated(3, 2, 8);
    Gram<double> K = gram<Net>(rows<Vector<7>>(x)), Kz = gram<Net>(rows<Vector<7>>(z), rows<Vector<7>>(x));
    Gram<double> Kzz = gram<Net>(rows<Vector<7>>(z));
    std::vector<double> variances = diagonal<Net>(rows<Vector<7>>(z)).nngp;
    ridge rule{1e-3};
    learning_rate rate{.5};
};

void is_reference(const Matrix<double>& value, const nlohmann::json& expected) {
    REQUIRE(value.rows() == expected.size());
    REQUIRE(value.cols() == expected.at(0).size());
    for (std::size_t i = 0; i < value.rows(); ++i)
        for (std::size_t j = 0; j < value.cols(); ++j) {
            INFO(i << ", " << j);
            CHECK_THAT(value(i, j), Catch::Matchers::WithinRel(expected.at(i).at(j).get<double>(), 1e-8));
        }
}

void is_reference(const Predictive<double>& value, const nlohmann::json& expected) {
    is_reference(value.mean, expected.at("mean"));
    is_reference(value.covariance, expected.at("cov"));
}

void is_reference(const Marginals<double>& value, const nlohmann::json& expected) {
    is_reference(value.mean, expected.at("mean"));
    REQUIRE(value.variance.size() == expected.at("cov").size());
    for (std::size_t i = 0; i < value.variance.size(); ++i)
        CHECK_THAT(value.variance[i],
                   Catch::Matchers::WithinRel(expected.at("cov").at(i).at(i).get<double>(), 1e-8));
}

/// What follows `prefix` in a case's name, if that begins with it.
std::optional<std::string> after(const std::string& prefix, const std::string& name) {
    if (name.compare(0, prefix.size(), prefix) != 0) return std::nullopt;
    return name.substr(prefix.size());
}

/// "None" is the end of training.
double time_of(const std::string& text) { return text == "None" ? forever : std::stod(text); }

bool reproduced(const std::string& name, const nlohmann::json& expected, const Given& given) {
    const auto& [x, z, y, f0, f0z, K, Kz, Kzz, variances, rule, rate] = given;
    if (name == "gp_inference_nngp") {
        const auto process = gaussian_process(K.nngp, y, rule);
        is_reference(process.at(Kz.nngp, Kzz.nngp), expected);
        is_reference(process.at(Kz.nngp, variances), expected);
        is_reference(process.mean(Kz.nngp), expected.at("mean"));
        return true;
    }
    if (name == "gp_inference_ntk") {
        const auto networks = ntk_posterior(K, y, rule);
        is_reference(networks.at(Kz, Kzz.nngp), expected);
        is_reference(networks.at(Kz, variances), expected);
        is_reference(networks.mean(Kz.ntk), expected.at("mean"));
        return true;
    }
    if (const auto time = after("gd_mse_t=", name)) {
        const auto flow = gradient_flow(K.ntk, y, rate, rule, f0);
        is_reference(flow.train(time_of(*time)), expected.at("train"));
        is_reference(flow.test(Kz.ntk, time_of(*time), f0z), expected.at("test"));
        return true;
    }
    if (const auto rest = after("ensemble_t=", name)) {
        const double time = time_of(rest->substr(0, rest->find('_')));
        const std::string kind = rest->substr(rest->find('_') + 1);
        if (kind == "nngp") {
            const auto networks = nngp_ensemble(K.nngp, y, rate, rule);
            is_reference(networks.test(Kz.nngp, Kzz.nngp, time), expected);
            is_reference(networks.test(Kz.nngp, variances, time), expected);
            return true;
        }
        if (kind == "ntk") {
            const auto networks = ntk_ensemble(K, y, rate, rule);
            is_reference(networks.test(Kz, Kzz.nngp, time), expected);
            is_reference(networks.test(Kz, variances, time), expected);
            return true;
        }
    }
    return false;
}

}  // namespace

TEST_CASE("every golden case of inference is reproduced") {
    const Given given;
    CHECK(inference().at("cases").size() == 8);
    for (const auto& [name, expected] : inference().at("cases").items()) {
        INFO(name);
        CHECK(reproduced(name, expected, given));
    }
}

namespace {

void is_exact(const char* what, const Matrix<double>& value, const Exact& expected) {
    REQUIRE((value.rows() == expected.rows() && value.cols() == expected.cols()));
    for (std::size_t i = 0; i < value.rows(); ++i)
        for (std::size_t j = 0; j < value.cols(); ++j) {
            INFO(what << " (" << i << ", " << j << ")");
            CHECK_THAT(value(i, j), Catch::Matchers::WithinRel(static_cast<double>(expected(i, j)), 1e-11));
        }
}

double absolute(const ridge& rule, const Matrix<double>& K) {
    double trace = 0;
    for (std::size_t i = 0; i < K.rows(); ++i) trace += K(i, i);
    return rule.value * trace / static_cast<double>(K.rows());
}

}  // namespace

// The kernel is the library's own: what is left to differ is the inference, and that differs by 1e-11 at most.
TEST_CASE("inference on the golden rows is the formulas in long double") {
    const Given given;
    const auto& [x, z, y, f0, f0z, K, Kz, Kzz, variances, rule, rate] = given;
    const Spectrum prior = spectrum_of(K.nngp, absolute(rule, K.nngp)), tangent = spectrum_of(K.ntk, absolute(rule, K.ntk));
    const auto inverse = [](long double v) { return 1 / v; };
    const auto ntk_covariance = [&](const Exact& A) {
        const Exact cross = times(A, transposed(Kz.nngp));
        return sum(sum(sum(Kzz.nngp, times(times(A, K.nngp), transposed(A))), cross, -1), transposed(cross), -1);
    };
    const auto nngp_covariance = [&](const Exact& inner) {
        return sum(Kzz.nngp, times(times(Kz.nngp, inner), transposed(Kz.nngp)), -1);
    };

    const Exact solved = function_of(prior, inverse), A = times(Kz.ntk, function_of(tangent, inverse));
    const auto process = gaussian_process(K.nngp, y, rule).at(Kz.nngp, Kzz.nngp);
    is_exact("nngp mean", process.mean, times(times(Kz.nngp, solved), y));
    is_exact("nngp covariance", process.covariance, nngp_covariance(solved));
    const auto networks = ntk_posterior(K, y, rule).at(Kz, Kzz.nngp);
    is_exact("ntk mean", networks.mean, times(A, y));
    is_exact("ntk covariance", networks.covariance, ntk_covariance(A));
    const auto ntkgp = gaussian_process(K.ntk, y, rule).at(Kz.ntk, Kzz.ntk);
    is_exact("ntkgp mean", ntkgp.mean, times(A, y));
    is_exact("ntkgp covariance", ntkgp.covariance, sum(Kzz.ntk, times(A, transposed(Kz.ntk)), -1));

    const auto flow = gradient_flow(K.ntk, y, rate, rule, f0);
    is_exact("test at the end", flow.test(Kz.ntk, forever, f0z), sum(f0z, times(A, sum(y, f0, -1))));
    const auto all = ntk_ensemble(K, y, rate, rule);
    const auto last = nngp_ensemble(K.nngp, y, rate, rule);
    for (const double t : {0.5, 3.0, 100.0}) {
        const long double tau = static_cast<long double>(rate.value) * t / static_cast<long double>(y.size());
        const auto left = [&](long double v) { return std::exp(-v * tau); };
        const auto gone = [&](long double v) { return -std::expm1(-v * tau); };
        const auto learnt = [&](long double v) { return -std::expm1(-v * tau) / v; };
        const auto learnt_twice = [&](long double v) { return -std::expm1(-2 * v * tau) / v; };
        const Exact At = times(Kz.ntk, function_of(tangent, learnt)), B = function_of(tangent, left);
        is_exact("train", flow.train(t), sum(f0, times(function_of(tangent, gone), sum(y, f0, -1))));
        is_exact("test", flow.test(Kz.ntk, t, f0z), sum(f0z, times(At, sum(y, f0, -1))));
        is_exact("ntk test mean", all.test(Kz, Kzz.nngp, t).mean, times(At, y));
        is_exact("ntk test covariance", all.test(Kz, Kzz.nngp, t).covariance, ntk_covariance(At));
        is_exact("ntk train mean", all.train(t).mean, times(function_of(tangent, gone), y));
        is_exact("ntk train covariance", all.train(t).covariance, times(times(B, K.nngp), B));
        is_exact("nngp test mean", last.test(Kz.nngp, Kzz.nngp, t).mean, times(times(Kz.nngp, function_of(prior, learnt)), y));
        is_exact("nngp test covariance", last.test(Kz.nngp, Kzz.nngp, t).covariance,
                 nngp_covariance(function_of(prior, learnt_twice)));
        is_exact("nngp train mean", last.train(t).mean, times(function_of(prior, gone), y));
        is_exact("nngp train covariance", last.train(t).covariance,
                 function_of(prior, [&](long double v) { return v * left(v) * left(v); }));
    }
}
