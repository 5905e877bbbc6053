// The empirical kernels: three ways to the same numbers, both ways of contraction, and what does not decide them.
#include <wide/finite/empirical.hpp>

#include <cstddef>
#include <utility>
#include <vector>

#include "networks.hpp"

using namespace wide;

namespace {

/// Rows (sample, output) of derivatives by all parameters, one gradient each.
template <class Case>
Matrix<double> jacobian(const Parameters<typename Case::Net, typename Case::In, double>& theta, const Matrix<double>& x) {
    using Net = typename Case::Net;
    using In = typename Case::In;
    constexpr std::size_t outputs = Network<Net, In>::outputs;
    Matrix<double> rows_of(x.rows() * outputs, theta.size());
    for (std::size_t i = 0; i < x.rows(); ++i)
        for (std::size_t o = 0; o < outputs; ++o) {
            Matrix<double> cotangent(1, outputs);
            for (std::size_t p = 0; p < outputs; ++p) cotangent(0, p) = p == o ? 1 : 0;
            const auto gradient = vjp<Net>(theta, rows<In>(x.data() + i * x.cols(), 1), cotangent);
            std::copy_n(gradient.data(), gradient.size(), rows_of.data() + (i * outputs + o) * theta.size());
        }
    return rows_of;
}

Matrix<double> products(const Matrix<double>& a, const Matrix<double>& b) {
    Matrix<double> made(a.rows(), b.rows());
    for (std::size_t i = 0; i < a.rows(); ++i)
        for (std::size_t j = 0; j < b.rows(); ++j) {
            double sum = 0;
            for (std::size_t k = 0; k < a.cols(); ++k) sum += a(i, k) * b(j, k);
            made(i, j) = sum;
        }
    return made;
}

Matrix<double> mean_over_outputs(const Matrix<double>& full, std::size_t outputs) {
    Matrix<double> mean(full.rows() / outputs, full.cols() / outputs);
    for (std::size_t i = 0; i < mean.rows(); ++i)
        for (std::size_t j = 0; j < mean.cols(); ++j) {
            double sum = 0;
            for (std::size_t o = 0; o < outputs; ++o) sum += full(i * outputs + o, j * outputs + o);
            mean(i, j) = sum / static_cast<double>(outputs);
        }
    return mean;
}

template <class Net, class In>
int layers_contracted(Contraction way, bool all_outputs) {
    constexpr auto& plan = Network<Net, In>::plan;
    int count = 0;
    for (int s = 0; s < plan.steps; ++s) count += contraction_of(plan, plan.step[s], all_outputs).way == way;
    return count;
}

// Many channels, few positions: structure. Few channels, many positions: gradients.
struct WideConv : Serial<Conv<64, Filter<1, 1>, Bias<0.2>>, Tanh, Conv<48, Filter<2, 2>, Bias<0.1>>, Erf, Flatten, Dense<2>> {};
struct NarrowConv : Serial<Conv<3, Filter<3, 3>, Same, Bias<0.2>>, Tanh, Conv<2, Filter<2, 2>>, Erf, GlobalAvgPool, Dense<1>> {};
struct OneByOne : Serial<Dense<1, Bias<0.3>>, Tanh, Dense<2>> {};
using Kernels = Joined<Structures, std::tuple<On<WideConv, Image<3, 2, 5>>, On<NarrowConv, Image<8, 8, 2>>,
                                          On<NarrowConv, Image<18, 17, 2>>, On<OneByOne, Vector<1>>>>;

}  // namespace

TEST_CASE("both ways of contraction are taken", "[finite]") {
    CHECK(layers_contracted<WideConv, Image<3, 2, 5>>(Contraction::structure, false) == 2);
    CHECK(layers_contracted<NarrowConv, Image<8, 8, 2>>(Contraction::gradients, false) >= 2);
    CHECK(layers_contracted<WideConv, Image<3, 2, 5>>(Contraction::gradients, true) == 2);
    CHECK(layers_contracted<FrozenVectors, Vector<5>>(Contraction::none, false) ==
          Network<FrozenVectors, Vector<5>>::plan.steps - 2);
}

TEMPLATE_LIST_TEST_CASE("three ways to the empirical kernel agree", "[finite]", Kernels) {
    using Net = typename TestType::Net;
    using In = typename TestType::In;
    constexpr std::size_t outputs = Network<Net, In>::outputs;
    const auto theta = parameters<TestType, double>(1);
    const auto z = samples<TestType, double>(9, 3), x = samples<TestType, double>(7, 4);
    const auto expected = products(jacobian<TestType>(theta, z), jacobian<TestType>(theta, x));
    CHECK(apart(full_empirical_ntk<Net>(theta, rows<In>(z), rows<In>(x)).matrix, expected) < 1e-13);
    const auto mean = empirical_ntk<Net>(theta, rows<In>(z), rows<In>(x));
    CHECK(apart(mean, mean_over_outputs(expected, outputs)) < 1e-13);

    const auto v = random_rows<double>(7, outputs, 5);
    Matrix<double> times(9, outputs);
    for (std::size_t i = 0; i < times.size(); ++i) {
        double sum = 0;
        for (std::size_t j = 0; j < v.size(); ++j) sum += expected(i, j) * v.data()[j];
        times.data()[i] = sum;
    }
    CHECK(apart(ntk_vector_product<Net>(theta, rows<In>(z), rows<In>(x), v), times) < 1e-12);

    const auto f = forward<Net>(theta, rows<In>(z)), g = forward<Net>(theta, rows<In>(x));
    auto nngp = products(f, g);
    for (std::size_t k = 0; k < nngp.size(); ++k) nngp.data()[k] /= static_cast<double>(outputs);
    CHECK(apart(empirical_nngp<Net>(theta, rows<In>(z), rows<In>(x)), nngp) < 1e-13);
}

TEMPLATE_LIST_TEST_CASE("the symmetric kernel is the cross one of equal sides", "[finite]", Kernels) {
    using Net = typename TestType::Net;
    using In = typename TestType::In;
    const auto theta = parameters<TestType, float>(1);
    const auto x = samples<TestType, float>(71, 3);
    const auto symmetric = empirical_ntk<Net>(theta, rows<In>(x)), cross = empirical_ntk<Net>(theta, rows<In>(x), rows<In>(x));
    CHECK(apart(symmetric, cross) < 1e-6);
    for (std::size_t i = 0; i < 71; ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (symmetric(i, j) != symmetric(j, i)) FAIL("not symmetric at " << i << ", " << j);

    const auto full = full_empirical_ntk<Net>(theta, rows<In>(x));
    CHECK(full.outputs == Network<Net, In>::outputs);
    CHECK(apart(full.matrix, full_empirical_ntk<Net>(theta, rows<In>(x), rows<In>(x)).matrix) < 1e-6);
    bool same = true;
    for (std::size_t r = 0; r < full.matrix.rows(); ++r)
        for (std::size_t c = 0; c < r; ++c) same = same && full.matrix(r, c) == full.matrix(c, r);
    CHECK(same);
    const auto nngp = empirical_nngp<Net>(theta, rows<In>(x));
    CHECK(apart(nngp, empirical_nngp<Net>(theta, rows<In>(x), rows<In>(x))) < 1e-6);
    CHECK(nngp(70, 3) == nngp(3, 70));
}

TEST_CASE("blocks of samples and threads do not decide an empirical kernel", "[finite]") {
    const auto check = []<class Net, class In>(On<Net, In>, std::size_t count) {
        const auto theta = initial<Net, In>(seed{1});
        const auto x = samples<On<Net, In>, float>(count, 3);
        const auto one = empirical_ntk<Net>(theta, rows<In>(x), options{.threads = 1});
        CHECK(same_bits(one, empirical_ntk<Net>(theta, rows<In>(x), options{.threads = 2})));
        const auto cross = empirical_ntk<Net>(theta, rows<In>(x), rows<In>(x), options{.threads = 2});
        CHECK(same_bits(cross, empirical_ntk<Net>(theta, rows<In>(x), rows<In>(x), options{.threads = 1})));
        CHECK(apart(one, cross) < 1e-6);
        // A corner by itself, where blocks fall otherwise.
        const std::size_t some = 5;
        const auto corner = empirical_ntk<Net>(theta, rows<In>(x.data() + (count - some) * x.cols(), some), rows<In>(x.data(), some));
        for (std::size_t i = 0; i < some; ++i)
            for (std::size_t j = 0; j < some; ++j)
                CHECK(std::abs(corner(i, j) - cross(count - some + i, j)) < 1e-5f * cross(j, j));
    };
    check(On<Vectors, Vector<7>>{}, 1100);
    check(On<NarrowConv, Image<8, 8, 2>>{}, 530);
    check(On<WideConv, Image<3, 2, 5>>{}, 150);
}

TEST_CASE("fill::lower leaves zeros above the diagonal", "[finite]") {
    const auto theta = initial<Vectors, Vector<7>>(seed{1});
    const auto check = [&](std::size_t count, auto kernel) {
        const auto x = random_rows<float>(count, 7, 3);
        const Matrix<float> both = kernel(rows<Vector<7>>(x), options{}), lower = kernel(rows<Vector<7>>(x), options{.fill = fill::lower});
        CHECK(same_bits(both, kernel(rows<Vector<7>>(x), options{.threads = 1})));
        bool equal = true;
        for (std::size_t i = 0; i < both.rows(); ++i)
            for (std::size_t j = 0; j < both.cols(); ++j) equal = equal && lower(i, j) == (j <= i ? both(i, j) : 0);
        CHECK(equal);
    };
    for (const std::size_t count : {std::size_t{90}, std::size_t{700}}) {
        check(count, [&](const auto& x, const options& how) { return empirical_ntk<Vectors>(theta, x, how); });
        check(count, [&](const auto& x, const options& how) { return std::move(full_empirical_ntk<Vectors>(theta, x, how).matrix); });
        check(count, [&](const auto& x, const options& how) { return empirical_nngp<Vectors>(theta, x, how); });
    }
}

TEST_CASE("kernels of no samples are empty", "[finite]") {
    const auto theta = initial<Vectors, Vector<7>>(seed{1});
    const auto x = random_rows<float>(3, 7, 3);
    const auto none = rows<Vector<7>>(x.data(), 0);
    CHECK(empirical_ntk<Vectors>(theta, none).size() == 0);
    CHECK(empirical_ntk<Vectors>(theta, none, rows<Vector<7>>(x)).rows() == 0);
    CHECK(empirical_nngp<Vectors>(theta, rows<Vector<7>>(x), none).size() == 0);
    CHECK(forward<Vectors>(theta, none).size() == 0);
}
