#pragma once
// Eigenvectors of the initial kernel as tasks, and how training turns the kernel.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <wide/wide.hpp>

#include "../data.hpp"
#include "../study.hpp"
#include "tasks.hpp"

namespace wide::examples {

/// y^T K y / y^T y for every row of labels -1 and 1.
inline std::vector<double> alignments(const Matrix<float>& K, const Matrix<float>& labels) {
    const Matrix<float> along = product_of(labels, K);
    std::vector<double> made(labels.rows());
    for (std::size_t j = 0; j < made.size(); ++j) {
        for (std::size_t i = 0; i < K.rows(); ++i)
            made[j] += static_cast<double>(along(j, i)) * static_cast<double>(labels(j, i));
        made[j] /= static_cast<double>(K.rows());
    }
    return made;
}

inline Matrix<float> column(std::span<const float> row) {
    Matrix<float> made(row.size(), 1);
    std::ranges::copy(row, made.data());
    return made;
}

inline double median(std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
    return values[values.size() / 2];
}

/// The initial kernel of all samples, and the tasks that are its eigenvectors.
struct InitialKernel {
    Matrix<float> labels;            ///< sign(v_j), one a row
    std::vector<double> alignments;  ///< of each task
    double largest;                  ///< eigenvalue

    explicit InitialKernel(const Matrix<float>& K) {
        constexpr std::size_t eigenvectors = 200;
        Eigenpairs<float> spectrum = top_eigenpairs(K, std::min(eigenvectors, K.rows()));
        largest = static_cast<double>(spectrum.values[0]);
        labels = std::move(spectrum.vectors);
        for (std::size_t k = 0; k < labels.size(); ++k) labels.data()[k] = labels.data()[k] > 0 ? 1.0f : -1.0f;
        alignments = wide::examples::alignments(K, labels);
    }
};

/// Of task j, or of the classes of images where j = 0: test accuracies, alignment before training in units of the
/// largest eigenvalue, and how many times it has grown; that of the other eigenvectors, too.
struct Outcome {
    std::size_t j;
    double network, linearised, alignment, target, others;
};

/// Of the perceptron, after 100 epochs on the same images.
inline constexpr std::array<Outcome, 9> reference{{{1, 97.0, 98.6, .521, 134, 20},
                                                   {2, 95.0, 98.2, .383, 253, 42},
                                                   {5, 90.2, 96.6, .103, 100, 24},
                                                   {10, 91.1, 98.0, .0525, 156, 18},
                                                   {20, 87.7, 96.9, .0242, 222, 23},
                                                   {50, 79.3, 92.8, .0116, 277, 27},
                                                   {100, 73.4, 93.8, .0063, 265, 28},
                                                   {200, 69.1, 90.7, .0038, 331, 29},
                                                   {0, 64.2, 58.8, .0131, 72, 22}}};

struct Model {
    const char* name;
    std::vector<std::size_t> tasks;         ///< which eigenvectors, from one
    std::size_t epochs, epochs_of_classes;  ///< of eigenvector tasks, and of CIFAR2
    std::span<const Outcome> reference;     ///< empty: only ranks are asserted
};

/// Returns what became of the classes of images.
template <class Net, class In>
Both<Net, In> eigenvector_tasks(Study& study, const Task& classes, const Model& model) {
    const auto theta = initial<Net, In>(seed{42});
    const auto all = rows<In>(classes.samples);
    const auto kernel = [&](const Parameters<Net, In>& at) {
        return empirical_ntk<Net>(at, all, study.options(fmt::format("{}, kernel", model.name)));
    };
    const InitialKernel before(kernel(theta));

    Table& table = study.table(
        fmt::format("{}: tasks sign(v_j) of the initial kernel's eigenvectors, and CIFAR2 (the first five classes "
                    "against the others); {} training and {} test images, {} epochs ({} of CIFAR2). Test accuracy in "
                    "per cent; alignment before training, in units of the largest eigenvalue, and how many times it "
                    "grows: of the target, and median of the other eigenvectors. Reference: 100 epochs",
                    model.name, classes.train, all.count - classes.train, model.epochs, model.epochs_of_classes),
        {"task", "network", "reference", "linearised", "reference", "alignment", "reference", "target grows",
         "reference", "others", "reference"});
    Plot turned{.title = fmt::format("{}: how training turns the kernel to the task", model.name),
                .x = "eigenvector",
                .y = "alignment after / before",
                .log_x = true,
                .log_y = true};
    const auto task = [&](std::size_t j, const Matrix<float>& labels) {
        const std::string name = j > 0 ? fmt::format("j = {}", j) : "CIFAR2";
        Both<Net, In> both = learn<Net, In>(theta, {classes.samples, classes.train, labels.copy()},
                                            j > 0 ? model.epochs : model.epochs_of_classes, study,
                                            fmt::format("{} {}", model.name, name));
        const std::vector<double> after = alignments(kernel(both.trained), before.labels);
        Curve growth{.name = "trained on " + name};
        for (std::size_t k = 0; k < after.size(); ++k)
            growth.add(static_cast<double>(k + 1), after[k] / before.alignments[k]);
        std::vector<double> others = growth.y;
        if (j > 0) others.erase(others.begin() + static_cast<std::ptrdiff_t>(j) - 1);
        if (j == 1 || j == 10 || j == 100) turned.curves.push_back(std::move(growth));
        const double start = alignment<Net>(theta, all, labels), end = alignment<Net>(both.trained, all, labels);
        const Outcome ours{j, both.network, both.linearised, start / before.largest, end / start, median(others)};

        const auto known = std::ranges::find(model.reference, j, &Outcome::j);
        std::vector<std::string> cells{name};
        const auto cell = [&](double Outcome::*what, fmt::string_view format) {
            cells.push_back(fmt::vformat(format, fmt::make_format_args(ours.*what)));
            cells.push_back(
                known == model.reference.end() ? "" : fmt::vformat(format, fmt::make_format_args((*known).*what)));
        };
        cell(&Outcome::network, "{:.1f}"), cell(&Outcome::linearised, "{:.1f}"), cell(&Outcome::alignment, "{:.3g}");
        cell(&Outcome::target, "{:.0f}-fold"), cell(&Outcome::others, "{:.0f}-fold");
        table.row(std::move(cells));
        return std::pair{ours, std::move(both)};
    };

    Curves curves;
    std::vector<double> aligned;
    double least_win = 100, least_turn = HUGE_VAL;
    for (const std::size_t j : model.tasks) {
        const auto [ours, both] = task(j, column(before.labels.row(j - 1)));
        curves.add(j, both);
        aligned.push_back(ours.alignment);
        least_win = std::min(least_win, ours.linearised - ours.network);
        least_turn = std::min(least_turn, ours.target / ours.others);
    }
    auto [of_classes, both] = task(0, classes.labels);
    least_turn = std::min(least_turn, of_classes.target / of_classes.others);

    const double ranked = rank_correlation(curves.network.y, aligned),
                 ranked_linearised = rank_correlation(curves.linearised.y, aligned);
    study.claim(ranked >= 0.8 && ranked_linearised >= 0.8,
                "{}: alignment ranks the tasks for both: rank correlation with accuracy {:.2f} (network), {:.2f} "
                "(linearised), at least 0.8",
                model.name, ranked, ranked_linearised);
    study.picture(
        curves.plot(fmt::format("{}: eigenvectors of the initial kernel as tasks", model.name), "eigenvector"));
    study.picture(std::move(turned));
    // Who wins depends on the architecture, and where there is no reference nothing says by how much.
    if (!model.reference.empty()) {
        study.claim(least_win > 0, "{}: the linearisation wins on every eigenvector task, by {:.1f} points at least",
                    model.name, least_win);
        study.claim(both.network - both.linearised >= 2,
                    "{}: on CIFAR2 the network wins, by {:.1f} points, at least 2", model.name,
                    both.network - both.linearised);
        study.claim(least_turn >= 3, "{}: the target's alignment grows at least threefold the others': {:.1f}-fold",
                    model.name, least_turn);
    }
    return std::move(both);
}

}  // namespace wide::examples
