#pragma once
// Two classes in 50 dimensions that differ in one of them (Belkin, Ma, Mandal 2018).
#include <cstddef>
#include <cstdint>
#include <vector>

#include <wide/run/random.hpp>
#include <wide/wide.hpp>

#include "../data.hpp"

namespace wide::examples {

using Samples = LabelledImages<double>;
using Point = Vector<50>;

/// First coordinate N(0, 1) in class 1, N(centre, 1) in class 0; the others are noise in (-1, 1).
inline Samples two_classes(std::size_t count, double centre, std::uint64_t from) {
    constexpr std::size_t dimensions = 50;
    const Random noise(seed{from}, 1), which(seed{from}, 2);
    const Matrix<double> normal = normal_numbers<double>(count, 1, seed{from});
    Samples made{Matrix<double>(count, dimensions), std::vector<int>(count)};
    for (std::size_t i = 0; i < count; ++i) {
        made.labels[i] = static_cast<int>(which.below(2, i));
        for (std::size_t k = 1; k < dimensions; ++k) made.images(i, k) = 2 * noise.uniform(i * dimensions + k) - 1;
        made.images(i, 0) = normal(i, 0) + (made.labels[i] == 1 ? 0 : centre);
    }
    return made;
}

/// Labels -1/2 and 1/2: within the reach of a tanh.
inline Matrix<double> halves(const std::vector<int>& labels) {
    Matrix<double> y(labels.size(), 1);
    for (std::size_t i = 0; i < labels.size(); ++i) y(i, 0) = labels[i] == 1 ? 0.5 : -0.5;
    return y;
}

}  // namespace wide::examples
