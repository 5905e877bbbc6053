// Parallel, nearly parallel and opposite samples: where a textbook recursion loses half of its digits.
#include <wide/kernel/gram.hpp>

#include <limits>

#include "../catch.hpp"
#include "../random_rows.hpp"
#include "reference.hpp"

using namespace wide;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

template <int depth>
struct Deep : Serial<Repeat<depth, Dense<8, He>, Relu>, Dense<1>> {};
template <int depth>
struct DeepBiased : Serial<Repeat<depth, Dense<8, He, Bias<0.3>>, Relu>, Dense<1, Bias<0.1>>> {};
template <int depth>
struct DeepResidual
    : Serial<Dense<8>, Repeat<depth, Residual<Dense<8, Weight<0.5>>, LeakyRelu<0.1>, Dense<8>>>, Dense<1>> {};

/// Rows 0 and 1 are the same, row 2 is three times as long, row 3 is opposite.
template <class T>
Matrix<T> aligned_rows(std::size_t width) {
    auto x = random_rows<T>(4, width, 11);
    for (std::size_t k = 0; k < width; ++k) x(1, k) = x(0, k), x(2, k) = 4 * x(0, k), x(3, k) = -x(0, k);
    return x;
}

template <class Net, class T>
void duplicates_have_the_value_of_the_diagonal() {
    for (const std::size_t width : {1u, 10u, 784u}) {
        INFO("width " << width);
        const auto x = aligned_rows<T>(width);
        const auto own = gram<Net>(rows<Vector<>>(x)), cross = gram<Net>(rows<Vector<>>(x), rows<Vector<>>(x));
        const T rounding = 4 * std::numeric_limits<T>::epsilon();
        for (const auto* G : {&own, &cross}) {
            CHECK_THAT(G->nngp(1, 0), WithinRel(own.nngp(0, 0), rounding));
            CHECK_THAT(G->ntk(1, 0), WithinRel(own.ntk(0, 0), 32 * rounding));
            CHECK_THAT(G->nngp(0, 1), WithinRel(own.nngp(0, 0), rounding));
            CHECK_THAT(G->ntk(0, 1), WithinRel(own.ntk(0, 0), 32 * rounding));
        }
    }
}

template <int depth, class T>
void bias_free_relu_in_closed_form() {
    const auto x = aligned_rows<T>(784);
    const auto G = gram<Deep<depth>>(rows<Vector<784>>(x));
    const double q = static_cast<double>(mean_product(x, 0, x, 0));
    // The square of the double next to sqrt(2), that He is, is one unit in the last place from 2: in every layer.
    const double eps = std::numeric_limits<T>::epsilon() + 2 * depth * std::numeric_limits<double>::epsilon();
    const auto opposite = relu_reference(depth, 2);
    CHECK_THAT(static_cast<double>(G.nngp(0, 0)), WithinRel(q, eps));
    CHECK_THAT(static_cast<double>(G.ntk(0, 0)), WithinRel((depth + 1) * q, eps));
    CHECK_THAT(static_cast<double>(G.nngp(2, 0)), WithinRel(4 * q, 4 * eps));
    CHECK_THAT(static_cast<double>(G.ntk(2, 0)), WithinRel(4 * (depth + 1) * q, 4 * eps));
    const double tolerance = sizeof(T) == sizeof(float) ? 5e-6 : 1e-13;
    CHECK_THAT(static_cast<double>(G.nngp(3, 0)), WithinAbs(q * static_cast<double>(opposite.nngp), tolerance * q));
    CHECK_THAT(static_cast<double>(G.ntk(3, 0)),
               WithinAbs(q * static_cast<double>(opposite.ntk), tolerance * (depth + 1) * q));
}

/// Two unit vectors of 1 - rho = `gap`, as exactly as T holds them, against the angle that they have in long double.
template <int depth, class T>
void near_duplicates(long double gap, double tolerance) {
    constexpr std::size_t width = 100;
    auto x = random_rows<T>(2, width, 17);
    const long double xx = mean_product(x, 0, x, 0);
    long double xz = mean_product(x, 0, x, 1), zz = 0, apart[width];
    for (std::size_t k = 0; k < width; ++k) {  // what of row 1 is orthogonal to row 0
        apart[k] = static_cast<long double>(x(1, k)) - xz / xx * static_cast<long double>(x(0, k));
        zz += apart[k] * apart[k] / width;
    }
    const long double tangent = std::sqrt(2 * gap);
    for (std::size_t k = 0; k < width; ++k)
        x(1, k) = static_cast<T>(static_cast<long double>(x(0, k)) + tangent * std::sqrt(xx / zz) * apart[k]);
    const long double one = std::sqrt(mean_product(x, 0, x, 0)), two = std::sqrt(mean_product(x, 1, x, 1));
    long double chord = 0;
    for (std::size_t k = 0; k < width; ++k) {
        const long double difference =
            static_cast<long double>(x(0, k)) / one - static_cast<long double>(x(1, k)) / two;
        chord += difference * difference / width;
    }
    const auto expected = relu_reference(depth, std::sqrt(chord));
    const double scale = static_cast<double>(one * two);
    const auto G = gram<Deep<depth>>(rows<Vector<width>>(x));
    INFO("1 - rho = " << static_cast<double>(chord / 2) << ", depth " << depth);
    CHECK_THAT(static_cast<double>(chord / 2), WithinRel(static_cast<double>(gap), 0.1));
    CHECK_THAT(static_cast<double>(G.nngp(1, 0)) / scale, WithinAbs(static_cast<double>(expected.nngp), tolerance));
    CHECK_THAT(static_cast<double>(G.ntk(1, 0)) / scale,
               WithinAbs(static_cast<double>(expected.ntk), tolerance * (depth + 1)));
}

}  // namespace

TEMPLATE_TEST_CASE("duplicates have the value of the diagonal, at any depth", "", float, double) {
    duplicates_have_the_value_of_the_diagonal<Deep<1>, TestType>();
    duplicates_have_the_value_of_the_diagonal<Deep<10>, TestType>();
    duplicates_have_the_value_of_the_diagonal<Deep<100>, TestType>();
    duplicates_have_the_value_of_the_diagonal<DeepBiased<1>, TestType>();
    duplicates_have_the_value_of_the_diagonal<DeepBiased<100>, TestType>();
    duplicates_have_the_value_of_the_diagonal<DeepResidual<2>, TestType>();
    duplicates_have_the_value_of_the_diagonal<DeepResidual<30>, TestType>();
}

TEMPLATE_TEST_CASE("parallel and opposite samples have their closed form", "", float, double) {
    bias_free_relu_in_closed_form<1, TestType>();
    bias_free_relu_in_closed_form<10, TestType>();
    bias_free_relu_in_closed_form<100, TestType>();
}

TEST_CASE("near duplicates keep their accuracy") {
    for (const long double gap : {1e-3L, 1e-6L, 1e-9L}) {
        near_duplicates<1, float>(gap, 2e-6);
        near_duplicates<10, float>(gap, 2e-6);
        near_duplicates<30, float>(gap, 2e-6);
        near_duplicates<1, double>(gap, 1e-13);
        near_duplicates<10, double>(gap, 1e-13);
        near_duplicates<30, double>(gap, 1e-13);
    }
}

/// A sum of branches before the first nonlinearity keeps opposite samples opposite, whatever the weights.
TEMPLATE_TEST_CASE("opposite samples stay opposite through sums", "", float, double) {
    struct Net : Serial<Sum<Dense<8>, Dense<8>>, Relu, Dense<1>> {};
    const auto x = aligned_rows<TestType>(50);
    const double tolerance = sizeof(TestType) == sizeof(float) ? 2e-6 : 1e-13;
    auto scales = default_scales<Net>();
    for (const double weight : {0.1, 0.5, 0.9, 1.0, 1.1, 1.7, 3.0}) {
        INFO("weight " << weight);
        scales[1].weight = weight;
        const auto G = gram<Net>(rows<Vector<50>>(x), scales);
        const auto size = static_cast<double>(G.ntk(0, 0));
        CHECK_THAT(static_cast<double>(G.nngp(3, 0)), WithinAbs(0, tolerance * size));
        CHECK_THAT(static_cast<double>(G.ntk(3, 0)), WithinAbs(0, tolerance * size));
        CHECK_THAT(static_cast<double>(G.ntk(1, 0)), WithinAbs(size, tolerance * size));
    }
}

/// A word's deficit may round to a little more than zero for duplicates; a ReLU that follows feels its square root.
TEMPLATE_TEST_CASE("duplicates stay duplicates through Erf", "", float, double) {
    struct Net : Serial<Dense<8>, Erf, Dense<8>, Relu, Dense<1>> {};
    const auto x = aligned_rows<TestType>(50);
    const double tolerance = sizeof(TestType) == sizeof(float) ? 2e-6 : 1e-13;
    auto scales = default_scales<Net>();
    for (const double weight : {0.1, 0.5, 0.9, 1.0, 1.1, 1.7, 3.0}) {
        INFO("weight " << weight);
        scales[0].weight = weight;
        const auto G = gram<Net>(rows<Vector<50>>(x), scales);
        const auto size = static_cast<double>(G.ntk(0, 0));
        CHECK_THAT(static_cast<double>(G.ntk(1, 0)), WithinAbs(size, tolerance * size));
        CHECK_THAT(static_cast<double>(G.ntk(3, 0)), WithinAbs(0, tolerance * size));
    }
}
