// Kernels of images whose duals are series: as long as any position of any image needs them, be its norm what it may.
#include <cstring>

#include "image_agrees.hpp"
#include "image_layers.hpp"

using namespace wide;
using namespace image_layers;
using image_reference::SeriesErf;
using Catch::Matchers::WithinAbs;

namespace {

struct Deep : Serial<Keeps<>, SeriesErf, Keeps<4, Bias<.2>>, SeriesErf, GlobalAvgPool, Dense<1>> {};
struct Pooled : Serial<Pixels<4>, SeriesErf, AvgPool<Window<2, 2>>, Keeps<>, SeriesErf, Flatten, Dense<1>> {};

constexpr std::size_t count = 100, spotted = 40;

/// Images of one colour each, and one that is dark but for a spot: neither the shortest nor the longest.
template <class T>
Matrix<T> flat_images() {
    Matrix<T> x(count, width_of<Odd>);
    const auto noise = random_rows<T>(count, width_of<Odd>, 1);
    for (std::size_t i = 0; i < count; ++i)
        for (std::size_t k = 0; k < x.cols(); ++k)
            x(i, k) = static_cast<T>(0.0105 * (10 + static_cast<double>(i)) + 0.01 * static_cast<double>(noise(i, k)));
    for (std::size_t k = 0; k < x.cols(); ++k) x(spotted, k) = k / 3 == 7 ? T(3) : T(0.05);
    return x;
}

template <class Net, class T>
void spots_are_right(double tolerance) {
    const auto data = flat_images<T>();
    const auto x = rows<Odd>(data), some = rows<Odd>(data.data(), 5);
    const auto own = gram<Net>(x), cross = gram<Net>(some, x), back = gram<Net>(x, some);
    const auto D = diagonal<Net>(x);
    const auto right = [&](std::size_t i, std::size_t j) {
        return image_reference::kernels<Net, Odd>(data.data() + i * data.cols(), data.data() + j * data.cols(), i == j);
    };
    const auto self = right(spotted, spotted);
    CHECK_THAT(static_cast<double>(own.ntk(spotted, spotted)), WithinAbs(self.ntk, tolerance * self.ntk));
    CHECK(D.ntk[spotted] == own.ntk(spotted, spotted));
    for (const std::size_t j : {0u, 4u, 99u}) {
        INFO(j);
        const auto pair = right(spotted, j), other = right(j, j);
        const double nngp = tolerance * std::sqrt(self.nngp * other.nngp);
        const double ntk = tolerance * std::sqrt(self.ntk * other.ntk);
        CHECK_THAT(static_cast<double>(own.nngp(spotted, j)), WithinAbs(pair.nngp, nngp));
        CHECK_THAT(static_cast<double>(own.ntk(spotted, j)), WithinAbs(pair.ntk, ntk));
        if (j > 4) continue;
        CHECK_THAT(static_cast<double>(cross.ntk(j, spotted)), WithinAbs(pair.ntk, ntk));
        CHECK_THAT(static_cast<double>(back.ntk(spotted, j)), WithinAbs(pair.ntk, ntk));
    }
}

}  // namespace

TEST_CASE("one bright spot among flat images") {
    spots_are_right<Deep, float>(1e-5);
    spots_are_right<Deep, double>(1e-8);
    spots_are_right<Pooled, float>(1e-5);
    spots_are_right<Pooled, double>(1e-8);
}

TEMPLATE_TEST_CASE("series of images: any number of threads gives the same bits", "", float, double) {
    const auto data = flat_images<TestType>();
    const auto x = rows<Odd>(data), z = rows<Odd>(data.data() + 33 * data.cols(), 12);
    const auto own = ntk<Deep>(x, options{.threads = 1}), cross = ntk<Deep>(z, x, options{.threads = 1});
    const auto same = [](const auto& a, const auto& b) {
        return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(TestType)) == 0;
    };
    for (const int threads : {0, 2, 5}) {
        CHECK(same(ntk<Deep>(x, options{.threads = threads}), own));
        CHECK(same(ntk<Deep>(z, x, options{.threads = threads}), cross));
    }
}
