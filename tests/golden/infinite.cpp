// NNGP and NTK matrices of published fully connected architectures (infinite.json, computed in double elsewhere),
// through every door of the library. A case of the file is either here or waits for the words it is said in.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <string>
#include <type_traits>
#include <vector>

#include <nlohmann/json.hpp>

#include <wide/wide.hpp>

#include "../catch.hpp"
#include "file.hpp"
#include "image_cases.hpp"

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

/// The nets that differ in their nonlinearity alone.
template <class W>
struct Single : Serial<Dense<16, Weight<1.1>, Bias<.3>>, W, Dense<1, Bias<.1>>> {};

struct SignNet : Single<Sign> {
    static constexpr const char* name = "fc_sign";
};
struct ScaledErfNet : Single<ScaledErf<.3, 1.5, -.7>> {
    static constexpr const char* name = "fc_erf_abc";
};
struct SinNet : Single<Sin<.9, 1.1, -pi / 4>> {
    static constexpr const char* name = "fc_sin";
};
struct CosNet : Single<Cos<.9, 1.1, .3>> {
    static constexpr const char* name = "fc_cos";
};
struct RbfNet : Single<Rbf<.5>> {
    static constexpr const char* name = "fc_rbf";
};
struct GeluNet : Single<Gelu> {
    static constexpr const char* name = "fc_gelu";
};
struct ExpNet : Single<Exp<.5, .3>> {
    static constexpr const char* name = "fc_exp";
};
struct GaussianNet : Single<Gaussian<.8, -.5>> {
    static constexpr const char* name = "fc_gaussian";
};
struct ExpNormalizedNet : Single<ExpNormalized<1, -1>> {
    static constexpr const char* name = "fc_expnorm";
};
struct ConstantNet : Single<Monomial<0>> {
    static constexpr const char* name = "fc_monomial0";
};
struct CubeNet : Single<Monomial<3>> {
    static constexpr const char* name = "fc_monomial3";
};
struct HermiteNet : Serial<Dense<16, Weight<1.1>, Bias<.3>>, LayerNorm, Hermite<3>, Dense<1>> {
    static constexpr const char* name = "fc_hermite3";
};
struct TanhNet : Serial<Dense<16, Weight<1.1>, Bias<.3>>, Tanh, Dense<1>> {
    static constexpr const char* name = "fc_numerical_tanh25";
    static constexpr double tolerance = 2e-6;  // what the file's own quadrature leaves; see the last test
};

using Cases =
    Said<Linear, Relu2, Relu2Same, Erf3, LeakyRelu1, AbsNet, ResidualNet, ConcatNet, SignNet, ScaledErfNet, SinNet,
         CosNet, RbfNet, GeluNet, ExpNet, GaussianNet, ExpNormalizedNet, ConstantNet, CubeNet, HermiteNet, TanhNet>;

struct Waiting {
    const char* name;
    const char* word;
};
constexpr Waiting waiting[] = {
    {"parallel_two_inputs", "several inputs"},
    {"convlocal_gap", "a Conv without shared weights"},
    {"convtranspose_gap", "a transposed Conv"},
    {"concat_spatial", "a Concat of positions"},
    {"attn_softmax_gap", "attention"},
    {"attn_relu_flat", "attention"},
    {"attn_sqrt_identity", "attention"},
    {"aggregate_dense", "an aggregation over a graph"},
    {"dotgeneral", "a contraction of positions"},
    {"index", "a slice"},
    {"mask_conv1d_gap", "masks"},
};

namespace {

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
    agrees<Net, T>("gram.nngp", nngp_expected, symmetric, both.nngp);
    agrees<Net, T>("gram.ntk", ntk_expected, symmetric, both.ntk);
    // Every call of one kernel alone is one more routine to compile: two nets stand for all.
    if constexpr (std::is_base_of_v<Relu2, Net> || std::is_same_v<Net, ResidualNet>) {
        agrees<Net, T>("nngp", nngp_expected, symmetric, symmetric ? nngp<Net>(first) : nngp<Net>(first, second));
        agrees<Net, T>("ntk", ntk_expected, symmetric, symmetric ? ntk<Net>(first) : ntk<Net>(first, second));
    }

    const Matrix<T>& other = symmetric ? x1 : x2;
    const auto at = [&](std::size_t i, std::size_t j) {
        return kernel_at<Net>({product(x1, i, x1, i), product(x1, i, other, j), product(other, j, other, j)});
    };
    agrees<Net, T>("kernel_at.nngp", nngp_expected, symmetric, [&](auto i, auto j) { return at(i, j).nngp; });
    agrees<Net, T>("kernel_at.ntk", ntk_expected, symmetric, [&](auto i, auto j) { return at(i, j).ntk; });

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
    std::vector<std::string> here = Cases::names();
    for (const std::string& name : ImageCases::names()) here.push_back(name);
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

namespace {

/// The rule of Gauss and Hermite: sum of weight[i] f(node[i]) is the integral of exp(-x^2) f(x). Roots by Newton's
/// iteration, one after the other from the largest down, those found before divided out.
struct GaussHermite {
    std::vector<double> node, weight;

    explicit GaussHermite(int degree) {
        for (int i = 0; i < degree; ++i) {
            double x = i == 0 ? std::sqrt(2.0 * degree + 1) : node.back() - 0.1, before = 0, value = 0;
            for (int turn = 0; turn < 500; ++turn) {
                before = 0, value = 0.75112554446494248286;  // pi^(-1/4)
                for (int k = 0; k < degree; ++k) {
                    const double next = std::sqrt(2.0 / (k + 1)) * x * value - std::sqrt(k / (k + 1.0)) * before;
                    before = value;
                    value = next;
                }
                double others = 0;
                for (const double root : node) others += 1 / (x - root);
                const double step = value / (std::sqrt(2.0 * degree) * before - value * others);
                x -= step;
                if (std::fabs(step) < 1e-15 * std::sqrt(degree)) break;
            }
            node.push_back(x);
            weight.push_back(1 / (degree * before * before));
        }
    }
};

/// NNGP and NTK of TanhNet by the file's own way, in any degree.
KernelValue tanh_by_quadrature(const GaussHermite& rule, const Moments& m) {
    const double q11 = 1.21 * m.xx + 0.09, q12 = 1.21 * m.xz + 0.09, q22 = 1.21 * m.zz + 0.09;
    KernelValue sum{0, 0};
    for (std::size_t i = 0; i < rule.node.size(); ++i)
        for (std::size_t j = 0; j < rule.node.size(); ++j) {
            const double u = std::sqrt(2 * q11) * rule.node[i];
            const double v =
                q12 * std::sqrt(2 / q11) * rule.node[i] + std::sqrt(2 * (q22 - q12 * q12 / q11)) * rule.node[j];
            const double weight = rule.weight[i] * rule.weight[j] / pi, one = std::cosh(u), two = std::cosh(v);
            sum.nngp += weight * std::tanh(u) * std::tanh(v);
            sum.ntk += weight / (one * one * two * two);
        }
    return {sum.nngp, sum.nngp + q12 * sum.ntk};
}

}  // namespace

TEST_CASE("the golden tanh is a quadrature of degree 25; in a higher degree it is Tanh's dual") {
    const auto& one = golden_case(TanhNet::name);
    const Matrix<double> x = inputs<double>(one.at("x1"), 0), z = inputs<double>(one.at("x2"), 1);
    const GaussHermite coarse(25), fine(90);
    for (std::size_t i = 0; i < x.rows(); ++i)
        for (std::size_t j = 0; j < z.rows(); ++j) {
            const Moments m{product(x, i, x, i), product(x, i, z, j), product(z, j, z, j)};
            const KernelValue file = tanh_by_quadrature(coarse, m), limit = tanh_by_quadrature(fine, m);
            const KernelValue ours = kernel_at<TanhNet>(m);
            INFO(i << ", " << j);
            CHECK_THAT(file.nngp,
                       Catch::Matchers::WithinRel(one.at("result").at("nngp").at(i).at(j).get<double>(), 1e-11));
            CHECK_THAT(file.ntk,
                       Catch::Matchers::WithinRel(one.at("result").at("ntk").at(i).at(j).get<double>(), 1e-11));
            CHECK_THAT(ours.nngp, Catch::Matchers::WithinRel(limit.nngp, 1e-10));
            CHECK_THAT(ours.ntk, Catch::Matchers::WithinRel(limit.ntk, 1e-10));
        }
}
