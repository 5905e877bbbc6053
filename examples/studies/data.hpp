#pragma once
// The data sets of the studies, each as a training and a test part, and numbers that are made up. What is not on this machine
// ends the study: missing_data.
#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <wide/infer/classes.hpp>
#include <wide/infer/regress.hpp>
#include <wide/io/cifar.hpp>
#include <wide/io/mnist.hpp>
#include <wide/io/standardize.hpp>
#include <wide/run/random.hpp>
#include <wide/run/shuffled.hpp>

#include "study.hpp"

namespace wide::examples {

using Places = std::vector<std::size_t>;

template <class T>
struct TrainAndTest {
    LabelledImages<T> train, test;
};

/// Independent standard normal numbers; another stream of the same seed has others.
template <std::floating_point T>
[[nodiscard]] Matrix<T> normal_numbers(std::size_t rows, std::size_t columns, seed from, std::uint32_t stream = 0) {
    const Random random(from, stream);
    Matrix<T> made(rows, columns);
    for (std::size_t k = 0; k < made.size(); k += 2) {
        const auto pair = random.normal_pair(k / 2);
        made.data()[k] = static_cast<T>(pair[0]);
        if (k + 1 < made.size()) made.data()[k + 1] = static_cast<T>(pair[1]);
    }
    return made;
}

/// Samples `first` to `first + count`, copied.
template <class T>
[[nodiscard]] LabelledImages<T> some_of(const LabelledImages<T>& all, std::size_t first, std::size_t count) {
    if (first + count > all.labels.size())
        throw missing_data(fmt::format("images {} to {} are needed, but here are only {}: put the whole data set there",
                                       first, first + count, all.labels.size()));
    LabelledImages<T> made{Matrix<T>(count, all.images.cols()), {}};
    for (std::size_t i = 0; i < count; ++i)
        std::copy_n(all.images.row(first + i).data(), all.images.cols(), made.images.row(i).data());
    made.labels.assign(all.labels.begin() + static_cast<std::ptrdiff_t>(first),
                       all.labels.begin() + static_cast<std::ptrdiff_t>(first + count));
    return made;
}

/// `count` images, or all if there are fewer: the first of class 0, of class 1 ... 9, the second of class 0, and on. So any
/// number of the first of them is balanced.
template <class T>
[[nodiscard]] LabelledImages<T> class_by_class(const LabelledImages<T>& all, std::size_t count) {
    std::vector<std::vector<std::size_t>> members(10);
    for (std::size_t i = 0; i < all.labels.size(); ++i) members.at(static_cast<std::size_t>(all.labels[i])).push_back(i);
    count = std::min(count, all.labels.size());
    LabelledImages<T> chosen{Matrix<T>(count, all.images.cols()), {}};
    for (std::size_t k = 0; chosen.labels.size() < count; ++k)
        for (const std::vector<std::size_t>& of_class : members) {
            if (k >= of_class.size() || chosen.labels.size() == count) continue;
            std::ranges::copy(all.images.row(of_class[k]), chosen.images.row(chosen.labels.size()).begin());
            chosen.labels.push_back(all.labels[of_class[k]]);
        }
    return chosen;
}

/// One set of labelled images behind another.
template <class T>
[[nodiscard]] LabelledImages<T> joined(const LabelledImages<T>& a, const LabelledImages<T>& b) {
    LabelledImages<T> both{Matrix<T>(a.images.rows() + b.images.rows(), a.images.cols()), a.labels};
    std::copy_n(a.images.data(), a.images.size(), both.images.data());
    std::copy_n(b.images.data(), b.images.size(), both.images.data() + a.images.size());
    both.labels.insert(both.labels.end(), b.labels.begin(), b.labels.end());
    return both;
}

/// `each` places of every class, drawn without replacement; class by class. Another `draw` of the same seed has others.
[[nodiscard]] inline Places drawn_of_each_class(std::span<const int> labels, std::size_t each, seed from,
                                                std::size_t draw) {
    std::map<int, Places> members;
    for (std::size_t i = 0; i < labels.size(); ++i) members[labels[i]].push_back(i);
    Places drawn;
    std::size_t stream = draw * members.size();
    for (const auto& [label, of_class] : members) {
        if (of_class.size() < each)
            throw missing_data(fmt::format("{} images of class {} are needed, but here are only {}", each, label,
                                           of_class.size()));
        const Places order = shuffled(of_class.size(), from, static_cast<std::uint32_t>(stream++));
        for (std::size_t k = 0; k < each; ++k) drawn.push_back(of_class[order[k]]);
    }
    return drawn;
}

/// A fraction of the labels drawn anew from all classes: some of those are as before.
[[nodiscard]] inline std::vector<int> redrawn(std::vector<int> labels, double fraction, std::size_t classes, seed from) {
    const Random which(from, 0), what(from, 1);
    for (std::size_t i = 0; i < labels.size(); ++i)
        if (which.uniform(i) < fraction) labels[i] = static_cast<int>(what.below(classes, i));
    return labels;
}

template <std::floating_point T>
[[nodiscard]] Matrix<T> difference(Matrix<T> f, const Matrix<T>& g) {
    for (std::size_t k = 0; k < f.size(); ++k) f.data()[k] -= g.data()[k];
    return f;
}

/// Of |f|^2, and of |f - g|^2: means over rows.
template <std::floating_point T>
[[nodiscard]] double mean_square(const Matrix<T>& f) {
    double sum = 0;
    for (std::size_t k = 0; k < f.size(); ++k) sum += static_cast<double>(f.data()[k]) * static_cast<double>(f.data()[k]);
    return sum / static_cast<double>(f.rows());
}
template <std::floating_point T>
[[nodiscard]] double mean_square(const Matrix<T>& f, const Matrix<T>& g) {
    return mean_square(difference(f.copy(), g));
}

/// Each row divided by its length.
template <std::floating_point T>
void to_length_one(Matrix<T>& rows) {
    for (std::size_t i = 0; i < rows.rows(); ++i) {
        T square = 0;
        for (const T number : rows.row(i)) square += number * number;
        for (T& number : rows.row(i)) number /= std::sqrt(square);
    }
}

/// The least norm that gives every image its label, one of ten: targets are 0.9 and -0.1, as published (Arora et al. 2019).
[[nodiscard]] inline Fit<double> interpolate(const Matrix<double>& K, std::span<const int> labels) {
    return regress(K, one_hot<double>(labels, 10, 0.9, -0.1));
}

/// Of what fits y exactly, its norm in the kernel's own space: the root of tr(y^T K^-1 y), of some columns of y.
[[nodiscard]] inline double norm_of_fit(const Matrix<double>& y, const Matrix<double>& weights, std::size_t first,
                                        std::size_t count) {
    double square = 0;
    for (std::size_t i = 0; i < y.rows(); ++i)
        for (std::size_t c = first; c < first + count; ++c) square += y(i, c) * weights(i, c);
    return std::sqrt(square);
}

/// MNIST's 10,000 test images, of which both parts are made: the first `train`, and the `test` that follow `from`.
template <class T>
[[nodiscard]] TrainAndTest<T> mnist_halves(const Study& study, std::size_t train, std::size_t from, std::size_t test) {
    const auto all = mnist<T>(data_split::test, study.data());
    if (!all) throw missing_data(missing_mnist(data_split::test, study.data()));
    return {some_of(*all, 0, train), some_of(*all, from, test)};
}

template <class T>
[[nodiscard]] TrainAndTest<T> fashion(const Study& study, std::size_t train, std::size_t test) {
    auto first = fashion_mnist<T>(data_split::train, study.data(), train);
    if (!first) throw missing_data(missing_fashion_mnist(data_split::train, study.data()));
    auto second = fashion_mnist<T>(data_split::test, study.data(), test);
    if (!second) throw missing_data(missing_fashion_mnist(data_split::test, study.data()));
    return {std::move(*first), std::move(*second)};
}

/// CIFAR-10, as much of it as is there, channels standardised by all training images (Arora et al. 2019).
template <class T>
[[nodiscard]] TrainAndTest<T> cifar(const Study& study) {
    auto train = cifar10<T>(data_split::train, study.data());
    if (!train) throw missing_data(missing_cifar10(data_split::train, study.data()));
    auto test = cifar10<T>(data_split::test, study.data());
    if (!test) throw missing_data(missing_cifar10(data_split::test, study.data()));
    const ChannelMoments moments = channel_moments(train->images, cifar10_channels);
    standardize(train->images, moments);
    standardize(test->images, moments);
    return {std::move(*train), std::move(*test)};
}

}  // namespace wide::examples
