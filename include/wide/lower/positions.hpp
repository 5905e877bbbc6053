#pragma once
// Positions as three axes (z, y, x), whatever a sample has: a Signal has x, an Image y and x. And what a pool does to
// pairs of positions: which pairs of its input meet in which of its output.
#include <array>
#include <cstddef>
#include <vector>

#include <wide/dsl/meaning/shape.hpp>
#include <wide/dsl/meaning/taps.hpp>

namespace wide {

using Extents = std::array<std::ptrdiff_t, 3>;    ///< extents along z, y, x
using Offset = std::array<std::ptrdiff_t, 3>;  ///< q - p of the two samples' positions

constexpr Extents grid_of(const Shape& shape) {
    Extents grid{1, 1, 1};
    for (int axis = 0; axis < shape.axes; ++axis)
        grid[static_cast<std::size_t>(3 - shape.axes + axis)] = static_cast<std::ptrdiff_t>(shape.extents[axis]);
    return grid;
}

constexpr std::ptrdiff_t volume(const Extents& grid) { return grid[0] * grid[1] * grid[2]; }

/// The extents of the plane of all pairs (p, p + offset). Its element u stands for min(p, q) along every axis.
constexpr Extents plane_extents(const Extents& grid, const Offset& offset) {
    Extents extents{};
    for (std::size_t a = 0; a < 3; ++a) extents[a] = grid[a] - (offset[a] < 0 ? -offset[a] : offset[a]);
    return extents;
}

/// Where a plane begins in the positions of the first sample (p) and of the second (q).
constexpr Extents first_left(const Offset& offset) {
    return {offset[0] < 0 ? -offset[0] : 0, offset[1] < 0 ? -offset[1] : 0, offset[2] < 0 ? -offset[2] : 0};
}
constexpr Extents first_right(const Offset& offset) {
    return {offset[0] > 0 ? offset[0] : 0, offset[1] > 0 ? offset[1] : 0, offset[2] > 0 ? offset[2] : 0};
}

constexpr Offset scaled(const Offset& offset, const Extents& factor) {
    return {offset[0] * factor[0], offset[1] * factor[1], offset[2] * factor[2]};
}

/// A convolution on a torus couples offsets that others keep apart.
constexpr bool mixes_offsets(const Taps& taps) {
    return taps.padding == Padding::circular && taps.axes > 0 && taps.count() > 1;
}

/// Taps along z, y, x.
struct GridTaps {
    Extents size{1, 1, 1}, stride{1, 1, 1}, first{0, 0, 0};
    bool circular = false;

    constexpr bool single() const { return volume(size) == 1 && volume(stride) == 1; }
};

inline GridTaps grid_taps(const Taps& taps, const Shape& input) {
    GridTaps grid;
    grid.circular = taps.padding == Padding::circular;
    for (int axis = 0; axis < taps.axes; ++axis) {
        const auto a = static_cast<std::size_t>(3 - taps.axes + axis);
        grid.size[a] = static_cast<std::ptrdiff_t>(taps.size[axis]);
        grid.stride[a] = static_cast<std::ptrdiff_t>(taps.stride[axis]);
        grid.first[a] = static_cast<std::ptrdiff_t>(first_tap_along(taps, axis, input.extents[axis]));
    }
    return grid;
}

/// One pair of positions of the input that adds to one of the output, along one axis, as elements of their planes.
struct Meeting {
    int out, in;
};

/// How windows bring positions together along one axis of `in` positions, `out` of them left.
struct AxisWindows {
    std::ptrdiff_t in, out, size, stride, first;
    bool circular, same_tap;  ///< same_tap: only pairs at equal places of both windows meet, as in a convolution

    /// The meetings of the input's pairs of offset `from` in the output's of offset `to`.
    [[nodiscard]] std::vector<Meeting> meetings(std::ptrdiff_t from, std::ptrdiff_t to) const {
        std::vector<Meeting> found;
        for (std::ptrdiff_t o = 0; o < out; ++o) {
            const std::ptrdiff_t other = o + to;
            if (other < 0 || other >= out) continue;
            for (std::ptrdiff_t a = 0; a < size; ++a)
                for (std::ptrdiff_t b = 0; b < size; ++b) {
                    if (same_tap && a != b) continue;
                    const std::ptrdiff_t p = position(o, a), q = position(other, b);
                    if (p < 0 || q < 0 || q - p != from) continue;
                    found.push_back({static_cast<int>(o < other ? o : other), static_cast<int>(p < q ? p : q)});
                }
        }
        return found;
    }

    /// How many positions a window really holds.
    [[nodiscard]] std::ptrdiff_t inside(std::ptrdiff_t o) const {
        std::ptrdiff_t count = 0;
        for (std::ptrdiff_t a = 0; a < size; ++a) count += position(o, a) >= 0;
        return count;
    }

private:
    [[nodiscard]] std::ptrdiff_t position(std::ptrdiff_t o, std::ptrdiff_t tap) const {
        const std::ptrdiff_t p = stride * o + tap - first;
        if (circular) return ((p % in) + in) % in;
        return p >= 0 && p < in ? p : -1;
    }
};

}  // namespace wide
