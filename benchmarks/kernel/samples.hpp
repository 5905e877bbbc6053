#pragma once
// The data of the kernel benchmarks, and how two kernels are compared.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

namespace wide::benchmark_table {

template <class T>
std::vector<T> gaussian_rows(std::size_t count, std::size_t width) {
    std::mt19937 generator(7);
    std::normal_distribution<double> normal;
    std::vector<T> x(count * width);
    for (T& value : x) value = static_cast<T>(normal(generator));
    return x;
}

/// Largest difference of two kernels on the lower triangle, relative to the largest diagonal entry.
template <class A, class B>
double difference(std::size_t count, const A& one, const B& two) {
    double largest = 0, scale = 0;
    for (std::size_t i = 0; i < count; ++i) {
        scale = std::max(scale, std::abs(static_cast<double>(one(i, i))));
        for (std::size_t j = 0; j <= i; ++j) {
            const double apart = std::abs(static_cast<double>(one(i, j)) - static_cast<double>(two(i, j)));
            largest = std::isnan(largest) || apart <= largest ? largest : apart;
        }
    }
    return largest / scale;
}

}  // namespace wide::benchmark_table
