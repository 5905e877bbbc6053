#pragma once
// One side of a Gram, ready for the register tile: every sample scaled to norm one, so that a dot product is a
// correlation, and every sample's hoisted numbers, with its final standard deviations as the last of them.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <wide/kernel/itself.hpp>
#include <wide/kernel/kernels.hpp>
#include <wide/run/parallel.hpp>
#include <wide/tile/panels.hpp>

namespace wide {

template <class T>
struct GramSide {
    Panels<T> samples, numbers;
    Matrix<T> self;  ///< every sample's kernels with itself: outputs x samples

    static std::uint64_t bytes(std::size_t count, std::size_t width, std::size_t numbers, std::size_t outputs,
                               int height) {
        return saturated_sum(
            saturated_sum(Panels<T>::bytes(count, width, height), Panels<T>::bytes(count, numbers, height)),
            saturated_product(count, outputs * sizeof(T) + sizeof(double)));
    }
};

/// Where the numbers of one sample go.
template <class T>
struct SampleTarget {
    T *number, *self;
    std::size_t number_stride, self_stride;
};

/// How many of them there are.
struct SampleSizes {
    std::size_t numbers, outputs;
};

/// Packs the samples of one panel, each times its scale: line after line, so that memory is written in order.
template <int height, class In, class T>
void pack_panel(const Rows<In, T>& x, std::size_t first, const double* scale, T* packed) {
    const T* row[height];
    double factor[height];
    for (int r = 0; r < height; ++r) {
        const std::size_t i = first + static_cast<std::size_t>(r);
        row[r] = x.data + static_cast<std::ptrdiff_t>(std::min(i, x.count - 1)) * x.row_stride;
        factor[r] = i < x.count ? scale[r] : 0;
    }
    for (std::size_t k = 0; k < x.width; ++k, packed += height)
        for (int r = 0; r < height; ++r) {
            packed[r] = static_cast<T>(static_cast<double>(*row[r]) * factor[r]);
            row[r] += x.column_stride;
        }
}

/// `write(i, variance, target)` writes what sample i says. O(n (d + layers)). Throws what `write` throws.
template <int height, class In, class T, class Write>
GramSide<T> prepare(const Rows<In, T>& x, const std::vector<double>& norms, const SampleSizes& sizes,
                    const options& how, const Write& write) {
    constexpr auto step = static_cast<std::size_t>(height);
    constexpr std::size_t panels_a_block = 16;
    GramSide<T> side{{x.count, x.width, height}, {x.count, sizes.numbers, height}, {sizes.outputs, x.count}};
    const std::size_t panels = side.samples.count();
    const options quiet{.threads = how.threads, .stop = how.stop};
    run_blocks((panels + panels_a_block - 1) / panels_a_block, panels, quiet, [&](std::size_t b) {
        const std::size_t last_panel = std::min(panels, (b + 1) * panels_a_block);
        for (std::size_t p = b * panels_a_block; p < last_panel; ++p) {
            double scale[height] = {};
            const std::size_t last = std::min(x.count, (p + 1) * step);
            for (std::size_t i = p * step; i < last; ++i) {
                scale[i - p * step] = norms[i] > 0 ? 1 / norms[i] : 0;
                write(i, norms[i] * (norms[i] / static_cast<double>(x.width)),
                      SampleTarget<T>{side.numbers.sample(i), side.self.data() + i, step, x.count});
            }
            pack_panel<height>(x, p * step, scale, side.samples.sample(p * step));
        }
        return last_panel - b * panels_a_block;
    });
    return side;
}

/// The same samples in panels of another height: what they say is copied.
template <int height, class In, class T>
GramSide<T> repack(const Rows<In, T>& x, const std::vector<double>& norms, const SampleSizes& sizes,
                   const options& how, GramSide<T>& side) {
    return prepare<height>(x, norms, sizes, how, [&](std::size_t i, double, const SampleTarget<T>& to) {
        const T* from = side.numbers.sample(i);
        for (std::size_t k = 0; k < sizes.numbers; ++k)
            to.number[k * to.number_stride] = from[k * side.numbers.height()];
        for (std::size_t k = 0; k < sizes.outputs; ++k) to.self[k * to.self_stride] = side.self(k, i);
    });
}

}  // namespace wide
