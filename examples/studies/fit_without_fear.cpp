// You learn: four things that make it safe to fit training data exactly.
//
//   Interpolation   A kernel machine that fits noisy labels exactly stays close to the Bayes error, though its norm grows
//                   (Belkin, Ma, Mandal 2018). Interpolation is one solve without a ridge.
//   EigenPro        Descent over a kernel is slow because its eigenvalues fall fast: plain steps are as short as the largest
//                   allows. Shorten the gradient along the first q eigenvectors, and steps may be as long as eigenvalue
//                   q + 1 allows (Ma, Belkin 2019).
//   Linearity       A wide network is linear in its parameters within the ball that training stays in: its Hessian is
//                   1 / sqrt(width) of its gradient, for f = v relu(U x / sqrt(d)) / sqrt(m) exactly |H| = |x| / sqrt(m d).
//                   Not so with a nonlinear output or a bottleneck (Liu, Zhu, Belkin 2020).
//   Catapult        Above the learning rate 2 / lambda_max(Theta) a linear model diverges. A network's loss grows, until the
//                   curvature has fallen below what that rate allows, and then goes to zero (Lewkowycz et al. 2020); so does
//                   that of its quadratic model f + J delta + delta^T H delta / 2 (Zhu et al. 2022).
//
// Together: Belkin 2021, "Fit without fear", Acta Numerica.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <wide/wide.hpp>

#include "data.hpp"
#include "study.hpp"

namespace {

using namespace wide;
using namespace wide::examples;
using Samples = LabelledImages<double>;

// ---------------------------------------------------------------------------------------------------------------------------
// Interpolation

/// As wide as one likes: its kernel has no width.
struct TwoHidden : Serial<Dense<1, He>, Relu, Dense<1, He>, Relu, Dense<1>> {};

/// Two classes that differ in their first coordinate: N(0, 1) and N(centre, 1). The others are noise in (-1, 1).
Samples two_classes(std::size_t count, double centre, std::uint64_t from) {
    constexpr std::size_t dimensions = 50;
    std::mt19937_64 random(from);
    std::normal_distribution<double> normal;
    std::uniform_real_distribution<double> uniform(-1, 1);
    Samples made{Matrix<double>(count, dimensions), std::vector<int>(count)};
    for (std::size_t i = 0; i < count; ++i) {
        made.labels[i] = static_cast<int>(random() % 2);
        for (double& coordinate : made.images.row(i)) coordinate = uniform(random);
        made.images(i, 0) = normal(random) + (made.labels[i] == 1 ? 0 : centre);
    }
    return made;
}

/// A fraction of the labels drawn anew: some of those are as before.
std::vector<int> with_noise(std::vector<int> labels, double fraction, int classes, std::uint64_t from) {
    std::mt19937_64 random(from);
    std::uniform_real_distribution<double> uniform(0, 1);
    for (int& label : labels)
        if (uniform(random) < fraction) label = static_cast<int>(random() % static_cast<std::uint64_t>(classes));
    return labels;
}

/// How an exact fit of some labels does.
struct Interpolant {
    double error = 0;        ///< per cent of the clean test labels
    double train_error = 0;  ///< per cent of the labels it was fitted to
    double norm = 0;         ///< |f| = sqrt(y^T K^-1 y) in the kernel's own space

    void add(const Interpolant& other, double share) {
        error += share * other.error;
        train_error += share * other.train_error;
        norm += share * other.norm;
    }
};

/// What the columns of one class set are to be: `on` for a row's own class, `off` for the others.
struct Coding {
    std::size_t classes;
    double on, off;
};

/// One factorisation serves all noises: their labels are columns beside each other.
std::vector<Interpolant> interpolate(const Matrix<double>& K, const Matrix<double>& Kz, const std::vector<std::vector<int>>& noisy,
                                     const std::vector<int>& test, const Coding& coding) {
    const std::size_t n = K.rows(), classes = coding.classes;
    Matrix<double> y(n, classes * noisy.size());
    for (std::size_t k = 0; k < noisy.size(); ++k) {
        const auto one = one_hot<double>(noisy[k], classes, coding.on, coding.off);
        for (std::size_t i = 0; i < n; ++i) std::copy_n(one.row(i).data(), classes, &y(i, k * classes));
    }
    const auto fit = regress(K, y, absolute_ridge{0});
    const Matrix<double> trained = fit.predict(K), tested = fit.predict(Kz);
    const auto columns = [classes](const Matrix<double>& all, std::size_t k) {
        Matrix<double> some(all.rows(), classes);
        for (std::size_t i = 0; i < all.rows(); ++i) std::copy_n(&all(i, k * classes), classes, some.row(i).data());
        return some;
    };
    std::vector<Interpolant> made;
    for (std::size_t k = 0; k < noisy.size(); ++k) {
        double square = 0;
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t c = k * classes; c < (k + 1) * classes; ++c) square += y(i, c) * fit.weights()(i, c);
        made.push_back({100 - accuracy(columns(tested, k), test), 100 - accuracy(columns(trained, k), noisy[k]), std::sqrt(square)});
    }
    return made;
}

/// The same by three kernels: exp(-d^2 / 2 s^2), exp(-d / s), and a network's.
struct ThreeKernels {
    std::vector<Interpolant> gauss, laplacian, network;
};

ThreeKernels interpolate(const Samples& train, const Samples& test, const std::vector<std::vector<int>>& noisy, double gauss_width,
                         double laplace_width, const Coding& coding, const options& how) {
    const auto radial = [&](auto profile) {
        const auto places = all_places(train.labels.size());
        const auto K = radial_kernel(train.images, profile);
        return interpolate(K.columns(places), radial_values(Points(test.images), 0, test.labels.size(), Points(train.images), profile),
                           noisy, test.labels, coding);
    };
    const auto x = rows<Vector<>>(train.images), z = rows<Vector<>>(test.images);
    return {radial(gaussian{gauss_width}), radial(laplace{laplace_width}),
            interpolate(ntk<TwoHidden>(x, how), ntk<TwoHidden>(z, x, how), noisy, test.labels, coding)};
}

void interpolation_of_two_classes(Study& study) {
    constexpr double bayes = 15.87, noise = 0.1;  // Bayes: normal tail beyond 1
    constexpr std::uint64_t seeds = 3;
    constexpr std::size_t tests = 4000;
    // Two outputs, f / sqrt 2 and -f / sqrt 2: the larger says f's sign, and together they have the norm of f.
    const Coding coding{2, 1 / sqrt2, -1 / sqrt2};
    struct Reference {
        std::size_t count;
        const char *gauss, *laplacian;
    };
    struct Case {
        const char* name;
        double centre;
        std::array<Reference, 2> reference;
    };
    const std::array cases{Case{"overlapping", 2, {{{500, "21.2 (43) / 23.0 (48)", "18.0 (21) / 18.2 (23)"}, {4000, "22.4 (220) / 24.2 (241)", "16.9 (63) / 16.8 (69)"}}}},
                           Case{"separable", 10, {{{500, "0.00 (4.3) / 0.49 (25)", "0.00 (3.8) / 0.01 (14)"}, {4000, "0.00 (11.6) / 0.87 (112)", "0.00 (5.4) / 0.00 (38)"}}}}};
    const auto counts = study.size<std::vector<std::size_t>>({{500}, {500, 4000}, {500, 4000, 16'000}});
    Table& table = study.table(
        fmt::format("Two classes in 50 dimensions, fitted exactly: test error in per cent (norm of the fit) with clean labels / with a tenth "
                    "of them drawn anew, mean of {} seeds. Bayes: {} on the overlapping set, 0 on the separable", seeds, bayes),
        {"set", "samples", "Gaussian", "reference", "Laplace", "reference", "NTK"});
    auto bar = study.options("interpolation").progress;
    std::uint64_t done = 0;
    const std::uint64_t all = cases.size() * counts.size() * seeds;
    double train_error = 0, laplace_excess = 0, gauss_excess = 0, network_excess = 0, raised = 0, growth = 1e9;
    for (const auto& [name, centre, reference] : cases)
        for (const std::size_t n : counts) {
            std::array<std::array<Interpolant, 2>, 3> mean{};
            for (std::uint64_t s = 0; s < seeds; ++s) {
                const Samples train = two_classes(n, centre, 2 * s + 1), test = two_classes(tests, centre, 2 * s + 2);
                const auto made = interpolate(train, test, {train.labels, with_noise(train.labels, noise, 2, s)}, 5, 5, coding, study.options());
                for (std::size_t k = 0; k < 2; ++k) {
                    mean[0][k].add(made.gauss[k], 1.0 / seeds);
                    mean[1][k].add(made.laplacian[k], 1.0 / seeds);
                    mean[2][k].add(made.network[k], 1.0 / seeds);
                }
                bar(++done, all);
            }
            const auto cell = [](const std::array<Interpolant, 2>& of) {
                return fmt::format("{:.2f} ({:.3g}) / {:.2f} ({:.3g})", of[0].error, of[0].norm, of[1].error, of[1].norm);
            };
            const auto known = std::find_if(reference.begin(), reference.end(), [n = n](const Reference& one) { return one.count == n; });
            table.row(name, n, cell(mean[0]), known == reference.end() ? "" : known->gauss, cell(mean[1]),
                      known == reference.end() ? "" : known->laplacian, cell(mean[2]));
            for (std::size_t kernel = 0; kernel < 3; ++kernel) {
                const auto& [clean, noisy] = mean[kernel];
                train_error = std::max({train_error, clean.train_error, noisy.train_error});
                if (kernel < 2) raised = std::max(raised, noisy.error - clean.error);
                if (kernel < 2 && centre > 5) growth = std::min(growth, noisy.norm / clean.norm);
                double& excess = kernel == 0 ? gauss_excess : kernel == 1 ? laplace_excess : network_excess;
                if (centre < 5) excess = std::max({excess, clean.error - bayes, noisy.error - bayes});
            }
        }
    study.claim(train_error == 0, "all training labels are fitted, noisy ones too: {:.2f} % missed", train_error);
    study.claim(laplace_excess <= 3, "Laplace stays within 3 points of Bayes: {:.2f}", laplace_excess);
    study.claim(gauss_excess <= 12, "Gauss stays within 12 points of Bayes: {:.2f}", gauss_excess);
    study.claim(network_excess <= 12, "the NTK stays within 12 points of Bayes: {:.2f}", network_excess);
    study.claim(raised <= 4, "a tenth of the labels drawn anew raises the error by at most 4 points: {:.2f}", raised);
    study.claim(growth >= 3, "and the norm of separable classes' fit at least threefold: {:.1f}-fold", growth);
}

void interpolation_of_images(Study& study) {
    constexpr std::size_t classes = 10, draws = 5;
    const Coding coding{classes, 0.9, -0.1};
    const std::vector<double> noises{0, 0.01, 0.1};
    struct Reference {
        const char* kernel;
        std::array<double, 3> accuracy, norm;  // by noise; 0: not known
    };
    Table& table = study.table(fmt::format("Images fitted exactly, all training images right: test accuracy in per cent (norm of the fit); of noisy labels mean and deviation of {} draws", draws),
                               {"set", "kernel", "clean labels", "reference", "1 % drawn anew", "reference", "10 % drawn anew", "reference"});
    double exact = 0, apart = 0, train_error = 0;
    const auto set = [&](const char* name, const TrainAndTest<double>& data, const std::array<Reference, 3>& references) {
        std::vector<std::vector<int>> noisy{data.train.labels};
        for (std::size_t e = 1; e < noises.size(); ++e)
            for (std::size_t s = 0; s < draws; ++s) noisy.push_back(with_noise(data.train.labels, noises[e], classes, 10 * e + s));
        const auto [gauss, laplacian, network] = interpolate(data.train, data.test, noisy, 5, 10, coding, study.options(name));
        const std::array<const std::vector<Interpolant>*, 3> kernels{&gauss, &laplacian, &network};
        for (std::size_t k = 0; k < kernels.size(); ++k) {
            const Reference& reference = references[k];
            std::vector<std::string> cells{name, reference.kernel};
            for (std::size_t e = 0; e < noises.size(); ++e) {
                Interpolant mean;
                const std::size_t first = e == 0 ? 0 : 1 + (e - 1) * draws, count = e == 0 ? 1 : draws;
                for (std::size_t s = 0; s < count; ++s) mean.add((*kernels[k])[first + s], 1 / static_cast<double>(count));
                const double right = 100 - mean.error;
                double square = 0;
                for (std::size_t s = 0; s < count; ++s) square += std::pow((*kernels[k])[first + s].error - mean.error, 2);
                const std::string spread = count > 1 ? fmt::format(" ± {:.2f}", std::sqrt(square / static_cast<double>(count - 1))) : "";
                cells.push_back(fmt::format("{:.2f}{} ({:.0f})", right, spread, mean.norm));
                cells.push_back(reference.accuracy[e] == 0 ? "" : reference.norm[e] == 0 ? fmt::format("{:.2f}", reference.accuracy[e])
                                                                  : fmt::format("{:.2f} ({:.0f})", reference.accuracy[e], reference.norm[e]));
                train_error = std::max(train_error, mean.train_error);
                if (reference.accuracy[e] != 0) (e == 0 ? exact : apart) = std::max(e == 0 ? exact : apart, std::abs(right - reference.accuracy[e]));
            }
            table.row(std::move(cells));
        }
    };
    set("MNIST", mnist_halves<double>(study, 5000, 5000, 5000),
        {{{"Gauss, s = 5", {97.06, 96.84, 95.06}, {48, 54, 102}}, {"Laplace, s = 10", {96.30, 96.18, 95.58}, {49, 52, 68}}, {"NTK, 2 hidden layers", {96.50, 0, 0}, {}}}});
    set("Fashion-MNIST", fashion<double>(study, 5000, 10'000),
        {{{"Gauss, s = 5", {85.49, 85.38, 83.18}, {72, 76, 106}}, {"Laplace, s = 10", {85.62, 85.70, 85.22}, {58, 60, 74}}, {"NTK, 2 hidden layers", {86.12, 0, 0}, {}}}});
    study.claim(train_error == 0, "all training images are fitted, those with noisy labels too: {:.2f} % missed", train_error);
    study.claim(exact <= 0.1, "clean labels give the reference accuracies to 0.1 point: {:.2f}", exact);
    study.claim(apart <= 0.3, "noisy labels, drawn otherwise, to 0.3 point: {:.2f}", apart);
    study.difference("MNIST's 60,000 training images are not here: both halves are of its 10,000 test images. Published are also CIFAR-10, SVHN, "
                     "TIMIT, HINT-S and 20-Newsgroups");
}

// ---------------------------------------------------------------------------------------------------------------------------
// EigenPro

/// After some epochs: test error in per cent, and the mean squared error of the training labels.
struct Progressed {
    std::size_t epoch;
    double error, train;
};

template <class T, class Kernel>
std::vector<Progressed> descend_kernel(const Kernel& K, const TrainAndTest<T>& data, const Matrix<T>& y, const eigenpro& how, const Progress& bar) {
    std::vector<Progressed> seen;
    const auto against = K.against();
    const auto cross = against(data.test.images);
    (void)regress(K, y, how, [&](std::size_t epoch, double, const Matrix<T>& weights) {
        bar(epoch, how.epochs);
        if (epoch > 2 && epoch % 5 != 0) return;
        const Matrix<T> fitted = K.multiply(weights);
        double sum = 0;
        for (std::size_t k = 0; k < y.size(); ++k) sum += std::pow(static_cast<double>(fitted.data()[k] - y.data()[k]), 2);
        seen.push_back({epoch, 100 - accuracy(cross.multiply(weights), data.test.labels), sum / static_cast<double>(y.size())});
    });
    return seen;
}

void eigenpro_against_descent(Study& study) {
    constexpr std::size_t epochs = 20, batch = 256;
    const auto set = [&](const char* name, const TrainAndTest<float>& data, bool solve, const std::vector<std::array<double, 3>>& reference) {
        const auto K = radial_kernel(data.train.images, gaussian{5});
        const auto y = one_hot<float>(data.train.labels, 10, 0.9, -0.1);
        const auto seen = descend_kernel(K, data, y, eigenpro{.epochs = epochs, .batch = batch, .subsample = 2000}, study.options(fmt::format("EigenPro, {}", name)).progress);
        // No direction shortened: stochastic gradient descent, at the largest step that this batch is stable with.
        const auto plain = descend_kernel(K, data, y, eigenpro{.epochs = epochs, .batch = batch, .subsample = 2000, .directions = 0},
                                          study.options(fmt::format("descent, {}", name)).progress);
        Table& table = study.table(fmt::format("EigenPro and plain stochastic gradient descent, {}, {} training images, Gaussian kernel, s = 5", name, data.train.labels.size()),
                                   {"epoch", "EigenPro: test error %", "reference", "training loss", "reference", "descent: test error %", "training loss"});
        std::array<Curve, 2> curves{Curve{fmt::format("EigenPro, {}", name), {}, {}, false, true}, Curve{fmt::format("plain descent, {}", name), {}, {}, true, true}};
        double at_5 = 100;
        for (std::size_t k = 0; k < seen.size(); ++k) {
            const auto& [epoch, error, loss] = seen[k];
            if (epoch == 5) at_5 = error;
            const auto known = std::find_if(reference.begin(), reference.end(), [at = static_cast<double>(epoch)](const auto& one) { return one[0] == at; });
            const bool is_known = known != reference.end();
            table.row(epoch, fmt::format("{:.2f}", error), is_known ? fmt::format("{:.2f}", (*known)[1]) : "", fmt::format("{:.1e}", loss),
                      is_known ? fmt::format("{:.1e}", (*known)[2]) : "", fmt::format("{:.2f}", plain[k].error), fmt::format("{:.1e}", plain[k].train));
            curves[0].x.push_back(static_cast<double>(epoch)), curves[0].y.push_back(loss);
            curves[1].x.push_back(static_cast<double>(epoch)), curves[1].y.push_back(plain[k].train);
        }
        // Published of MNIST (EigenPro 1, Pegasos): 1.75 % after one epoch against 2.32 after five, 1.26 after five against 1.63 after 20.
        study.claim(seen[0].error < plain[2].error && seen[2].error < plain.back().error, "{}: one epoch of EigenPro is ahead of five of plain descent ({:.2f} % against {:.2f}), five of twenty ({:.2f} % against {:.2f})",
                    name, seen[0].error, plain[2].error, seen[2].error, plain.back().error);
        study.claim(seen[1].train < plain.back().train, "{}: two epochs fit the training labels better than twenty: loss {:.1e} against {:.1e}", name, seen[1].train, plain.back().train);
        if (solve) {
            const auto exact = converted<double>(data.train.images), z = converted<double>(data.test.images);
            const auto Kx = radial_kernel(exact, gaussian{5}).columns(all_places(exact.rows()));
            const auto fit = regress(Kx, converted<double>(y), absolute_ridge{0});
            const double direct = 100 - accuracy(fit.predict(radial_values(Points(z), 0, z.rows(), Points(exact), gaussian{5})), data.test.labels);
            table.row("solved", fmt::format("{:.2f}", direct), reference.empty() ? "14.51" : "2.94", "0", "0", "", "");
            if (!reference.empty()) {
                study.claim(at_5 <= 3.2, "{}: EigenPro's error after 5 epochs is {:.2f} %, at most 3.2", name, at_5);
                study.claim(std::abs(seen.back().error - direct) <= 0.15, "{}: after {} epochs {:.2f} %, within 0.15 of the direct solve's {:.2f} %", name, epochs, seen.back().error, direct);
            }
        }
        return curves;
    };
    auto curves = set("MNIST", mnist_halves<float>(study, 5000, 5000, 5000), true, {{1, 3.66, 7e-3}, {2, 3.40, 2.9e-3}, {5, 3.02, 6e-4}, {10, 2.98, 1.2e-4}, {20, 2.90, 2e-5}});
    Plot plot{.title = "EigenPro against plain descent", .x = "epoch", .y = "mean squared error of training labels", .log_y = true, .curves = {curves.begin(), curves.end()}};
    const auto images = study.size<std::size_t>({5000, 5000, 60'000});
    curves = set("Fashion-MNIST", fashion<float>(study, images, 10'000), images <= 10'000, {});
    plot.curves.insert(plot.curves.end(), curves.begin(), curves.end());
    study.picture(std::move(plot));
    study.difference("published: MNIST's 60,000 training images, test error 1.53 / 1.43 / 1.30 / 1.23 / 1.28 % at epochs 1 to 5 (EigenPro 2)");
}

// ---------------------------------------------------------------------------------------------------------------------------
// Transition to linearity

using Point = Vector<50>;
template <std::size_t m>
struct Rectified : Serial<Dense<m>, Relu, Dense<1>> {};
template <std::size_t m>
struct Smooth : Serial<Dense<m>, Tanh, Dense<1>> {};
template <std::size_t m>
struct NonlinearOutput : Serial<Dense<m>, Tanh, Dense<1>, Tanh> {};
template <std::size_t m>
struct Bottleneck : Serial<Dense<m>, Tanh, Dense<1>, Tanh, Dense<m>, Tanh, Dense<1>> {};

/// Labels -1/2 and 1/2: within the reach of a tanh.
Matrix<double> halves(const std::vector<int>& labels) {
    Matrix<double> y(labels.size(), 1);
    for (std::size_t i = 0; i < labels.size(); ++i) y(i, 0) = labels[i] == 1 ? 0.5 : -0.5;
    return y;
}

struct Linearity {
    double hessian = 0;  ///< |H_f| at one sample
    double moved = 0;    ///< |K_t - K_0| / |K_0| from beginning to end of training
    double exact = 0;    ///< largest relative error of |H_f| = |x| / sqrt(m d)
};

template <class Net>
Linearity linearity_of(const Samples& data, std::uint64_t networks, std::size_t epochs, double width) {
    const auto x = rows<Point>(data.images), first = rows<Point>(data.images.data(), 1);
    Matrix<double> one(1, 1);
    one(0, 0) = 1;
    double length = 0;
    for (const double coordinate : data.images.row(0)) length += coordinate * coordinate;
    const double predicted = std::sqrt(length / (width * static_cast<double>(x.width)));
    Linearity mean;
    for (std::uint64_t k = 0; k < networks; ++k) {
        const auto theta = initial<Net, Point, double>(seed{k});
        const double norm = hessian_norm<Net>(theta, first, one, {.tolerance = 1e-10});
        const Matrix<double> K = empirical_ntk<Net>(theta, x);
        const auto run = train<Net>(theta, x, halves(data.labels), training{.epochs = epochs, .rate = 0.1 * max_learning_rate(K), .centred = true});
        mean.hessian += norm / static_cast<double>(networks);
        mean.moved += relative_change(empirical_ntk<Net>(run.parameters, x), K) / static_cast<double>(networks);
        mean.exact = std::max(mean.exact, std::abs(norm / predicted - 1));
    }
    return mean;
}

void transition_to_linearity(Study& study) {
    constexpr std::array<double, 3> widths{64, 512, 4096};
    const auto networks = study.size<std::uint64_t>({8, 20, 50});
    const auto epochs = study.size<std::size_t>({100, 300, 1000});
    const Samples data = two_classes(32, 10, 1);
    auto bar = study.options("transition to linearity").progress;
    std::uint64_t done = 0;
    const auto all_widths = [&]<template <std::size_t> class Net>() {
        std::array<Linearity, 3> made;
        made[0] = linearity_of<Net<64>>(data, networks, epochs, widths[0]);
        made[1] = linearity_of<Net<512>>(data, networks, epochs, widths[1]);
        made[2] = linearity_of<Net<4096>>(data, networks, epochs, widths[2]);
        bar(++done, 4);
        return made;
    };
    Table& table = study.table(fmt::format("Transition to linearity, mean of {} networks of width 64, 512, 4096: norm of the Hessian at a sample, and relative "
                                           "change of the kernel after {} steps; 32 samples in 50 dimensions", networks, epochs),
                               {"network", "|H|", "slope", "predicted", "change of K", "slope", "predicted"});
    Plot plot{.title = "Transition to linearity", .x = "width", .y = "norm of the Hessian", .log_x = true, .log_y = true};
    const auto report = [&](const char* name, const std::array<Linearity, 3>& made, const char* of_hessian, const char* of_kernel) {
        std::vector<double> x(widths.begin(), widths.end()), hessian, moved;
        for (const Linearity& one : made) hessian.push_back(one.hessian), moved.push_back(one.moved);
        const std::pair slopes{slope_of_logarithms(x, hessian), slope_of_logarithms(x, moved)};
        table.row(name, fmt::format("{:.4f}, {:.4f}, {:.4f}", hessian[0], hessian[1], hessian[2]), fmt::format("{:.3f}", slopes.first), of_hessian,
                  fmt::format("{:.4f}, {:.4f}, {:.4f}", moved[0], moved[1], moved[2]), fmt::format("{:.3f}", slopes.second), of_kernel);
        plot.curves.push_back({name, std::move(x), std::move(hessian), false, true});
        return slopes;
    };
    const auto rectified = all_widths.template operator()<Rectified>();
    double exact = 0;
    for (const Linearity& one : rectified) exact = std::max(exact, one.exact);
    study.claim(exact <= 1e-10, "ReLU: |H| = |x| / sqrt(m d) for every network, to {:.0e}", exact);
    const auto [slope, kernel_slope] = report("ReLU", rectified, "-1/2", "-1/2 or steeper");
    study.claim(std::abs(slope + 0.5) <= 0.1, "ReLU: |H| falls with slope {:.3f}, -1/2 within 0.1", slope);

    // Of a smooth nonlinearity the unit with the largest weight says how large H is, and of m normal weights that grows as
    // sqrt(2 log m).
    const auto smooth = all_widths.template operator()<Smooth>();
    const auto [smooth_slope, smooth_kernel_slope] = report("tanh", smooth, "-1/2 less log m", "-1/2 or steeper");
    std::vector<double> x(widths.begin(), widths.end()), without;
    for (std::size_t k = 0; k < x.size(); ++k) without.push_back(smooth[k].hessian / std::sqrt(std::log(x[k])));
    const double corrected = slope_of_logarithms(x, without);
    study.claim(std::abs(corrected + 0.5) <= 0.1, "tanh: |H| / sqrt(log m) falls with slope {:.3f}, -1/2 within 0.1", corrected);
    // 1 / sqrt(m) is a bound; measured kernels change nearly as 1 / m (Lee et al. 2019, "Wide neural networks of any depth evolve
    // as linear models", figure 1).
    study.claim(std::max(kernel_slope, smooth_kernel_slope) <= -0.4, "the kernel's change falls as -1/2 within 0.1 or faster: slope {:.3f} (ReLU), {:.3f} (tanh)", kernel_slope, smooth_kernel_slope);

    const auto control = [&](const char* name, const std::array<Linearity, 3>& made) {
        const auto [stays, kernel_stays] = report(name, made, "0", "0");
        study.claim(stays > -0.2 && kernel_stays > -0.2, "{}: neither |H| nor the kernel's change decays: slopes {:.3f} and {:.3f}, above -0.2", name, stays, kernel_stays);
    };
    control("tanh, and tanh on the output", all_widths.template operator()<NonlinearOutput>());
    control("tanh, bottleneck of width 1", all_widths.template operator()<Bottleneck>());
    study.picture(std::move(plot));
}

// ---------------------------------------------------------------------------------------------------------------------------
// Catapult

using Thrown = Rectified<512>;

/// Losses of gradient descent on the quadratic model of f - f0 at theta.
std::vector<double> descend_quadratic(const Parameters<Thrown, Point, double>& theta, const Rows<Point, double>& x, const Matrix<double>& y,
                                      double rate, std::size_t steps, double limit) {
    Parameters<Thrown, Point, double> delta;
    std::vector<double> losses;
    while (losses.size() < steps) {
        auto [value, model, second] = taylor<Thrown>(theta, delta, x);
        for (std::size_t i = 0; i < model.size(); ++i) model.data()[i] += second.data()[i] / 2;
        const auto [loss, cotangent] = loss_and_cotangent(squared{}, model, y);
        losses.push_back(loss);
        if (!(loss < limit)) break;
        delta.axpy(-rate, vjp<Thrown>(theta, x, cotangent) += hessian_product<Thrown>(theta, delta, x, cotangent));
    }
    return losses;
}

void catapult(Study& study) {
    constexpr double limit = 1e8;
    const auto steps = study.size<std::size_t>({300, 1000, 1000});
    const Samples data = two_classes(32, 2, 1);
    const auto x = rows<Point>(data.images);
    const Matrix<double> y = halves(data.labels);
    const auto theta = initial<Thrown, Point, double>(seed{0});
    const Matrix<double> K = empirical_ntk<Thrown>(theta, x);
    const double critical = max_learning_rate(K);
    Table& table = study.table("Catapult: learning rate in units of 2 n / lambda_max(K_0); loss in units of the first, its largest and its last; ReLU, width 512, 32 samples",
                               {"rate", "network", "rate in units of 2 n / lambda_max(K), at the end", "linearised", "quadratic"});
    Plot plot{.title = "Catapult: learning rates in units of 2 n / lambda_max", .x = "step", .y = "loss", .log_y = true};
    const auto peak = [](const std::vector<double>& losses) { return *std::max_element(losses.begin(), losses.end()) / losses.front(); };
    const auto last = [](const std::vector<double>& losses) { return losses.back() / losses.front(); };
    const auto cell = [&](const std::vector<double>& losses) {
        return losses.back() < limit && losses.size() == steps ? fmt::format("{:.3g}, {:.1e}", peak(losses), last(losses)) : std::string("diverges");
    };
    for (const double multiple : {0.5, 1.2, 1.5, 20.0}) {
        const double rate = multiple * critical;
        const auto until = [&](const auto& done) { return done.loss < limit ? after_epoch::go_on : after_epoch::stop; };
        const training how{.epochs = steps, .rate = rate, .centred = true, .on_epoch = until};
        std::string sharpness;
        double curvature = 0;
        std::vector<double> network;
        try {
            const auto run = train<Thrown>(theta, x, y, how);
            network = run.loss;
            curvature = rate / max_learning_rate(empirical_ntk<Thrown>(run.parameters, x));
            if (network.back() < limit) sharpness = fmt::format("{:.2f}", curvature);
        } catch (const diverged&) {
            network = {1, HUGE_VAL};
        }
        const std::vector<double> line = train_linearized<Thrown>(theta, x, y, how).loss;
        const std::vector<double> quadratic = descend_quadratic(theta, x, y, rate, steps, limit);
        table.row(multiple, cell(network), sharpness, cell(line), cell(quadratic));
        if (multiple < 1) {
            study.claim(std::is_sorted(network.rbegin(), network.rend()), "below the critical rate ({}) the network's loss only falls", multiple);
            study.claim(std::abs(curvature / multiple - 1) < 0.1, "and its curvature stays: {:.2f} of what the critical rate allows", curvature);
        } else if (multiple < 3) {
            study.claim(peak(network) > 2 && last(network) < 0.01 && curvature < 1,
                        "above it ({}) the loss grows {:.3g}-fold and ends at {:.1e} of the first, as the curvature falls to {:.2f} of what this rate allows",
                        multiple, peak(network), last(network), curvature);
            study.claim(!(line.back() < limit), "the linearised network diverges at this rate");
            study.claim(peak(quadratic) > 2 && last(quadratic) < 0.01, "the quadratic model is thrown and lands as the network: {:.3g}-fold, {:.1e}", peak(quadratic), last(quadratic));
        } else {
            study.claim(!(network.back() < limit), "far above it ({}) the network diverges, too", multiple);
        }
        if (multiple == 0.5 || multiple == 1.5) {
            const auto curve = [&](const char* name, const std::vector<double>& losses, bool dashed) {
                Curve made{fmt::format("{}, {}", name, multiple), {}, {}, dashed};
                for (std::size_t k = 0; k < std::min<std::size_t>(losses.size(), 100); ++k) made.x.push_back(static_cast<double>(k)), made.y.push_back(losses[k]);
                plot.curves.push_back(std::move(made));
            };
            curve("network", network, false);
            curve("linearised", line, true);
            if (multiple > 1) curve("quadratic model", quadratic, true);
        }
    }
    study.picture(std::move(plot));
}

}  // namespace

int main(int argc, char** argv) {
    return run_study({"fit_without_fear", "Interpolation, EigenPro, transition to linearity, catapult", "Belkin 2021; Belkin, Ma, Mandal 2018; Liu, Zhu, Belkin 2020"},
                     argc, argv, [](Study& study) {
                         interpolation_of_two_classes(study);
                         interpolation_of_images(study);
                         eigenpro_against_descent(study);
                         transition_to_linearity(study);
                         catapult(study);
                     });
}
