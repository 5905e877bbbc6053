#pragma once
// What is learnt: independent normal numbers, with labels of a random function and noise.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <wide/wide.hpp>

#include "../data.hpp"
#include "../study.hpp"

namespace wide::examples {

/// How many samples there are for each dimension, in this run and as published.
inline void by_dimension(Study& study, const char* name, std::size_t p, const std::vector<std::size_t>& counts,
                         const char* published) {
    if (study.run() == Study::Run::full) return;
    const auto share = [p](std::size_t n) { return static_cast<double>(n) / static_cast<double>(p); };
    const std::string reached = counts.size() > 1
                                    ? fmt::format("from {:.2g} to {:.2g}", share(counts.front()), share(counts.back()))
                                    : fmt::format("= {:.2g}", share(counts.front()));
    study.difference("{}: p = {}, n / p {}; published {}; --full runs that", name, p, reached, published);
}

/// Labels of a random deep network and noise. In the paper first layers are not scaled: kernels and labels' squares
/// are of the order of p. Here all are divided by p, ridges and noise as well; errors are shown as they are there.
inline constexpr double noise_variance = 0.1, ridge_of_network = 5e-3;
struct Teacher : Serial<Repeat<2, Dense<100, He>, Relu>, Dense<1>> {};

struct Samples {
    Matrix<float> x, z, y = {}, yz = {};
};

/// Training and test labels: what `truth` says of samples, and noise.
template <class Truth>
Samples labelled(Samples of, const Truth& truth, double variance, std::uint64_t draw) {
    const auto noisy = [&](const Matrix<float>& x, std::uint32_t stream) {
        Matrix<float> y = truth(x);
        const Matrix<float> noise = normal_numbers<float>(x.rows(), 1, seed{draw}, stream);
        for (std::size_t i = 0; i < y.rows(); ++i) y(i, 0) += static_cast<float>(std::sqrt(variance)) * noise(i, 0);
        return y;
    };
    of.y = noisy(of.x, 2);
    of.yz = noisy(of.z, 3);
    return of;
}

/// n training samples and some test samples of independent standard normal numbers.
inline Samples normal_samples(std::size_t n, std::size_t tests, std::size_t p, std::uint64_t draw) {
    return {normal_numbers<float>(n, p, seed{draw}, 0), normal_numbers<float>(tests, p, seed{draw}, 1)};
}

template <std::size_t p>
Samples taught(std::size_t n, std::uint64_t draw) {
    constexpr std::size_t tests = 1000;
    const auto teacher = initial<Teacher, Vector<p>>(seed{1000 + draw});
    const auto truth = [&](const Matrix<float>& x) { return forward<Teacher>(teacher, rows<Vector<p>>(x)); };
    return labelled(normal_samples(n, tests, p, draw), truth, noise_variance / p, draw);
}

}  // namespace wide::examples
