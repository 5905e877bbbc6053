#pragma once
// Windows over the positions of a finite network's values, which lie position after position, channels side by side. A
// convolution reads rows of windows, (taps, channels) each, and multiplies them with its weights as they lie; a pool adds
// windows up. Both have their transposes here, for cotangents.
#include <algorithm>
#include <cstddef>

#include <wide/finite/network.hpp>

namespace wide {

/// Where the windows of a layer lie, axis by axis: always three, those that a shape lacks have one position.
class Windows {
public:
    explicit Windows(const NetworkStep& step) : channels_{step.left_shape.channels} {
        const int axes = step.left_shape.axes;
        circular_ = step.taps.padding == Padding::circular;
        for (int axis = 0; axis < axes; ++axis) {
            const int a = 3 - axes + axis;
            in_[a] = signed_(step.left_shape.extents[axis]);
            if (step.op == Op::global_pool) {
                size_[a] = in_[a];
            } else if (step.taps.axes > 0) {
                size_[a] = signed_(step.taps.size[axis]);
                stride_[a] = signed_(step.taps.stride[axis]);
                first_[a] = signed_(first_tap_along(step.taps, axis, step.left_shape.extents[axis]));
                out_[a] = signed_(step.out_shape.extents[axis]);
            } else {
                out_[a] = in_[a];
            }
        }
    }

    [[nodiscard]] std::size_t positions() const { return unsigned_(out_[0] * out_[1] * out_[2]); }
    [[nodiscard]] std::size_t taps() const { return unsigned_(size_[0] * size_[1] * size_[2]); }
    /// Elements of one window.
    [[nodiscard]] std::size_t length() const { return taps() * channels_; }
    /// A window is a position as it lies.
    [[nodiscard]] bool trivial() const { return taps() == 1 && out_[0] == in_[0] && out_[1] == in_[1] && out_[2] == in_[2]; }

    /// Calls visit(tap, position of the input) for what lies inside of the window of output position `o`.
    template <class Visit>
    void each_tap(std::size_t o, Visit visit) const {
        const std::ptrdiff_t place = signed_(o), at[3] = {place / (out_[1] * out_[2]), place / out_[2] % out_[1],
                                                          place % out_[2]};
        for (std::ptrdiff_t c = 0; c < size_[0]; ++c) {
            const std::ptrdiff_t z = coordinate(0, at[0], c);
            for (std::ptrdiff_t b = 0; b < size_[1] && z >= 0; ++b) {
                const std::ptrdiff_t y = coordinate(1, at[1], b);
                for (std::ptrdiff_t a = 0; a < size_[2] && y >= 0; ++a) {
                    const std::ptrdiff_t x = coordinate(2, at[2], a);
                    if (x >= 0)
                        visit(unsigned_((c * size_[1] + b) * size_[2] + a), unsigned_((z * in_[1] + y) * in_[2] + x));
                }
            }
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
    /// The transpose: adds a window to where it was gathered from.
    template <class T>
    void scatter(const T* window, std::size_t o, T* sample) const {
        each_tap(o, [&](std::size_t tap, std::size_t position) {
            for (std::size_t k = 0; k < channels_; ++k) sample[position * channels_ + k] += window[tap * channels_ + k];
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
    static constexpr std::ptrdiff_t signed_(std::size_t n) { return static_cast<std::ptrdiff_t>(n); }
    static constexpr std::size_t unsigned_(std::ptrdiff_t n) { return static_cast<std::size_t>(n); }

    /// -1 where the tap lies outside.
    [[nodiscard]] std::ptrdiff_t coordinate(int axis, std::ptrdiff_t o, std::ptrdiff_t tap) const {
        const std::ptrdiff_t x = o * stride_[axis] + tap - first_[axis];
        if (circular_) return ((x % in_[axis]) + in_[axis]) % in_[axis];
        return x < in_[axis] ? x : -1;
    }

    std::size_t channels_;
    bool circular_ = false;
    std::ptrdiff_t in_[3] = {1, 1, 1}, out_[3] = {1, 1, 1}, size_[3] = {1, 1, 1}, stride_[3] = {1, 1, 1},
                   first_[3] = {0, 0, 0};
};

}  // namespace wide
