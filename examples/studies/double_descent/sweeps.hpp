#pragma once
// More and more random features, across the interpolation threshold to the kernel at infinity.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "../study.hpp"
#include "features.hpp"

namespace wide::examples {

/// What several draws of the features do, at one number of them.
struct Draws {
    std::vector<double> test, norm;
    double train = 0;  ///< the largest

    [[nodiscard]] double least() const { return *std::ranges::min_element(test); }
    [[nodiscard]] double most() const { return *std::ranges::max_element(test); }
};

inline std::string range_of(const std::vector<double>& values) {
    const auto [least, most] = std::ranges::minmax_element(values);
    return *least == *most ? fmt::format("{:.1f}", *least) : fmt::format("{:.1f}-{:.1f}", *least, *most);
}

/// Models of more and more random features, and what they tend to.
struct Sweep {
    std::vector<std::size_t> counts;
    std::vector<Draws> found;
    Outcome limit;
    Curve error, error_limit, norm, norm_limit;  ///< by features for each image

    /// Where the norm of the weights is largest, on the mean of the draws.
    [[nodiscard]] std::size_t norm_peak() const {
        return counts[static_cast<std::size_t>(std::ranges::max_element(norm.y) - norm.y.begin())];
    }
    [[nodiscard]] const Draws& at(std::size_t N) const {
        return found.at(static_cast<std::size_t>(std::ranges::find(counts, N) - counts.begin()));
    }
};

template <class Net>
Sweep sweep(Study& study, const Digits& of, std::vector<std::size_t> counts, const std::string& name,
            const std::string& kernel) {
    const std::uint64_t draws = study.size<std::uint64_t>({.quick = 2, .usual = 4, .full = 1});
    Sweep made{.counts = std::move(counts),
               .found = {},
               .limit = at_infinity<Net>(of, study.options()),
               .error = {.name = name, .points = true},
               .error_limit = {.name = kernel, .dashed = true, .same_colour = true},
               .norm = {.name = name, .points = true},
               .norm_limit = {.name = kernel, .dashed = true, .same_colour = true}};
    const options bar = study.options(name);
    for (const std::size_t N : made.counts) {
        Draws& here = made.found.emplace_back();
        for (std::uint64_t draw = 0; draw < draws; ++draw) {
            const Outcome outcome = with_features<Net>(of, N, draw, study.options());
            here.test.push_back(outcome.test), here.norm.push_back(outcome.norm);
            here.train = std::max(here.train, outcome.train);
            bar.progress((made.found.size() - 1) * draws + draw + 1, made.counts.size() * draws);
        }
        const double share = static_cast<double>(N * Net::features_of_a_unit) / static_cast<double>(of.x.rows());
        made.error.add(share, Spread(here.test).mean), made.error_limit.add(share, made.limit.test);
        made.norm.add(share, Spread(here.norm).mean), made.norm_limit.add(share, made.limit.norm);
    }
    return made;
}

/// "" where nothing is known.
struct Reference {
    const char *error = "", *norm = "";
};

inline void tabulate(Study& study, const Sweep& of, const std::string& what, std::size_t images,
                     std::size_t threshold, const std::vector<Reference>& known) {
    Table& table = study.table(fmt::format("{}: {} images, so the threshold is N = {}; {} draws", what, images,
                                           threshold, of.found[0].test.size()),
                               {"N", "test error, %", "reference", "norm", "reference", "train error, %"});
    const auto reference = [&](std::size_t k) { return k < known.size() ? known[k] : Reference{}; };
    for (std::size_t k = 0; k < of.counts.size(); ++k)
        table.row(of.counts[k], range_of(of.found[k].test), reference(k).error, range_of(of.found[k].norm),
                  reference(k).norm, fmt::format("{:.1f}", of.found[k].train));
    table.row("kernel", fmt::format("{:.2f}", of.limit.test), reference(of.counts.size()).error,
              fmt::format("{:.3f}", of.limit.norm), reference(of.counts.size()).norm,
              fmt::format("{:.1f}", of.limit.train));
}

inline Sweep fourier_features(Study& study, const Digits& of) {
    const bool full = study.run() == Study::Run::full;
    // clang-format off
    const Sweep made = sweep<Fourier>(study, of, full
        ? std::vector<std::size_t>{500, 1000, 2000, 3000, 4000, 4500, 4800, 5000, 5200, 5500, 6000, 8000, 10'000, 20'000, 40'000, 60'000}
        : std::vector<std::size_t>{50, 100, 200, 300, 400, 450, 480, 500, 520, 550, 600, 800, 1000, 2000, 4000},
        "Fourier features", "Gaussian kernel");
    const std::vector<Reference> known{{"30-34"}, {"24-26"}, {"22.7-23.6", "17.1"}, {"26-29", "28"}, {"38-39", "49"}, {"49"}, {"65"},
        {"87.6-89.5", "1e3-6e4"}, {"61"}, {"48"}, {"34-36", "56"}, {"18.6-19.5", "38"}, {"14.0-15.6", "32.6"}, {"10.0-10.5"},
        {"8.5-9.2", "24.5"}, {"8.35", "22.818"}};
    // clang-format on
    const std::size_t images = of.x.rows(), threshold = images / 2;
    tabulate(study, made, "Random Fourier features, cosine and sine of each", images, threshold,
             full ? std::vector<Reference>{} : known);
    const auto beyond = std::ranges::find_if(made.counts, [&](std::size_t N) { return 10 * N >= 12 * threshold; });
    const auto falls = [&](const std::vector<double>& values) {
        return std::adjacent_find(values.begin() + (beyond - made.counts.begin()), values.end(), std::less_equal{}) ==
               values.end();
    };
    bool fits = true;
    for (std::size_t k = 0; k < made.counts.size(); ++k)
        fits = fits && (made.counts[k] < threshold || made.found[k].train == 0);
    study.claim(falls(made.error.y) && falls(made.norm.y),
                "from 1.2 times the threshold on, error and norm fall with every further feature");
    study.claim(fits, "from the threshold on, every training image is fitted");
    study.claim(made.norm_peak() == threshold, "the norm is largest at N = {}, the threshold is {}", made.norm_peak(),
                threshold);
    if (full) {
        study.claim(
            made.at(5000).least() > 2 * made.at(1000).most() && made.at(5000).least() > 2 * made.at(60'000).most(),
            "at the threshold the error is {:.1f} %, more than twice that below ({:.1f} %) and beyond ({:.1f} %)",
            made.at(5000).least(), made.at(1000).most(), made.at(60'000).most());
        return made;
    }
    study.claim(made.at(500).least() > 80, "at the threshold, N = 500, the error is {:.1f} %, above 80",
                made.at(500).least());
    study.claim(made.at(200).most() < 26, "with 200 features it is {:.1f} %, below 26", made.at(200).most());
    study.claim(made.at(4000).most() < 10, "with 4000 features it is {:.1f} %, below 10", made.at(4000).most());
    study.claim(std::abs(made.limit.test - 8.35) < 1e-9,
                "the Gaussian kernel gets {:.2f} % wrong, the reference 8.35 exactly", made.limit.test);
    study.claim(std::abs(made.limit.norm - 22.818) < 1e-3, "its norm is {:.3f}, that of the reference 22.818",
                made.limit.norm);
    return made;
}

inline Sweep rectified_features(Study& study, const Digits& of) {
    const std::size_t images = of.x.rows();
    std::vector<std::size_t> counts{100,  200,  400,  600,  800,  900,  960, 1000,
                                    1040, 1100, 1200, 1600, 2000, 4000, 8000};
    for (std::size_t& N : counts) N *= images / 1000;
    const Sweep made = sweep<Rectified>(study, of, std::move(counts), "ReLU features", "arc-cosine kernel");
    tabulate(study, made, "Random ReLU features", images, images, {});

    const auto worst = static_cast<std::size_t>(std::ranges::max_element(made.error.y) - made.error.y.begin());
    const Draws &peak = made.found[worst], &few = made.found[2], &many = made.found.back();
    study.claim(made.counts[worst] == images,
                "ReLU features: the error is largest at N = {}, where features are as many as images",
                made.counts[worst]);
    study.claim(peak.least() > 2 * many.most() && peak.least() > 2 * few.most(),
                "at the threshold it is {:.1f} %, more than twice that with {} features ({:.1f} %) and with {} ({:.1f} %)",
                peak.least(), made.counts[2], few.most(), made.counts.back(), many.most());
    study.claim(made.norm_peak() == images, "ReLU features: the norm is largest at N = {}, too", made.norm_peak());
    study.claim(many.most() < made.limit.test + 2,
                "with {} features it is {:.1f} %, within 2 points of the kernel's {:.2f} %", made.counts.back(),
                many.most(), made.limit.test);
    return made;
}

inline void random_features(Study& study) {
    const Digits of = digits(study);
    Sweep waves = fourier_features(study, of), ramps = rectified_features(study, of);
    study.picture({.title = fmt::format(
                       "Test error of least-norm models on {} images: worst where features are as many", of.x.rows()),
                   .x = "features / training images",
                   .y = "test error, %",
                   .log_x = true,
                   .curves = {std::move(waves.error), std::move(waves.error_limit), std::move(ramps.error),
                              std::move(ramps.error_limit)}});
    study.picture({.title = "Norm of the weights of the same models",
                   .x = "features / training images",
                   .y = "norm",
                   .log_x = true,
                   .log_y = true,
                   .curves = {std::move(waves.norm), std::move(waves.norm_limit), std::move(ramps.norm),
                              std::move(ramps.norm_limit)}});
    study.difference(
        "ReLU features are normal numbers, as a network has them at its beginning, not points of the sphere: of 784 "
        "dimensions their lengths differ by 3 %");
    if (study.run() == Study::Run::full)
        study.difference("random features learn Fashion-MNIST, since of MNIST only the test images are here");
    else
        study.difference(
            "MNIST's test images stand for both parts, 1,000 are learnt in place of 10,000; --full learns 10,000 of "
            "Fashion-MNIST, and N goes up to 60,000");
}

}  // namespace wide::examples
