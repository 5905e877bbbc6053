// What every kernel of images obeys: closed forms on the diagonal, symmetry, translations, the same bits for any
// batch and any number of threads, run-time scales, duplicates.
#include <wide/kernel/gram.hpp>

#include <cmath>
#include <cstring>
#include <limits>

#include "../catch.hpp"
#include "image_rows.hpp"
#include "symmetric.hpp"

using namespace wide;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

using In = Image<6, 5, 3>;
template <class... Options>
using Layer = Conv<8, Filter<3, 3>, Options...>;
struct Round : Serial<Repeat<3, Layer<Circular, He>, Relu>, Flatten, Dense<1>> {};
struct Pooled : Serial<Layer<Circular, He>, Relu, Layer<Circular, He, Bias<0.2>>, Relu, GlobalAvgPool, Dense<1>> {};
struct Strides : Serial<Layer<Same, Bias<0.3>>, Relu, AvgPool<Window<2, 2>>, Layer<Same, Stride<2, 2>>, Relu, Flatten,
                        Dense<1, Bias<0.1>>> {};

template <class T>
bool same_bits(const Matrix<T>& a, const Matrix<T>& b) {
    return a.rows() == b.rows() && a.cols() == b.cols() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}
template <class T>
bool same_bits(const Gram<T>& a, const Gram<T>& b) {
    return same_bits(a.nngp, b.nngp) && same_bits(a.ntk, b.ntk);
}

template <class T>
Rows<In, T> part_of(const Matrix<T>& x, std::size_t first, std::size_t count) {
    return rows<In>(x.data() + first * x.cols(), count);
}

/// The pixels of every image, so many rows and columns further on a torus.
template <class T>
Matrix<T> translated(const Matrix<T>& x, std::size_t down, std::size_t right) {
    constexpr std::size_t height = In::shape.extents[0], width = In::shape.extents[1], channels = In::shape.channels;
    Matrix<T> moved(x.rows(), x.cols());
    for (std::size_t i = 0; i < x.rows(); ++i)
        for (std::size_t y = 0; y < height; ++y)
            for (std::size_t k = 0; k < width; ++k)
                for (std::size_t c = 0; c < channels; ++c)
                    moved(i, ((y + down) % height * width + (k + right) % width) * channels + c) =
                        x(i, (y * width + k) * channels + c);
    return moved;
}

template <class Net, class T>
void check_symmetry() {
    const auto data = mixed_images<In, T>(37, 1);
    const auto x = rows<In>(data);
    const auto own = gram<Net>(x), cross = gram<Net>(x, x);
    const auto D = diagonal<Net>(x);
    check_symmetric(own, cross, D);
    CHECK(same_bits(nngp<Net>(x), own.nngp));
    CHECK(same_bits(ntk<Net>(x), own.ntk));
    CHECK(same_bits(nngp<Net>(x, x), cross.nngp));
    CHECK(same_bits(ntk<Net>(x, x), cross.ntk));
}

}  // namespace

/// Every layer keeps the mean of all pixels' variances, on a torus (Arora et al. 2019).
TEMPLATE_TEST_CASE("an image with itself has its closed form", "", float, double) {
    const auto data = mixed_images<In, TestType>(9, 2);
    const auto G = gram<Round>(rows<In>(data));
    // The square of the double next to sqrt(2), that He is, is one unit in the last place from 2: in every layer.
    const double eps = 2 * std::numeric_limits<TestType>::epsilon() + 30 * std::numeric_limits<double>::epsilon();
    for (std::size_t i = 0; i < 9; ++i) {
        double square = 0;
        for (std::size_t k = 0; k < width_of<In>; ++k)
            square += static_cast<double>(data(i, k)) * static_cast<double>(data(i, k));
        square /= static_cast<double>(width_of<In>);
        CHECK_THAT(static_cast<double>(G.nngp(i, i)), WithinAbs(square, eps * square));
        CHECK_THAT(static_cast<double>(G.ntk(i, i)), WithinAbs(4 * square, 4 * eps * square));
    }
}

TEMPLATE_TEST_CASE("a Gram of images is symmetric, its diagonal is diagonal's, one kernel alone is the same", "",
                   float, double) {
    check_symmetry<Round, TestType>();
    check_symmetry<Pooled, TestType>();
    check_symmetry<Strides, TestType>();
}

TEMPLATE_TEST_CASE("on a torus, pooled globally, a translation changes nothing", "", float, double) {
    const auto x = mixed_images<In, TestType>(6, 3), moved = translated(x, 2, 3);
    const auto own = gram<Pooled>(rows<In>(x)), both = gram<Pooled>(rows<In>(moved)),
               one = gram<Pooled>(rows<In>(moved), rows<In>(x));
    const double rounding = sizeof(TestType) == sizeof(float) ? 4e-6 : 1e-13;
    for (std::size_t i = 0; i < 6; ++i)
        for (std::size_t j = 0; j < 6; ++j) {
            const auto scale = std::sqrt(static_cast<double>(own.ntk(i, i)) * static_cast<double>(own.ntk(j, j)));
            for (const auto* other : {&both, &one}) {
                CHECK_THAT(static_cast<double>(other->nngp(i, j) - own.nngp(i, j)), WithinAbs(0, rounding * scale));
                CHECK_THAT(static_cast<double>(other->ntk(i, j) - own.ntk(i, j)), WithinAbs(0, rounding * scale));
            }
        }
}

TEMPLATE_TEST_CASE("images: any number of threads gives the same bits", "", float, double) {
    const auto data = mixed_images<In, TestType>(67, 4), other = random_rows<TestType>(21, width_of<In>, 5);
    const auto x = rows<In>(data), z = rows<In>(other);
    const auto own = gram<Strides>(x, options{.threads = 1}), cross = gram<Pooled>(z, x, options{.threads = 1});
    for (const int threads : {0, 2, 3, 7}) {
        INFO(threads << " threads");
        CHECK(same_bits(gram<Strides>(x, options{.threads = threads}), own));
        CHECK(same_bits(gram<Pooled>(z, x, options{.threads = threads}), cross));
    }
}

TEMPLATE_TEST_CASE("images: fill::lower is fill::both with zeros above the diagonal", "", float, double) {
    const auto data = mixed_images<In, TestType>(45, 6);
    const auto both = gram<Strides>(rows<In>(data));
    const auto lower = gram<Strides>(rows<In>(data), options{.threads = 3, .fill = fill::lower});
    int different = 0, above = 0;
    for (std::size_t i = 0; i < data.rows(); ++i)
        for (std::size_t j = 0; j < data.rows(); ++j) {
            different += j <= i && (both.nngp(i, j) != lower.nngp(i, j) || both.ntk(i, j) != lower.ntk(i, j));
            above += j > i && (lower.nngp(i, j) != 0 || lower.ntk(i, j) != 0);
        }
    CHECK(different == 0);
    CHECK(above == 0);
}

TEMPLATE_TEST_CASE("an entry does not depend on the other images", "", float, double) {
    const auto data = mixed_images<In, TestType>(40, 7);
    const auto x = rows<In>(data);
    const auto all = gram<Strides>(x), cross = gram<Pooled>(x, x);
    const auto D = diagonal<Pooled>(x);
    int different = 0;
    for (const std::size_t first : {0u, 1u, 5u, 15u, 17u, 31u})
        for (const std::size_t count : {1u, 3u, 9u}) {
            const auto some = part_of(data, first, count);
            const auto part = gram<Strides>(some), upper = gram<Pooled>(some, x), left = gram<Pooled>(x, some);
            const auto own = diagonal<Pooled>(some);
            for (std::size_t i = 0; i < count; ++i) {
                different += own.nngp[i] != D.nngp[first + i] || own.ntk[i] != D.ntk[first + i];
                for (std::size_t j = 0; j < count; ++j)
                    different += part.nngp(i, j) != all.nngp(first + i, first + j) ||
                                 part.ntk(i, j) != all.ntk(first + i, first + j);
                for (std::size_t j = 0; j < x.count; ++j)
                    different +=
                        upper.ntk(i, j) != cross.ntk(first + i, j) || left.nngp(j, i) != cross.nngp(j, first + i);
            }
        }
    CHECK(different == 0);
}

TEMPLATE_TEST_CASE("images: scales given at run time are scales of the type", "", float, double) {
    struct Other : Serial<Layer<Same, Weight<0.9>, Bias<0.5>>, Relu, AvgPool<Window<2, 2>>,
                          Layer<Same, Stride<2, 2>, Weight<1.7>>, Relu, Flatten, Dense<1, Weight<2.0>, Bias<0.0>>> {};
    auto scales = default_scales<Strides>();
    scales[0] = {0.9, 0.5};
    scales[1].weight = 1.7;
    scales[2] = {2.0, 0.0};
    const auto data = mixed_images<In, TestType>(19, 8);
    const auto x = rows<In>(data);
    CHECK(same_bits(gram<Strides>(x, scales), gram<Other>(x)));
    CHECK(same_bits(ntk<Strides>(x, x, options{.threads = 1}, scales), ntk<Other>(x, x)));
    CHECK(diagonal<Strides>(x, scales).ntk == diagonal<Other>(x).ntk);
    CHECK(!same_bits(gram<Strides>(x, scales), gram<Strides>(x)));
}

TEMPLATE_TEST_CASE("images: duplicates have the value of the diagonal, black images that of the biases", "", float,
                   double) {
    const auto data = mixed_images<In, TestType>(20, 9);
    const auto x = rows<In>(data);
    const double tolerance = sizeof(TestType) == sizeof(float) ? 1e-6 : 1e-13;
    const auto check = [&](const Gram<TestType>& own, const Gram<TestType>& cross) {
        for (const auto* G : {&own, &cross})
            for (const std::size_t i : {0u, 4u}) {
                const std::size_t j = 4 - i;
                CHECK_THAT(G->nngp(i, j), WithinRel(own.nngp(0, 0), static_cast<TestType>(tolerance)));
                CHECK_THAT(G->ntk(i, j), WithinRel(own.ntk(0, 0), static_cast<TestType>(tolerance)));
            }
        for (std::size_t i = 0; i < 20; ++i) {
            CHECK_THAT(cross.nngp(i, i), WithinRel(own.nngp(i, i), static_cast<TestType>(tolerance)));
            CHECK_THAT(cross.ntk(i, i), WithinRel(own.ntk(i, i), static_cast<TestType>(tolerance)));
        }
    };
    const auto round = gram<Round>(x), strides = gram<Strides>(x);
    check(round, gram<Round>(x, x));
    check(gram<Pooled>(x), gram<Pooled>(x, x));
    check(strides, gram<Strides>(x, x));
    for (std::size_t i = 0; i < 20; ++i) {
        CHECK(round.nngp(1, i) == 0);
        CHECK(round.ntk(1, i) == 0);
        CHECK(strides.nngp(1, i) > 0);
    }
}
