#pragma once
// Independent normal features, of which a model sees some: its error is known exactly.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include <fmt/format.h>
#include <wide/wide.hpp>

#include "../data.hpp"
#include "../study.hpp"

namespace wide::examples {

inline constexpr std::size_t samples = 40, dimensions = 100;
inline constexpr double noise_variance = 0.25;

/// E (y - <x, w>)^2 for a new x, where y = <x, beta> + noise, beta has D equal entries and length 1, and w is fitted
/// on p of x's D numbers. Infinite for n - 1 <= p <= n + 1.
inline double risk(std::size_t p) {
    const double n = samples, fitted = static_cast<double>(p), seen = fitted / dimensions,
                 rest = 1 - seen + noise_variance;
    if (p + 2 <= samples) return rest * (1 + fitted / (n - fitted - 1));
    if (p >= samples + 2) return seen * (1 - n / fitted) + rest * (1 + n / (fitted - n - 1));
    return std::numeric_limits<double>::infinity();
}

/// The same of one draw, for each p: what w misses of beta, and the noise.
inline std::vector<double> risks_of(std::uint64_t draw, const std::vector<std::size_t>& counts) {
    const double beta = 1 / std::sqrt(static_cast<double>(dimensions));
    const Matrix<double> x = normal_numbers<double>(samples, dimensions, seed{draw}, 0),
                         noise = normal_numbers<double>(samples, 1, seed{draw}, 1);
    Matrix<double> y(samples, 1);
    for (std::size_t i = 0; i < samples; ++i) {
        y(i, 0) = std::sqrt(noise_variance) * noise(i, 0);
        for (const double one : x.row(i)) y(i, 0) += beta * one;
    }
    std::vector<double> risks;
    for (const std::size_t p : counts) {
        Matrix<double> seen(samples, p);
        for (std::size_t i = 0; i < samples; ++i) std::copy_n(x.row(i).data(), p, seen.row(i).data());
        const Matrix<double> w = least_norm(seen, y);
        double error = noise_variance + static_cast<double>(dimensions - p) * beta * beta;
        for (std::size_t j = 0; j < p; ++j) error += (w(j, 0) - beta) * (w(j, 0) - beta);
        risks.push_back(error);
    }
    return risks;
}

inline void exact_law(Study& study) {
    const std::uint64_t draws = study.size<std::uint64_t>({.quick = 4000, .usual = 20'000, .full = 200'000});
    const std::vector<std::size_t> counts{10, 20, 30, 36, 45, 60, 80, 100};
    const char* const reference[] = {"1.548 +- .003", "2.141 +- .008", "4.10 +- .03",   "11.9 +- .3",
                                     "8.74 +- .12",   "2.206 +- .009", "1.313 +- .003", "1.022 +- .001"};
    std::vector<double> sum(counts.size()), square(counts.size());
    const options bar = study.options("independent features");
    for (std::uint64_t draw = 0; draw < draws; ++draw) {
        const std::vector<double> risks = risks_of(draw, counts);
        for (std::size_t k = 0; k < counts.size(); ++k) sum[k] += risks[k], square[k] += risks[k] * risks[k];
        bar.progress(draw + 1, draws);
    }
    Table& table = study.table(
        fmt::format(
            "Independent normal features, {} samples, p of {} features, noise {}: mean of {} draws against the law",
            samples, dimensions, noise_variance, draws),
        {"p", "law", "ours", "standard error", "reference (4000 draws)"});
    Curve law{.name = "law"}, measured{.name = "mean of the draws", .line = false};
    double worst = 0;
    for (std::size_t k = 0; k < counts.size(); ++k) {
        const double count = static_cast<double>(draws), mean = sum[k] / count,
                     deviation = std::sqrt((square[k] / count - mean * mean) / count);
        table.row(counts[k], fmt::format("{:.4f}", risk(counts[k])), fmt::format("{:.4f}", mean),
                  fmt::format("{:.4f}", deviation), reference[k]);
        worst = std::max(worst, std::abs(mean - risk(counts[k])) / deviation);
        measured.add(static_cast<double>(counts[k]), mean);
    }
    study.claim(worst < 4, "the exact law holds: no mean is more than {:.1f} standard errors away, at most 4", worst);
    for (std::size_t p = 5; p <= dimensions; ++p) law.add(static_cast<double>(p), risk(p));
    study.picture(
        {.title = fmt::format("Least norm on p of {} independent features, {} samples", dimensions, samples),
         .x = "features p",
         .y = "expected squared error",
         .log_y = true,
         .curves = {law, measured}});
}

}  // namespace wide::examples
