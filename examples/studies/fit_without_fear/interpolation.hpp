#pragma once
// Kernels that fit all labels exactly, wrong ones too, and stay close to the Bayes error.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <wide/wide.hpp>

#include "../data.hpp"
#include "../known_accuracies.hpp"
#include "../study.hpp"
#include "samples.hpp"

namespace wide::examples {

/// As wide as one likes: its kernel has no width.
struct TwoHidden : Serial<Dense<1, He>, Relu, Dense<1, He>, Relu, Dense<1>> {};

/// k(z, x), a matrix.
struct Kernel {
    const char* name;
    std::function<Matrix<double>(const Matrix<double>& z, const Matrix<double>& x)> of;
};
constexpr std::size_t gauss = 0, laplacian = 1, network = 2;

inline std::vector<Kernel> kernels(double gauss_width, double laplace_width, const options& how) {
    return {{"Gauss", [=](const auto& z, const auto& x) { return radial_matrix(z, x, gaussian{gauss_width}); }},
            {"Laplace", [=](const auto& z, const auto& x) { return radial_matrix(z, x, laplace{laplace_width}); }},
            {"NTK", [=](const auto& z, const auto& x) {
                 return ntk<TwoHidden>(rows<Vector<>>(z), rows<Vector<>>(x), how);
             }}};
}

/// How an exact fit does: per cent of clean test labels missed, of the labels it was fitted to, and its norm in the
/// kernel's own space, sqrt(y^T K^-1 y).
struct Interpolant {
    double error = 0, train_error = 0, norm = 0;
};

/// Fits of some labels of the same samples; labels are columns beside each other, so that K is factorised once.
inline std::vector<Interpolant> interpolate_all(const Kernel& kernel, const TrainAndTest<double>& data,
                                            const std::vector<std::vector<int>>& labels, std::size_t classes,
                                            double on, double off) {
    const Matrix<double> K = kernel.of(data.train.images, data.train.images),
                         Kz = kernel.of(data.test.images, data.train.images);
    Matrix<double> y(K.rows(), classes * labels.size());
    for (std::size_t k = 0; k < labels.size(); ++k) {
        const Matrix<double> some = one_hot<double>(labels[k], classes, on, off);
        for (std::size_t i = 0; i < K.rows(); ++i) std::copy_n(some.row(i).data(), classes, &y(i, k * classes));
    }
    const auto fit = regress(K, y);
    const Matrix<double> trained = fit.predict(K), tested = fit.predict(Kz);

    const auto missed = [&](const Matrix<double>& outputs, std::size_t k, const std::vector<int>& truth) {
        Matrix<double> some(outputs.rows(), classes);
        for (std::size_t i = 0; i < some.rows(); ++i)
            std::copy_n(&outputs(i, k * classes), classes, some.row(i).data());
        return 100 - accuracy(some, truth);
    };
    std::vector<Interpolant> made;
    for (std::size_t k = 0; k < labels.size(); ++k)
        made.push_back({missed(tested, k, data.test.labels), missed(trained, k, labels[k]),
                        norm_of_fit(y, fit.weights(), k * classes, classes)});
    return made;
}

inline Interpolant mean_of(std::span<const Interpolant> fits) {
    Interpolant mean;
    for (const Interpolant& one : fits) {
        mean.error += one.error / static_cast<double>(fits.size());
        mean.train_error += one.train_error / static_cast<double>(fits.size());
        mean.norm += one.norm / static_cast<double>(fits.size());
    }
    return mean;
}

inline void interpolation_of_two_classes(Study& study) {
    constexpr double bayes = 15.87, noise = 0.1;  // Bayes: the normal distribution beyond 1
    constexpr std::uint64_t seeds = 3;
    constexpr std::size_t tests = 4000;
    const auto counts = study.size<std::vector<std::size_t>>({{500}, {500, 4000}, {500, 4000, 16'000}});
    const std::pair<const char*, double> sets[] = {{"overlapping", 2}, {"separable", 10}};
    // By set, number of samples, and kernel.
    const char* const reference[2][2][2] = {
        {{"21.2 (43) / 23.0 (48)", "18.0 (21) / 18.2 (23)"}, {"22.4 (220) / 24.2 (241)", "16.9 (63) / 16.8 (69)"}},
        {{"0.00 (4.3) / 0.49 (25)", "0.00 (3.8) / 0.01 (14)"},
         {"0.00 (11.6) / 0.87 (112)", "0.00 (5.4) / 0.00 (38)"}}};
    Table& table = study.table(
        fmt::format("Two classes in 50 dimensions, fitted exactly: test error in per cent (norm of the fit), mean of "
                    "{} seeds. Bayes: {} on the overlapping set, 0 on the separable",
                    seeds, bayes),
        {"set", "samples", "kernel", "clean labels", "a tenth drawn anew", "reference"});
    const auto all = kernels(5, 5, study.options());
    const auto bar = study.options("interpolation").progress;
    std::uint64_t done = 0;
    double train_error = 0, raised = 0, growth = HUGE_VAL, behind = -HUGE_VAL;
    std::array<double, 3> excess{};
    for (std::size_t set = 0; set < std::size(sets); ++set)
        for (std::size_t size = 0; size < counts.size(); ++size) {
            std::array<double, 2> of_gauss{};
            for (std::size_t k = 0; k < all.size(); ++k) {
                const auto [name, centre] = sets[set];
                std::vector<Interpolant> of_clean, of_noisy;
                for (std::uint64_t s = 0; s < seeds; ++s) {
                    const TrainAndTest<double> data{two_classes(counts[size], centre, 2 * s + 1),
                                                    two_classes(tests, centre, 2 * s + 2)};
                    const auto& labels = data.train.labels;
                    // f / sqrt 2 and -f / sqrt 2: the larger says f's sign, together they have the norm of f.
                    const auto fits = interpolate_all(all[k], data, {labels, redrawn(labels, noise, 2, seed{s})}, 2,
                                                  1 / sqrt2, -1 / sqrt2);
                    of_clean.push_back(fits[0]), of_noisy.push_back(fits[1]);
                    bar(++done, std::size(sets) * counts.size() * all.size() * seeds);
                }
                const Interpolant clean = mean_of(of_clean), noisy = mean_of(of_noisy);
                table.row(name, counts[size], all[k].name, fmt::format("{:.2f} ({:.3g})", clean.error, clean.norm),
                          fmt::format("{:.2f} ({:.3g})", noisy.error, noisy.norm),
                          size < 2 && k < network ? reference[set][size][k] : "");
                train_error = std::max({train_error, clean.train_error, noisy.train_error});
                raised = std::max(raised, noisy.error - clean.error);
                if (set == 0) excess[k] = std::max({excess[k], clean.error - bayes, noisy.error - bayes});
                else if (k != network) growth = std::min(growth, noisy.norm / clean.norm);
                if (k == gauss) of_gauss = {clean.error, noisy.error};
                if (k == laplacian)
                    behind = std::max({behind, clean.error - of_gauss[0], noisy.error - of_gauss[1]});
            }
        }
    study.claim(train_error == 0, "all training labels are fitted, noisy ones too: {:.2f} % missed", train_error);
    study.claim(excess[laplacian] <= 3, "Laplace stays within 3 points of Bayes: {:.2f}", excess[laplacian]);
    study.claim(excess[gauss] <= 12, "Gauss stays within 12 points of Bayes: {:.2f}", excess[gauss]);
    study.claim(behind <= 0, "on neither set does Laplace err more often than Gauss: by {:.2f} points more at most",
                behind);
    study.claim(excess[network] <= 12, "the NTK stays within 12 points of Bayes: {:.2f}", excess[network]);
    study.claim(raised <= 4, "a tenth of the labels drawn anew raises the error by at most 4 points: {:.2f}", raised);
    study.claim(growth >= 3,
                "and the norm of the separable set's fit at least threefold (Gauss, Laplace): {:.1f}-fold", growth);
}

inline void interpolation_of_images(Study& study) {
    constexpr std::size_t classes = 10, draws = 5;
    constexpr std::array noises{0.0, 0.01, 0.1};
    struct Known {
        double accuracy = 0;
        int norm = 0;
    };
    using References = std::array<std::array<Known, 3>, 3>;  // by kernel and noise; 0: not known
    Table& table =
        study.table(fmt::format("Images fitted exactly: test accuracy in per cent (norm of the fit); of noisy "
                                "labels the mean of {} draws",
                                draws),
                    {"set", "kernel", "clean labels", "reference", "1 % drawn anew", "reference", "10 % drawn anew",
                     "reference"});
    double exact = 0, apart = 0, train_error = 0, ahead = HUGE_VAL;
    const auto set = [&](const char* name, const TrainAndTest<double>& data, const References& reference) {
        std::vector<std::vector<int>> labels{data.train.labels};
        for (std::size_t k = 0; k < 2 * draws; ++k)
            labels.push_back(redrawn(labels[0], noises[1 + k / draws], classes, seed{k}));
        const auto all = kernels(5, 10, study.options(name));
        std::array<double, noises.size()> of_gauss{};
        for (std::size_t k = 0; k < all.size(); ++k) {
            const std::vector<Interpolant> fits = interpolate_all(all[k], data, labels, classes, 0.9, -0.1);
            const Interpolant means[] = {fits[0], mean_of(std::span(fits).subspan(1, draws)),
                                         mean_of(std::span(fits).subspan(1 + draws))};
            std::vector<std::string> cells{name, all[k].name};
            for (std::size_t e = 0; e < noises.size(); ++e) {
                const double right = 100 - means[e].error;
                const auto [known, norm] = reference[k][e];
                cells.push_back(fmt::format("{:.2f} ({:.0f})", right, means[e].norm));
                cells.push_back(norm > 0    ? fmt::format("{:.2f} ({})", known, norm)
                                : known > 0 ? fmt::format("{:.2f}", known)
                                            : "");
                train_error = std::max(train_error, means[e].train_error);
                double& off = e == 0 ? exact : apart;
                if (known != 0) off = std::max(off, std::abs(right - known));
                if (k == gauss) of_gauss[e] = right;
                if (k == laplacian && known >= reference[gauss][e].accuracy)
                    ahead = std::min(ahead, right - of_gauss[e]);
            }
            table.row(std::move(cells));
        }
    };
    set("MNIST", mnist_halves<double>(study, 5000, 5000, 5000),
        {{{{{known_of_mnist.gaussian, 48}, {96.84, 54}, {95.06, 102}}},
          {{{known_of_mnist.laplace, 49}, {96.18, 52}, {95.58, 68}}},
          {{{known_of_mnist.ntk[1]}}}}});
    set("Fashion-MNIST", fashion<double>(study, 5000, 10'000),
        {{{{{known_of_fashion.gaussian, 72}, {85.38, 76}, {83.18, 106}}},
          {{{known_of_fashion.laplace, 58}, {85.70, 60}, {85.22, 74}}},
          {{{known_of_fashion.ntk[1]}}}}});
    study.claim(train_error == 0, "all training images are fitted, those with noisy labels too: {:.2f} % missed",
                train_error);
    study.claim(exact <= 0.1, "clean labels give the reference accuracies to 0.1 point: {:.2f}", exact);
    study.claim(ahead >= 0,
                "Laplace is right at least as often as Gauss wherever the reference has it so, on Fashion-MNIST and on "
                "MNIST with 10 % drawn anew: by {:.2f} points at least",
                ahead);
    study.claim(apart <= 0.3, "noisy labels, drawn otherwise, to 0.3 point: {:.2f}", apart);
    study.difference(
        "MNIST's 60,000 training images are not here: both halves are of its 10,000 test images. Published are also "
        "CIFAR-10, SVHN, TIMIT, HINT-S and 20-Newsgroups");
}

}  // namespace wide::examples
