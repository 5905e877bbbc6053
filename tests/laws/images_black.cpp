// Where an image is black, what a bias-free net makes of it has no variance there: its neighbours read zeros, not what
// zero divided by zero is. Sizes are odd and even, so that rows end within a block of columns.
#include <algorithm>

#include "image_agrees.hpp"

using namespace wide;

namespace {

template <class Word>
struct TwicePooled : Serial<Conv<8, Filter<3, 3>, Same, Weight<1.3>>, Word, Conv<8, Filter<3, 3>, Same, Weight<1.1>>, Word,
                            GlobalAvgPool, Dense<1>> {};
template <class Word>
struct TwiceShrunk : Serial<Conv<8, Filter<3, 3>, Same, Weight<1.3>>, Word, Conv<8, Filter<3, 3>, Valid, Weight<1.1>>, Word,
                            GlobalAvgPool, Dense<1>> {};

template <class In, class T>
Matrix<T> black_cornered(std::size_t count, unsigned seed) {
    constexpr std::size_t rows = In::shape.extents[0], columns = In::shape.extents[1], channels = In::shape.channels;
    auto x = random_rows<T>(count, width_of<In>, seed);
    for (std::size_t i = 0; i < count; ++i)
        for (std::size_t p = 0; p < std::min<std::size_t>(rows, 3); ++p)
            for (std::size_t k = 0; k < 3 * channels; ++k) x(i, p * columns * channels + k) = 0;
    return x;
}

template <class Net, class In, class T>
void black_corners_agree(const char* name) {
    INFO(name);
    constexpr std::size_t count = 5;
    const auto x = black_cornered<In, T>(count, 7);
    const auto found = gram<Net>(rows<In>(x)), cross = gram<Net>(rows<In>(x), rows<In>(x));
    const double tolerance = sizeof(T) == sizeof(float) ? 1e-5 : 1e-9;
    const auto expected = [&](std::size_t i, std::size_t j) {
        return image_reference::kernels<Net, In>(x.data() + i * x.cols(), x.data() + j * x.cols(), i == j);
    };
    for (std::size_t i = 0; i < count; ++i)
        for (std::size_t j = 0; j <= i; ++j) {
            const auto pair = expected(i, j), one = expected(i, i), other = expected(j, j);
            for (const auto* G : {&found, &cross}) {
                CHECK_THAT(static_cast<double>(G->nngp(i, j)),
                           Catch::Matchers::WithinAbs(pair.nngp, tolerance * std::sqrt(one.nngp * other.nngp)));
                CHECK_THAT(static_cast<double>(G->ntk(i, j)),
                           Catch::Matchers::WithinAbs(pair.ntk, tolerance * std::sqrt(one.ntk * other.ntk)));
            }
        }
}

}  // namespace

TEST_CASE("black corners: Erf") {
    black_corners_agree<TwicePooled<Erf>, Image<5, 4, 2>, double>("Erf");
    black_corners_agree<TwicePooled<Erf>, Image<5, 4, 2>, float>("Erf");
    black_corners_agree<TwiceShrunk<Erf>, Image<5, 4, 1>, double>("Erf, shrunk");
}
TEST_CASE("black corners: Gelu") {
    black_corners_agree<TwicePooled<Gelu>, Image<5, 4, 2>, double>("Gelu");
    black_corners_agree<TwicePooled<Gelu>, Image<5, 4, 2>, float>("Gelu");
}
