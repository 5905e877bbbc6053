// Derivatives by deviations: through every step, in float, on any number of threads, beyond the budget.
#include <cstring>
#include <string>

#include "nets.hpp"
#include "quotients.hpp"

using namespace wide;
using namespace quotients;

namespace {

struct Parameterised
    : Serial<Dense<8, Standard, Bias<0.3>>, Relu, Dense<8, Frozen, Bias<0.2>>, Erf, Dense<1, Standard>> {};

/// Without row 4, whose copy loses digits in float.
template <class Net>
void float_agrees_with_double(double tolerance) {
    const auto data = random_rows<float>(20, 6, 3);
    Matrix<double> same(20, 6);
    for (std::size_t k = 0; k < data.size(); ++k) same.data()[k] = static_cast<double>(data.data()[k]);
    const auto one = scale_gradient<Net>(rows<Vector<6>>(data));
    const auto two = scale_gradient<Net>(rows<Vector<6>>(same));
    CHECK(largest_difference(one.kernel.ntk, two.kernel.ntk) <= 2e-6);
    for (std::size_t word = 0; word < one.weight.size(); ++word) {
        INFO("affine word " << word);
        CHECK(largest_difference(one.weight[word].nngp, two.weight[word].nngp) <= tolerance);
        CHECK(largest_difference(one.weight[word].ntk, two.weight[word].ntk) <= tolerance);
        CHECK(largest_difference(one.bias[word].nngp, two.bias[word].nngp) <= tolerance);
        CHECK(largest_difference(one.bias[word].ntk, two.bias[word].ntk) <= tolerance);
    }
}

template <class T>
bool same_bits(const Matrix<T>& a, const Matrix<T>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

}  // namespace

TEST_CASE("derivatives by standard parameters, through frozen layers, ReLU and Erf") {
    agrees_with_quotients_on_both_shapes<Parameterised>();
}

TEST_CASE("derivatives through sums, products and concatenations") {
    agrees_with_quotients_on_both_shapes<Branching>();
}

TEST_CASE("derivatives in float are those in double") { float_agrees_with_double<Parameterised>(1e-5); }

TEST_CASE("derivatives have the same bits for any number of threads") {
    const auto data = random_rows<float>(300, 6, 8);
    const auto x = rows<Vector<6>>(data);
    const auto one = scale_gradient<Parameterised>(x, options{.threads = 1});
    for (const int threads : {2, 5}) {
        const auto more = scale_gradient<Parameterised>(x, options{.threads = threads});
        CHECK(same_bits(more.kernel.ntk, one.kernel.ntk));
        for (std::size_t word = 0; word < one.weight.size(); ++word) {
            CHECK(same_bits(more.weight[word].ntk, one.weight[word].ntk));
            CHECK(same_bits(more.bias[word].nngp, one.bias[word].nngp));
        }
    }
}

TEST_CASE("derivatives beyond the budget, and of no rows") {
    const auto data = random_rows<float>(300, 6, 8);
    const auto x = rows<Vector<6>>(data);
    // Two kernels, and two matrices for each of five deviations.
    try {
        (void)scale_gradient<Parameterised>(x, options{.budget = 3_MiB});
        FAIL("nothing was thrown");
    } catch (const insufficient_memory& e) {
        CHECK(e.budget == 3_MiB);
        CHECK(e.needed >= 12 * 300 * 300 * sizeof(float));
        CHECK(std::string(e.what()).find("a Gram of 300 x 300 entries needs") != std::string::npos);
    }
    const auto none = scale_gradient<Parameterised>(rows<Vector<6>>(data.data(), 0));
    CHECK((none.kernel.ntk.rows() == 0 && none.weight.size() == 3));
}
