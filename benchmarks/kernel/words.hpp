#pragma once
// One word between two samples of two variances, as the benchmarks of duals need it: the numbers that its dual reads,
// and those that a formula would.
#include <fmt/core.h>

#include <cmath>
#include <cstddef>
#include <memory>
#include <string>

#include <wide/dsl.hpp>
#include <wide/lower/trace.hpp>
#include <wide/tile/panels.hpp>

#include "../measure.hpp"
#include "registers.hpp"

namespace wide::benchmark_table {

inline constexpr double one_variance = 0.9, two_variance = 1.1;

template <class W>
struct Alone : Serial<Dense<1>, W, Dense<1>> {};

template <class T, int count>
T first(const Block<T, count>& block) {
    return block.v[0].get(0);
}

/// What the duals read of two samples: those of the rows of a tile, those of its columns.
template <class T>
struct Numbers {
    static constexpr int height = TileShape<T>::rows, width = TileShape<T>::columns;
    Panels<T> left, right;
    Terms terms{};

    explicit Numbers(std::size_t count) : left(height, count, height), right(width, count, width) {}

    void put(std::size_t k, double of_left, double of_right) {
        for (std::size_t i = 0; i < height; ++i) left.sample(i)[k * height] = static_cast<T>(of_left);
        for (std::size_t i = 0; i < width; ++i) right.sample(i)[k * width] = static_cast<T>(of_right);
    }
};

template <class W>
struct Traces {
    Magnitudes<Alone<W>> magnitudes = magnitudes_of<Alone<W>>(default_scales<Alone<W>>(), Shape{});
    double one = needs_unit_variance<W>() ? 1 : one_variance, two = needs_unit_variance<W>() ? 1 : two_variance;
};

template <class W, class T>
Numbers<T> numbers_of() {
    Traces<W> of;
    settle_series<Alone<W>, T>(of.magnitudes, {of.one, of.two});
    const auto one = trace_sample<Alone<W>, T>(of.magnitudes, Scalar<double>(of.one));
    const auto two = trace_sample<Alone<W>, T>(of.magnitudes, Scalar<double>(of.two));
    const auto count = static_cast<std::size_t>(numbers_read(of.magnitudes));
    Numbers<T> numbers(count + 1);
    for (std::size_t k = 0; k < count; ++k) numbers.put(k, one.hoisted[k].value, two.hoisted[k].value);
    for (const PairMagnitude& pair : of.magnitudes.pair) numbers.terms.widen(pair.terms);
    return numbers;
}

/// What a formula reads: variances, deviations, and what the new deviations divide.
template <class W, class T>
Numbers<T> plain_numbers() {
    const Traces<W> of;
    const auto one = trace_sample<Alone<W>, T>(of.magnitudes, Scalar<double>(of.one));
    const auto two = trace_sample<Alone<W>, T>(of.magnitudes, Scalar<double>(of.two));
    Numbers<T> numbers(3);
    numbers.put(0, of.one, of.two);
    numbers.put(1, std::sqrt(of.one), std::sqrt(of.two));
    numbers.put(2, 1 / std::sqrt(one.variance[0].value), 1 / std::sqrt(two.variance[0].value));
    return numbers;
}

/// Correlations from -1 to 1.
inline constexpr int few = 16;
template <class T>
T few_correlations(int i) {
    return static_cast<T>(2 * i + 1) / few - 1;
}

template <class W, class T>
std::string label(const char* more = "") {
    return fmt::format("{}, {}{}", W::name, sizeof(T) == sizeof(float) ? "f32" : "f64", more);
}

template <class W, class T>
void time_dual(Measure& measure) {
    const auto numbers = std::make_shared<const Numbers<T>>(numbers_of<W, T>());
    measure.time(label<W, T>(),
                 [numbers] { duals_only<W, T>(numbers->left.panel(0), numbers->right.panel(0), numbers->terms); });
}

template <class W, class T>
double seconds(const Measure& measure) {
    return measure.seconds(label<W, T>()) / elements<T>;
}

/// A word's dual in double, both kernels, for the two samples of `numbers`.
struct Kernels {
    double correlation, slope;
};
template <class W>
Kernels kernels_of(const Numbers<double>& numbers, double rho) {
    constexpr int together = rows_at_once<Nonlinearities<W>>;
    const RowBlock<double, together> deficit(rho < 0 ? -1 - rho : 1 - rho);
    const auto dual =
        dual_of<W, double, -1.0, together>(deficit, numbers.left.panel(0), numbers.right.panel(0), numbers.terms);
    return {first(correlation<false>(dual.deficit)), first(dual.slope)};
}

template <class... Ws>
struct Words {
    template <class F>
    static void each(F f) {
        (f.template operator()<Ws>(), ...);
    }
};

}  // namespace wide::benchmark_table
