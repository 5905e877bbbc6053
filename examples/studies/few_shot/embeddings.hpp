#pragma once
// Features that know no labels: principal components of images, and what a random layer makes of them.
#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <wide/wide.hpp>

#include "../data.hpp"
#include "../study.hpp"

namespace wide::examples {

/// Rows in three parts, one after the other: those that labels are drawn from, those that choose, those that are
/// reported.
struct Embedded {
    std::string name;
    Matrix<double> features;
    std::vector<int> labels;
    std::size_t pool, choosing;

    [[nodiscard]] Places between(std::size_t first, std::size_t last) const {
        Places places;
        for (std::size_t i = first; i < last; ++i) places.push_back(i);
        return places;
    }
    [[nodiscard]] Places chooses() const { return between(pool, pool + choosing); }
    [[nodiscard]] Places reported() const { return between(pool + choosing, labels.size()); }
};

/// Columns lose their mean.
template <std::floating_point T>
void centre(Matrix<T>& features) {
    ChannelMoments moments = channel_moments(features, features.cols());
    moments.deviation.assign(features.cols(), 1);
    standardize(features, moments);
}

/// Centred, and rows of length 1, as is usual before a linear SVM.
inline Matrix<double> normalised(Matrix<double> features) {
    centre(features);
    to_length_one(features);
    return features;
}

struct Linear : Serial<Dense<1>> {};

/// The projections onto the first principal components of all rows: eigenvectors of their linear kernel, which knows
/// no labels.
inline Embedded components_of_fashion(const Study& study, std::size_t pool, std::size_t choosing, std::size_t test) {
    constexpr std::size_t components = 64;
    const TrainAndTest<float> data = fashion<float>(study, pool + choosing, test);
    auto all = joined(data.train, data.test);
    centre(all.images);
    const auto [values, vectors] =
        top_eigenpairs(converted<double>(nngp<Linear>(rows<Vector<784>>(all.images))), components);
    Matrix<double> projected(all.labels.size(), components);
    for (std::size_t i = 0; i < projected.rows(); ++i)
        for (std::size_t k = 0; k < components; ++k) projected(i, k) = std::sqrt(values[k]) * vectors(k, i);
    return {fmt::format("Fashion-MNIST, {} principal components", components), normalised(std::move(projected)),
            std::move(all.labels), pool, choosing};
}

/// A layer of random filters that nobody trained, pooled to 4 x 4 positions.
struct RandomLayer : Serial<Conv<128, Filter<6, 6>, Same, He>, Relu, AvgPool<Window<8, 8>, Stride<8, 8>>, Flatten> {};

inline Embedded random_layer_of_cifar(const Study& study, std::size_t pool, std::size_t choosing, std::size_t test) {
    const TrainAndTest<float> data = cifar<float>(study);
    auto all = joined(some_of(data.train, 0, pool + choosing), some_of(data.test, 0, test));
    using In = Image<32, 32, 3>;
    const auto features =
        forward<RandomLayer>(initial<RandomLayer, In>(seed{0}), rows<In>(all.images), study.options("random layer"));
    return {fmt::format("CIFAR-10, {} features of a random layer", features.cols()),
            normalised(converted<double>(features)), std::move(all.labels), pool, choosing};
}

}  // namespace wide::examples
