// An image of one pixel is a vector: words give a filter of one tap what they give a dense layer.
#include <wide/kernel/gram.hpp>
#include <wide/kernel_at.hpp>

#include <cmath>

#include "../catch.hpp"
#include "../random_rows.hpp"
#include "reference.hpp"

using namespace wide;
using Catch::Matchers::WithinAbs;

namespace {

constexpr std::size_t channels = 7;

template <std::size_t width, class... Options>
using Pixel = Conv<width, Filter<1, 1>, Options...>;

template <class... Words>
struct OfImages : Serial<Pixel<8, Bias<0.3>>, Words..., Flatten, Dense<1, Bias<0.1>>> {};
template <class... Words>
struct OfVectors : Serial<Dense<8, Bias<0.3>>, Words..., Dense<1, Bias<0.1>>> {};

template <class T, class... Words>
void one_pixel_is_a_vector(const char* name) {
    INFO(name);
    auto x = random_rows<T>(11, channels, 1);
    for (std::size_t k = 0; k < channels; ++k) x(1, k) = 0, x(2, k) = x(0, k), x(3, k) = -x(0, k);
    const auto of_x = rows<Image<1, 1, channels>>(x);
    const auto own = gram<OfImages<Words...>>(of_x), cross = gram<OfImages<Words...>>(of_x, of_x);
    const auto expected = [&](std::size_t i, std::size_t j) {
        return kernel_at<OfVectors<Words...>>(moments(x, i, x, j));
    };
    // A series is as long as the samples need it: another one for a pair than for all of them.
    const double tolerance = sizeof(T) == sizeof(float) ? 1e-5 : 1e-10;
    for (std::size_t i = 0; i < 11; ++i)
        for (std::size_t j = 0; j <= i; ++j) {
            const auto pair = expected(i, j), one = expected(i, i), other = expected(j, j);
            for (const auto* G : {&own, &cross}) {
                CHECK_THAT(static_cast<double>(G->nngp(i, j)),
                           WithinAbs(pair.nngp, tolerance * std::sqrt(one.nngp * other.nngp)));
                CHECK_THAT(static_cast<double>(G->ntk(i, j)),
                           WithinAbs(pair.ntk, tolerance * std::sqrt(one.ntk * other.ntk)));
            }
        }
}

}  // namespace

TEST_CASE("one pixel is a vector: closed forms") {
    one_pixel_is_a_vector<float, Erf>("Erf");
    one_pixel_is_a_vector<double, Gelu>("Gelu");
    one_pixel_is_a_vector<double, ABRelu<-0.5, 0.8>>("ABRelu");
    one_pixel_is_a_vector<double, Sin<1, 0.7, 0.3>>("Sin");
}

TEST_CASE("one pixel is a vector: series, and words that need a norm") {
    one_pixel_is_a_vector<float, Tanh>("Tanh");
    one_pixel_is_a_vector<double, Tanh>("Tanh");
    one_pixel_is_a_vector<double, Gabor>("Gabor");
    one_pixel_is_a_vector<double, LayerNormAll, Hermite<3>>("Hermite");
}
