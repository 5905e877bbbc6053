#pragma once
// One side of a Gram, ready for the register tile: every sample scaled to norm one, so that a dot product is a correlation,
// and every sample's hoisted numbers, with its final standard deviation as the last of them.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <wide/kernel/samples.hpp>
#include <wide/tile/panels.hpp>

namespace wide {

template <class T>
struct Side {
    Panels<T> samples, numbers;

    static std::uint64_t bytes(std::size_t count, std::size_t width, std::size_t numbers, int height) {
        return Panels<T>::bytes(count, width + numbers, height);
    }
};

/// O(n (d + layers)).
template <class Net, class In, class T>
Side<T> prepare(const Rows<In, T>& x, const std::vector<double>& norms, const Magnitudes<Net>& magnitudes, int height,
                const options& how) {
    constexpr auto hoisted = static_cast<std::size_t>(hoisted_numbers<Net>);
    Side<T> side{{x.count, x.width, height}, {x.count, hoisted + 1, height}};
    const auto samples_a_block = static_cast<std::size_t>(height) * 16;
    const options quiet{.threads = how.threads, .stop = how.stop};
    run_blocks((x.count + samples_a_block - 1) / samples_a_block, x.count, quiet, [&](std::size_t b) {
        const std::size_t first = b * samples_a_block, last = std::min(x.count, first + samples_a_block);
        const auto step = static_cast<std::size_t>(height);
        for (std::size_t i = first; i < last; ++i) {
            const T* row = x.data + static_cast<std::ptrdiff_t>(i) * x.row_stride;
            const double scale = norms[i] > 0 ? 1 / norms[i] : 0;
            T* packed = side.samples.sample(i);
            for (std::size_t k = 0; k < x.width; ++k)
                packed[k * step] = static_cast<T>(
                    static_cast<double>(row[static_cast<std::ptrdiff_t>(k) * x.column_stride]) * scale);

            const double variance = norms[i] * (norms[i] / static_cast<double>(x.width));
            const SampleTrace<Net> trace = trace_sample(magnitudes, variance);
            T* numbers = side.numbers.sample(i);
            for (std::size_t k = 0; k < hoisted; ++k) numbers[k * step] = static_cast<T>(trace.hoisted[k].value);
            numbers[hoisted * step] = static_cast<T>(std::sqrt(trace.variance));
        }
        return last - first;
    });
    return side;
}

}  // namespace wide
