#pragma once
// Random images, and among them what photographs hold as well: nothing, one colour, black regions, duplicates.
#include <cstddef>

#include <wide/kernel/rows.hpp>

#include "../random_rows.hpp"

/// At least five: 1 is black, 2 has one value everywhere, 3 is black at its first positions, 4 is like 0.
template <class In, class T>
wide::Matrix<T> mixed_images(std::size_t count, std::uint64_t seed) {
    constexpr std::size_t width = wide::width_of<In>;
    auto x = random_rows<T>(count, width, seed);
    for (std::size_t k = 0; k < width; ++k) {
        x(1, k) = 0;
        x(2, k) = T(0.5);
        if (k / In::shape.channels < width / In::shape.channels / 2) x(3, k) = 0;
        x(4, k) = x(0, k);
    }
    return x;
}
