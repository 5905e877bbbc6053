// Gradients: the transpose of the derivative, for every word; how samples are cut into blocks, laid out and shared among
// threads does not decide them.
#include <wide/finite/vjp.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "networks.hpp"

using namespace wide;

namespace {

template <class T>
double length_of(const Matrix<T>& a) {
    return std::sqrt(product_of(a, a));
}

/// <c, J d> = <J^T c, d>, relative to the lengths of what is multiplied.
template <class Case, class T>
void adjoint(std::size_t count, double tolerance) {
    using Net = typename Case::Net;
    using In = typename Case::In;
    INFO(count << " samples");
    const auto theta = parameters<Case, T>(1), direction = parameters<Case, T>(2);
    const auto x = samples<Case, T>(count, 3);
    const auto tangent = jvp<Net>(theta, direction, rows<In>(x)).tangent;
    const auto cotangent = random_rows<T>(count, tangent.cols(), 4);
    const auto gradient = vjp<Net>(theta, rows<In>(x), cotangent);
    const double there = product_of(cotangent, tangent), back = dot(gradient, direction);
    const double scale = length_of(cotangent) * length_of(tangent) + norm(gradient) * norm(direction);
    CHECK(std::abs(there - back) <= tolerance * scale);
    CHECK(norm(gradient) > 0);
    CHECK(length_of(tangent) > 0);
}

/// The gradient of every sample apart, added up.
template <class Case, class T>
Parameters<typename Case::Net, typename Case::In, T> one_by_one(const Parameters<typename Case::Net, typename Case::In, T>& theta,
                                                                const Matrix<T>& x, const Matrix<T>& cotangent) {
    Parameters<typename Case::Net, typename Case::In, T> sum;
    for (std::size_t i = 0; i < x.rows(); ++i) {
        Matrix<T> one(1, cotangent.cols());
        std::copy_n(cotangent.data() + i * cotangent.cols(), cotangent.cols(), one.data());
        sum += vjp<typename Case::Net>(theta, rows<typename Case::In>(x.data() + i * x.cols(), 1), one);
    }
    return sum;
}

template <class P>
double apart(const P& one, const P& two) {
    auto difference = one.copy();
    difference -= two;
    return norm(difference) / norm(two);
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("gradients are the transpose of the derivative, double", "[finite]", Everything) {
    for (const std::size_t count : {1u, 2u, 3u, 7u, 12u, 33u}) adjoint<TestType, double>(count, 1e-14);
}
TEMPLATE_LIST_TEST_CASE("gradients are the transpose of the derivative, float", "[finite]", Everything) {
    for (const std::size_t count : {1u, 5u, 13u, 64u}) adjoint<TestType, float>(count, 1e-6);
}

TEMPLATE_LIST_TEST_CASE("a cotangent that reads the derivative along a direction sees that of jvp", "[finite]", Structures) {
    using Net = typename TestType::Net;
    using In = typename TestType::In;
    const auto theta = parameters<TestType, double>(1), direction = parameters<TestType, double>(2);
    const auto x = samples<TestType, double>(5, 3);
    const auto made = jvp<Net>(theta, direction, rows<In>(x));
    const std::size_t outputs = made.value.cols();
    Parameters<Net, In, double> together;
    bool same = true;
    accumulate_gradient_along<Net>(together, theta, direction, rows<In>(x),
                                   [&](std::size_t i, const MadeOf<double, 1>& of, double* to) {
                                       for (std::size_t o = 0; o < outputs; ++o) {
                                           same = same && std::abs(of[0][o] - made.value(i, o)) < 1e-12 &&
                                                  std::abs(of[1][o] - made.tangent(i, o)) < 1e-12;
                                           to[o] = of[1][o];
                                       }
                                   });
    CHECK(same);
    CHECK(apart(together, vjp<Net>(theta, rows<In>(x), made.tangent)) < 1e-12);
}

TEST_CASE("gradients are the transpose of the derivative, any number of samples", "[finite]") {
    for (std::size_t count = 1; count <= 70; ++count) {
        adjoint<On<Branches, Vector<9>>, double>(count, 1e-14);
        adjoint<On<Vectors, Vector<7>>, float>(count, 1e-6);
        adjoint<On<Images, Image<7, 6, 3>>, float>(count, 1e-6);
    }
    adjoint<On<Vectors, Vector<7>>, float>(1500, 1e-6);
    adjoint<On<Vectors, Vector<7>>, double>(1501, 1e-14);
}

TEST_CASE("gradients of layers wider than a vector, any few samples", "[finite]") {
    using Case = On<Serial<Dense<17, Bias<0.2>>, Tanh, Dense<33>, Tanh, Dense<48>, Tanh, Dense<2>>, Vector<3>>;
    for (std::size_t count = 1; count <= 10; ++count) {
        adjoint<Case, float>(count, 1e-6);
        adjoint<Case, double>(count, 1e-14);
    }
}

TEMPLATE_LIST_TEST_CASE("the gradient of a batch is the sum over its samples", "[finite]", Structures) {
    const auto theta = parameters<TestType, double>(1);
    for (const std::size_t count : {3u, 17u, 61u}) {
        const auto x = samples<TestType, double>(count, 3);
        const auto cotangent = random_rows<double>(count, Network<typename TestType::Net, typename TestType::In>::outputs, 4);
        const auto together = vjp<typename TestType::Net>(theta, rows<typename TestType::In>(x), cotangent);
        CHECK(apart(together, one_by_one<TestType, double>(theta, x, cotangent)) < 1e-14);
    }
}

TEST_CASE("a gradient is the same bits for any number of threads", "[finite]") {
    const auto check = []<class Net, class In>(On<Net, In>, std::size_t count) {
        const auto theta = initial<Net, In>(seed{1});
        const auto x = samples<On<Net, In>, float>(count, 3);
        const auto cotangent = random_rows<float>(count, Network<Net, In>::outputs, 4);
        const auto one = vjp<Net>(theta, rows<In>(x), cotangent, options{.threads = 1});
        const auto two = vjp<Net>(theta, rows<In>(x), cotangent, options{.threads = 2});
        CHECK(std::equal(one.data(), one.data() + one.size(), two.data()));
    };
    check(On<Serial<Dense<128, Bias<0.1>>, Gelu, Dense<65>, Tanh, Dense<3, Bias<0.2>>>, Vector<150>>{}, 700);
    check(On<Images, Image<7, 6, 3>>{}, 2500);
    check(On<Convolutions, Image<4, 4, 32>>{}, 130);
}

TEST_CASE("progress of a gradient ends once, whatever is kept at a time", "[finite]") {
    using Net = Serial<Dense<4096>, Relu, Dense<1>>;
    using In = Vector<3>;
    const std::size_t count = 2 * samples_kept<Net, In, float, 0>() + 1;
    const auto x = samples<On<Net, In>, float>(count, 3);
    std::vector<std::uint64_t> seen;
    (void)vjp<Net>(initial<Net, In>(seed{1}), rows<In>(x), Matrix<float>(count, 1),
                   options{.progress = [&](std::uint64_t done, std::uint64_t total) {
                       CHECK(total == count);
                       seen.push_back(done);
                   }});
    CHECK(std::ranges::is_sorted(seen));
    CHECK(std::ranges::count(seen, count) == 1);
}

TEST_CASE("a negative number of threads is refused, and nothing is written", "[finite]") {
    using Case = On<FrozenVectors, Vector<5>>;
    const auto theta = parameters<Case, float>(1);
    const auto x = samples<Case, float>(9, 3);
    const auto cotangent = random_rows<float>(9, Network<FrozenVectors, Vector<5>>::outputs, 4);
    auto gradient = parameters<Case, float>(1);
    CHECK_THROWS_AS(vjp_into<FrozenVectors>(gradient, theta, rows<Vector<5>>(x), cotangent, options{.threads = -1}), error);
    CHECK(std::equal(theta.data(), theta.data() + theta.size(), gradient.data()));
    CHECK_THROWS_AS(forward<FrozenVectors>(theta, rows<Vector<5>>(x), options{.threads = -1}), error);
}

TEST_CASE("a gradient into what is there already, of frozen layers too, leaves nothing of it", "[finite]") {
    using Case = On<FrozenVectors, Vector<5>>;
    const auto theta = parameters<Case, double>(1);
    const auto x = samples<Case, double>(9, 3);
    const auto cotangent = random_rows<double>(9, 3, 4);
    const auto fresh = vjp<FrozenVectors>(theta, rows<Vector<5>>(x), cotangent);
    auto used = parameters<Case, double>(7);
    vjp_into<FrozenVectors>(used, theta, rows<Vector<5>>(x), cotangent);
    for (int i = 0; i < used.leaves; ++i) {
        CHECK(std::equal(used.leaf(i).begin(), used.leaf(i).end(), fresh.leaf(i).begin()));
        if (!used.plan.leaf[i].trained) CHECK(std::all_of(used.leaf(i).begin(), used.leaf(i).end(), [](double g) { return g == 0; }));
    }
    vjp_into<FrozenVectors>(used, theta, rows<Vector<5>>(x.data(), 0), Matrix<double>(0, 3));
    CHECK(norm(used) == 0);
}

TEST_CASE("samples in columns have the gradient of samples in rows", "[finite]") {
    using Case = On<Vectors, Vector<7>>;
    const auto theta = parameters<Case, float>(1);
    const auto x = samples<Case, float>(23, 3);
    Matrix<float> columns(7, 23);
    for (std::size_t i = 0; i < 23; ++i)
        for (std::size_t k = 0; k < 7; ++k) columns(k, i) = x(i, k);
    auto strided = rows<Vector<7>>(x);
    strided.data = columns.data(), strided.row_stride = 1, strided.column_stride = 23;
    const auto cotangent = random_rows<float>(23, 3, 4);
    const auto one = vjp<Vectors>(theta, rows<Vector<7>>(x), cotangent), two = vjp<Vectors>(theta, strided, cotangent);
    CHECK(std::equal(one.data(), one.data() + one.size(), two.data()));
}
