// The same architecture at finite width: its outputs, how they move with its parameters, and its kernel, which tends to that
// of infinite width.
#include <cmath>
#include <cstdio>
#include <vector>

#include <wide/wide.hpp>

using namespace wide;

template <std::size_t width>
struct Net : Serial<Dense<width, He>, Relu, Dense<width, He>, Relu, Dense<1>> {};
using In = Vector<4>;

/// How far the empirical kernel is from the infinite one, relative to it, over some networks.
template <std::size_t width>
double distance(const Rows<In, float>& x, const Matrix<float>& infinite) {
    constexpr int networks = 20;
    double square = 0, size = 0;
    for (int k = 0; k < networks; ++k) {
        const auto theta = initial<Net<width>, In>(seed{static_cast<std::uint64_t>(k)});
        const Matrix<float> K = empirical_ntk<Net<width>>(theta, x);
        for (std::size_t i = 0; i < K.size(); ++i) {
            const double apart = static_cast<double>(K.data()[i]) - static_cast<double>(infinite.data()[i]);
            square += apart * apart;
            size += static_cast<double>(infinite.data()[i]) * static_cast<double>(infinite.data()[i]);
        }
    }
    return std::sqrt(square / size);
}

int main() {
    const std::vector<float> samples{1, 0, 0, 2, 0, 1, -1, 0, 1, 1, 0.5f, 0};
    const auto x = rows<In>(samples);

    const auto theta = initial<Net<64>, In>(seed{0});
    auto delta = initial<Net<64>, In>(seed{1});
    delta *= 0.01f;
    const auto [value, tangent] = jvp<Net<64>>(theta, delta, x);  // one pass
    auto moved = theta.copy();
    moved += delta;
    const Matrix<float> f = forward<Net<64>>(moved, x);
    std::puts("f(theta)   f(theta + delta)   linearised");
    for (std::size_t i = 0; i < x.count; ++i)
        std::printf("%8.4f   %16.4f   %10.4f\n", static_cast<double>(value(i, 0)), static_cast<double>(f(i, 0)),
                    static_cast<double>(value(i, 0) + tangent(i, 0)));

    const Matrix<float> infinite = ntk<Net<64>>(x);
    std::printf("\nempirical kernel of width 64, 256, 1024: %.3f, %.3f, %.3f from the infinite one\n",
                distance<64>(x, infinite), distance<256>(x, infinite), distance<1024>(x, infinite));
}
