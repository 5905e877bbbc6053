#pragma once
// CIFAR2: linearised at trained parameters, and how many images a network needs to win.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <fmt/format.h>
#include <wide/wide.hpp>

#include "../data.hpp"
#include "../study.hpp"
#include "tasks.hpp"

namespace wide::examples {

/// J delta is trained, without the outputs f(theta) that the tangent starts from.
template <class Net, class In>
void linearised_at_trained(Study& study, const Task& task, const Parameters<Net, In>& trained, std::size_t epochs) {
    const auto theta = initial<Net, In>(seed{42});
    const auto x = task.train_rows<In>(), z = task.test_rows<In>();
    const auto y = task.train_labels();
    Table& table =
        study.table("Perceptron on CIFAR2, linearised without its outputs, J delta: test accuracy in per cent",
                    {"learning rate", "at the initial parameters", "reference", "at trained ones", "reference"});
    double worst = 100;
    Plot plot{.title = "CIFAR2: the perceptron linearised at initial and at trained parameters",
              .x = "epoch",
              .y = "training loss",
              .log_y = true};
    for (const double rate :
         study.size<std::vector<double>>({{0.005}, {0.05, 0.005, 0.0005}, {0.05, 0.005, 0.0005}})) {
        const auto at = [&](const Parameters<Net, In>& where, const char* name, bool first) {
            auto how = recipe(x.count, epochs, rate);
            how.centred = true;
            const auto line =
                train_linearized<Net>(where, x, y, how, study.options(fmt::format("{}, rate {}", name, rate)));
            Curve& curve = plot.curves.emplace_back(
                Curve{.name = fmt::format("{}, rate {}", name, rate), .dashed = first, .same_colour = !first});
            for (std::size_t e = 0; e < line.loss.size(); ++e) curve.add(static_cast<double>(e + 1), line.loss[e]);
            return task.accuracy(jvp<Net>(where, line.parameters, z).tangent);
        };
        const double at_initial = at(theta, "initial", true), at_trained = at(trained, "trained", false);
        worst = std::min(worst, at_trained - at_initial);
        table.row(rate, fmt::format("{:.1f}", at_initial), "58.9-60.3", fmt::format("{:.1f}", at_trained),
                  "62.3-64.2");
    }
    study.claim(
        worst > 0,
        "linearised at trained parameters it learns CIFAR2 better than at the initial ones, by {:.1f} points at "
        "least",
        worst);
    study.picture(std::move(plot));
}

/// `of_all`: what was learnt of all images.
template <class Net, class In>
void gap_by_images(Study& study, const Task& task, const Both<Net, In>& of_all, std::size_t epochs) {
    const auto theta = initial<Net, In>(seed{42});
    const std::size_t tests = task.samples.rows() - task.train;
    Table& table = study.table("Perceptron on CIFAR2 by the number of training images: test accuracy in per cent",
                               {"images", "network", "linearised", "gap"});
    Curves curves;
    const auto report = [&](std::size_t count, const Both<Net, In>& both) {
        table.row(count, fmt::format("{:.1f}", both.network), fmt::format("{:.1f}", both.linearised),
                  fmt::format("{:+.1f}", both.network - both.linearised));
        curves.add(count, both);
    };
    for (const std::size_t count : {task.train / 8, task.train / 4, task.train / 2}) {
        Matrix<float> some(count + tests, task.samples.cols()), labels(count + tests, 1);
        for (std::size_t i = 0; i < some.rows(); ++i) {
            const std::size_t from = i < count ? i : task.train + i - count;
            std::ranges::copy(task.samples.row(from), some.row(i).begin());
            labels(i, 0) = task.labels(from, 0);
        }
        report(count, learn<Net, In>(theta, {some, count, std::move(labels)}, epochs, study,
                                     fmt::format("{} images", count)));
    }
    report(task.train, of_all);
    study.picture(curves.plot("CIFAR2: the perceptron and its linearisation", "training images"));
}

}  // namespace wide::examples
