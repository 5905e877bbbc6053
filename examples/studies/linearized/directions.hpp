#pragma once
// Neural anisotropy directions: the directions of input space along which a network finds classes easiest.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <wide/wide.hpp>

#include "../data.hpp"
#include "../study.hpp"
#include "tasks.hpp"

namespace wide::examples {

template <std::size_t side>
using Gray = Image<side, side, 1>;

/// Directions, one a row, and their squared singular values. The mixed derivative of f by parameters and pixel i is a
/// difference of gradients at +h e_i and -h e_i; inner products of gradients are the empirical NTK.
template <class Net, std::size_t side>
Eigenpairs<double> anisotropy_directions(const Parameters<Net, Gray<side>, double>& theta, const options& how) {
    constexpr std::size_t pixels = side * side;
    constexpr double h = 1e-3;
    Matrix<double> around(2 * pixels, pixels);
    for (std::size_t i = 0; i < pixels; ++i) around(i, i) = h, around(pixels + i, i) = -h;
    const Matrix<double> K = empirical_ntk<Net>(theta, rows<Gray<side>>(around), how);
    Matrix<double> mixed(pixels, pixels);
    for (std::size_t i = 0; i < pixels; ++i)
        for (std::size_t j = 0; j < pixels; ++j)
            mixed(i, j) = (K(i, j) - K(pixels + i, j) - K(i, pixels + j) + K(pixels + i, pixels + j)) / (4 * h * h);
    return top_eigenpairs(mixed, pixels);
}

/// x = y v / 2 + noise of deviation 1 across v.
inline std::pair<Matrix<float>, Matrix<float>> two_sides(std::span<const double> v, std::size_t count,
                                                         std::uint64_t from) {
    const Matrix<double> noise = normal_numbers<double>(count, v.size() + 1, seed{from});
    Matrix<float> samples(count, v.size()), labels(count, 1);
    for (std::size_t i = 0; i < count; ++i) {
        const double y = noise(i, v.size()) > 0 ? 1 : -1;
        double along = 0;
        for (std::size_t k = 0; k < v.size(); ++k) along += noise(i, k) * v[k];
        for (std::size_t k = 0; k < v.size(); ++k)
            samples(i, k) = static_cast<float>(noise(i, k) + (y / 2 - along) * v[k]);
        labels(i, 0) = static_cast<float>(y);
    }
    return {std::move(samples), std::move(labels)};
}

template <std::size_t side>
void directions(Study& study) {
    using Net = LeNet<Gelu>;
    constexpr std::size_t last = side * side - 1;  // the last that the paper shows
    const auto theta = initial<Net, Gray<side>>(seed{42});
    const auto [squares, vectors] =
        anisotropy_directions<Net, side>(initial<Net, Gray<side>, double>(seed{42}), study.options("directions"));
    const auto indices = study.size<std::vector<std::size_t>>(
        {{1, 16, last}, {1, 4, 16, 64, last}, {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, last}});
    const auto train_count = study.size<std::size_t>({2000, 5000, 10'000}),
               test_count = study.size<std::size_t>({1000, 2000, 10'000});
    const auto epochs = study.size<std::size_t>({10, 20, 100});
    Table& table = study.table(
        fmt::format(
            "Neural anisotropy directions of LeNet with GeLU, {0} x {0}: two classes along one direction, {1} "
            "training and {2} test samples, {3} epochs. Test accuracy in per cent",
            side, train_count, test_count, epochs),
        {"direction", "singular value", "network", "linearised"});
    Curves curves;
    std::vector<double> values;
    for (const std::size_t j : indices) {
        auto [samples, labels] = two_sides(vectors.row(j - 1), train_count + test_count, j);
        const auto both = learn<Net, Gray<side>>(theta, {samples, train_count, std::move(labels)}, epochs, study,
                                                 fmt::format("direction {}", j));
        curves.add(j, both);
        values.push_back(std::sqrt(std::max(squares[j - 1], 0.0) / squares[0]));
        table.row(j, values.back(), fmt::format("{:.1f}", both.network), fmt::format("{:.1f}", both.linearised));
    }
    const std::vector<double>&network = curves.network.y, &linearised = curves.linearised.y;
    const double ranked = std::min(rank_correlation(network, values), rank_correlation(linearised, values));
    study.claim(ranked >= 0.8,
                "directions: singular values rank them for both, rank correlation with accuracy {:.2f}, at least 0.8",
                ranked);
    const double apart = std::min(network.front() - network.back(), linearised.front() - linearised.back());
    study.claim(apart >= 25, "both learn the first direction better than the last, by {:.1f} points, at least 25",
                apart);
    study.picture(curves.plot("LeNet: two classes along one of its neural anisotropy directions", "direction"));
}

}  // namespace wide::examples
