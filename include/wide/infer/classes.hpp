#pragma once
// Classification by regression: labels become outputs, outputs decisions, and decisions are counted.
//
//     auto y   = one_hot<float>(labels, 10, 0.9, -0.1);       // n x 10; 0.9 for a row's class, -0.1 for the others
//     auto fit = regress(K, y);
//     accuracy(fit.predict(Kz), test_labels);                 // per cent
//     decisions(fit.predict(Kz));                             // one class a row
//
// Classes count from zero. Throws `not_a_class` for a label outside of them, `not_finite` for an output that cannot be compared,
// `shape_mismatch` for sizes that disagree.
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <wide/infer/regress.hpp>
#include <wide/run/error.hpp>
#include <wide/run/matrix.hpp>

namespace wide {

/// n x classes: `on` in the column of a row's label, `off` elsewhere.
template <std::floating_point T = float>
[[nodiscard]] Matrix<T> one_hot(std::span<const int> labels, std::size_t classes, double on = 1, double off = 0) {
    Matrix<T> y(labels.size(), classes);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const int label = labels[i];
        if (label < 0 || static_cast<std::size_t>(label) >= classes)
            throw not_a_class{"one_hot: row " + std::to_string(i) + " has label " + std::to_string(label) + ", but there are " +
                                  std::to_string(classes) + " classes: number them from 0, or say how many there are",
                              i, label};
        for (T& entry : y.row(i)) entry = static_cast<T>(off);
        y(i, static_cast<std::size_t>(label)) = static_cast<T>(on);
    }
    return y;
}

/// The column of each row's largest output; of several that are equal, the first.
template <std::floating_point T>
[[nodiscard]] std::vector<int> decisions(const Matrix<T>& outputs) {
    if (outputs.rows() > 0 && outputs.cols() == 0)
        throw shape_mismatch{"decisions: " + std::to_string(outputs.rows()) + " rows without outputs: give one column a class"};
    regression::require_finite(
        outputs, [&](std::size_t) { return outputs.cols(); }, "decisions: the outputs", "look at the fit that they are of");
    std::vector<int> classes(outputs.rows());
    for (std::size_t i = 0; i < outputs.rows(); ++i) {
        std::size_t best = 0;
        for (std::size_t c = 1; c < outputs.cols(); ++c)
            if (outputs(i, c) > outputs(i, best)) best = c;
        classes[i] = static_cast<int>(best);
    }
    return classes;
}

/// Per cent of decisions that are the row's label.
[[nodiscard]] inline double accuracy(std::span<const int> decided, std::span<const int> labels) {
    if (decided.size() != labels.size() || labels.empty())
        throw shape_mismatch{"accuracy: " + std::to_string(decided.size()) + " decisions for " + std::to_string(labels.size()) +
                             " labels: give one of each a row, and a row at least"};
    std::size_t right = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) right += decided[i] == labels[i];
    return 100 * static_cast<double>(right) / static_cast<double>(labels.size());
}

/// Per cent of rows whose largest output is their label's.
template <std::floating_point T>
[[nodiscard]] double accuracy(const Matrix<T>& outputs, std::span<const int> labels) {
    return accuracy(decisions(outputs), labels);
}

}  // namespace wide
