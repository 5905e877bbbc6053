#pragma once
// One side of a Gram, ready for the register tile: every sample scaled to norm one, so that a dot product is a
// correlation, and every sample's hoisted numbers, with its final standard deviation as the last of them.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <wide/kernel/diagonal.hpp>
#include <wide/run/parallel.hpp>
#include <wide/tile/panels.hpp>

namespace wide {

template <class T>
struct GramSide {
    Panels<T> samples, numbers;
    std::vector<KernelValue> self;  ///< every sample's kernel with itself

    static std::uint64_t bytes(std::size_t count, std::size_t width, std::size_t numbers, int height) {
        return saturated_sum(
            saturated_sum(Panels<T>::bytes(count, width, height), Panels<T>::bytes(count, numbers, height)),
            saturated_product(count, sizeof(KernelValue) + sizeof(double)));
    }
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

/// O(n (d + layers)).
template <class Net, int height, class In, class T>
GramSide<T> prepare(const Rows<In, T>& x, const std::vector<double>& norms, const Magnitudes<Net>& magnitudes,
                    const char* role, const options& how) {
    constexpr auto hoisted = static_cast<std::size_t>(hoisted_numbers<Net>);
    constexpr auto step = static_cast<std::size_t>(height);
    constexpr std::size_t panels_a_block = 16;
    GramSide<T> side{{x.count, x.width, height}, {x.count, hoisted + 1, height}, std::vector<KernelValue>(x.count)};
    const std::size_t panels = side.samples.count();
    const options quiet{.threads = how.threads, .stop = how.stop};
    run_blocks((panels + panels_a_block - 1) / panels_a_block, panels, quiet, [&](std::size_t b) {
        const std::size_t last_panel = std::min(panels, (b + 1) * panels_a_block);
        for (std::size_t p = b * panels_a_block; p < last_panel; ++p) {
            double scale[height] = {};
            const std::size_t last = std::min(x.count, (p + 1) * step);
            for (std::size_t i = p * step; i < last; ++i) {
                scale[i - p * step] = norms[i] > 0 ? 1 / norms[i] : 0;
                const double variance = norms[i] * (norms[i] / static_cast<double>(x.width));
                const SampleTrace<Net> trace = trace_sample(magnitudes, variance);
                side.self[i] = self_kernel<T>(magnitudes, trace, i, role);
                T* numbers = side.numbers.sample(i);
                for (std::size_t k = 0; k < hoisted; ++k) numbers[k * step] = static_cast<T>(trace.hoisted[k].value);
                numbers[hoisted * step] = static_cast<T>(std::sqrt(trace.variance));
            }
            pack_panel<height>(x, p * step, scale, side.samples.sample(p * step));
        }
        return last_panel - b * panels_a_block;
    });
    return side;
}

}  // namespace wide
