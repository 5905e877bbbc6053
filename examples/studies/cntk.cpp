// You learn: what infinitely wide convolutional networks learn from images, exactly, and what their kernels cost.
//
// Two networks of 3 x 3 filters, d layers deep, from Arora et al. 2019, "On exact computation with an infinitely wide
// neural net" (1904.11955). They differ in how they end: CNTK-V compares positions with the same position, CNTK-GAP
// means with means, so that it does not matter where something is. The law, with K0 = x z summed over channels, box =
// sums over a filter's 9 offsets:
//
//     layer by layer   Sigma = box(K),  K = sqrt(Sigma_xx Sigma_zz) kappa1(rho) / 9
//                      Theta = box(kappa0(rho) / 9 * Theta + K)
//
// The network trained to the end on squared loss is Theta(z, x) Theta(x, x)^-1 y. As published: channels standardised
// by the training set, kernels in float, labels 0.9 and -0.1, no ridge. `accuracy_of` is all of it. With few images,
// as many of each class, it is the experiment of Arora et al. 2020, "Harnessing the power of infinitely wide deep
// nets on small-data tasks" (1910.01663).
//
// The pages of this chapter: cntk/kernels.hpp (the networks), published.hpp (what is known).
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <wide/wide.hpp>

#include "cntk/kernels.hpp"
#include "cntk/published.hpp"
#include "data.hpp"
#include "study.hpp"

namespace {

using namespace wide;
using namespace wide::examples;

std::string known(double value) { return value > 0 ? percent(value) : "-"; }

/// CNTK-V by depth, on the first images in file order and on all.
void flattened(Study& study, Clock& clock, const TrainAndTest<float>& data, bool subset) {
    const bool quick = study.run() == Study::Run::quick;
    Places counts{std::min<std::size_t>(2000, data.train.labels.size())};
    if (!quick) counts.push_back(data.train.labels.size());
    const Images train = some_of(data.train, 0, counts.back());
    Table& table =
        study.table(fmt::format("CNTK-V by depth: accuracy, per cent of {} test images", data.test.labels.size()),
                    {"depth", "images", "ours", "reference", "published, 2,000 (recalled)", "published, 50,000"});
    Plot plot{.title = "CIFAR-10: accuracy by depth",
              .x = "layers",
              .y = "accuracy, %",
              .curves = {{.name = "CNTK-GAP, published, 50,000 images", .dashed = true, .points = true},
                         {.name = "CNTK-V, published, 50,000", .dashed = true, .points = true}}};
    for (const std::size_t count : counts)
        plot.curves.push_back({.name = fmt::format("CNTK-V, {} images", count), .points = true});
    const auto one = [&](auto depth) {
        const KnownDepth& line = *std::ranges::find(known_depths, int{depth}, &KnownDepth::depth);
        const Kernels K = clock.kernels<CntkV<depth>>(train, data.test);
        plot.curves[0].add(depth, line.gap);
        plot.curves[1].add(depth, line.v);
        for (std::size_t k = 0; k < counts.size(); ++k) {
            const double ours = accuracy_of(K, counts[k]), reference = k == 0 ? line.here_of_2000 : line.here_of_all;
            table.row(int{depth}, counts[k], percent(ours), known(reference), percent(line.v_of_2000),
                      percent(line.v));
            plot.curves[2 + k].add(depth, ours);
            if (subset && reference > 0)
                study.claim(std::abs(ours - reference) <= 0.5,
                            "CNTK-V, {} layers, {} images: {:.2f} %, within 0.5 points of {:.2f} %", int{depth},
                            counts[k], ours, reference);
        }
    };
    if (quick) for_depths(std::integer_sequence<int, 3, 4, 6>{}, one);
    else for_depths(std::integer_sequence<int, 3, 4, 6, 11, 21>{}, one);
    study.picture(std::move(plot));
}

/// CNTK-GAP by depth; the first n of the training images have as many of each class, for any n that ten divides.
using Pooled = std::map<int, Kernels>;

Pooled pooled(const Study& study, Clock& clock, const TrainAndTest<float>& data) {
    const std::size_t tests = study.size<std::size_t>({.quick = 400, .usual = 400, .full = data.test.labels.size()});
    const Images test = some_of(data.test, 0, tests);
    Pooled made;
    const Images train =
        class_by_class(data.train, study.size<std::size_t>({.quick = 80, .usual = 160, .full = 2000}));
    const auto one = [&](auto depth) { made.emplace(depth, clock.kernels<CntkGap<depth>>(train, test)); };
    for_depths(std::integer_sequence<int, 3, 6>{}, one);
    if (study.run() != Study::Run::quick) for_depths(std::integer_sequence<int, 4, 5, 8, 11, 14, 21>{}, one);
    return made;
}

void pooled_by_depth(Study& study, const Pooled& kernels) {
    const Kernels& any = kernels.begin()->second;
    const std::size_t images = any.labels.size();
    Table& table =
        study.table(fmt::format("CNTK-GAP by depth: {} training images, accuracy, per cent of {} test images", images,
                                any.test_labels.size()),
                    {"depth", "ours", "published, 2,000 images (recalled)", "published, 50,000"});
    for (const KnownDepth& line : known_depths)
        if (const auto found = kernels.find(line.depth); found != kernels.end())
            table.row(line.depth, percent(accuracy_of(found->second, images)), percent(line.gap_of_2000),
                      percent(line.gap));
}

/// The same images that the other program had: pooled against flattened.
void few_images(Study& study, Clock& clock, const TrainAndTest<float>& data, const Pooled& kernels, Plot& plot,
                bool subset) {
    constexpr std::size_t tests = 400;
    const Kernels &gap3 = kernels.at(3), &gap6 = kernels.at(6);
    const std::size_t most = std::min<std::size_t>(160, gap3.labels.size());
    const Images train = class_by_class(data.train, most), test = some_of(data.test, 0, tests);
    const Kernels v3 = clock.kernels<CntkV<3>>(train, test), v6 = clock.kernels<CntkV<6>>(train, test);
    Table& table = study.table(fmt::format("Few training images, the first of each class: accuracy, per cent of {} "
                                           "test images (reference in brackets)",
                                           tests),
                               {"images", "CNTK-GAP 3", "CNTK-GAP 6", "CNTK-V 3", "CNTK-V 6"});
    plot.curves.push_back({.name = "CNTK-GAP 6, one draw", .points = true});
    plot.curves.push_back({.name = "CNTK-V 6, one draw", .points = true});
    Curve* const curves = &plot.curves[plot.curves.size() - 2];
    for (const KnownCount& line : known_counts) {
        if (line.images > most) break;
        const auto of = [&](const Kernels& K) { return accuracy_of(K, all_places(line.images), tests); };
        const double ours[] = {of(gap3), of(gap6), of(v3), of(v6)},
                     reference[] = {line.gap3, line.gap6, line.v3, line.v6};
        const auto cell = [&](std::size_t k) { return fmt::format("{:.2f} ({:.2f})", ours[k], reference[k]); };
        table.row(line.images, cell(0), cell(1), cell(2), cell(3));
        curves[0].add(static_cast<double>(line.images), ours[1]);
        curves[1].add(static_cast<double>(line.images), ours[3]);
        double furthest = 0;
        for (std::size_t k = 0; k < std::size(ours); ++k)
            furthest = std::max(furthest, std::abs(ours[k] - reference[k]));
        if (subset)
            study.claim(furthest <= 1,
                        "{} images: all four kernels within 1 point of the reference, the furthest {:.2f}",
                        line.images, furthest);
        if (line.images == 80 || line.images == 160) {
            const double least = line.images == 80 ? 2 : 4, above = std::min(ours[0] - ours[2], ours[1] - ours[3]);
            study.claim(above >= least, "{} images: pooling is worth {:.2f} points, at least {:.0f}", line.images,
                        above, least);
        }
    }
}

/// The published protocol of few images: means over draws.
void draws(Study& study, const Pooled& kernels, Plot& plot) {
    constexpr int depths[] = {5, 8, 11, 14};
    constexpr std::size_t repeats = 20;
    const Kernels& any = kernels.at(depths[0]);
    const std::size_t pool = any.labels.size();
    Table& table = study.table(fmt::format("CNTK-GAP, few training images out of {}: accuracy, per cent of {} test "
                                           "images, mean and deviation over {} draws (published, recalled, in "
                                           "brackets)",
                                           pool, any.test_labels.size(), repeats),
                               {"images", "5 layers", "8", "11", "14", "ResNet-34, published (recalled)"});
    Curve ours{.name = fmt::format("CNTK-GAP 14, mean of {} draws", repeats), .points = true};
    // Of each depth, one for each number of images.
    std::vector<std::vector<Spread>> spreads(std::size(depths));
    double from_published = 0;
    for (const KnownCount& line : known_counts) {
        // Draws of almost all images would hardly differ.
        if (3 * line.images > 2 * pool) break;
        std::vector<std::string> cells{fmt::format("{}", line.images)};
        for (std::size_t k = 0; k < std::size(depths); ++k) {
            std::vector<double> right;
            for (std::size_t draw = 0; draw < repeats; ++draw) {
                const Places places = drawn_of_each_class(any.labels, line.images / classes, seed{line.images}, draw);
                right.push_back(accuracy_of(kernels.at(depths[k]), places, any.test_labels.size()));
            }
            const Spread& spread = spreads[k].emplace_back(right);
            from_published = std::max(from_published, std::abs(spread.mean - line.gap[k]));
            cells.push_back(fmt::format("{:.2f} +- {:.2f} ({:.2f})", spread.mean, spread.deviation, line.gap[k]));
        }
        ours.add(static_cast<double>(line.images), spreads.back().back().mean);
        cells.push_back(percent(line.resnet));
        table.row(cells);
    }
    double least = 100, surely = 100;
    for (const std::vector<Spread>& spread : spreads) {
        const double rise = spread.back().mean - spread.front().mean;
        least = std::min(least, rise);
        surely = std::min(surely, rise - 2 * std::hypot(spread.back().error, spread.front().error));
    }
    study.claim(surely > 0,
                "at each of the four depths accuracy rises with the images, by {:.1f} points at least from the fewest to "
                "the most, more than twice the standard error of {} draws",
                least, repeats);
    plot.curves.push_back(std::move(ours));
    study.difference(
        "few images: {} draws out of {} images and {} test images, where the paper draws up to 1280 out of 50,000 and tests "
        "on 10,000; means are up to {:.1f} points from those recalled of it",
        repeats, pool, any.test_labels.size(), from_published);
}

void body(Study& study) {
    const TrainAndTest<float> data = cifar<float>(study);
    // What the references were computed on: the first 932 images of each batch.
    const bool subset = data.train.labels.size() == 4660 && data.test.labels.size() == 932;
    Clock clock(study);
    flattened(study, clock, data, subset);
    const Pooled kernels = pooled(study, clock, data);
    pooled_by_depth(study, kernels);
    Plot plot{.title = "CIFAR-10: accuracy with few images, as many of each class",
              .x = "training images",
              .y = "accuracy, %",
              .log_x = true};
    few_images(study, clock, data, kernels, plot, subset);
    if (study.run() != Study::Run::quick) draws(study, kernels, plot);
    Curve gap{.name = "CNTK-GAP 14, published", .dashed = true, .points = true},
        resnet{.name = "ResNet-34, published", .dashed = true, .points = true};
    for (const KnownCount& line : known_counts) {
        gap.add(static_cast<double>(line.images), line.gap[3]);
        resnet.add(static_cast<double>(line.images), line.resnet);
    }
    plot.curves.push_back(std::move(gap));
    plot.curves.push_back(std::move(resnet));
    study.picture(std::move(plot));
    const auto standard_error = [](std::size_t tests) { return 50 / std::sqrt(static_cast<double>(tests)); };
    const std::size_t of_v = data.test.labels.size(), of_gap = kernels.at(3).test_labels.size();
    study.difference(
        "{} training images of CIFAR-10 and {} test images (standard error at most {:.1f} points), for CNTK-GAP {} "
        "(at most {:.1f}), where the paper has 50,000 and 10,000; its kernels took 1,000 hours of a V100 by its "
        "author, CNTK-GAP 3 alone 244 hours of an H100 by its code",
        data.train.labels.size(), of_v, standard_error(of_v), of_gap, standard_error(of_gap));
    if (study.run() == Study::Run::full) return;
    study.difference("CNTK-GAP of {} images, where the paper has 2,000 and 50,000; --full has 2,000",
                     kernels.at(3).labels.size());
}

}  // namespace

int main(int argc, char** argv) {
    return run_study(
        {"cntk", "Exact kernels of infinitely wide convolutional networks on CIFAR-10", "Arora et al. 2019, 2020"},
        argc, argv, body);
}
