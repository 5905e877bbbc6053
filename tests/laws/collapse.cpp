// A net that is one function of the angle between two samples gives the same collapsed as layer by layer.
#include <wide/kernel/gram.hpp>

#include <cmath>
#include <cstring>
#include <limits>

#include "../catch.hpp"
#include "../random_rows.hpp"
#include "reference.hpp"

using namespace wide;
using Catch::Matchers::WithinAbs;

namespace {

template <int depth>
struct Deep : Serial<Repeat<depth, Dense<8, He>, Relu>, Dense<1>> {};
struct Folded : Serial<Repeat<4, Dense<8, He>, LeakyRelu<0.1>, Dense<8>, Abs>, Dense<1>> {};
struct Residuals : Serial<Dense<8>, Repeat<6, Residual<Relu, Dense<8, He>>>, Dense<1>> {};
struct Branches : Serial<Dense<8>, Sum<Serial<Relu, Dense<8>, Relu, Dense<8>>, Serial<Abs, Dense<8, Weight<0.5>>>>,
                         Relu, Product<Dense<8>, Dense<8, He>>, Dense<1>> {};
struct Partly : Serial<Dense<8, Frozen>, RectifiedMonomial<2>, Dense<8, Standard>, Relu, Dense<8, He>, Relu,
                       Dense<1, Standard>> {};
struct Biased : Serial<Repeat<10, Dense<8, He, Bias<0.5>>, Relu>, Dense<1, Bias<0.1>>> {};
struct Bounded : Serial<Repeat<5, Dense<8, Bias<0.5>>, Erf>, Dense<1>> {};

/// Row 1 is row 0 again, row 2 nearly, row 3 is opposite, row 4 nearly, row 5 is three times row 0.
template <class T>
Matrix<T> mixed_rows() {
    auto x = random_rows<T>(40, 10, 31);
    for (std::size_t k = 0; k < 10; ++k) {
        const T bent = x(0, k) + T(1e-4) * x(7, k);
        x(1, k) = x(0, k), x(2, k) = bent, x(3, k) = -x(0, k), x(4, k) = -bent, x(5, k) = 3 * x(0, k);
    }
    return x;
}

template <class T>
Matrix<T> of_one_norm(Matrix<T> x) {
    for (std::size_t i = 0; i < x.rows(); ++i) {
        const auto size = static_cast<double>(std::sqrt(mean_product(x, i, x, i)));
        for (T& number : x.row(i)) number = static_cast<T>(static_cast<double>(number) / size);
    }
    return x;
}

template <class Net, class T>
bool collapses(const Matrix<T>& data) {
    const auto norms = norms_of(rows<Vector<10>>(data), "the samples", options{});
    return collapse_if_cheaper<Net, T>(magnitudes_of<Net>(default_scales<Net>(), Vector<10>::shape), norms, norms, 10)
               .terms > 0;
}

template <class T>
constexpr double promise = sizeof(T) == sizeof(float) ? 2e-6 : 1e-13;

/// Relative to the geometric mean of the diagonal entries; 0 where these are 0.
template <class T>
double largest_difference(const Matrix<T>& one, const Matrix<T>& two) {
    double worst = 0;
    for (std::size_t i = 0; i < one.rows(); ++i)
        for (std::size_t j = 0; j < one.cols(); ++j) {
            const double size = std::sqrt(static_cast<double>(two(i, i)) * static_cast<double>(two(j, j)));
            const double apart = std::abs(static_cast<double>(one(i, j)) - static_cast<double>(two(i, j)));
            const double error = size > 0 ? apart / size : apart > 0 ? 1 : 0;
            worst = std::isnan(worst) || error <= worst ? worst : error;
        }
    return worst;
}

template <class Net, class T>
void collapsed_is_direct(const char* name, const Matrix<T>& data) {
    INFO(name);
    REQUIRE(collapses<Net>(data));
    const auto x = rows<Vector<10>>(data);
    const auto direct = gram<Net>(x, options{.schedule = schedule::direct});
    const auto own = gram<Net>(x), cross = gram<Net>(x, x);
    CHECK(largest_difference(own.nngp, direct.nngp) <= promise<T>);
    CHECK(largest_difference(own.ntk, direct.ntk) <= promise<T>);
    CHECK(largest_difference(cross.nngp, direct.nngp) <= promise<T>);
    CHECK(largest_difference(cross.ntk, direct.ntk) <= promise<T>);
    // A polynomial in the angle knows no infinite slope at 0: duplicates are as exact as they were.
    const double rounding = 8 * static_cast<double>(std::numeric_limits<T>::epsilon());
    CHECK_THAT(static_cast<double>(own.ntk(1, 0) / own.ntk(0, 0)), WithinAbs(1, rounding));
    CHECK_THAT(static_cast<double>(cross.ntk(0, 0) / own.ntk(0, 0)), WithinAbs(1, rounding));
}

template <class T>
bool same_bits(const Matrix<T>& a, const Matrix<T>& b) {
    return a.rows() == b.rows() && a.cols() == b.cols() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

}  // namespace

TEMPLATE_TEST_CASE("homogeneous nets collapse on any rows", "", float, double) {
    auto data = mixed_rows<TestType>();
    for (std::size_t k = 0; k < 10; ++k) data(20, k) = 0;
    collapsed_is_direct<Deep<10>>("ReLU, 10 layers", data);
    collapsed_is_direct<Deep<20>>("ReLU, 20 layers", data);
    collapsed_is_direct<Deep<50>>("ReLU, 50 layers", data);
    collapsed_is_direct<Residuals>("residual blocks", data);
    collapsed_is_direct<Branches>("a sum and a product", data);
}

TEST_CASE("nets of few layers collapse in float") {
    auto data = mixed_rows<float>();
    for (std::size_t k = 0; k < 10; ++k) data(20, k) = 0;
    collapsed_is_direct<Deep<3>>("ReLU, 3 layers", data);
    collapsed_is_direct<Folded>("leaky ReLU and absolute values", data);
    collapsed_is_direct<Partly>("a rectified square, a frozen layer, and two in standard parameterisation", data);
}

TEMPLATE_TEST_CASE("nets with biases collapse on rows of one norm, and only there", "", float, double) {
    const auto any = mixed_rows<TestType>(), data = of_one_norm(mixed_rows<TestType>());
    collapsed_is_direct<Biased>("ReLU with bias", data);
    collapsed_is_direct<Bounded>("Erf", data);
    CHECK(!collapses<Biased>(any));
    CHECK(!collapses<Bounded>(any));
}

TEST_CASE("one kernel alone is that of both") {
    const auto data = mixed_rows<float>();
    const auto x = rows<Vector<10>>(data);
    const auto both = gram<Deep<10>>(x);
    CHECK(largest_difference(nngp<Deep<10>>(x), both.nngp) <= 1e-6);
    CHECK(largest_difference(ntk<Deep<10>>(x), both.ntk) <= 1e-6);
}

TEST_CASE("schedule::direct goes through every layer") {
    const auto data = mixed_rows<double>();
    const auto x = rows<Vector<10>>(data);
    const auto direct = gram<Deep<10>>(x, options{.schedule = schedule::direct}), collapsed = gram<Deep<10>>(x);
    CHECK(!same_bits(direct.ntk, collapsed.ntk));
    for (std::size_t i = 0; i < x.count; ++i)
        for (std::size_t j = 0; j < i; ++j) {
            const Moments m = moments(data, i, data, j);
            if (std::abs(m.xz) > 0.99 * std::sqrt(m.xx * m.zz)) continue;  // rounded moments say too little
            const KernelValue expected = kernel_at<Deep<10>>(m);
            const double size = std::sqrt(m.xx * m.zz);
            CHECK_THAT(direct.nngp(i, j), WithinAbs(expected.nngp, 1e-13 * size));
            CHECK_THAT(direct.ntk(i, j), WithinAbs(expected.ntk, 11e-13 * size));
        }
}

TEMPLATE_TEST_CASE("a collapsed net has the same bits for any number of threads, and the diagonal of both", "", float,
                   double) {
    const auto data = random_rows<TestType>(300, 10, 3);
    const auto x = rows<Vector<10>>(data);
    const auto one = gram<Deep<20>>(x, options{.threads = 1});
    for (const int threads : {0, 2, 5}) {
        const auto more = gram<Deep<20>>(x, options{.threads = threads});
        CHECK(same_bits(more.nngp, one.nngp));
        CHECK(same_bits(more.ntk, one.ntk));
    }
    const auto direct = gram<Deep<20>>(x, options{.schedule = schedule::direct});
    for (std::size_t i = 0; i < x.count; ++i) CHECK(one.ntk(i, i) == direct.ntk(i, i));
}

TEMPLATE_TEST_CASE("scales reach a collapsed net", "", float, double) {
    const auto data = mixed_rows<TestType>();
    const auto x = rows<Vector<10>>(data);
    auto scales = default_scales<Deep<10>>();
    for (Scale& scale : scales) scale.weight *= 1.1;
    const auto direct = gram<Deep<10>>(x, scales, options{.schedule = schedule::direct});
    const auto collapsed = gram<Deep<10>>(x, scales);
    CHECK(largest_difference(collapsed.nngp, direct.nngp) <= promise<TestType>);
    CHECK(largest_difference(collapsed.ntk, direct.ntk) <= promise<TestType>);
}
