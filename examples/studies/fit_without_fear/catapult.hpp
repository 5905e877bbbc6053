#pragma once
// Learning rates above what a linear model bears: the loss grows until the curvature has fallen.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <wide/wide.hpp>

#include "../study.hpp"
#include "linearity.hpp"
#include "samples.hpp"

namespace wide::examples {

using Thrown = Rectified<512>;
inline constexpr double beyond_return = 1e8;  ///< a loss that is taken for infinite

/// Losses of gradient descent on the quadratic model of f - f0 at theta.
inline std::vector<double> descend_quadratic(const Parameters<Thrown, Point, double>& theta,
                                             const Rows<Point, double>& x, const Matrix<double>& y, double rate,
                                             std::size_t steps) {
    Parameters<Thrown, Point, double> delta;
    std::vector<double> losses;
    while (losses.size() < steps) {
        auto [value, model, second] = taylor<Thrown>(theta, delta, x);
        for (std::size_t i = 0; i < model.size(); ++i) model.data()[i] += second.data()[i] / 2;
        const auto [loss, cotangent] = loss_and_cotangent(squared{}, model, y);
        losses.push_back(loss);
        if (!(loss < beyond_return)) break;
        delta.axpy(-rate, vjp<Thrown>(theta, x, cotangent) += hessian_product<Thrown>(theta, delta, x, cotangent));
    }
    return losses;
}

/// The losses of a run in units of its first.
struct Flight {
    std::vector<double> losses;

    [[nodiscard]] bool returns() const { return losses.back() < beyond_return; }
    [[nodiscard]] double peak() const { return *std::ranges::max_element(losses) / losses.front(); }
    [[nodiscard]] double last() const { return losses.back() / losses.front(); }
    [[nodiscard]] std::string text() const {
        return returns() ? fmt::format("{:.3g}, {:.1e}", peak(), last()) : std::string("diverges");
    }
    [[nodiscard]] Curve curve(std::string name, bool dashed) const {
        Curve made{.name = std::move(name), .dashed = dashed, .same_colour = dashed};
        for (std::size_t k = 0; k < std::min<std::size_t>(losses.size(), 100); ++k)
            made.add(static_cast<double>(k), losses[k]);
        return made;
    }
};

inline void catapult(Study& study) {
    constexpr std::size_t steps = 300;  // some hundreds more, and losses are rounding errors
    const Samples data = two_classes(32, 2, 1);
    const auto x = rows<Point>(data.images);
    const Matrix<double> y = halves(data.labels);
    const auto theta = initial<Thrown, Point, double>(seed{0});
    const double critical = max_learning_rate(empirical_ntk<Thrown>(theta, x));
    Table& table = study.table(
        "Catapult: learning rate in units of 2 n / lambda_max(K_0); loss in units of the first, its largest and its "
        "last; ReLU, width 512, 32 samples",
        {"rate", "network", "rate in units of 2 n / lambda_max(K), at the end", "linearised", "quadratic"});
    Plot plot{.title = "Catapult: learning rates in units of the largest that a linear model bears",
              .x = "step",
              .y = "loss",
              .log_y = true};
    for (const double multiple : {0.5, 1.2, 1.5, 20.0}) {
        const double rate = multiple * critical;
        const training how{.epochs = steps, .rate = rate, .centred = true, .on_epoch = [](const auto& done) {
                               return done.loss < beyond_return ? after_epoch::go_on : after_epoch::stop;
                           }};
        Flight network{{1, HUGE_VAL}};
        double curvature = 0;
        try {
            const auto run = train<Thrown>(theta, x, y, how);
            network.losses = run.loss;
            curvature = rate / max_learning_rate(empirical_ntk<Thrown>(run.parameters, x));
        } catch (const diverged&) {
        }
        const Flight line{train_linearized<Thrown>(theta, x, y, how).loss},
            quadratic{descend_quadratic(theta, x, y, rate, steps)};
        table.row(multiple, network.text(), network.returns() ? fmt::format("{:.2f}", curvature) : "", line.text(),
                  quadratic.text());
        if (multiple < 1) {
            study.claim(std::is_sorted(network.losses.rbegin(), network.losses.rend()),
                        "below the critical rate ({}) the network's loss only falls", multiple);
            study.claim(std::abs(curvature / multiple - 1) < 0.1,
                        "and its curvature stays: {:.2f} of what the critical rate allows", curvature / multiple);
        } else if (multiple < 3) {
            study.claim(
                network.peak() > 2 && network.last() < 0.01 && curvature < 1,
                "above it ({}) the loss grows {:.3g}-fold and ends at {:.1e} of the first, as the curvature falls "
                "to {:.2f} of what this rate allows",
                multiple, network.peak(), network.last(), curvature);
            study.claim(!line.returns(), "the linearised network diverges at this rate");
            study.claim(quadratic.peak() > 2 && quadratic.last() < 0.01,
                        "the quadratic model is thrown and lands as the network: {:.3g}-fold, {:.1e}",
                        quadratic.peak(), quadratic.last());
        } else {
            study.claim(!network.returns(), "far above it ({}) the network diverges, too", multiple);
        }
        if (multiple != 0.5 && multiple != 1.5) continue;
        plot.curves.push_back(network.curve(fmt::format("network, {}", multiple), false));
        plot.curves.push_back(line.curve(fmt::format("linearised, {}", multiple), true));
        if (multiple > 1) plot.curves.push_back(quadratic.curve(fmt::format("quadratic model, {}", multiple), false));
    }
    study.picture(std::move(plot));
}

}  // namespace wide::examples
