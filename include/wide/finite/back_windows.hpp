#pragma once
// The transpose of a convolution: cotangents of its results become those of what its windows read.
//
//     to[p] += factor * sum over taps t and windows w with w stride + t - first = p of c[w] W_t^T
//
// Positions of a line whose distance is the stride read the same taps, and cotangents side by side: a product for each such
// set, with cotangents framed in zeros where taps reach over the end of a line.
#include <algorithm>
#include <cstddef>

#include <wide/finite/put.hpp>
#include <wide/finite/windows.hpp>
#include <wide/tile/product.hpp>

namespace wide {

/// Cotangents of one sample, every line between zeros for taps that reach beyond it.
struct CotangentLines {
    std::size_t pad, line;  ///< elements
    constexpr CotangentLines(const Windows& windows, std::size_t width)
        : pad{(windows.axis(2).size - 1) / windows.axis(2).stride * width}, line{windows.axis(2).out * width + 2 * pad} {}
    [[nodiscard]] static constexpr std::size_t room(const Windows& windows, std::size_t width) {
        return windows.axis(0).out * windows.axis(1).out * CotangentLines(windows, width).line;
    }
};

/// The products for positions x, x + stride, ... of line (z, y); all counted from where the first window begins.
template <class T>
struct TransposedTerms {
    const Windows& windows;
    const T* cotangents;  ///< framed
    RightFactor<T> transposed;  ///< weights of tap 0, transposed, in panels; those of the other taps follow
    std::size_t width, z, y, x;

    /// Calls visit(tap, window) along an axis.
    template <class Visit>
    static void each_pair(const WindowAxis& axis, std::size_t at, Visit visit) {
        for (std::size_t tap = at % axis.stride; tap < axis.size && tap <= at; tap += axis.stride)
            if (const std::size_t window = (at - tap) / axis.stride; window < axis.out) visit(tap, window);
    }

    template <class Visit>
    friend void each_term(const TransposedTerms& terms, Visit visit) {
        const WindowAxis &y_axis = terms.windows.axis(1), &x_axis = terms.windows.axis(2);
        const CotangentLines lines(terms.windows, terms.width);
        const std::size_t taps_in_line = x_axis.size, elements = panel_elements<T>(terms.width, terms.windows.channels());
        each_pair(terms.windows.axis(0), terms.z, [&](std::size_t c, std::size_t window_z) {
            each_pair(y_axis, terms.y, [&](std::size_t b, std::size_t window_y) {
                const T* const line = terms.cotangents + (window_z * y_axis.out + window_y) * lines.line + lines.pad;
                for (std::size_t tap = terms.x % x_axis.stride; tap < taps_in_line; tap += x_axis.stride) {
                    const auto window = (static_cast<std::ptrdiff_t>(terms.x) - static_cast<std::ptrdiff_t>(tap)) /
                                        static_cast<std::ptrdiff_t>(x_axis.stride);
                    RightFactor<T> weights = terms.transposed;
                    weights.data += ((c * y_axis.size + b) * taps_in_line + tap) * elements;
                    visit(ProductTerm<T>{{line + window * static_cast<std::ptrdiff_t>(terms.width),
                                          static_cast<std::ptrdiff_t>(terms.width), 1},
                                         weights, terms.width, 0});
                }
            });
        });
    }
};

/// Adds to one sample's cotangent. `transposed`: of tap 0; `room`: CotangentLines::room elements.
template <class T>
void add_transposed_windows(const Windows& windows, const T* cotangents, std::size_t width, const RightFactor<T>& transposed,
                            T factor, T* room, T* to) {
    const WindowAxis &z_axis = windows.axis(0), &y_axis = windows.axis(1), &x_axis = windows.axis(2);
    const CotangentLines lines(windows, width);
    const std::size_t channels = windows.channels();
    for (std::size_t l = 0; l < z_axis.out * y_axis.out; ++l) {
        T* const line = room + l * lines.line;
        std::fill_n(line, lines.pad, T(0));
        std::copy_n(cotangents + l * x_axis.out * width, x_axis.out * width, line + lines.pad);
        std::fill_n(line + lines.line - lines.pad, lines.pad, T(0));
    }
    const std::size_t begin = x_axis.circular ? 0 : std::min(x_axis.first, x_axis.reach()),
                      end = x_axis.circular ? x_axis.reach() : std::min(x_axis.reach(), x_axis.first + x_axis.in);
    for (std::size_t z = 0; z < z_axis.reach(); ++z)
        for (std::size_t y = 0; y < y_axis.reach(); ++y) {
            const std::ptrdiff_t to_z = z_axis.source(z), to_y = y_axis.source(y);
            if (to_z < 0 || to_y < 0) continue;
            T* const line = to + (static_cast<std::size_t>(to_z) * y_axis.in + static_cast<std::size_t>(to_y)) * x_axis.in * channels;
            for (std::size_t x = begin; x < std::min(end, begin + x_axis.stride); ++x) {
                const TransposedTerms<T> terms{windows, room, transposed, width, z, y, x};
                bool any = false;
                each_term(terms, [&](const ProductTerm<T>&) { any = true; });
                if (!any) continue;
                const std::size_t count = (end - x + x_axis.stride - 1) / x_axis.stride;
                multiply<1, T>(count, channels, terms, [&](const ProductTile<T, 1>& made) {
                    for (std::size_t r = 0; r < made.rows; ++r) {
                        const auto at = static_cast<std::size_t>(x_axis.source(x + (made.first_row + r) * x_axis.stride));
                        put_line<true>(made.tile[0] + r * made.stride, factor, made.columns, line + at * channels + made.first_column);
                    }
                });
            }
        }
}

}  // namespace wide
