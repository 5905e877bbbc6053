#pragma once
// Rows of standard normal numbers, the same for every compiler and standard library.
#include <cmath>
#include <cstddef>
#include <cstdint>

#include <wide/run/matrix.hpp>

template <class T>
wide::Matrix<T> random_rows(std::size_t count, std::size_t width, std::uint64_t seed) {
    std::uint64_t state = seed * 0x9e3779b97f4a7c15u + 1;
    const auto uniform = [&state] {  // splitmix64, in (0, 1)
        std::uint64_t z = state += 0x9e3779b97f4a7c15u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return (static_cast<double>((z ^ (z >> 31)) >> 11) + 0.5) * 0x1p-53;
    };
    wide::Matrix<T> x(count, width);
    for (std::size_t k = 0; k < x.size(); ++k)
        x.data()[k] = static_cast<T>(std::sqrt(-2 * std::log(uniform())) * std::cos(6.283185307179586 * uniform()));
    return x;
}
