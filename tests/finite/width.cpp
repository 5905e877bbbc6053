// Kernels of finite networks tend to those of infinite width, and their distance falls as one over the root of the width
// (Jacot et al. 2018; Lee et al. 2019).
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include <wide/dsl.hpp>
#include <wide/finite/empirical.hpp>
#include <wide/finite/initial.hpp>
#include <wide/kernel/gram.hpp>

#include "../catch.hpp"
#include "../random_rows.hpp"

using namespace wide;

namespace {

template <std::size_t width, std::size_t outputs>
struct Connected : Serial<Dense<width, He, Bias<.2>>, Relu, Dense<width, He>, Erf, Dense<outputs>> {
    using In = Vector<6>;
};
template <std::size_t width, std::size_t outputs>
struct Convolutional : Serial<Conv<width, Filter<3>, Same, He>, Relu, Conv<width, Filter<3>, He, Bias<.1>>, Relu,
                              GlobalAvgPool, Dense<outputs>> {
    using In = Signal<7, 2>;
};

/// Distances relative to the limit, squared and summed up over networks.
struct Distance {
    double square = 0, size = 0;
    void add(const Matrix<float>& found, const Matrix<float>& limit) {
        for (std::size_t k = 0; k < found.size(); ++k) {
            const double apart = static_cast<double>(found.data()[k]) - static_cast<double>(limit.data()[k]);
            square += apart * apart;
            size += static_cast<double>(limit.data()[k]) * static_cast<double>(limit.data()[k]);
        }
    }
    [[nodiscard]] double root() const { return std::sqrt(square / size); }
};

/// NNGP and NTK. The NNGP is a mean over outputs: it takes as many as the network is wide.
template <template <std::size_t, std::size_t> class Net, std::size_t width>
std::array<double, 2> distances(int networks) {
    using Many = Net<width, width>;
    using One = Net<width, 1>;
    using In = typename One::In;
    const auto data = random_rows<float>(4, width_of<In>, 5);
    const auto x = rows<In>(data);
    const Gram<float> limit = gram<One>(x);
    Distance nngp, ntk;
    for (int k = 0; k < networks; ++k) {
        const seed from{static_cast<std::uint64_t>(k)};
        nngp.add(empirical_nngp<Many>(initial<Many, In>(from), x, x), limit.nngp);
        ntk.add(empirical_ntk<One>(initial<One, In>(from), x), limit.ntk);
    }
    return {nngp.root(), ntk.root()};
}

/// The slope of log distance over log width, by least squares.
template <template <std::size_t, std::size_t> class Net, std::size_t... width>
void check_slopes(int networks, double tolerance) {
    const std::array<double, 2> distance[] = {distances<Net, width>(networks)...};
    const double log_width[] = {std::log(static_cast<double>(width))...};
    constexpr double count = sizeof...(width);
    for (std::size_t kernel = 0; kernel < 2; ++kernel) {
        double x = 0, y = 0, xx = 0, xy = 0;
        for (std::size_t k = 0; k < sizeof...(width); ++k) {
            const double log_distance = std::log(distance[k][kernel]);
            x += log_width[k] / count, y += log_distance / count;
            xx += log_width[k] * log_width[k] / count, xy += log_width[k] * log_distance / count;
        }
        INFO((kernel == 0 ? "nngp" : "ntk"));
        CHECK_THAT((xy - x * y) / (xx - x * x), Catch::Matchers::WithinAbs(-0.5, tolerance));
    }
}

}  // namespace

TEST_CASE("finite kernels tend to the infinite ones, connected", "[finite]") {
    check_slopes<Connected, 32, 64, 128, 256>(120, 0.1);
}
TEST_CASE("finite kernels tend to the infinite ones, convolutional", "[finite]") {
    check_slopes<Convolutional, 16, 32, 64, 128>(120, 0.1);
}
TEST_CASE("finite kernels tend to the infinite ones, widths to 4096", "[finite][.slow]") {
    check_slopes<Connected, 64, 256, 1024, 4096>(20, 0.07);
    check_slopes<Convolutional, 64, 256, 1024, 4096>(20, 0.1);
}
