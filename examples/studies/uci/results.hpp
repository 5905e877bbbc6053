#pragma once
// What was found, as tables and claims.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "../study.hpp"
#include "machines.hpp"
#include "published.hpp"

namespace wide::examples {

struct Result {
    std::string name;
    std::size_t rows, features, classes;
    double row_held_out, row_of_validation;  ///< what one is worth, per cent
    Choice network = {}, radial = {}, linear = {};
    Count machines = {};  ///< all that were trained
    double seconds = 0;
};

inline void each_set(Study& study, const std::vector<Result>& results) {
    Table& table = study.table("Each set: the network chosen, and accuracy over the four splits, per cent",
                               {"set", "rows", "features", "classes", "layers, fixed", "C", "validation", "NTK",
                                "reference", "Gaussian", "linear", "gave up", "seconds"});
    std::size_t known = 0, exact = 0, near = 0, known_choices = 0, same_choices = 0;
    std::string others;
    for (const Result& one : results) {
        const auto* const reference = std::ranges::find(known_sets, one.name, &KnownSet::name);
        const bool is_known = reference != std::end(known_sets);
        const Choice& chosen = one.network;
        table.row(one.name, one.rows, one.features, one.classes, chosen.kernel, fmt::format("{:g}", chosen.C),
                  percent(chosen.validation), fmt::format("{:.4f}", chosen.test),
                  is_known ? fmt::format("{:.4f}", reference->test) : "", percent(one.radial.test),
                  percent(one.linear.test), one.machines.gave_up, fmt::format("{:.1f}", one.seconds));
        if (!is_known) continue;
        constexpr double rounding = 1e-4;
        const double apart = std::abs(chosen.test - reference->test);
        ++known;
        near += apart < one.row_held_out + rounding;
        exact += apart < rounding;
        if (apart >= rounding)
            others += fmt::format("; {} {:.4f}, not {:.4f}", one.name, chosen.test, reference->test);
        if (reference->kernel.empty()) continue;
        ++known_choices;
        same_choices += chosen.kernel == reference->kernel && chosen.C == reference->C &&
                        std::abs(chosen.validation - reference->validation) < one.row_of_validation + rounding;
    }
    study.claim(near == known, "{} of {} sets whose accuracy is known agree to a row a split, {} to every digit{}",
                near, known, exact, others);
    study.claim(same_choices == known_choices,
                "{} of {} sets whose choice is known: the same layers and C, validation accuracies within a row",
                same_choices, known_choices);
}

inline void means(Study& study, const std::vector<Result>& results, std::size_t most_rows) {
    for (const KnownMean& known : known_means) {
        if (known.rows > most_rows) break;
        std::vector<double> accuracies;
        for (const Result& one : results)
            if (one.rows <= known.rows && std::ranges::find(not_run, one.name) == not_run.end())
                accuracies.push_back(one.network.test);
        const double mean = Spread(accuracies).mean;
        study.claim(accuracies.size() == known.sets && std::abs(mean - known.mean) <= 0.1,
                    "{} sets of at most {} rows: {:.2f} %, within 0.1 points of {:.2f} %", accuracies.size(),
                    known.rows, mean, known.mean);
    }
}

inline void each_classifier(Study& study, const std::vector<Result>& results) {
    constexpr const Choice Result::*machines[] = {&Result::network, &Result::radial, &Result::linear};
    Table& table = study.table(fmt::format("{} sets: mean accuracy; share of sets within 90 and 95 % of the best of "
                                           "these three; mean part of the best",
                                           results.size()),
                               {"classifier", "mean, %", "P90", "P95", "PMA", "published, 90 sets (recalled)", "P90",
                                "P95", "PMA, best of 179"});
    std::vector<double> mean;
    for (std::size_t k = 0; k < std::size(machines); ++k) {
        std::vector<double> accuracies, parts;
        for (const Result& one : results) {
            accuracies.push_back((one.*machines[k]).test);
            parts.push_back(100 * accuracies.back() / std::max({one.network.test, one.radial.test, one.linear.test}));
        }
        const Spread accuracy(accuracies), part(parts);
        const auto above = [&](double bound) {
            return percent(100 *
                           static_cast<double>(std::ranges::count_if(parts, [=](double p) { return p > bound; })) /
                           static_cast<double>(parts.size()));
        };
        const PublishedClassifier& published = published_classifiers[k];
        table.row(published.name, percent(accuracy.mean, accuracy.deviation), above(90), above(95),
                  percent(part.mean, part.deviation),
                  published.mean > 0 ? percent(published.mean, published.deviation) : "-", published.p90, published.p95,
                  published.pma);
        mean.push_back(accuracy.mean);
    }
    const double expected = published_classifiers[0].mean;
    if (results.size() == published_sets)
        study.claim(std::abs(mean[0] - expected) <= 0.1,
                    "NTKs: {:.2f} % on the mean of all {} sets, within 0.1 points of the published {:.2f} %", mean[0],
                    results.size(), expected);
    study.claim(mean[0] > mean[1] && mean[1] > mean[2],
                "on the mean NTKs do better than Gaussians, and those than linear machines: {:.2f}, {:.2f}, {:.2f} %",
                mean[0], mean[1], mean[2]);
}

/// A point a set and kernel; above the diagonal the kernel gains on the linear machine.
inline void against_linear(Study& study, const std::vector<Result>& results) {
    Plot plot{.title = fmt::format("{} UCI sets, accuracy over the four splits", results.size()),
              .x = "linear SVM, %",
              .y = "SVM on a kernel, %",
              .curves = {{.name = "NTK", .line = false},
                         {.name = "Gaussian", .line = false},
                         {.name = "as good as linear", .dashed = true}}};
    for (const Result& one : results) {
        plot.curves[0].add(one.linear.test, one.network.test);
        plot.curves[1].add(one.linear.test, one.radial.test);
    }
    for (const double end : {*std::ranges::min_element(plot.curves[0].x), 100.0}) plot.curves[2].add(end, end);
    study.picture(std::move(plot));
}

}  // namespace wide::examples
