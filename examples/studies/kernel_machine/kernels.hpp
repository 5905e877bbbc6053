#pragma once
// Kernels of networks and of 1992, and the model that is all of this chapter.
#include <cstddef>
#include <utility>
#include <vector>

#include <wide/infer/radial_kernel.hpp>
#include <wide/wide.hpp>

#include "../data.hpp"

namespace wide::examples {

using In = Vector<784>;
using Labels = std::vector<int>;
constexpr std::size_t classes = 10;

template <int layers>
struct Net : Serial<Repeat<layers, Dense<256, He>, Relu>, Dense<classes>> {};
/// A network without hidden layers: its kernel is x z / 784.
struct Linear : Serial<Dense<classes>> {};

/// All pairs of training images, and each test image with each of them.
struct Kernel {
    Matrix<double> K, Kz;
};

template <class Profile>
Kernel radial(const TrainAndTest<double>& data, const Profile& profile) {
    const Matrix<double>&x = data.train.images, &z = data.test.images;
    return {radial_matrix(x, x, profile), radial_matrix(z, x, profile)};
}

/// Both kernels of a network.
template <class Architecture>
std::pair<Kernel, Kernel> of_network(const TrainAndTest<double>& data, const options& how) {
    const auto x = rows<In>(data.train.images), z = rows<In>(data.test.images);
    auto train = gram<Architecture>(x, how), cross = gram<Architecture>(z, x, how);
    return {Kernel{std::move(train.nngp), std::move(cross.nngp)}, Kernel{std::move(train.ntk), std::move(cross.ntk)}};
}

}  // namespace wide::examples
