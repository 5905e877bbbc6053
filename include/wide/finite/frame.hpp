#pragma once
// A sample with a frame: the zeros, or the numbers of the other side, that windows read beyond its edges. In a framed sample
// all windows are alike, and a convolution multiplies numbers as they lie: a window is `tap_lines` runs of `run` numbers, and
// from one window of a line to the next it is `step` numbers.
//
//     const Frame frame{Windows(step)};
//     const T* x = frame.fill(sample, room);                        // the sample itself where no window reaches beyond it
//     x + frame.line(l) + w * frame.step() + frame.tap_line(t)      // run t of window w of line l
#include <algorithm>
#include <cstddef>

#include <wide/finite/windows.hpp>
#include <wide/tile/product.hpp>

namespace wide {

class Frame {
public:
    constexpr explicit Frame(const Windows& windows) : windows_{windows} {
        for (int a = 0; a < 3; ++a) {
            const WindowAxis& axis = windows.axis(a);
            as_it_lies_ = as_it_lies_ && axis.first == 0 && axis.reach() <= axis.in;
        }
        const auto extent = [&](int a) { return as_it_lies_ ? windows.axis(a).in : windows.axis(a).reach(); };
        line_ = extent(2) * windows.channels();
        plane_ = extent(1) * line_;
        room_ = as_it_lies_ ? 0 : extent(0) * plane_;
    }

    /// Elements of a framed sample that is not as it lies.
    [[nodiscard]] constexpr std::size_t room() const { return room_; }

    /// The framed sample: in `room`, or as it lies.
    template <class T>
    [[nodiscard]] const T* fill(const T* sample, T* room) const {
        if (as_it_lies_) return sample;
        const WindowAxis &z_axis = windows_.axis(0), &y_axis = windows_.axis(1), &x_axis = windows_.axis(2);
        const std::size_t channels = windows_.channels(), reach = x_axis.reach(), before = std::min(x_axis.first, reach),
                          inside = std::min(x_axis.in, reach - before);
        T* to = room;
        for (std::size_t z = 0; z < z_axis.reach(); ++z)
            for (std::size_t y = 0; y < y_axis.reach(); ++y, to += line_) {
                const std::ptrdiff_t from_z = z_axis.source(z), from_y = y_axis.source(y);
                if (from_z < 0 || from_y < 0) {
                    std::fill_n(to, line_, T(0));
                    continue;
                }
                const T* const line = sample + (static_cast<std::size_t>(from_z) * y_axis.in + static_cast<std::size_t>(from_y)) *
                                                   x_axis.in * channels;
                const auto fill_edge = [&](std::size_t x, std::size_t end) {
                    for (; x < end; ++x) {
                        const std::ptrdiff_t from_x = x_axis.source(x);
                        if (from_x < 0) std::fill_n(to + x * channels, channels, T(0));
                        else std::copy_n(line + static_cast<std::size_t>(from_x) * channels, channels, to + x * channels);
                    }
                };
                fill_edge(0, before);
                std::copy_n(line, inside * channels, to + before * channels);
                fill_edge(before + inside, reach);
            }
        return room;
    }

    /// Lines of windows, and windows in each.
    [[nodiscard]] constexpr std::size_t lines() const { return windows_.axis(0).out * windows_.axis(1).out; }
    [[nodiscard]] constexpr std::size_t in_line() const { return windows_.axis(2).out; }
    /// Where line `l` begins.
    [[nodiscard]] constexpr std::size_t line(std::size_t l) const {
        const std::size_t lines = windows_.axis(1).out;
        return l / lines * windows_.axis(0).stride * plane_ + l % lines * windows_.axis(1).stride * line_;
    }
    [[nodiscard]] constexpr std::size_t step() const { return windows_.axis(2).stride * windows_.channels(); }

    [[nodiscard]] constexpr std::size_t tap_lines() const { return windows_.axis(0).size * windows_.axis(1).size; }
    [[nodiscard]] constexpr std::size_t tap_line(std::size_t t) const {
        const std::size_t lines = windows_.axis(1).size;
        return t / lines * plane_ + t % lines * line_;
    }
    [[nodiscard]] constexpr std::size_t run() const { return windows_.axis(2).size * windows_.channels(); }

    /// Calls visit(k, where the window begins) for the `count` windows from window `first` on, k = 0 for the first of them.
    template <class Visit>
    void each_window(std::size_t first, std::size_t count, Visit visit) const {
        std::size_t l = first / in_line(), w = first % in_line(), at = line(l) + w * step();
        for (std::size_t k = 0; k < count; ++k, at += step()) {
            if (w++ == in_line()) w = 1, at = line(++l);
            visit(k, at);
        }
    }

private:
    Windows windows_;
    bool as_it_lies_ = true;
    std::size_t line_ = 0, plane_ = 0, room_ = 0;
};

/// The products of a line of windows with weights, run by run; of a dense layer, whole rows.
///
///     rows(w, k) = x[t-th run of window w][k],    weights(t * run + k, c)
template <class T>
struct WindowProduct {
    const T* x = nullptr;    ///< the first window; null: the product is zero
    RightFactor<T> weights;
    int output = 0;
};
template <class T, int most>
struct WindowTerms {
    WindowProduct<T> product[most];
    int count = 0;
    std::size_t step = 0, run = 0, tap_lines = 1;
    const Frame* frame = nullptr;

    void add(const WindowProduct<T>& one) { product[count++] = one; }

    template <class Visit>
    friend void each_term(const WindowTerms& terms, Visit visit) {
        const auto row = static_cast<std::ptrdiff_t>(terms.step);
        for (int p = 0; p < terms.count; ++p) {
            const auto& [x, weights, output] = terms.product[p];
            if (!x) visit(ProductTerm<T>{{nullptr, 0, 1}, weights, 0, output});
            for (std::size_t t = 0; x && t < terms.tap_lines; ++t)
                visit(ProductTerm<T>{{x + (t > 0 ? terms.frame->tap_line(t) : 0), row, 1}, weights.from(t * terms.run), terms.run,
                                     output});
        }
    }
};

}  // namespace wide
