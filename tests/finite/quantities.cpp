// Alignment, relative change, and Hessians.
#include <cmath>
#include <cstddef>
#include <limits>

#include <wide/dsl.hpp>
#include <wide/finite/alignment.hpp>
#include <wide/finite/empirical.hpp>
#include <wide/finite/hessian.hpp>
#include <wide/finite/initial.hpp>
#include <wide/finite/relative_change.hpp>
#include <wide/infer/eigenpairs.hpp>

#include "../catch.hpp"
#include "../random_rows.hpp"
#include "../thrown.hpp"

using namespace wide;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

using In = Vector<5>;
struct Deep : Serial<Dense<16, He, Bias<.1>>, Erf, Dense<9, He>, Gelu, Dense<2, Bias<.1>>> {};
struct Two : Serial<Dense<13, He, Bias<.3>>, Erf, Dense<2, Bias<.1>>> {};
struct OneOutput : Serial<Dense<40, He>, Tanh, Dense<1>> {};
struct FrozenHead : Serial<Dense<13, He>, Gelu, Dense<2, Frozen>> {};
struct FrozenFeatures : Serial<Dense<13, He, Bias<.2>, Frozen>, Gelu, Dense<2>> {};
struct Narrow : Serial<Dense<3, Bias<.5>>, Erf, Dense<1>> {};
struct Waves : Serial<Conv<3, Filter<3>, Same, Bias<.2>>, Gelu, Flatten, Dense<2>> {};
struct TwoLines : Serial<Dense<4, He>, Dense<2>> {};

template <class Net, class In>
void closed_form_is_the_difference() {
    const auto theta = initial<Net, In, double>(seed{1}), v = initial<Net, In, double>(seed{2});
    const auto x = random_rows<double>(7, 5, 1), c = random_rows<double>(7, Network<Net, In>::outputs, 2);
    static_assert(ClosedHessian<Net, In>);
    const auto exact = hessian_product<Net>(theta, v, rows<In>(x), c);
    Parameters<Net, In, double> differenced;
    differenced_hessian_product_into<Net>(differenced, theta, v, rows<In>(x), c);
    differenced -= exact;
    CHECK(norm(differenced) < 1e-8 * norm(v));
    // A network is linear in its last layer alone.
    CHECK((norm(exact) > 0.01 * norm(v)) == theta.plan.leaf[0].trained);
    // The second derivative along v, which taylor knows as well.
    const auto second = taylor<Net>(theta, v, rows<In>(x)).second;
    double along = 0;
    for (std::size_t k = 0; k < c.size(); ++k) along += c.data()[k] * second.data()[k];
    if (theta.plan.leaf[0].trained && theta.plan.leaf[theta.leaves - 1].trained)
        CHECK_THAT(dot(v, exact), WithinRel(along, 1e-11));
}

}  // namespace

TEST_CASE("alignment without a kernel is alignment with it") {
    const auto theta = initial<Deep, In, double>(seed{1});
    const auto x = random_rows<double>(6, 5, 1), y = random_rows<double>(6, 2, 2);
    const auto full = full_empirical_ntk<Deep>(theta, rows<In>(x), rows<In>(x));
    double product = 0, square = 0;
    for (std::size_t a = 0; a < 12; ++a) {
        square += y.data()[a] * y.data()[a];
        for (std::size_t b = 0; b < 12; ++b) product += y.data()[a] * full.matrix(a, b) * y.data()[b];
    }
    const double found = alignment<Deep>(theta, rows<In>(x), y);
    CHECK_THAT(found, WithinRel(product / square, 1e-12));
    // Labels along the first eigenvector have the largest there is.
    const auto one = initial<OneOutput, In, double>(seed{1});
    const auto K = empirical_ntk<OneOutput>(one, rows<In>(x));
    const auto [values, vectors] = top_eigenpairs(K, 1);
    Matrix<double> first(6, 1);
    for (std::size_t i = 0; i < 6; ++i) first(i, 0) = vectors(0, i);
    CHECK_THAT(alignment<OneOutput>(one, rows<In>(x), first), WithinRel(values[0], 1e-12));
    CHECK_THROWS_AS(alignment<OneOutput>(one, rows<In>(x), Matrix<double>(6, 1)), error);
    CHECK_THROWS_AS(alignment<OneOutput>(one, rows<In>(x), y), shape_mismatch);
}

TEST_CASE("relative change of parameters and of kernels") {
    const auto theta = initial<Deep, In>(seed{1});
    auto moved = theta.copy();
    moved.axpy(0.25f, theta);
    CHECK_THAT(relative_change(moved, theta), WithinRel(0.25, 1e-6));
    CHECK(relative_change(theta, theta) == 0);
    Matrix<float> K(2, 2), K0(2, 2);
    K0(0, 0) = 3, K0(1, 1) = 4;
    K(0, 0) = 3, K(1, 1) = 4, K(0, 1) = 1;
    CHECK_THAT(relative_change(K, K0), WithinRel(0.2, 1e-12));
    CHECK_THROWS_AS(relative_change(K, Matrix<float>(2, 3)), shape_mismatch);
}

TEST_CASE("Hessians of two layers, in closed form, are differences of gradients") {
    closed_form_is_the_difference<Two, In>();
    closed_form_is_the_difference<OneOutput, In>();
    closed_form_is_the_difference<FrozenHead, In>();
    closed_form_is_the_difference<FrozenFeatures, Vector<5>>();
    CHECK(!ClosedHessian<Deep, In>);
    CHECK(!ClosedHessian<TwoLines, In>);
    CHECK(!ClosedHessian<Waves, Signal<5, 1>>);
}

TEST_CASE("the norm of a Hessian is the largest eigenvalue of all of it") {
    const auto theta = initial<Narrow, In, double>(seed{3});
    const auto x = random_rows<double>(1, 5, 4);
    Matrix<double> one(1, 1);
    one(0, 0) = 1;
    constexpr std::size_t count = Parameters<Narrow, In, double>::count;
    std::vector<std::pair<int, std::size_t>> places;
    for (int i = 0; i < theta.leaves; ++i)
        for (std::size_t k = 0; k < theta.leaf(i).size(); ++k) places.emplace_back(i, k);
    Matrix<double> H(count, count);
    for (std::size_t a = 0; a < count; ++a) {
        Parameters<Narrow, In, double> unit;
        unit.leaf(places[a].first)[places[a].second] = 1;
        const auto column = hessian_product<Narrow>(theta, unit, rows<In>(x), one);
        for (std::size_t b = 0; b < count; ++b) H(a, b) = column.leaf(places[b].first)[places[b].second];
    }
    for (std::size_t a = 0; a < count; ++a)
        for (std::size_t b = 0; b < a; ++b) CHECK_THAT(H(a, b), WithinAbs(H(b, a), 1e-14));
    const double top = top_eigenpairs(H, 1).values[0];
    for (std::size_t k = 0; k < H.size(); ++k) H.data()[k] = -H.data()[k];
    const double norm = std::max(top, top_eigenpairs(H, 1).values[0]);
    CHECK_THAT(hessian_norm<Narrow>(theta, rows<In>(x), one, {.tolerance = 1e-9}), WithinRel(norm, 1e-8));
    const auto single = initial<Narrow, In>(seed{3});
    Matrix<float> x_single(1, 5), one_single(1, 1);
    for (std::size_t k = 0; k < 5; ++k) x_single(0, k) = static_cast<float>(x(0, k));
    one_single(0, 0) = 1;
    CHECK_THAT(hessian_norm<Narrow>(single, rows<In>(x_single), one_single), WithinRel(norm, 1e-4));
}

TEST_CASE("Hessians of deeper networks agree with second derivatives along a direction") {
    const auto check = [](const auto& theta, const auto& v, const auto& x, const auto& c, auto product, auto second) {
        const auto Hv = product(theta, v, x, c);
        const auto along = second(theta, v, x);
        double sum = 0;
        for (std::size_t k = 0; k < c.size(); ++k) sum += c.data()[k] * along.data()[k];
        CHECK_THAT(dot(v, Hv), WithinRel(sum, 1e-7));
    };
    const auto x = random_rows<double>(4, 5, 1), c = random_rows<double>(4, 2, 2);
    check(initial<Deep, In, double>(seed{1}), initial<Deep, In, double>(seed{2}), rows<In>(x), c,
          [](const auto&... all) { return hessian_product<Deep>(all...); },
          [](const auto&... all) { return std::move(taylor<Deep>(all...).second); });
    using Wave = Signal<5, 1>;
    check(initial<Waves, Wave, double>(seed{1}), initial<Waves, Wave, double>(seed{2}), rows<Wave>(x), c,
          [](const auto&... all) { return hessian_product<Waves>(all...); },
          [](const auto&... all) { return std::move(taylor<Waves>(all...).second); });
    CHECK_THROWS_AS(hessian_product<Deep>(initial<Deep, In, double>(seed{1}), initial<Deep, In, double>(seed{1}),
                                          rows<In>(x), Matrix<double>(4, 3)),
                    shape_mismatch);
}

TEMPLATE_TEST_CASE("what is no number is found before a Hessian is multiplied", "", Two, Deep) {
    const auto theta = initial<TestType, In>(seed{1});
    auto x = random_rows<float>(4, 5, 1), c = random_rows<float>(4, 2, 2);
    auto v = theta.copy();
    v.leaf(0)[7] = std::numeric_limits<float>::quiet_NaN();
    const auto call = [&] { (void)hessian_product<TestType>(theta, v, rows<In>(x), c); };
    CHECK(says(thrown_by<not_finite>(call), "element 7 of leaf 0 of the direction"));
    v.leaf(0)[7] = 0;
    x(2, 3) = std::numeric_limits<float>::infinity();
    CHECK(says(thrown_by<not_finite>(call), "row 2, column 3 of the samples"));
    c(1, 0) = std::numeric_limits<float>::quiet_NaN();
    CHECK(says(thrown_by<not_finite>(call), "of the cotangent"));
}

TEST_CASE("the Hessian's norm falls with the width") {
    struct Wide64 : Serial<Dense<64>, Erf, Dense<1>> {};
    struct Wide1024 : Serial<Dense<1024>, Erf, Dense<1>> {};
    const auto x = random_rows<float>(1, 5, 1);
    Matrix<float> one(1, 1);
    one(0, 0) = 1;
    double narrow = 0, broad = 0;
    for (std::uint64_t k = 0; k < 4; ++k) {
        narrow += hessian_norm<Wide64>(initial<Wide64, In>(seed{k}), rows<In>(x), one);
        broad += hessian_norm<Wide1024>(initial<Wide1024, In>(seed{k}), rows<In>(x), one);
    }
    CHECK(narrow / broad > 2.5);
    CHECK(narrow / broad < 6.5);
}
