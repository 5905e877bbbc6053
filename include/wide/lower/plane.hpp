#pragma once
// One pass over an offset plane: lanes are pairs of samples, so that every load is aligned and nothing is left over.
#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <wide/lower/plane_cells.hpp>
#include <wide/lower/plane_taps.hpp>

namespace wide {

/// A whole plane. `lanes_left`: the first samples, too, are as many as there are lanes. `Stored` is the element type that
/// numbers were hoisted for. Some cells at a time go all the way, so that the additions of a filter fill the time that
/// the square roots of the cells before take.
template <PlanePass pass, class NonlinearityList, class Stored, class T, bool lanes_left>
class PassMachine {
    static constexpr std::ptrdiff_t lane = lanes<T>, left_lane = lanes_left ? lane : 1;
    template <int rows>
    using Left = std::conditional_t<lanes_left, LaneNumbers<T, rows>, SharedNumbers<T, rows>>;

public:
    explicit PassMachine(const PassRun<T>& run) : run_{run}, magnitude_{*run.magnitude} {}

    void go() {
        if constexpr (joins(pass.op)) join();
        else if (run_.taps && three_by_three(*run_.taps)) go_pairs();
        else go_rows();
    }

private:
    /// Zeros in the rows before the first and behind the last, for filters to read.
    void surround() const {
        for (const std::ptrdiff_t y : {std::ptrdiff_t{-1}, run_.in[1]}) {
            std::fill_n(run_.left_nngp + y * run_.left_row, run_.left_row, T(0));
            if constexpr (pass.left_theta) std::fill_n(run_.left_theta + y * run_.left_row, run_.left_row, T(0));
        }
    }

    /// Takes one row, or two, through the pass; operands are read by `nngp(x)` and `theta(x)`.
    template <int rows, class Nngp, class Theta>
    [[gnu::always_inline]] void cells(std::ptrdiff_t z, std::ptrdiff_t y, Nngp nngp, Theta theta) {
        using L = typename Cells<T, rows>::L;
        constexpr int columns = Cells<T, rows>::columns;
        constexpr bool makes_theta = pass.makes_theta();
        const std::ptrdiff_t position = z * run_.number_layers + y * run_.number_rows;
        const std::ptrdiff_t line = (z * run_.out[1] + y) * run_.row;
        // A copy that no store can change: what is read from it may stay in registers.
        const PassMagnitude<T> magnitude = magnitude_;
        const bool itself = run_.itself;
        const std::ptrdiff_t width = run_.out[2], apart = run_.numbers_apart, row = run_.row;
        const std::ptrdiff_t number_row = run_.number_rows;
        const T* left = run_.left_number + position * left_lane;
        const T* right = run_.right_number + position * lane;
        const T* next = right + (run_.upwards ? -rows : rows) * number_row * lane;
        T *const nngp_out = run_.nngp + line, *const theta_out = makes_theta ? run_.theta + line : nullptr;
        for (std::ptrdiff_t x = 0; x < width; x += columns) {
            const L taps = nngp(x);
            L before(T(0));
            if constexpr (pass.left_theta) before = theta(x);
            const Left<rows> one{left + x * left_lane, apart, number_row};
            const LaneNumbers<T, rows> two{right + x * lane, apart, number_row};
            LaneNumbers<T, rows>{next + x * lane, apart, number_row}.fetch(numbers_of_its_own<pass, NonlinearityList>());
            const Finished<L> kernels =
                whole_way<pass, NonlinearityList, Stored>(taps, before, one, two, magnitude, itself);
            const std::ptrdiff_t here = x * lane;
            StoredCells<T, rows>{nngp_out + here, nngp_out + here + row}.store(kernels.nngp, width - x);
            if constexpr (makes_theta)
                StoredCells<T, rows>{theta_out + here, theta_out + here + row}.store(kernels.theta, width - x);
        }
        for (int r = 0; r < rows; ++r) close(line + r * row);
    }

    /// Behind a row stands a zero, for filters to read.
    void close(std::ptrdiff_t line) {
        const Block<T, 1> none(T(0));
        none.store(run_.nngp + line + run_.out[2] * lane);
        if constexpr (pass.makes_theta()) none.store(run_.theta + line + run_.out[2] * lane);
    }

    static auto loads(const T* row) {
        return [row](std::ptrdiff_t x) __attribute__((always_inline)) { return Cells<T, 1>::L::load(row + x * lane); };
    }

    void go_rows() {
        TapSums<T> nngp_sums(run_, run_.left_nngp, run_.sums);
        TapSums<T> theta_sums(run_, run_.left_theta, run_.taps ? run_.sums + nngp_sums.size() : nullptr);
        for (std::ptrdiff_t z = 0; z < run_.out[0]; ++z)
            for (std::ptrdiff_t y = 0; y < run_.out[1]; ++y) {
                const T *nngp = nullptr, *theta = nullptr;
                if (run_.taps) {
                    nngp = nngp_sums.row(z, y);
                    if constexpr (pass.left_theta) theta = theta_sums.row(z, y);
                } else {
                    const std::ptrdiff_t line = (z * run_.out[1] + y) * run_.left_row;
                    nngp = run_.left_nngp + line;
                    if constexpr (pass.left_theta) theta = run_.left_theta + line;
                }
                cells<1>(z, y, loads(nngp), loads(theta));
            }
    }

    /// Two rows at a time, from the first to the last or upwards; of an odd number, the last alone.
    void go_pairs() {
        surround();
        const std::ptrdiff_t rows = run_.out[1], paired = rows / 2 * 2;
        if (run_.upwards && paired < rows) filter<1>(paired);
        for (std::ptrdiff_t k = 0; k < paired; k += 2) filter<2>(run_.upwards ? paired - 2 - k : k);
        if (!run_.upwards && paired < rows) filter<1>(paired);
    }

    template <int rows>
    void filter(std::ptrdiff_t y) {
        const std::ptrdiff_t from = (y - 1) * run_.left_row;
        TapsOfRows<T, rows> nngp_taps(run_.left_nngp + from, run_.left_row);
        const auto next = [&](std::ptrdiff_t) __attribute__((always_inline)) { return nngp_taps.next(); };
        if constexpr (pass.left_theta) {
            TapsOfRows<T, rows> theta_taps(run_.left_theta + from, run_.left_row);
            cells<rows>(0, y, next, [&](std::ptrdiff_t) __attribute__((always_inline)) { return theta_taps.next(); });
        } else {
            cells<rows>(0, y, next, next);
        }
    }

    void join() {
        constexpr int at_once = 2;
        using L = Block<T, at_once>;
        const PassMagnitude<T> magnitude = magnitude_;
        const Block<T, 1> none(T(0));
        for (std::ptrdiff_t line = 0; line < run_.out[0] * run_.out[1]; ++line) {
            for (std::ptrdiff_t x = 0; x < run_.out[2]; x += at_once) {
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
};

/// One pass over the planes of `count` samples side by side, `most_side_by_side` at most.
template <PlanePass pass, class NonlinearityList, class Stored, class T, bool lanes_left>
void run_pass(const PassRun<T>* run, std::size_t count) {
    for (std::size_t m = 0; m < count; ++m) PassMachine<pass, NonlinearityList, Stored, T, lanes_left>(run[m]).go();
}

}  // namespace wide
