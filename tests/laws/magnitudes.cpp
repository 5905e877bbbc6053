// Laws about the size of things: homogeneity, zero rows, scales, frozen layers, the standard parameterisation.
#include <wide/kernel/gram.hpp>

#include "../catch.hpp"
#include "../random_rows.hpp"
#include "nets.hpp"
#include "reference.hpp"

using namespace wide;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

template <class T>
Matrix<T> times(const Matrix<T>& x, double factor) {
    Matrix<T> y(x.rows(), x.cols());
    for (std::size_t k = 0; k < x.size(); ++k)
        y.data()[k] = static_cast<T>(static_cast<double>(x.data()[k]) * factor);
    return y;
}

template <class Net, class T>
void scales_with_the_square(double factor) {
    INFO("factor " << factor);
    const auto data = random_rows<T>(40, 12, 2);
    const auto large = times(data, factor);
    const auto G = gram<Net>(rows<Vector<12>>(data)), H = gram<Net>(rows<Vector<12>>(large));
    const double tolerance = sizeof(T) == sizeof(float) ? 1e-5 : 1e-12;
    for (std::size_t k = 0; k < G.nngp.size(); ++k) {
        const std::size_t i = k / 40, j = k % 40;
        const double nngp = std::sqrt(static_cast<double>(G.nngp(i, i)) * static_cast<double>(G.nngp(j, j)));
        const double ntk = std::sqrt(static_cast<double>(G.ntk(i, i)) * static_cast<double>(G.ntk(j, j)));
        CHECK_THAT(static_cast<double>(H.nngp.data()[k]) / factor / factor,
                   WithinAbs(static_cast<double>(G.nngp.data()[k]), tolerance * nngp));
        CHECK_THAT(static_cast<double>(H.ntk.data()[k]) / factor / factor,
                   WithinAbs(static_cast<double>(G.ntk.data()[k]), tolerance * ntk));
    }
}

struct Deep : Serial<Repeat<15, Dense<8, He>, Relu>, Dense<1>> {};
struct Mixed : Serial<Dense<8, Weight<3>>, LeakyRelu<0.2>, Residual<Dense<8>, Abs, Dense<8, He>>, Dense<1>> {};

}  // namespace

TEST_CASE("kernels of bias-free homogeneous nets grow with the square of the data") {
    for (const double factor : {1e-15, 1e-6, 0.1, 1e15}) {
        scales_with_the_square<Deep, float>(factor);
        scales_with_the_square<Mixed, float>(factor);
    }
    for (const double factor : {1e-120, 1e-15, 1e15, 1e120}) {
        scales_with_the_square<Deep, double>(factor);
        scales_with_the_square<Mixed, double>(factor);
    }
}

/// erf(x) is 2 x / sqrt(pi) for small x.
TEMPLATE_TEST_CASE("Erf is linear for small data", "", float, double) {
    struct Net : Serial<Dense<8>, Erf, Dense<1>> {};
    for (const double factor : {1e-4, 1e-8, 1e-10, 1e-12, 1e-15}) {
        INFO("factor " << factor);
        const auto x = times(random_rows<TestType>(20, 6, 8), factor);
        const auto G = gram<Net>(rows<Vector<6>>(x));
        for (std::size_t i = 0; i < 20; ++i)
            for (std::size_t j = 0; j < 20; ++j) {
                const double size = 4 / pi *
                                    std::sqrt(static_cast<double>(mean_product(x, i, x, i)) *
                                              static_cast<double>(mean_product(x, j, x, j)));
                const double expected = 4 / pi * static_cast<double>(mean_product(x, i, x, j));
                CHECK_THAT(static_cast<double>(G.nngp(i, j)), WithinAbs(expected, 1e-6 * size));
                CHECK_THAT(static_cast<double>(G.ntk(i, j)), WithinAbs(2 * expected, 2e-6 * size));
            }
    }
}

TEMPLATE_TEST_CASE("zero rows are legal", "", float, double) {
    auto x = random_rows<TestType>(30, 7, 4);
    for (std::size_t k = 0; k < 7; ++k) x(0, k) = x(12, k) = x(29, k) = 0;
    const auto view = rows<Vector<7>>(x);
    const auto without = gram<Shallow>(view);
    struct Net : Serial<Dense<8, Weight<1.5>, Bias<0.5>>, Relu, Dense<1, Bias<0.2>>> {};
    const auto with = gram<Net>(view), cross = gram<Net>(view, view);
    const double tolerance = sizeof(TestType) == sizeof(float) ? 1e-6 : 1e-14;
    for (const std::size_t i : {0u, 12u, 29u})
        for (std::size_t j = 0; j < 30; ++j) {
            CHECK(without.nngp(i, j) == 0);
            CHECK(without.ntk(i, j) == 0);
            const KernelValue expected = kernel_at<Net>(moments(x, i, x, j));
            for (const auto* G : {&with, &cross}) {
                CHECK_THAT(static_cast<double>(G->nngp(i, j)), WithinAbs(expected.nngp, tolerance * 10));
                CHECK_THAT(static_cast<double>(G->ntk(i, j)), WithinAbs(expected.ntk, tolerance * 10));
            }
        }
    // q = 0.25 for a zero row, which is parallel to itself: K = q / 2 + 0.04, Theta = K + q / 2.
    CHECK_THAT(static_cast<double>(with.nngp(12, 0)), WithinAbs(0.165, tolerance));
    CHECK_THAT(static_cast<double>(with.ntk(12, 0)), WithinAbs(0.29, tolerance));
    CHECK_THAT(static_cast<double>(with.ntk(12, 12)), WithinAbs(0.29, tolerance));
}

/// The other words on a zero row: nothing but finite numbers.
TEMPLATE_TEST_CASE("zero rows give no NaN in any net", "", float, double) {
    auto x = random_rows<TestType>(14, 7, 4);
    for (std::size_t k = 0; k < 7; ++k) x(0, k) = x(13, k) = 0;
    const auto view = rows<Vector<7>>(x);
    const auto check = [](const Gram<TestType>& G) {
        for (std::size_t k = 0; k < G.nngp.size(); ++k) {
            CHECK(std::isfinite(G.nngp.data()[k]));
            CHECK(std::isfinite(G.ntk.data()[k]));
        }
    };
    check(gram<Biased>(view));
    check(gram<Branching>(view));
    check(gram<Normal>(view));
    check(gram<Serial<Dense<4>, LayerNorm, Erf, Dense<4>, Residual<Relu, Dense<4>>, Product<Identity, Dense<4>>>>(
        view));
    check(gram<Serial<Dense<4, Standard>, Relu, Dense<1, Standard>>>(view));
}

TEMPLATE_TEST_CASE("default scales give the bits of none, other scales those of another type", "", float, double) {
    struct A : Serial<Dense<8, Weight<1.1>, Bias<0.2>>, Relu, Dense<8>, Erf, Dense<1, Bias<0.3>>> {};
    struct B : Serial<Dense<8, Weight<0.7>, Bias<0.9>>, Relu, Dense<8, Weight<2.5>>, Erf, Dense<1, Bias<0.1>>> {};
    static_assert(std::is_same_v<lowered_t<A>, lowered_t<B>>);
    const auto data = random_rows<TestType>(33, 6, 9);
    const auto x = rows<Vector<6>>(data);
    const auto a = gram<A>(x), b = gram<B>(x);
    const auto a_said = gram<A>(x, default_scales<A>()), b_said = gram<A>(x, default_scales<B>());
    auto ignored = default_scales<A>();
    ignored[1].bias = 7;  // the type has no bias there
    const auto a_ignoring = gram<A>(x, options{}, ignored);
    for (std::size_t k = 0; k < a.ntk.size(); ++k) {
        CHECK(a.nngp.data()[k] == a_said.nngp.data()[k]);
        CHECK(a.ntk.data()[k] == a_said.ntk.data()[k]);
        CHECK(b.nngp.data()[k] == b_said.nngp.data()[k]);
        CHECK(b.ntk.data()[k] == b_said.ntk.data()[k]);
        CHECK(a.ntk.data()[k] == a_ignoring.ntk.data()[k]);
        CHECK(a.ntk.data()[k] != b.ntk.data()[k]);
    }
    const auto D = diagonal<A>(x, default_scales<B>());
    for (std::size_t i = 0; i < 33; ++i) CHECK(D.ntk[i] == b.ntk(i, i));
}

TEST_CASE("a net of frozen layers has no tangents") {
    struct Trained : Serial<Dense<8, He>, Relu, Dense<8, Bias<0.3>>, Relu, Dense<1>> {};
    struct Net : Serial<Dense<8, He, Frozen>, Relu, Dense<8, Bias<0.3>, Frozen>, Relu, Dense<1, Frozen>> {};
    struct LastOnly : Serial<Dense<8, He, Frozen>, Relu, Dense<8, Bias<0.3>, Frozen>, Relu, Dense<1>> {};
    const auto data = random_rows<double>(30, 6, 9);
    const auto x = rows<Vector<6>>(data);
    const auto trained = gram<Trained>(x), frozen = gram<Net>(x), last = gram<LastOnly>(x);
    auto reused = gram<Trained>(x);
    gram_into<Net>(reused, x);
    const auto alone = ntk<Net>(x);
    for (std::size_t k = 0; k < frozen.ntk.size(); ++k) {
        CHECK(frozen.ntk.data()[k] == 0);
        CHECK(alone.data()[k] == 0);
        CHECK(reused.ntk.data()[k] == 0);
        CHECK(frozen.nngp.data()[k] == trained.nngp.data()[k]);
        CHECK_THAT(last.ntk.data()[k], WithinRel(last.nngp.data()[k], 1e-14));
    }
    CHECK(diagonal<Net>(x).ntk[3] == 0);
}

/// Theta' = d K + sigma_w^2 Theta + 1 where there is a bias, K' as ever.
TEMPLATE_TEST_CASE("the standard parameterisation follows its formula", "", float, double) {
    struct Net : Serial<Dense<50, Standard, Weight<1.4>, Bias<0.3>>, Relu, Dense<3, Standard, Weight<0.8>>> {};
    struct Plain : Serial<Dense<50, Weight<1.4>, Bias<0.3>>, Relu, Dense<3, Weight<0.8>>> {};
    struct Inner : Serial<Dense<50, Weight<1.4>, Bias<0.3>>, Relu> {};
    struct Tangent : Serial<Dense<50, Weight<1.4>, Bias<0.3>, Frozen>, Relu> {};
    const auto x = random_rows<TestType>(25, 6, 9);
    const auto view = rows<Vector<6>>(x);
    const auto G = gram<Net>(view), P = gram<Plain>(view);
    const auto hidden = nngp<Inner>(view);
    const double tolerance = sizeof(TestType) == sizeof(float) ? 1e-5 : 1e-13;
    for (std::size_t i = 0; i < 25; ++i)
        for (std::size_t j = 0; j < 25; ++j) {
            const Moments m = moments(x, i, x, j);
            // kappa0 from a net whose only trained layer comes first: Theta = kappa0 K'.
            const double first = 1.96 * m.xz + 0.09;
            const double angle =
                std::acos(std::min(1.0, first / std::sqrt((1.96 * m.xx + 0.09) * (1.96 * m.zz + 0.09))));
            const double kappa0 = i == j ? 0.5 : (pi - angle) / (2 * pi);
            const double theta = kappa0 * (6 * m.xz + 1);
            const double expected = 50 * static_cast<double>(hidden(i, j)) + 0.64 * theta;
            CHECK(G.nngp(i, j) == P.nngp(i, j));
            CHECK_THAT(static_cast<double>(G.ntk(i, j)), WithinAbs(expected, tolerance * 50));
        }
}

/// Biases of deviation zero are still trained: a zero row has a tangent in them.
TEMPLATE_TEST_CASE("trained biases of size zero", "", float, double) {
    struct Net : Serial<Dense<1, Standard, Bias<0>>> {};
    auto x = random_rows<TestType>(5, 3, 1);
    for (std::size_t k = 0; k < 3; ++k) x(1, k) = 0, x(2, k) *= TestType(1e-21), x(3, k) *= TestType(1e-21);
    const auto Theta = ntk<Net>(rows<Vector<3>>(x));
    for (std::size_t i = 0; i < 5; ++i)
        for (std::size_t j = 0; j < 5; ++j) {
            INFO(i << ", " << j);
            const double expected = 3 * static_cast<double>(mean_product(x, i, x, j)) + 1;
            CHECK_THAT(static_cast<double>(Theta(i, j)), WithinAbs(expected, 1e-5));
        }
}
