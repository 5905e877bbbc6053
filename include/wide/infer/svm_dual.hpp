#pragma once
// The dual problem of a support vector machine of two classes, solved for one C after the other: of C-SVC, by
// libsvm's algorithm, sequential minimal optimisation (two coefficients a step, Fan, Chen, Lin 2005, "Working set
// selection using second order information", algorithm 2). With y = 1 or -1, b_i = y_i alpha_i and v = y - K b it
// maximises b y - b K b / 2 over sum b = 0 and 0 <= y_i b_i <= C:
//
//     i = argmax v_i over b_i < upper_i,   j = argmax (v_i - v_j)^2 / (K_ii + K_jj - 2 K_ij) over b_j > lower_j
//     b_i += d,   b_j -= d
//
// until the largest v_i exceeds the smallest v_j by less than the tolerance. No shrinking: a step is two passes over
// v in vectors.
//
//     SvmDual dual(K, rows, y);
//     for (const double C : ascending) if (dual.solve(C, 1e-3)) ... dual.coefficients(), dual.bias()
//
// A larger C begins with the coefficients as they are, or with all of them grown as C is: what has the larger
// objective. Memory: 8 bytes for each pair of rows.
#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <wide/run/matrix.hpp>
#include <wide/simd/batch.hpp>

namespace wide {

class SvmDual {
    using Doubles = Batch<double>;
    static constexpr std::size_t width = Doubles::size;
    static constexpr double infinite = std::numeric_limits<double>::infinity(), least_curvature = 1e-12;

    /// The largest of the values that a pass meets, and where it was.
    struct Largest {
        double value;
        std::size_t place;
    };

public:
    /// `y`: 1 or -1 for each of these rows of K, of which only the lower triangle is read.
    SvmDual(const Matrix<double>& K, std::span<const std::size_t> rows, std::span<const double> y)
        : count_{rows.size()},
          size_{(count_ + width - 1) / width * width},
          K_(count_, size_),
          y_(size_),
          b_(size_),
          v_(size_),
          diagonal_(size_, 1),
          above_(size_, -infinite),
          below_(size_, infinite) {
        for (std::size_t i = 0; i < count_; ++i) {
            for (std::size_t j = 0; j < count_; ++j)
                K_(i, j) = K(std::max(rows[i], rows[j]), std::min(rows[i], rows[j]));
            y_[i] = v_[i] = y[i];
            diagonal_[i] = K_(i, i);
        }
    }

    /// Whether the tolerance was reached, for a C at least as large as the last, in so many steps.
    bool solve(double C, double tolerance, std::uint64_t most_steps = 10'000'000) {
        begin(C);
        std::size_t i = 0, j = 0;
        double moved = 0;
        for (std::uint64_t step = 0;; ++step) {
            const auto [up, low] = move(i, j, moved);
            middle_ = (up.value - low.value) / 2;
            const bool reached = up.value + low.value < tolerance;
            if (reached || step == most_steps) return reached;
            i = up.place;
            j = partner(i, up.value);
            const double curvature = std::max(diagonal_[i] + diagonal_[j] - 2 * K_(i, j), least_curvature);
            const double room_i = upper(i) - b_[i], room_j = b_[j] - lower(j);
            moved = std::min({(v_[i] - v_[j]) / curvature, room_i, room_j});
            // Exactly at the bound, where it is one.
            b_[i] = moved == room_i ? upper(i) : b_[i] + moved;
            b_[j] = moved == room_j ? lower(j) : b_[j] - moved;
            bound(i);
            bound(j);
        }
    }

    /// y_i alpha_i, for each row.
    [[nodiscard]] std::span<const double> coefficients() const { return {b_.data(), count_}; }

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

    /// Which way coefficient i may go, as what is added to v so that the others never win.
    void bound(std::size_t i) {
        above_[i] = b_[i] < upper(i) ? 0 : -infinite;
        below_[i] = b_[i] > lower(i) ? 0 : infinite;
    }

    void begin(double C) {
        assert(C >= C_);
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
        const Doubles highest(top), own(diagonal_[i]), two(2), zero(0), least(least_curvature),
            next(static_cast<double>(width));
        // Fractions compared without a division.
        Doubles best(0), over(1), best_at(0), at = first_places();
        for (std::size_t t = 0; t < size_; t += width) {
            const Doubles apart =
                xsimd::max(highest - (Doubles::load_unaligned(&v_[t]) + Doubles::load_unaligned(&below_[t])), zero);
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
        const std::size_t best = static_cast<std::size_t>(std::max_element(value, value + width) - value);
        return {value[best], static_cast<std::size_t>(place[best])};
    }

    std::size_t count_, size_;  ///< rows; the same, filled up to whole vectors
    Matrix<double> K_;
    std::vector<double> y_, b_, v_, diagonal_, above_, below_;
    double C_ = 0, middle_ = 0;
};

}  // namespace wide
