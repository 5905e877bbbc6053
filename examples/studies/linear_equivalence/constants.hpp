#pragma once
// The linear model that a network is in high dimension, by the compiler: c0, c1, c2 from the kernel's type.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <wide/kernel_at.hpp>

#include "../study.hpp"

namespace wide::examples {

/// A function and its first two derivatives at 0.
struct Jet {
    double value, first, second;
};

/// By central differences of order 20: g is analytic where |t| < radius, and is asked up to half of that.
template <class Function>
constexpr Jet jet_at_zero(const Function& g, double radius) {
    constexpr int pairs = 10;
    const double step = radius / (2 * pairs), middle = g(0.0);
    Jet made{middle, 0, 0};
    double weight = pairs / (pairs + 1.0);
    for (int k = 1; k <= pairs; ++k) {
        const double t = k * step, right = g(t), left = g(-t);
        made.first += weight * (right - left) / t;
        made.second += 2 * weight * ((right - middle) + (left - middle)) / (t * t);
        weight *= -(pairs - k) / (pairs + k + 1.0);
    }
    return made;
}

struct Constants {
    double c0, c1, c2;
};

/// `g` is the kernel as a function of <x,z>/p, where |x|^2/p and |z|^2/p are tau; `squares` is tr Sigma^2 / p^2.
template <class Kernel>
constexpr Constants constants_of(const Kernel& g, double tau, double squares) {
    const Jet at = jet_at_zero(g, tau);
    return {g(tau) - at.value - tau * at.first, at.value + at.second * squares / 2, at.first};
}

/// Some hidden layers of ReLU. The width is that of the finite networks alone.
template <std::size_t layers, std::size_t width = 1>
struct Student : Serial<Repeat<layers, Dense<width, He>, Relu>, Dense<1>> {};

template <std::size_t layers>
constexpr double network_kernel(double t) {
    return kernel_at<Student<layers>>({.xx = 1, .xz = t, .zz = 1}).ntk;
}

/// g(0), g'(0), g''(0) and c0 of a network with some hidden layers.
struct Line {
    double value, first, second, c0;
};
template <std::size_t layers>
constexpr Line line_of() {
    const Jet at = jet_at_zero(network_kernel<layers>, 1);
    return {at.value, at.first, at.second, network_kernel<layers>(1) - at.value - at.first};
}
inline constexpr Line found_lines[] = {line_of<1>(), line_of<2>(), line_of<3>(), line_of<4>(), line_of<5>()};
inline constexpr Line reference_lines[] = {{0.318309886184, 1, 0.954929658551, 0.681690113816},
                                           {0.685708636283, 0.958113064251, 1.231113744360, 1.356178299466},
                                           {1.060388106803, 0.912573077387, 1.330181853150, 2.027038815811},
                                           {1.430390497210, 0.871478079743, 1.363427804181, 2.698131423047},
                                           {1.792195966845, 0.836121930934, 1.368653832509, 3.371682102221}};
constexpr bool agree(const Line& a, const Line& b) {
    constexpr double tolerance = 1e-10;
    return near(a.value, b.value, tolerance) && near(a.first, b.first, tolerance) &&
           near(a.second, b.second, tolerance) && near(a.c0, b.c0, tolerance);
}
static_assert(std::ranges::equal(found_lines, reference_lines, agree));

/// What one hidden layer is for samples of independent standard normal numbers.
template <std::size_t p>
constexpr Constants student_constants = constants_of(network_kernel<1>, 1, 1.0 / p);

/// The linear model as a network: its NTK is c1 + c2 <x,z>/p.
template <std::size_t p>
struct Linear
    : Serial<Dense<1, Weight<constant_sqrt(student_constants<p>.c2)>, Bias<constant_sqrt(student_constants<p>.c1)>>> {
};

inline void constants(Study& study) {
    Table& table = study.table("Constants of the ReLU NTK in units of K/p, by the compiler, the reference below each; it compiles "
                               "only where they are within 1e-10",
                               {"hidden layers", "g(0)", "g'(0)", "g''(0)", "c0"});
    const auto row = [&](const std::string& name, const Line& of) {
        std::vector<std::string> cells{name};
        for (const double value : {of.value, of.first, of.second, of.c0})
            cells.push_back(fmt::format("{:.12f}", value));
        table.row(cells);
    };
    std::vector<std::string> apart{"furthest apart"};
    for (std::size_t k = 0; k < std::size(found_lines); ++k) {
        row(fmt::format("{}", k + 1), found_lines[k]);
        row("", reference_lines[k]);
    }
    for (const auto value : {&Line::value, &Line::first, &Line::second, &Line::c0}) {
        double furthest = 0;
        for (std::size_t k = 0; k < std::size(found_lines); ++k)
            furthest = std::max(furthest, std::abs(found_lines[k].*value - reference_lines[k].*value));
        apart.push_back(fmt::format("{:.0e}", furthest));
    }
    table.row(std::move(apart));
}

}  // namespace wide::examples
