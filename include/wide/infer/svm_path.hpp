#pragma once
// Kernel support vector machines along a grid of C: what svm.hpp trains one by one, each begun where the one before ended. For
// choosing C on many kernels; a machine for one C is train_svm's.
//
//     const auto path = svm_path(K, labels, fold, {0.01, 0.1, 1, 10});       // ascending
//     path.decided[c];  path.accuracy(c);                                    // of fold.held_out: labels; per cent
//
// C-SVC, every class against every other, decided by votes, ties to the smaller label: the machines of libsvm, by its algorithm
// (sequential minimal optimisation, two coefficients a step, Fan, Chen, Lin 2005, "Working set selection using second order
// information", algorithm 2) and to its tolerance, but not its bits. With b_i = y_i alpha_i and v = y - K b,
//
//     i = argmax v over b_i < upper_i,   j = argmax (v_i - v_j)^2 / (K_ii + K_jj - 2 K_ij) over b_j > lower_j,   b_i += d,  b_j -= d
//
// until the largest v_i exceeds the smallest v_j by less than the tolerance. No shrinking: a step is one pass over v in vectors.
// A larger C begins with the coefficients as they are, or with all of them grown as C is: what has the larger dual objective.
//
// Only K's lower triangle is read. Memory: 8 n_p^2 bytes a thread for the n_p rows of a pair of classes. Throws what train_svm throws,
// but a machine that did not converge after ten million steps is marked in `gave_up`, and judged as it is.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <wide/infer/classes.hpp>
#include <wide/infer/regress.hpp>
#include <wide/run/error.hpp>
#include <wide/run/fold.hpp>
#include <wide/run/matrix.hpp>
#include <wide/run/options.hpp>
#include <wide/run/parallel.hpp>
#include <wide/simd/batch.hpp>

namespace wide {

struct SvmPath {
    std::vector<double> C;
    std::vector<std::vector<int>> decided;  ///< by C: a label for each row held out
    std::vector<double> accuracy;           ///< by C: per cent of them that are right
    std::vector<std::uint64_t> steps;       ///< by C, of all pairs of classes
    std::vector<unsigned char> gave_up;     ///< by C; 1: some pair is not at the optimum
};

namespace support_vectors {

/// The largest of a value that a pass meets, and where: lane by lane.
struct Largest {
    double value = 0;
    std::size_t place = 0;
};

/// Two classes: the dual problem, its state, and how to go on with it.
class Dual {
    using Doubles = Batch<double>;
    static constexpr std::size_t width = Doubles::size;
    static constexpr double infinite = std::numeric_limits<double>::infinity();

public:
    /// `y`: 1 or -1 for each of these rows of K.
    Dual(const Matrix<double>& K, std::span<const std::size_t> rows, std::span<const double> y)
        : count_{rows.size()}, size_{(count_ + width - 1) / width * width}, K_(count_, size_), y_(size_), b_(size_), v_(size_),
          diagonal_(size_, 1), above_(size_, -infinite), below_(size_, infinite) {
        for (std::size_t i = 0; i < count_; ++i) {
            for (std::size_t j = 0; j < count_; ++j) K_(i, j) = K(std::max(rows[i], rows[j]), std::min(rows[i], rows[j]));
            y_[i] = v_[i] = y[i];
            diagonal_[i] = K_(i, i);
        }
    }

    /// Solves for a C at least as large as the last. Returns the steps it took.
    std::uint64_t solve(double C, double tolerance, std::uint64_t most) {
        begin(C);
        std::size_t i = 0, j = 0;
        double moved = 0;
        for (std::uint64_t step = 0;; ++step) {
            const auto [up, low] = move(i, j, moved);
            gap_ = up.value + low.value;
            middle_ = (up.value - low.value) / 2;
            if (gap_ < tolerance || step == most) return step;
            i = up.place;
            j = partner(i, up.value);
            const double curvature = curvature_of(i, j), room_i = upper(i) - b_[i], room_j = b_[j] - lower(j);
            moved = std::min({(v_[i] - v_[j]) / curvature, room_i, room_j});
            b_[i] = moved == room_i ? upper(i) : b_[i] + moved;
            b_[j] = moved == room_j ? lower(j) : b_[j] - moved;
            bound(i);
            bound(j);
        }
    }

    [[nodiscard]] double gap() const { return gap_; }
    [[nodiscard]] double coefficient(std::size_t i) const { return b_[i]; }

    /// What is added to K b: the mean of v where it is decided, else the middle of where it may be.
    [[nodiscard]] double bias() const {
        double sum = 0;
        std::size_t free = 0;
        for (std::size_t i = 0; i < count_; ++i)
            if (b_[i] > lower(i) && b_[i] < upper(i)) sum += v_[i], ++free;
        return free > 0 ? sum / static_cast<double>(free) : middle_;
    }

private:
    [[nodiscard]] double upper(std::size_t i) const { return y_[i] > 0 ? C_ : 0; }
    [[nodiscard]] double lower(std::size_t i) const { return y_[i] > 0 ? 0 : -C_; }
    [[nodiscard]] double curvature_of(std::size_t i, std::size_t j) const {
        return std::max(diagonal_[i] + diagonal_[j] - 2 * K_(i, j), least_curvature);
    }

    /// Which way coefficient i may go, as what is added to v so that the others never win.
    void bound(std::size_t i) {
        above_[i] = b_[i] < upper(i) ? 0 : -infinite;
        below_[i] = b_[i] > lower(i) ? 0 : infinite;
    }

    /// The dual objective is sum b y - b K b / 2, and K b = y - v.
    void begin(double C) {
        const double growth = C_ > 0 ? C / C_ : 1;
        double linear = 0, quadratic = 0;
        for (std::size_t i = 0; i < count_; ++i) linear += b_[i] * y_[i], quadratic += b_[i] * (y_[i] - v_[i]);
        if (growth * linear - growth * growth * quadratic / 2 > linear - quadratic / 2)
            for (std::size_t i = 0; i < count_; ++i) {
                b_[i] = std::abs(b_[i]) == C_ ? std::copysign(C, b_[i]) : growth * b_[i];
                v_[i] = y_[i] - growth * (y_[i] - v_[i]);
            }
        C_ = C;
        for (std::size_t i = 0; i < count_; ++i) bound(i);
    }

    /// Takes a step into account, and finds the largest v that may grow and the largest -v that may shrink.
    [[nodiscard]] std::pair<Largest, Largest> move(std::size_t i, std::size_t j, double moved) {
        const double* const row_i = K_.row(i).data();
        const double* const row_j = K_.row(j).data();
        const Doubles step(moved), next(static_cast<double>(width));
        Doubles up(-infinite), low(-infinite), up_at(0), low_at(0), at = first_places();
        for (std::size_t t = 0; t < size_; t += width) {
            const Doubles v = Doubles::load_unaligned(&v_[t]) -
                              step * (Doubles::load_unaligned(row_i + t) - Doubles::load_unaligned(row_j + t));
            v.store_unaligned(&v_[t]);
            const Doubles may_grow = v + Doubles::load_unaligned(&above_[t]);
            const Doubles may_shrink = -v - Doubles::load_unaligned(&below_[t]);
            const auto higher = may_grow > up, lower = may_shrink > low;
            up = xsimd::select(higher, may_grow, up);
            up_at = xsimd::select(higher, at, up_at);
            low = xsimd::select(lower, may_shrink, low);
            low_at = xsimd::select(lower, at, low_at);
            at = at + next;
        }
        return {of_lanes(up, up_at), of_lanes(low, low_at)};
    }

    /// The j with which a step from i gains most.
    [[nodiscard]] std::size_t partner(std::size_t i, double top) const {
        const double* const row = K_.row(i).data();
        const Doubles highest(top), own(diagonal_[i]), two(2), zero(0), least(least_curvature), next(static_cast<double>(width));
        // Fractions compared without a division.
        Doubles best(0), over(1), best_at(0), at = first_places();
        for (std::size_t t = 0; t < size_; t += width) {
            const Doubles apart = xsimd::max(
                highest - (Doubles::load_unaligned(&v_[t]) + Doubles::load_unaligned(&below_[t])), zero);
            const Doubles curvature = xsimd::max(
                own + Doubles::load_unaligned(&diagonal_[t]) - two * Doubles::load_unaligned(row + t), least);
            const Doubles square = apart * apart;
            const auto better = square * over > best * curvature;
            best = xsimd::select(better, square, best);
            over = xsimd::select(better, curvature, over);
            best_at = xsimd::select(better, at, best_at);
            at = at + next;
        }
        return of_lanes(best / over, best_at).place;
    }

    [[nodiscard]] static Doubles first_places() {
        double places[width];
        for (std::size_t k = 0; k < width; ++k) places[k] = static_cast<double>(k);
        return Doubles::load_unaligned(places);
    }

    [[nodiscard]] static Largest of_lanes(const Doubles& values, const Doubles& places) {
        double value[width], place[width];
        values.store_unaligned(value);
        places.store_unaligned(place);
        std::size_t best = 0;
        for (std::size_t k = 1; k < width; ++k)
            if (value[k] > value[best]) best = k;
        return {value[best], static_cast<std::size_t>(place[best])};
    }

    static constexpr double least_curvature = 1e-12;

    std::size_t count_, size_;  ///< rows; the same, filled up to whole vectors
    Matrix<double> K_;
    std::vector<double> y_, b_, v_, diagonal_, above_, below_;
    double C_ = 0, gap_ = 0, middle_ = 0;
};

}  // namespace support_vectors

/// `how`: threads, over pairs of classes; stop.
[[nodiscard]] inline SvmPath svm_path(const Matrix<double>& K, std::span<const int> labels, const Fold& fold, std::vector<double> C,
                                      const options& how = {}, double tolerance = 1e-3) {
    if (K.rows() != K.cols() || labels.size() != K.rows())
        throw shape_mismatch{"svm_path: K is " + regression::size_of(K.rows(), K.cols()) + " with " + std::to_string(labels.size()) +
                             " labels: pass the square Gram of all rows, and one label for each"};
    if (fold.train.empty() || fold.held_out.empty()) throw shape_mismatch{"svm_path: a fold without rows to train on, or to hold out"};
    for (const auto* rows : {&fold.train, &fold.held_out})
        for (const std::size_t row : *rows)
            if (row >= K.rows())
                throw shape_mismatch{"svm_path: row " + std::to_string(row) + " of a K of " + std::to_string(K.rows()) + ": rows count from zero"};
    if (C.empty() || !std::ranges::is_sorted(C) || !(C.front() > 0) || !std::isfinite(C.back()))
        throw error{"svm_path: give finite C above zero, in ascending order"};
    regression::require_finite(
        K, [](std::size_t i) { return i + 1; }, "svm_path: K", "look at these two training rows");

    std::map<int, std::vector<std::size_t>> members;
    for (const std::size_t row : fold.train) members[labels[row]].push_back(row);
    std::vector<int> classes;
    for (const auto& [label, rows] : members) classes.push_back(label);
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    for (std::size_t a = 0; a < classes.size(); ++a)
        for (std::size_t b = a + 1; b < classes.size(); ++b) pairs.emplace_back(a, b);

    const std::size_t held = fold.held_out.size();
    SvmPath path{std::move(C), {}, {}, {}, {}};
    path.steps.resize(path.C.size());
    path.gave_up.resize(path.C.size());
    // Added up by all threads: in whatever order, the sum is the same.
    Matrix<int> votes(path.C.size() * held, classes.size());
    run_blocks(pairs.size(), pairs.size(), how, [&](std::size_t p) -> std::uint64_t {
        const auto [a, b] = pairs[p];
        std::vector<std::size_t> rows = members.at(classes[a]);
        std::vector<double> y(rows.size(), 1);
        rows.insert(rows.end(), members.at(classes[b]).begin(), members.at(classes[b]).end());
        y.resize(rows.size(), -1);
        support_vectors::Dual dual(K, rows, y);
        for (std::size_t c = 0; c < path.C.size(); ++c) {
            constexpr std::uint64_t most = 10'000'000;
            std::atomic_ref(path.steps[c]) += dual.solve(path.C[c], tolerance, most);
            if (dual.gap() >= tolerance) std::atomic_ref(path.gave_up[c]) = 1;
            const double bias = dual.bias();
            for (std::size_t h = 0; h < held; ++h) {
                double f = bias;
                for (std::size_t k = 0; k < rows.size(); ++k)
                    if (const double weight = dual.coefficient(k); weight != 0)
                        f += weight * K(std::max(fold.held_out[h], rows[k]), std::min(fold.held_out[h], rows[k]));
                ++std::atomic_ref(votes(c * held + h, f > 0 ? a : b));
            }
        }
        return 1;
    });
    std::vector<int> truth;
    for (const std::size_t row : fold.held_out) truth.push_back(labels[row]);
    for (std::size_t c = 0; c < path.C.size(); ++c) {
        std::vector<int> decided(held);
        for (std::size_t h = 0; h < held; ++h) {
            const auto of_row = votes.row(c * held + h);
            decided[h] = classes[static_cast<std::size_t>(std::ranges::max_element(of_row) - of_row.begin())];
        }
        path.accuracy.push_back(wide::accuracy(decided, truth));
        path.decided.push_back(std::move(decided));
    }
    return path;
}

}  // namespace wide
