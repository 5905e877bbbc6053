#pragma once
// Networks that are trained in both layers: they err most where parameters are as many as the numbers they learn.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <wide/wide.hpp>

#include "../data.hpp"
#include "../study.hpp"
#include "features.hpp"

namespace wide::examples {

template <std::size_t width>
struct TwoLayers : Serial<Dense<width, He, Bias<0.1>>, Relu, Dense<classes, Bias<0.1>>> {};

/// Means of squares of side by side pixels.
inline Matrix<float> shrunk(const Matrix<float>& images, std::size_t side) {
    constexpr std::size_t before = 28;
    const std::size_t square = before / side;
    Matrix<float> made(images.rows(), side * side);
    for (std::size_t i = 0; i < images.rows(); ++i)
        for (std::size_t r = 0; r < before; ++r)
            for (std::size_t c = 0; c < before; ++c)
                made(i, r / square * side + c / square) +=
                    images(i, r * before + c) / static_cast<float>(square * square);
    return made;
}

/// Small digits, some of whose labels say anything.
struct Labelled {
    Matrix<float> x, z, y, yz;
    std::vector<int> test;
};

inline Labelled labelled(const TrainAndTest<float>& digits, std::size_t side, double noise) {
    return {shrunk(digits.train.images, side), shrunk(digits.test.images, side),
            one_hot<float>(redrawn(digits.train.labels, noise, classes, seed{5}), classes),
            one_hot<float>(digits.test.labels, classes), digits.test.labels};
}

/// Squared errors of a sample, and wrong test images in per cent.
struct Fitted {
    double train = 0, test = 0, wrong = 0;
};

/// Stochastic gradient descent of f - f0, so that what is not learnt stays zero, with a rate that falls to zero.
template <class Net, class Pixels>
Fitted fit_network(const Labelled& of, std::size_t epochs, std::uint64_t draw, const options& how) {
    const options quiet{.threads = how.threads};
    const auto x = rows<Pixels>(of.x), z = rows<Pixels>(of.z);
    const double rate = 0.04 * max_learning_rate(ntk<Net>(x, quiet));
    const auto falling = [&](TrainingStep at) {
        return rate * (1 - static_cast<double>(at.epoch) / static_cast<double>(epochs));
    };
    const auto theta = initial<Net, Pixels>(seed{draw});
    const auto run =
        train<Net>(theta, x, of.y,
                   training{.epochs = epochs, .batch = 50, .rate = falling, .momentum = 0.95, .centred = true}, how);
    const auto learnt = [&](const auto& images) {
        return difference(forward<Net>(run.parameters, images, quiet), forward<Net>(theta, images, quiet));
    };
    const Matrix<float> fz = learnt(z);
    return {mean_square(learnt(x), of.y), mean_square(fz, of.yz), 100 - accuracy(fz, of.test)};
}

template <std::size_t side, std::size_t... width>
void widths(Study& study, const Labelled& of, std::size_t epochs, double noise, std::index_sequence<width...>) {
    using Pixels = Vector<side * side>;
    const std::uint64_t draws = study.size<std::uint64_t>({.quick = 1, .usual = 3, .full = 1});
    Curve test{.name = "test", .points = true}, trained{.name = "training", .points = true};
    Table& table = study.table(
        fmt::format("Two-layer networks, {} images of {} x {} pixels, {:.0f} % of the labels are random; {} epochs, "
                    "mean of {} networks",
                    of.x.rows(), side, side, 100 * noise, epochs, draws),
        {"width", "parameters / (n classes)", "squared error, training", "squared error, test", "test error, %"});
    const auto add_width = [&]<std::size_t H>(std::integral_constant<std::size_t, H>) {
        Fitted mean;
        for (std::uint64_t draw = 0; draw < draws; ++draw) {
            const Fitted found = fit_network<TwoLayers<H>, Pixels>(
                of, epochs, draw, study.options(fmt::format("width {}, noise {}", H, noise)));
            const double share = 1 / static_cast<double>(draws);
            mean.train += share * found.train, mean.test += share * found.test, mean.wrong += share * found.wrong;
        }
        const double size =
            static_cast<double>(parameters_of<TwoLayers<H>, Pixels>) / static_cast<double>(of.y.size());
        table.row(H, fmt::format("{:.2f}", size), fmt::format("{:.4f}", mean.train), fmt::format("{:.3f}", mean.test),
                  fmt::format("{:.1f}", mean.wrong));
        test.add(size, mean.test);
        trained.add(size, mean.train);
    };
    (add_width(std::integral_constant<std::size_t, width>{}), ...);

    const auto x = rows<Pixels>(of.x), z = rows<Pixels>(of.z);
    const Matrix<float> limit = regress(ntk<TwoLayers<1>>(x), of.y).predict(ntk<TwoLayers<1>>(z, x));
    const double limit_error = mean_square(limit, of.yz);
    table.row("NTK", "", "", fmt::format("{:.3f}", limit_error),
              fmt::format("{:.1f}", 100 - accuracy(limit, of.test)));
    study.picture(
        {.title = fmt::format("Two-layer networks on {} digits, {:.0f} % random labels", of.x.rows(), 100 * noise),
         .x = "parameters / (n classes)",
         .y = "squared error",
         .log_x = true,
         .curves = {test,
                    {.name = "test, infinite width",
                     .x = {test.x.front(), test.x.back()},
                     .y = {limit_error, limit_error},
                     .dashed = true,
                     .same_colour = true},
                    trained}});
    if (noise == 0) return;

    const auto peak = static_cast<std::size_t>(std::ranges::max_element(test.y) - test.y.begin());
    const double before = *std::min_element(test.y.begin(), test.y.begin() + static_cast<std::ptrdiff_t>(peak) + 1);
    study.claim(test.x[peak] > 0.5 && test.x[peak] < 2,
                "networks err most where they have {:.2f} parameters for each number they learn, between 0.5 and 2",
                test.x[peak]);
    study.claim(
        test.y[peak] > 1.2 * before && test.y[peak] > 1.2 * test.y.back(),
        "there their squared error is {:.3f}; narrower ones get down to {:.3f}, the widest to {:.3f}, both at "
        "least a sixth less",
        test.y[peak], before, test.y.back());
}

inline void networks(Study& study) {
    const auto images =
        mnist_halves<float>(study, study.size<std::size_t>({.quick = 500, .usual = 500, .full = 4000}), 5000,
                            study.size<std::size_t>({.quick = 2000, .usual = 2000, .full = 5000}));
    for (const double noise :
         study.size<std::vector<double>>({.quick = {0.2}, .usual = {0, 0.2}, .full = {0, 0.2}})) {
        if (study.run() == Study::Run::full)
            widths<28>(study, labelled(images, 28, noise), 6000, noise,
                       std::index_sequence<5, 10, 20, 30, 40, 50, 60, 80, 120, 250>{});
        else
            widths<7>(study, labelled(images, 7, noise), 3000, noise,
                      std::index_sequence<8, 16, 32, 64, 80, 96, 128, 256, 512>{});
    }
    study.difference(
        "no network begins with the weights of the next narrower one, and that they err most at the threshold is "
        "asserted where a fifth of the labels are random");
    if (study.run() != Study::Run::full)
        study.difference("networks learn 500 images of 7 x 7 pixels in place of 4,000 of 28 x 28");
}

}  // namespace wide::examples
