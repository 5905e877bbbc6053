// Finite networks against the reference implementation: every case and every field of finite.json, double, 1e-10.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include <wide/dsl.hpp>
#include <wide/finite/empirical.hpp>

#include "file.hpp"

using namespace wide;

namespace {

template <class Phi, class Last = Dense<2, Weight<1.2>, Bias<.05>>>
struct Mlp : Serial<Dense<16, Weight<1.5>, Bias<.1>>, Phi, Dense<13, Weight<1.5>, Bias<.1>>, Phi, Last> {};

struct FcRelu : Mlp<Relu> {
    static constexpr char name[] = "fc_relu";
};
struct FcErf : Mlp<Erf> {
    static constexpr char name[] = "fc_erf";
};
struct FcGelu : Mlp<Gelu> {
    static constexpr char name[] = "fc_gelu";
};
struct FcOneOutput : Serial<Dense<16, He>, Relu, Dense<16, He>, Relu, Dense<1>> {
    static constexpr char name[] = "fc_nobias_1out";
};
struct FcStandard : Serial<Dense<16, Standard, Bias<1>>, Relu, Dense<13, Standard, Bias<1>>, Relu, Dense<2, Standard, Bias<1>>> {
    static constexpr char name[] = "fc_standard";
};
struct FcResidual : Serial<Dense<16, Weight<1.5>, Bias<.1>>, Residual<Relu, Dense<16, Weight<1.1>, Bias<.1>>>, Relu,
                           Dense<2, Weight<1.>, Bias<.05>>> {
    static constexpr char name[] = "fc_residual";
};
struct ConvSameFlat : Serial<Conv<4, Filter<3, 3>, Same, He, Bias<.3>>, Relu, Conv<5, Filter<3, 3>, He, Same, Bias<.3>>, Relu,
                             Flatten, Dense<2, Bias<.1>>> {
    static constexpr char name[] = "conv_same_flat";
};
struct ConvCircPool
    : Serial<Conv<4, Filter<3, 3>, Circular, He, Bias<.3>>, Relu, AvgPool<Window<2, 2>, Stride<2, 2>>,
             Conv<5, Filter<3, 3>, Same, He, Bias<.3>>, Erf, Flatten, Dense<2, Bias<.1>>> {
    static constexpr char name[] = "conv_circ_pool";
};

using Nets = std::tuple<FcRelu, FcErf, FcGelu, FcOneOutput, FcStandard, FcResidual, ConvSameFlat, ConvCircPool>;
using AllNets = Said<FcRelu, FcErf, FcGelu, FcOneOutput, FcStandard, FcResidual, ConvSameFlat, ConvCircPool>;

template <class Net>
struct InputOf {
    using type = Vector<7>;
};
template <>
struct InputOf<ConvSameFlat> {
    using type = Image<8, 6, 2>;
};
template <>
struct InputOf<ConvCircPool> {
    using type = Image<8, 6, 2>;
};

const nlohmann::json& finite_file() {
    static const nlohmann::json file = golden_file("tests/golden/finite.json");
    return file;
}

/// Every leaf from the file's generator.
template <class Net, class In>
Parameters<Net, In, double> generated(const nlohmann::json& one, std::uint64_t from, double factor) {
    Parameters<Net, In, double> made;
    REQUIRE(static_cast<std::size_t>(made.leaves) == one.at("parameter_shapes").size());
    REQUIRE(made.count == one.at("parameters").get<std::size_t>());
    for (int i = 0; i < made.leaves; ++i) {
        const auto leaf = made.leaf(i);
        const auto numbers = inputs<double>(nlohmann::json::array({1, leaf.size()}), from + static_cast<std::uint64_t>(i));
        for (std::size_t k = 0; k < leaf.size(); ++k) leaf[k] = factor * numbers.data()[k];
    }
    return made;
}

nlohmann::json with_count(const nlohmann::json& count, const nlohmann::json& shape) {
    auto all = nlohmann::json::array({count});
    for (const auto& extent : shape) all.push_back(extent);
    return all;
}

void equal(const char* what, const nlohmann::json& expected, const Matrix<double>& found) {
    INFO(what);
    REQUIRE(expected.size() == found.rows());
    for (std::size_t i = 0; i < found.rows(); ++i)
        for (std::size_t j = 0; j < found.cols(); ++j)
            CHECK_THAT(found(i, j), Catch::Matchers::WithinRel(expected.at(i).at(j).get<double>(), 1e-10) ||
                                        Catch::Matchers::WithinAbs(expected.at(i).at(j).get<double>(), 1e-13));
}
void equal(const char* what, const nlohmann::json& expected, double found) {
    INFO(what);
    CHECK_THAT(found, Catch::Matchers::WithinRel(expected.get<double>(), 1e-10) ||
                          Catch::Matchers::WithinAbs(expected.get<double>(), 1e-13));
}

Matrix<double> sum_of(const Matrix<double>& a, const Matrix<double>& b, double factor = 1) {
    Matrix<double> sum = a.copy();
    for (std::size_t k = 0; k < sum.size(); ++k) sum.data()[k] += factor * b.data()[k];
    return sum;
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("the reference's finite networks", "[finite]", Nets) {
    using Net = TestType;
    using In = typename InputOf<Net>::type;
    const auto& one = case_of(finite_file(), Net::name);
    const auto z = inputs<double>(with_count(one.at("n1"), one.at("input")), 0);
    const auto x = inputs<double>(with_count(one.at("n2"), one.at("input")), 1);
    const auto left = rows<In>(z), right = rows<In>(x);
    const auto theta = generated<Net, In>(one, 100, std::sqrt(3.0)), delta = generated<Net, In>(one, 300, 0.05);

    const auto f = forward<Net>(theta, left);
    equal("f", one.at("f"), f);
    auto moved = theta.copy();
    moved += delta;
    equal("f_at_moved", one.at("f_at_moved"), forward<Net>(moved, left));
    equal("linearized", one.at("linearized"), linearize<Net>(theta)(delta, left));
    const auto series = taylor<Net>(theta, delta, left);
    equal("taylor2", one.at("taylor2"), sum_of(sum_of(series.value, series.first), series.second, 0.5));

    const auto cotangent = inputs<double>(nlohmann::json::array({f.rows(), f.cols()}), 500);
    const auto gradient = vjp<Net>(theta, left, cotangent);
    for (int i = 0; i < gradient.leaves; ++i) {
        const auto leaf = gradient.leaf(i);
        const auto k = static_cast<std::size_t>(i);
        double square = 0;
        for (const double number : leaf) square += number * number;
        equal("vjp_leaf_norms", one.at("vjp_leaf_norms").at(k), std::sqrt(square));
        equal("vjp_leaf_first", one.at("vjp_leaf_first").at(k), leaf.front());
        equal("vjp_leaf_last", one.at("vjp_leaf_last").at(k), leaf.back());
    }

    const auto full = full_empirical_ntk<Net>(theta, left, right);
    const auto& expected = one.at("ntk");
    for (std::size_t i = 0; i < left.count; ++i)
        for (std::size_t j = 0; j < right.count; ++j)
            for (std::size_t o = 0; o < full.outputs; ++o)
                for (std::size_t p = 0; p < full.outputs; ++p)
                    equal("ntk", expected.at(i).at(j).at(o).at(p), full(i, j, o, p));
    equal("ntk_trace", one.at("ntk_trace"), empirical_ntk<Net>(theta, left, right));
    equal("nngp_trace", one.at("nngp_trace"), empirical_nngp<Net>(theta, left, right));
}

TEST_CASE("every case of finite.json is tried", "[finite]") {
    std::vector<std::string> in_file;
    for (const auto& one : finite_file().at("cases")) in_file.push_back(one.at("name"));
    CHECK(AllNets::names() == in_file);
}
