// NNGP and NTK matrices of published fully connected architectures (infinite.json, computed in double elsewhere),
// through every door of the library. A case of the file is either here or waits for the words it is said in.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <wide/wide.hpp>

#include "../catch.hpp"

using namespace wide;

// The cases that can be said today, each by its name in the file.
struct Linear : Serial<Dense<16, Weight<1.3>, Bias<.2>>, Dense<1, Weight<.7>>> {
    static constexpr const char* name = "fc_linear";
};
struct Relu2 : Serial<Repeat<2, Dense<16, Weight<1.5>, Bias<.1>>, Relu>, Dense<1, Weight<1.2>, Bias<.05>>> {
    static constexpr const char* name = "fc_relu_2";
};
struct Relu2Same : Relu2 {
    static constexpr const char* name = "fc_relu_2_same";
};
struct Erf3 : Serial<Repeat<3, Dense<16, Weight<1.5>, Bias<.05>>, Erf>, Dense<1, Weight<1.5>, Bias<.05>>> {
    static constexpr const char* name = "fc_erf_3";
};
struct LeakyRelu1 : Serial<Dense<16, Weight<1.1>, Bias<.3>>, LeakyRelu<.1>, Dense<1, Bias<.1>>> {
    static constexpr const char* name = "fc_leakyrelu.1";
};
struct AbsNet : Serial<Dense<16, Weight<1.1>, Bias<.3>>, Abs, Dense<1, Bias<.1>>> {
    static constexpr const char* name = "fc_abs";
};
struct ResidualNet : Serial<Dense<16, Weight<1.5>, Bias<.1>>, Residual<Relu, Dense<16, Weight<1.1>, Bias<.1>>>, Relu,
                            Dense<1, Bias<0>>> {
    static constexpr const char* name = "fc_residual";
};
struct ConcatNet
    : Serial<Dense<16, Weight<1.5>, Bias<.1>>,
             Concat<Serial<Relu, Dense<8, Weight<1.1>, Bias<.1>>>, Serial<Erf, Dense<24, Weight<.9>, Bias<.2>>>>,
             Dense<1, Bias<0>>> {
    static constexpr const char* name = "fc_faninconcat_ch";
};

template <class... Nets>
struct Said {
    static std::vector<std::string> names() { return {Nets::name...}; }
};
using Cases = Said<Linear, Relu2, Relu2Same, Erf3, LeakyRelu1, AbsNet, ResidualNet, ConcatNet>;

struct Waiting {
    const char* name;
    const char* word;
};
constexpr Waiting waiting[] = {
    {"fc_sign", "Sign"},
    {"fc_erf_abc", "ScaledErf"},
    {"fc_sin", "Sin"},
    {"fc_cos", "Cos"},
    {"fc_rbf", "Rbf"},
    {"fc_gelu", "Gelu"},
    {"fc_exp", "Exp"},
    {"fc_gaussian", "Gaussian"},
    {"fc_expnorm", "ExpNormalized"},
    {"fc_monomial0", "Monomial"},
    {"fc_monomial3", "Monomial"},
    {"fc_hermite3", "Hermite"},
    {"fc_numerical_tanh25", "Tanh"},
    {"parallel_two_inputs", "several inputs"},
    {"conv_valid_flat", "Conv"},
    {"conv_same_flat", "Conv"},
    {"conv_circ_flat", "Conv"},
    {"conv_stride_flat", "Conv"},
    {"conv_same_gap", "Conv"},
    {"conv_valid_gap_same", "Conv"},
    {"conv_sumpool", "Conv"},
    {"conv_avgpool_circ", "Conv"},
    {"conv1d_gap", "Conv"},
    {"convlocal_gap", "a Conv without shared weights"},
    {"convtranspose_gap", "a transposed Conv"},
    {"concat_spatial", "a Concat of positions"},
    {"attn_softmax_gap", "attention"},
    {"attn_relu_flat", "attention"},
    {"attn_sqrt_identity", "attention"},
    {"aggregate_dense", "an aggregation over a graph"},
    {"dotgeneral", "Conv"},
    {"index", "Conv"},
    {"mask_conv1d_gap", "Conv"},
    {"myrtle5_32", "Conv"},
    {"wrn_bs2_8", "Conv"},
    {"cnn21_flat_32", "Conv"},
    {"cnn21_gap_32", "Conv"},
};

namespace {

const nlohmann::json& golden() {
    static const nlohmann::json file = [] {
        std::ifstream stream("tests/golden/infinite.json");
        if (!stream) FAIL("tests/golden/infinite.json can't be read: run from the project's root");
        return nlohmann::json::parse(stream);
    }();
    return file;
}

const nlohmann::json& golden_case(const std::string& name) {
    for (const auto& one : golden().at("cases"))
        if (one.at("name") == name) return one;
    FAIL("infinite.json has no case " << name);
    return golden();
}

/// The file's input rule: the minimal standard generator from 1000 + s, ten states dropped, mapped to (-1, 1).
template <class T>
Matrix<T> inputs(const nlohmann::json& shape, std::uint64_t s) {
    Matrix<T> x(shape.at(0).get<std::size_t>(), shape.at(1).get<std::size_t>());
    std::uint64_t state = 1000 + s;
    const auto next = [&state] { return state = state * 48271 % 2147483647; };
    for (int k = 0; k < 10; ++k) next();
    for (std::size_t i = 0; i < x.rows() * x.cols(); ++i)
        x.data()[i] = static_cast<T>(2 * static_cast<double>(next()) / 2147483647 - 1);
    return x;
}

/// Whether `value(i, j)` is the reference within its tolerance, everywhere. In double 1e-10; 1e-8 where a sample
/// meets itself, as the reference is no better there.
template <class T, class Value>
void agrees(const char* what, const nlohmann::json& expected, bool symmetric, Value value) {
    for (std::size_t i = 0; i < expected.size(); ++i)
        for (std::size_t j = 0; j < expected.at(i).size(); ++j) {
            const bool itself = symmetric && i == j;
            const double tolerance = sizeof(T) == sizeof(float) ? 2e-5 : itself ? 1e-8 : 1e-10;
            INFO(what << " (" << i << ", " << j << ")");
            CHECK_THAT(static_cast<double>(value(i, j)),
                       Catch::Matchers::WithinRel(expected.at(i).at(j).template get<double>(), tolerance));
        }
}

template <class T>
void agrees(const char* what, const nlohmann::json& expected, bool symmetric, const Matrix<T>& kernel) {
    REQUIRE(kernel.rows() == expected.size());
    REQUIRE(kernel.cols() == expected.at(0).size());
    agrees<T>(what, expected, symmetric, [&](std::size_t i, std::size_t j) { return kernel(i, j); });
}

template <class T>
double product(const Matrix<T>& x, std::size_t i, const Matrix<T>& z, std::size_t j) {
    double sum = 0;
    for (std::size_t k = 0; k < x.cols(); ++k) sum += static_cast<double>(x(i, k)) * static_cast<double>(z(j, k));
    return sum / static_cast<double>(x.cols());
}

/// In the file a symmetric case stands for x1 alone; K(x1, x2) otherwise.
template <class Net, class T>
void reproduce() {
    const auto& one = golden_case(Net::name);
    const bool symmetric = one.at("x2").is_null();
    const auto &nngp_expected = one.at("result").at("nngp"), &ntk_expected = one.at("result").at("ntk");
    INFO(Net::name << ": " << one.at("spec"));
    const Matrix<T> x1 = inputs<T>(one.at("x1"), 0);
    const Matrix<T> x2 = symmetric ? Matrix<T>() : inputs<T>(one.at("x2"), 1);
    const auto first = rows<Vector<7>>(x1), second = rows<Vector<7>>(x2);

    const Gram<T> both = symmetric ? gram<Net>(first) : gram<Net>(first, second);
    agrees("gram.nngp", nngp_expected, symmetric, both.nngp);
    agrees("gram.ntk", ntk_expected, symmetric, both.ntk);
    agrees("nngp", nngp_expected, symmetric, symmetric ? nngp<Net>(first) : nngp<Net>(first, second));
    agrees("ntk", ntk_expected, symmetric, symmetric ? ntk<Net>(first) : ntk<Net>(first, second));

    const Matrix<T>& other = symmetric ? x1 : x2;
    const auto at = [&](std::size_t i, std::size_t j) {
        return kernel_at<Net>({product(x1, i, x1, i), product(x1, i, other, j), product(other, j, other, j)});
    };
    agrees<T>("kernel_at.nngp", nngp_expected, symmetric, [&](auto i, auto j) { return at(i, j).nngp; });
    agrees<T>("kernel_at.ntk", ntk_expected, symmetric, [&](auto i, auto j) { return at(i, j).ntk; });

    if (symmetric) {
        const auto own = diagonal<Net>(first);
        const double tolerance = sizeof(T) == sizeof(float) ? 2e-5 : 1e-8;
        REQUIRE(own.ntk.size() == nngp_expected.size());
        for (std::size_t i = 0; i < own.ntk.size(); ++i) {
            INFO("diagonal " << i);
            CHECK_THAT(static_cast<double>(own.nngp[i]),
                       Catch::Matchers::WithinRel(nngp_expected.at(i).at(i).template get<double>(), tolerance));
            CHECK_THAT(static_cast<double>(own.ntk[i]),
                       Catch::Matchers::WithinRel(ntk_expected.at(i).at(i).template get<double>(), tolerance));
        }
    }
}

template <class... Nets>
void reproduce_all(Said<Nets...>) {
    (reproduce<Nets, double>(), ...);
    (reproduce<Nets, float>(), ...);
}

}  // namespace

TEST_CASE("every golden case that can be said is reproduced") { reproduce_all(Cases{}); }

TEST_CASE("a golden case is either reproduced or waits for a word") {
    const std::vector<std::string> here = Cases::names();
    std::size_t present = 0;
    for (const auto& one : golden().at("cases")) {
        const auto name = one.at("name").get<std::string>();
        const bool reproduced = std::find(here.begin(), here.end(), name) != here.end();
        const bool waits =
            std::any_of(std::begin(waiting), std::end(waiting), [&](const Waiting& w) { return w.name == name; });
        INFO(name);
        CHECK(reproduced != waits);
        ++present;
    }
    CHECK(present == here.size() + std::size(waiting));
}
