#pragma once
// One pass over an offset plane: lanes are pairs of samples, so that every load is aligned and nothing is left over.
#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <wide/lower/plane_cells.hpp>
#include <wide/lower/plane_taps.hpp>

namespace wide {

/// Cells half way in memory: rows of a plane, one behind the other.
template <class T>
struct HalfWayRows {
    /// So many of them stay in the first-level cache.
    static constexpr std::ptrdiff_t wanted = 32;

    T *read, *tangent, *scale;

    HalfWayRows(T* room, std::ptrdiff_t row)
        : read{room}, tangent{room + capacity(row) * lanes<T>}, scale{room + 2 * capacity(row) * lanes<T>} {}

    /// Rows of `row` cells that are half way at a time: an even number.
    static std::ptrdiff_t rows(std::ptrdiff_t row) { return std::max<std::ptrdiff_t>(wanted / row / 2 * 2, 2); }
    static std::ptrdiff_t capacity(std::ptrdiff_t row) { return rows(row) * row + cells_at_once; }
    static std::size_t vectors(std::ptrdiff_t row) {
        return 3 * static_cast<std::size_t>(std::max(wanted, 2 * row) + cells_at_once);
    }
};

/// A whole plane. `lanes_left`: the first samples, too, are as many as there are lanes. `Stored` is the element type that
/// numbers were hoisted for. The part before the nonlinearity is bound by loads, the nonlinearity by multiply-adds:
/// each runs over some rows in a loop of its own, short enough for its latencies to overlap.
template <PlanePass pass, class NonlinearityList, class Stored, class T, bool lanes_left>
class PassMachine {
    static constexpr std::ptrdiff_t lane = lanes<T>, left_lane = lanes_left ? lane : 1;
    template <int rows>
    using Left = std::conditional_t<lanes_left, LaneNumbers<T, rows>, SharedNumbers<T, rows>>;

public:
    explicit PassMachine(const PassRun<T>& run)
        : run_{run},
          magnitude_{*run.magnitude},
          row_{run.row / lane},
          half_{run.halves, row_},
          pairs_of_rows_{run.taps && three_by_three(*run.taps)},
          nngp_sums_{run, run.left_nngp, run.sums},
          theta_sums_{run, run.left_theta, run.taps ? run.sums + nngp_sums_.size() : nullptr} {}

    /// Planes of samples side by side go together, some rows of each in turns: what numbers of their right sides those
    /// rows read then comes to the first-level cache once for all.
    static void go(PassMachine* machines, std::size_t count) {
        const PassRun<T>& run = machines->run_;
        if constexpr (joins(pass.op)) {
            for (std::size_t m = 0; m < count; ++m) machines[m].join();
            return;
        }
        if (machines->pairs_of_rows_)
            for (std::size_t m = 0; m < count; ++m) machines[m].surround();
        const std::ptrdiff_t at_a_time = HalfWayRows<T>::rows(machines->row_), rows = run.out[1];
        for (std::ptrdiff_t z = 0; z < run.out[0]; ++z)
            for (std::ptrdiff_t k = 0; k < rows; k += at_a_time) {
                const std::ptrdiff_t some = std::min(at_a_time, rows - k);
                const std::ptrdiff_t first = run.upwards ? rows - k - some : k;
                for (std::size_t m = 0; m < count; ++m) machines[m].go_rows(z, first, some);
            }
    }

private:
    void go_rows(std::ptrdiff_t z, std::ptrdiff_t first, std::ptrdiff_t count) {
        if (pairs_of_rows_) halve_pairs(first, count);
        else halve_rows(z, first, count);
        finish(z, first, count);
    }

    /// Zeros in the rows before the first and behind the last, for filters to read.
    void surround() const {
        for (const std::ptrdiff_t y : {std::ptrdiff_t{-1}, run_.in[1]}) {
            std::fill_n(run_.left_nngp + y * run_.left_row, run_.left_row, T(0));
            if constexpr (pass.left_theta) std::fill_n(run_.left_theta + y * run_.left_row, run_.left_row, T(0));
        }
    }

    /// Takes one row, or two, half way to place `at`; operands are read by `nngp(x)` and `theta(x)`. `second` false: what
    /// would be the second row is written over later.
    template <int rows, class Nngp, class Theta>
    [[gnu::always_inline]] void halve(std::ptrdiff_t z, std::ptrdiff_t y, std::ptrdiff_t at, bool second, Nngp nngp,
                                      Theta theta) {
        using L = typename Cells<T, rows>::L;
        constexpr int columns = Cells<T, rows>::columns;
        const std::ptrdiff_t position = z * run_.number_layers + y * run_.number_rows;
        // A copy that no store can change: what is read from it may stay in registers.
        const PassMagnitude<T> magnitude = magnitude_;
        const bool itself = run_.itself;
        const std::ptrdiff_t width = run_.out[2], apart = run_.numbers_apart, row = row_ * lane;
        const std::ptrdiff_t number_row = second ? run_.number_rows : 0;
        const T* left = run_.left_number + position * left_lane;
        const T* right = run_.right_number + position * lane;
        T *read = half_.read + at * lane, *tangent = half_.tangent + at * lane, *scale = half_.scale + at * lane;
        for (std::ptrdiff_t x = 0; x < width; x += columns) {
            const L taps = nngp(x);
            L before(T(0));
            if constexpr (pass.left_theta) before = theta(x);
            const HalfWay<L> cells = first_half<pass, NonlinearityList>(
                taps, before, Left<rows>{left + x * left_lane, apart, number_row},
                LaneNumbers<T, rows>{right + x * lane, apart, number_row}, magnitude, itself);
            const std::ptrdiff_t here = x * lane, there = rows == 1 ? here : here + row;
            StoredCells<T, rows>{read + here, read + there}.store(cells.read);
            if constexpr (pass.makes_theta())
                StoredCells<T, rows>{tangent + here, tangent + there}.store(cells.tangent);
            StoredCells<T, rows>{scale + here, scale + there}.store(cells.scale);
        }
        for (int r = 0; r < rows; ++r) close(at + r * row_ + width);
    }

    /// Behind a row stand zeros, for filters to read.
    void close(std::ptrdiff_t from) {
        using V = Block<T, 1>;
        for (std::ptrdiff_t x = from; x < from - run_.out[2] + row_; ++x) {
            V(T(0)).store(half_.read + x * lane);
            V(T(0)).store(half_.tangent + x * lane);
            V(T(0)).store(half_.scale + x * lane);
        }
    }

    static auto loads(const T* row) {
        return [row](std::ptrdiff_t x) __attribute__((always_inline)) { return Cells<T, 1>::L::load(row + x * lane); };
    }

    void halve_rows(std::ptrdiff_t z, std::ptrdiff_t first, std::ptrdiff_t count) {
        for (std::ptrdiff_t y = first; y < first + count; ++y) {
            const T *nngp = nullptr, *theta = nullptr;
            if (run_.taps) {
                nngp = nngp_sums_.row(z, y);
                if constexpr (pass.left_theta) theta = theta_sums_.row(z, y);
            } else {
                const std::ptrdiff_t line = (z * run_.out[1] + y) * run_.left_row;
                nngp = run_.left_nngp + line;
                if constexpr (pass.left_theta) theta = run_.left_theta + line;
            }
            halve<1>(z, y, (y - first) * row_, false, loads(nngp), loads(theta));
        }
    }

    void halve_pairs(std::ptrdiff_t first, std::ptrdiff_t count) {
        const GridTaps& taps = *run_.taps;
        for (std::ptrdiff_t k = 0; k < count; k += 2) {
            const std::ptrdiff_t y = first + k;
            const bool second = k + 1 < count;
            const std::ptrdiff_t from = (y - taps.first[1]) * run_.left_row;
            TapsOfTwoRows<T> nngp_taps(run_.left_nngp + from, run_.left_row, taps.first[2]);
            const auto next = [&](std::ptrdiff_t) __attribute__((always_inline)) { return nngp_taps.next(); };
            if constexpr (pass.left_theta) {
                TapsOfTwoRows<T> theta_taps(run_.left_theta + from, run_.left_row, taps.first[2]);
                halve<2>(0, y, k * row_, second, next,
                         [&](std::ptrdiff_t) __attribute__((always_inline)) { return theta_taps.next(); });
            } else {
                halve<2>(0, y, k * row_, second, next, next);
            }
        }
    }

    /// From half way to where the plane's rows are stored.
    void finish(std::ptrdiff_t z, std::ptrdiff_t first, std::ptrdiff_t count) {
        if constexpr (pass.op == Op::nonlinearity) {
            using Form = kernel_form<typename nth_of<pass.nonlinearity, NonlinearityList>::type>;
            if constexpr (!is_automatic<Form>) {
                if constexpr (Form::hoisted == 0) return finish_cells(z, first, 0, count * row_, 0);
            }
        }
        for (std::ptrdiff_t r = 0; r < count; ++r)
            finish_cells(z, first + r, r * row_, row_,
                         z * run_.number_layers + (first + r) * run_.number_rows);
    }

    /// `count` cells from place `at` on, to row y; `position` is where the numbers of the first lie.
    void finish_cells(std::ptrdiff_t z, std::ptrdiff_t y, std::ptrdiff_t at, std::ptrdiff_t count,
                      std::ptrdiff_t position) {
        using L = Block<T, cells_at_once>;
        constexpr bool makes_theta = pass.makes_theta();
        const std::ptrdiff_t line = (z * run_.out[1] + y) * run_.row;
        T* const nngp = run_.nngp + line;
        T* const theta = makes_theta ? run_.theta + line : nullptr;
        const T *read = half_.read + at * lane, *tangent = half_.tangent + at * lane, *scale = half_.scale + at * lane;
        const Terms terms = magnitude_.terms;
        const auto finished = [&](std::ptrdiff_t i) __attribute__((always_inline)) {
            HalfWay<L> cells{L::load(read + i * lane), L(T(0)), L::load(scale + i * lane)};
            if constexpr (makes_theta) cells.tangent = L::load(tangent + i * lane);
            if constexpr (pass.op == Op::nonlinearity) {
                using Form = kernel_form<typename nth_of<pass.nonlinearity, NonlinearityList>::type>;
                constexpr std::ptrdiff_t kept = deviations_kept<Form>;
                const std::ptrdiff_t apart = run_.numbers_apart;
                return second_half<pass, NonlinearityList, Stored>(
                    cells, ManyNumbers<!lanes_left>{run_.left_number + (position + i + kept * apart) * left_lane, apart},
                    ManyNumbers<false>{run_.right_number + (position + i + kept * apart) * lane, apart}, terms);
            } else {
                return Finished<L>{cells.scale * cells.read, cells.scale * cells.tangent};
            }
        };
        std::ptrdiff_t i = 0;
        for (; i + cells_at_once <= count; i += cells_at_once) {
            const Finished<L> kernels = finished(i);
            kernels.nngp.store(nngp + i * lane);
            if constexpr (makes_theta) kernels.theta.store(theta + i * lane);
        }
        if (i == count) return;
        // Behind the last cells there may be rows that are still to be read.
        const Finished<L> kernels = finished(i);
        for (int k = 0; i + k < count; ++k) {
            kernels.nngp.v[k].store_aligned(nngp + (i + k) * lane);
            if constexpr (makes_theta) kernels.theta.v[k].store_aligned(theta + (i + k) * lane);
        }
    }

    /// Numbers at neighbouring positions.
    template <bool shared>
    struct ManyNumbers {
        using L = Block<T, cells_at_once>;
        const T* number;
        std::ptrdiff_t apart;
        [[gnu::always_inline]] L operator[](int k) const {
            if constexpr (shared)
                return L([at = number + k * apart](int i) __attribute__((always_inline)) { return Batch<T>(at[i]); });
            else return L::load(number + k * apart * lane);
        }
        [[gnu::always_inline]] void advance(int n) { number += n * apart * (shared ? 1 : lane); }
    };

    void join() {
        using L = Block<T, cells_before>;
        const PassMagnitude<T> magnitude = magnitude_;
        const Block<T, 1> none(T(0));
        for (std::ptrdiff_t line = 0; line < run_.out[0] * run_.out[1]; ++line) {
            for (std::ptrdiff_t x = 0; x < run_.out[2]; x += cells_before) {
                const std::ptrdiff_t at = x * lane, one = line * run_.left_row + at, two = line * run_.right_row + at;
                join_columns<pass, L>(run_.left_nngp + one, run_.left_theta + (pass.left_theta ? one : 0),
                                      run_.right_nngp + two, run_.right_theta + (pass.right_theta ? two : 0),
                                      magnitude, run_.nngp + line * run_.row + at,
                                      run_.theta + (pass.makes_theta() ? line * run_.row + at : 0));
            }
            none.store(run_.nngp + line * run_.row + run_.out[2] * lane);
            if constexpr (pass.makes_theta()) none.store(run_.theta + line * run_.row + run_.out[2] * lane);
        }
    }

    const PassRun<T>& run_;
    const PassMagnitude<T>& magnitude_;
    std::ptrdiff_t row_;  ///< in cells
    HalfWayRows<T> half_;
    bool pairs_of_rows_;
    TapSums<T> nngp_sums_, theta_sums_;
};

/// One pass over the planes of `count` samples side by side, `most_side_by_side` at most.
template <PlanePass pass, class NonlinearityList, class Stored, class T, bool lanes_left>
void run_pass(const PassRun<T>* run, std::size_t count) {
    using Machine = PassMachine<pass, NonlinearityList, Stored, T, lanes_left>;
    if (count == 1) {
        Machine alone(*run);
        return Machine::go(&alone, 1);
    }
    [&]<std::size_t... m>(std::index_sequence<m...>) {
        Machine machines[] = {Machine(run[std::min(m, count - 1)])...};
        Machine::go(machines, count);
    }
    (std::make_index_sequence<most_side_by_side>{});
}

}  // namespace wide
