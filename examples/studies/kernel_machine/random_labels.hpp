#pragma once
// Labels that say nothing of the true ones, and what is left as they take their place.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <wide/wide.hpp>

#include "../data.hpp"
#include "../study.hpp"
#include "kernels.hpp"

namespace wide::examples {

/// Drawn so that they say nothing of the true labels: in each class as many of every label as it has room for.
inline Labels random_labels(const Labels& truth) {
    Labels drawn(truth.size());
    for (std::size_t c = 0; c < classes; ++c) {
        Places members;
        for (std::size_t i = 0; i < truth.size(); ++i)
            if (truth[i] == static_cast<int>(c)) members.push_back(i);
        const Places order = shuffled(members.size(), seed{0}, static_cast<std::uint32_t>(c));
        for (std::size_t k = 0; k < members.size(); ++k)
            drawn[members[order[k]]] = static_cast<int>((k + c) % classes);
    }
    return drawn;
}

/// From labels that mean something to labels that don't.
inline void from_clean_to_random(Study& study, const TrainAndTest<double>& data,
                                 const std::vector<std::pair<std::string, const Kernel*>>& kernels) {
    constexpr std::size_t quarters = 4;
    const Labels noise = random_labels(data.train.labels);
    std::vector<Labels> labels(quarters + 1, data.train.labels);
    // Images come in no order: the first of them are as good as any.
    for (std::size_t part = 0; part <= quarters; ++part)
        std::copy_n(noise.begin(), noise.size() * part / quarters, labels[part].begin());
    Table& table = study.table(
        "Part of the labels random, interpolated without ridge: per cent of the test images right; of the "
        "training images all are",
        {"kernel", "0 % random", "25 %", "50 %", "75 %", "100 %"});
    Plot plot{.title = "Fashion-MNIST: test images right, training images all right",
              .x = "random labels, %",
              .y = "accuracy, %"};
    double least = 100;
    for (const auto& [name, kernel] : kernels) {
        std::vector<std::string> cells{name};
        Curve curve{.name = name, .points = true};
        for (std::size_t part = 0; part <= quarters; ++part) {
            const auto fit = interpolate(kernel->K, labels[part]);
            least = std::min(least, accuracy(fit.predict(kernel->K), labels[part]));
            curve.add(100.0 * static_cast<double>(part) / quarters,
                      accuracy(fit.predict(kernel->Kz), data.test.labels));
            cells.push_back(percent(curve.y.back()));
        }
        table.row(cells);
        plot.curves.push_back(std::move(curve));
    }
    study.claim(least == 100,
                "whatever part of the labels is random, every training image is fitted: {:.2f} % at least", least);
    study.picture(std::move(plot));
}

}  // namespace wide::examples
