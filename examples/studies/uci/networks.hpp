#pragma once
// What is tried on every UCI set (Arora et al. 2020): fifteen networks and seven prices C.
#include <cmath>
#include <cstddef>
#include <vector>

#include <wide/wide.hpp>

namespace wide::examples {

// Weights of deviation 1 and no He, as published: each Relu halves the variance, and the grid of C presumes that.
template <int layers, int fixed>
struct Net : Serial<Repeat<fixed, Dense<512, Frozen>, Relu>, Repeat<layers - fixed, Dense<512>, Relu>, Dense<1>> {};
struct Networks : Family<Net<0, 0>, Net<1, 0>, Net<1, 1>, Net<2, 0>, Net<2, 1>, Net<2, 2>, Net<3, 0>, Net<3, 1>,
                         Net<3, 2>, Net<3, 3>, Net<4, 0>, Net<4, 1>, Net<4, 2>, Net<4, 3>, Net<4, 4>> {};
/// Hidden layers, and how many of them, the first ones, are fixed.
constexpr const char* network_names[] = {"0 0", "1 0", "1 1", "2 0", "2 1", "2 2", "3 0", "3 1",
                                         "3 2", "3 3", "4 0", "4 1", "4 2", "4 3", "4 4"};

const std::vector<double> prices{1e-2, 1e-1, 1, 1e1, 1e2, 1e3, 1e4};

/// A kernel reads x.z / features, the published one x.z; a network without biases grows as its samples do.
[[nodiscard]] inline Matrix<double> as_published(Matrix<double> samples) {
    for (std::size_t k = 0; k < samples.size(); ++k)
        samples.data()[k] *= std::sqrt(static_cast<double>(samples.cols()));
    return samples;
}

}  // namespace wide::examples
