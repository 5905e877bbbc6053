#pragma once
// How a layer looks at the positions of its input: a convolution's filter, a pool's window. Along an axis of n
// positions, with a window of k taps and stride s (layers_and_duals, section 2):
//
//     padding     outputs               first    tap a of output o reads
//     valid       ceil((n-k+1)/s)       0        s o + a
//     same        ceil(n/s)             f        s o + a - f, zero outside; f = floor(max((ceil(n/s)-1)s + k - n, 0) / 2)
//     circular    ceil(n/s)             f        (s o + a - f) mod n
#include <cstddef>

#include <wide/dsl/meaning/shape.hpp>

namespace wide {

enum class Padding : unsigned char { valid, same, circular };

struct Taps {
    int axes = 0;  ///< 0: none, the layer reads a vector
    std::size_t size[3] = {1, 1, 1}, stride[3] = {1, 1, 1};
    Padding padding = Padding::valid;

    constexpr std::size_t count() const { return size[0] * size[1] * size[2]; }

    friend constexpr bool operator==(const Taps&, const Taps&) = default;
};

/// How many outputs an axis of n positions has; 0 where a valid window does not fit.
constexpr std::size_t outputs_along(const Taps& taps, int axis, std::size_t n) {
    const std::size_t size = taps.size[axis], stride = taps.stride[axis];
    if (taps.padding == Padding::valid) return n < size ? 0 : (n - size) / stride + 1;
    return (n + stride - 1) / stride;
}

/// How far before its place the window of an output begins.
constexpr std::size_t first_tap_along(const Taps& taps, int axis, std::size_t n) {
    if (taps.padding == Padding::valid) return 0;
    const std::size_t reach = (outputs_along(taps, axis, n) - 1) * taps.stride[axis] + taps.size[axis];
    return reach > n ? (reach - n) / 2 : 0;
}

/// The shape that is left of one; channels stay.
constexpr Shape shape_through(const Taps& taps, Shape shape) {
    for (int axis = 0; axis < shape.axes; ++axis)
        shape.extents[axis] = outputs_along(taps, axis, shape.extents[axis]);
    return shape;
}

}  // namespace wide
