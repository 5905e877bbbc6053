#pragma once
// Wide networks are linear in their parameters as far as training takes them, unless something narrow or nonlinear
// stands behind the wide layer.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <wide/wide.hpp>

#include "../data.hpp"
#include "../study.hpp"
#include "samples.hpp"

namespace wide::examples {

template <std::size_t m>
struct Rectified : Serial<Dense<m>, Relu, Dense<1>> {};
template <std::size_t m>
struct Smooth : Serial<Dense<m>, Tanh, Dense<1>> {};
template <std::size_t m>
struct NonlinearOutput : Serial<Dense<m>, Tanh, Dense<1>, Tanh> {};
template <std::size_t m>
struct Bottleneck : Serial<Dense<m>, Tanh, Dense<1>, Tanh, Dense<m>, Tanh, Dense<1>> {};

/// Of the weights behind the wide layer, at the beginning.
enum class Signs : unsigned char { random, positive };

struct Linearity {
    double hessian = 0;  ///< |H_f| at one sample
    double moved = 0;    ///< |K_t - K_0| / |K_0| from beginning to end of training
    double exact = 0;    ///< largest relative error of |H_f| = |x| / sqrt(m d)
};

/// Mean over some networks.
template <class Net>
Linearity linearity_of(const Samples& data, double width, std::uint64_t networks, std::size_t epochs, Signs signs) {
    const auto x = rows<Point>(data.images), first = rows<Point>(data.images.data(), 1);
    Matrix<double> one(1, 1);
    one(0, 0) = 1;
    double square = 0;
    for (const double coordinate : data.images.row(0)) square += coordinate * coordinate;
    const double predicted = std::sqrt(square / (width * static_cast<double>(x.width)));
    Linearity mean;
    for (std::uint64_t k = 0; k < networks; ++k) {
        auto theta = initial<Net, Point, double>(seed{k});
        if (signs == Signs::positive)
            for (double& weight : theta.leaf(1)) weight = std::abs(weight);
        const double norm = hessian_norm<Net>(theta, first, one, {.tolerance = 1e-6});
        const Matrix<double> K = empirical_ntk<Net>(theta, x);
        const auto run = train<Net>(theta, x, halves(data.labels),
                                    training{.epochs = epochs, .rate = 0.1 * max_learning_rate(K), .centred = true});
        mean.hessian += norm / static_cast<double>(networks);
        mean.moved += relative_change(empirical_ntk<Net>(run.parameters, x), K) / static_cast<double>(networks);
        mean.exact = std::max(mean.exact, std::abs(norm / predicted - 1));
    }
    return mean;
}

struct Effort {
    std::uint64_t networks;
    std::size_t epochs;
};
inline Effort effort(const Study& study) { return study.size<Effort>({{20, 100}, {20, 300}, {50, 1000}}); }

/// The same for some widths.
struct ByWidth {
    Curve hessian, moved;
    double exact = 0;

    [[nodiscard]] double hessian_slope() const { return slope_of_logarithms(hessian.x, hessian.y); }
    [[nodiscard]] double moved_slope() const { return slope_of_logarithms(moved.x, moved.y); }
};

template <template <std::size_t> class Net>
ByWidth by_width(const Study& study, const char* name, Signs signs = Signs::random) {
    const auto [networks, epochs] = effort(study);
    const Samples data = two_classes(32, 10, 1);
    const Curve empty{.name = name, .dashed = signs == Signs::positive, .points = true};
    ByWidth made{empty, empty};
    const auto bar = study.options(name).progress;
    const auto add = [&]<std::size_t m>(std::integral_constant<std::size_t, m>) {
        const auto width = static_cast<double>(m);
        const Linearity found = linearity_of<Net<m>>(data, width, networks, epochs, signs);
        made.hessian.add(width, found.hessian);
        made.moved.add(width, found.moved);
        made.exact = std::max(made.exact, found.exact);
        bar(made.moved.x.size(), 3);
    };
    add(std::integral_constant<std::size_t, 64>{});
    add(std::integral_constant<std::size_t, 512>{});
    add(std::integral_constant<std::size_t, 4096>{});
    return made;
}

inline void transition_to_linearity(Study& study) {
    const auto [networks, epochs] = effort(study);
    Table& table = study.table(
        fmt::format("Transition to linearity, networks of width 64, 512, 4096, mean of {}: norm of the Hessian at a "
                    "sample, and relative change of the kernel in {} steps of training; 32 samples in 50 dimensions",
                    networks, epochs),
        {"network", "|H|", "slope", "predicted", "change of K", "slope", "predicted"});
    Plot hessians{.title = "Transition to linearity: the Hessian",
                  .x = "width",
                  .y = "norm of the Hessian",
                  .log_x = true,
                  .log_y = true};
    Plot kernels{.title = "Transition to linearity: the kernel",
                 .x = "width",
                 .y = "relative change in training",
                 .log_x = true,
                 .log_y = true};
    const auto report = [&](const ByWidth& of, const char* of_hessian, const char* of_kernel) {
        const auto three = [](const std::vector<double>& y) {
            return fmt::format("{:.4f}, {:.4f}, {:.4f}", y[0], y[1], y[2]);
        };
        table.row(of.hessian.name, three(of.hessian.y), fmt::format("{:.3f}", of.hessian_slope()), of_hessian,
                  three(of.moved.y), fmt::format("{:.3f}", of.moved_slope()), of_kernel);
        hessians.curves.push_back(of.hessian);
        kernels.curves.push_back(of.moved);
    };
    const auto near = [](double slope, double expected) { return std::abs(slope - expected) <= 0.1; };

    const ByWidth relu = by_width<Rectified>(study, "ReLU");
    report(relu, "-1/2", "-3/4");
    study.claim(relu.exact <= 1e-10, "ReLU: |H| = |x| / sqrt(m d) for every network, to {:.0e}", relu.exact);

    // A kernel's change is bounded by |H|. It falls as that does where all units change it in the same sense.
    const ByWidth positive = by_width<Rectified>(study, "ReLU, positive output weights", Signs::positive);
    report(positive, "-1/2", "-1/2");
    study.claim(near(positive.moved_slope(), -0.5),
                "ReLU, positive output weights: the kernel's change falls with slope {:.3f}, -1/2 within 0.1",
                positive.moved_slope());

    // Of a smooth nonlinearity the unit with the largest weight says how large H is, and of m normal weights that
    // grows as sqrt(2 log m).
    const ByWidth smooth = by_width<Smooth>(study, "tanh");
    report(smooth, "sqrt(log m / m)", "-1");
    std::vector<double> without;
    for (std::size_t k = 0; k < smooth.hessian.x.size(); ++k)
        without.push_back(smooth.hessian.y[k] / std::sqrt(std::log(smooth.hessian.x[k])));
    const double corrected = slope_of_logarithms(smooth.hessian.x, without);
    study.claim(near(corrected, -0.5), "tanh: |H| / sqrt(log m) falls with slope {:.3f}, -1/2 within 0.1", corrected);

    // With signs at random, units change the kernel up and down, so that of their m changes of the order of m^(-3/2)
    // about sqrt(m) remain: 1/m. Of ReLU's, each of the order of 1/m, only the units matter that cross the kink,
    // sqrt(m) of them, and the root of that remains: m^(-3/4).
    study.claim(near(smooth.moved_slope(), -1) && near(relu.moved_slope(), -0.75),
                "at random signs the kernel's change falls faster: slope {:.3f} (tanh), -1 within 0.1, and {:.3f} (ReLU), "
                "-3/4 within 0.1",
                smooth.moved_slope(), relu.moved_slope());

    const auto control = [&](const ByWidth& of) {
        report(of, "0", "0");
        study.claim(of.hessian_slope() > -0.2 && of.moved_slope() > -0.2,
                    "{}: neither |H| nor the kernel's change decays: slopes {:.3f} and {:.3f}, above -0.2",
                    of.hessian.name, of.hessian_slope(), of.moved_slope());
    };
    control(by_width<NonlinearOutput>(study, "tanh, and tanh on the output"));
    control(by_width<Bottleneck>(study, "tanh, bottleneck of width 1"));
    study.difference(
        "the source has m^(-1/2) as a bound of the kernel's change, too; that it falls faster at random signs, and why, is "
        "not in it");
    study.picture(std::move(hessians));
    study.picture(std::move(kernels));
}

}  // namespace wide::examples
