#pragma once
// Kernel support vector machines along a grid of C: what svm.hpp trains one by one, each begun where the one before
// ended. For choosing C on many kernels; a machine for one C is train_svm's.
//
//     const auto path = svm_path(K, labels, fold, {0.01, 0.1, 1, 10});       // ascending
//     path.decided[c];  path.accuracy[c];                                    // of fold.held_out: labels; per cent
//
// Every class against every other, decided by votes, ties to the smaller label: the machines of libsvm to its
// tolerance, not to its bits (svm_dual.hpp).
//
// Only K's lower triangle is read. Memory: 8 n_p^2 bytes a thread for the n_p rows of a pair of classes, refused before
// anything is computed where `how.budget` has less. Throws what train_svm throws, but a machine that did not converge
// after ten million steps is marked in `gave_up`, and judged as it is.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <wide/infer/classes.hpp>
#include <wide/infer/regress.hpp>
#include <wide/infer/svm_dual.hpp>
#include <wide/run/error.hpp>
#include <wide/run/fold.hpp>
#include <wide/run/matrix.hpp>
#include <wide/run/memory.hpp>
#include <wide/run/options.hpp>
#include <wide/run/parallel.hpp>
#include <wide/run/readable_number.hpp>

namespace wide {

struct SvmPath {
    std::vector<double> C;
    std::vector<std::vector<int>> decided;  ///< by C: a label for each row held out
    std::vector<double> accuracy;           ///< by C: per cent of them that are right
    std::vector<unsigned char> gave_up;     ///< by C; 1: some pair of classes is not at the optimum
};

namespace support_vectors {

inline void require_path(const Matrix<double>& K, std::span<const int> labels, const Fold& fold,
                         std::span<const double> C, double tolerance) {
    if (K.rows() != K.cols() || labels.size() != K.rows())
        throw shape_mismatch{"svm_path: K is " + regression::size_of(K.rows(), K.cols()) + " with " +
                             std::to_string(labels.size()) +
                             " labels: pass the square Gram of all rows, and one label for each"};
    if (fold.train.empty() || fold.held_out.empty())
        throw shape_mismatch{"svm_path: a fold without rows to train on, or to hold out"};
    for (const auto* rows : {&fold.train, &fold.held_out})
        for (const std::size_t row : *rows)
            if (row >= K.rows())
                throw shape_mismatch{"svm_path: row " + std::to_string(row) + " of a K of " +
                                     std::to_string(K.rows()) + ": rows count from zero"};
    const auto is_price = [](double one) { return std::isfinite(one) && one > 0; };
    if (C.empty() || !std::ranges::all_of(C, is_price) || !std::ranges::is_sorted(C))
        throw error{"svm_path: give finite C above zero, in ascending order"};
    if (!std::isfinite(tolerance) || !(tolerance > 0))
        throw error{"svm_path: a tolerance of " + readable_number(tolerance) +
                    " is refused: pass a finite number above zero"};
    regression::require_finite(
        K, [](std::size_t i) { return i + 1; }, "svm_path: K", "look at these two training rows");
}

}  // namespace support_vectors

/// `how`: threads, over pairs of classes; budget; progress in pairs; stop.
[[nodiscard]] inline SvmPath svm_path(const Matrix<double>& K, std::span<const int> labels, const Fold& fold,
                                      std::vector<double> C, const options& how = {}, double tolerance = 1e-3) {
    support_vectors::require_path(K, labels, fold, C, tolerance);
    std::map<int, std::vector<std::size_t>> members;
    for (const std::size_t row : fold.train) members[labels[row]].push_back(row);
    std::vector<int> classes;
    for (const auto& [label, rows] : members) classes.push_back(label);
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    std::size_t most_rows = 0;
    for (std::size_t a = 0; a < classes.size(); ++a)
        for (std::size_t b = a + 1; b < classes.size(); ++b) {
            pairs.emplace_back(a, b);
            most_rows = std::max(most_rows, members.at(classes[a]).size() + members.at(classes[b]).size());
        }
    const std::uint64_t at_once = std::min<std::uint64_t>(static_cast<std::uint64_t>(threads_of(how)), pairs.size());
    require_memory(saturated_product(at_once, saturated_product(sizeof(double), saturated_product(most_rows, most_rows))),
                   how.budget, "svm_path: K of a pair of classes, for each thread,");

    const std::size_t held = fold.held_out.size();
    SvmPath path{std::move(C), {}, {}, {}};
    path.gave_up.resize(path.C.size());
    // Added up by all threads: in whatever order, the sum is the same.
    Matrix<int> votes(path.C.size() * held, classes.size());
    run_blocks(pairs.size(), pairs.size(), how, [&](std::size_t p) -> std::uint64_t {
        const auto [a, b] = pairs[p];
        std::vector<std::size_t> rows = members.at(classes[a]);
        std::vector<double> y(rows.size(), 1);
        rows.insert(rows.end(), members.at(classes[b]).begin(), members.at(classes[b]).end());
        y.resize(rows.size(), -1);
        SvmDual dual(K, rows, y);
        std::vector<double> bias;
        Matrix<double> weights(rows.size(), path.C.size());
        for (std::size_t c = 0; c < path.C.size(); ++c) {
            if (!dual.solve(path.C[c], tolerance)) std::atomic_ref(path.gave_up[c]) = 1;
            bias.push_back(dual.bias());
            for (std::size_t k = 0; k < rows.size(); ++k) weights(k, c) = dual.coefficients()[k];
        }
        // Each number of K is fetched once, for all C.
        for (std::size_t h = 0; h < held; ++h) {
            std::vector<double> f = bias;
            for (std::size_t k = 0; k < rows.size(); ++k) {
                const double value = K(std::max(fold.held_out[h], rows[k]), std::min(fold.held_out[h], rows[k]));
                for (std::size_t c = 0; c < f.size(); ++c) f[c] += weights(k, c) * value;
            }
            for (std::size_t c = 0; c < f.size(); ++c) ++std::atomic_ref(votes(c * held + h, f[c] > 0 ? a : b));
        }
        return 1;
    });

    std::vector<int> truth;
    for (const std::size_t row : fold.held_out) truth.push_back(labels[row]);
    for (std::size_t c = 0; c < path.C.size(); ++c) {
        std::vector<int> decided;
        for (std::size_t h = 0; h < held; ++h) {
            const auto of_row = votes.row(c * held + h);
            decided.push_back(classes[static_cast<std::size_t>(std::ranges::max_element(of_row) - of_row.begin())]);
        }
        path.accuracy.push_back(wide::accuracy(decided, truth));
        path.decided.push_back(std::move(decided));
    }
    return path;
}

}  // namespace wide
