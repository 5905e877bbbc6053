#pragma once
// Windows over the positions of a finite network's values, which lie position after position, channels side by side: where
// they lie, and pools over them, with their transposes for cotangents. Convolutions read them in frames (frame.hpp).
#include <algorithm>
#include <cstddef>

#include <wide/finite/network.hpp>

namespace wide {

/// Windows along one axis: that of output o covers `size` positions from o * stride - first on.
struct WindowAxis {
    std::size_t in = 1, out = 1, size = 1, stride = 1, first = 0;
    bool circular = false;

    /// Positions from the first to the last that any window covers, counted from the first window's begin.
    [[nodiscard]] constexpr std::size_t reach() const { return (out - 1) * stride + size; }
    /// The input's position behind position `x` of the reach; -1 where there is none.
    [[nodiscard]] constexpr std::ptrdiff_t source(std::size_t x) const {
        const auto n = static_cast<std::ptrdiff_t>(in);
        const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(x) - static_cast<std::ptrdiff_t>(first);
        if (circular) return (at % n + n) % n;
        return at < n ? std::max<std::ptrdiff_t>(at, -1) : -1;
    }
};

/// Where the windows of a layer lie, axis by axis: always three, those that a shape lacks have one position.
class Windows {
public:
    constexpr explicit Windows(const NetworkStep& step) : channels_{step.left_shape.channels} {
        const int axes = step.left_shape.axes;
        for (int axis = 0; axis < axes; ++axis) {
            WindowAxis& to = axis_[3 - axes + axis];
            to.in = step.left_shape.extents[axis];
            to.circular = step.taps.padding == Padding::circular;
            if (step.op == Op::global_pool) {
                to.size = to.in;
            } else if (step.taps.axes > 0) {
                to.size = step.taps.size[axis];
                to.stride = step.taps.stride[axis];
                to.first = first_tap_along(step.taps, axis, to.in);
                to.out = step.out_shape.extents[axis];
            } else {
                to.out = to.in;
            }
        }
    }

    [[nodiscard]] constexpr const WindowAxis& axis(int a) const { return axis_[a]; }
    [[nodiscard]] constexpr std::size_t channels() const { return channels_; }
    [[nodiscard]] constexpr std::size_t positions() const { return axis_[0].out * axis_[1].out * axis_[2].out; }
    [[nodiscard]] constexpr std::size_t taps() const { return axis_[0].size * axis_[1].size * axis_[2].size; }
    /// Elements of one window.
    [[nodiscard]] constexpr std::size_t length() const { return taps() * channels_; }
    /// A window is a position as it lies.
    [[nodiscard]] constexpr bool trivial() const {
        return taps() == 1 && std::ranges::all_of(axis_, [](const WindowAxis& a) { return a.out == a.in; });
    }

    /// Calls visit(tap, position of the input) for what lies inside of the window of output position `o`.
    template <class Visit>
    void each_tap(std::size_t o, Visit visit) const {
        const auto [z_axis, y_axis, x_axis] = axis_;
        const std::size_t first_z = o / (y_axis.out * x_axis.out) * z_axis.stride,
                          first_y = o / x_axis.out % y_axis.out * y_axis.stride, first_x = o % x_axis.out * x_axis.stride;
        std::size_t tap = 0;
        for (std::size_t c = 0; c < z_axis.size; ++c)
            for (std::size_t b = 0; b < y_axis.size; ++b)
                for (std::size_t a = 0; a < x_axis.size; ++a, ++tap) {
                    const std::ptrdiff_t z = z_axis.source(first_z + c), y = y_axis.source(first_y + b),
                                         x = x_axis.source(first_x + a);
                    if (z >= 0 && y >= 0 && x >= 0)
                        visit(tap, (static_cast<std::size_t>(z) * y_axis.in + static_cast<std::size_t>(y)) * x_axis.in +
                                       static_cast<std::size_t>(x));
                }
    }

    /// Copies the window of position `o` of one sample, zeros where it reaches over an edge.
    template <class T>
    void gather(const T* sample, std::size_t o, T* window) const {
        std::fill_n(window, length(), T(0));
        each_tap(o, [&](std::size_t tap, std::size_t position) {
            std::copy_n(sample + position * channels_, channels_, window + tap * channels_);
        });
    }
    /// By how much a pool multiplies the sum over the window of `o`.
    [[nodiscard]] double share(const NetworkStep& step, std::size_t o) const {
        if (!step.average) return 1;
        std::size_t inside = 0;
        if (step.normalize_edges) each_tap(o, [&](std::size_t, std::size_t) { ++inside; });
        return 1 / static_cast<double>(step.normalize_edges ? inside : taps());
    }
    /// Sums or means over the windows of one sample.
    template <class T>
    void pool(const NetworkStep& step, const T* sample, T* pooled) const {
        for (std::size_t o = 0; o < positions(); ++o) {
            T* const to = pooled + o * channels_;
            std::fill_n(to, channels_, T(0));
            each_tap(o, [&](std::size_t, std::size_t position) {
                for (std::size_t k = 0; k < channels_; ++k) to[k] += sample[position * channels_ + k];
            });
            const T factor = static_cast<T>(share(step, o));
            for (std::size_t k = 0; k < channels_; ++k) to[k] *= factor;
        }
    }
    /// The transpose, added to `sample`.
    template <class T>
    void spread(const NetworkStep& step, const T* pooled, T* sample) const {
        for (std::size_t o = 0; o < positions(); ++o) {
            const T factor = static_cast<T>(share(step, o));
            each_tap(o, [&](std::size_t, std::size_t position) {
                for (std::size_t k = 0; k < channels_; ++k)
                    sample[position * channels_ + k] += factor * pooled[o * channels_ + k];
            });
        }
    }

private:
    std::size_t channels_;
    WindowAxis axis_[3];
};

}  // namespace wide
