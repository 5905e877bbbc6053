// Posteriors, gradient flow and ensembles against the reference implementation: every case and every field of
// inference.json, double, 1e-8 (the reference's kernel carries 1e-9 on its diagonal).
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <wide/dsl.hpp>
#include <wide/infer/ensemble.hpp>
#include <wide/infer/gradient_flow.hpp>
#include <wide/infer/posterior.hpp>
#include <wide/kernel/gram.hpp>

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
