#pragma once
// One pass over an offset plane: lanes are pairs of samples, so that every load is aligned and nothing is left over.
//
// State of a pair of positions: its covariance K and its Theta, as they are. Under a nonlinearity K becomes the
// correlation rho = K / (s1[p] s2[q]) by the samples' own deviations there, the dual is taken, and K' = s1'[p] s2'[q]
// rho'. Averages over windows do not keep the deficit 1 - rho free of cancellation, as sums over channels do
// (layers_and_duals, 4.2); a deficit that may be nothing but rounding counts as zero, so that equal samples and flat
// regions stay exact.
#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>

#include <wide/dsl/meaning/deficit.hpp>
#include <wide/lower/plane_plan.hpp>
#include <wide/simd/block.hpp>

namespace wide {

/// Vectors in flight in a nonlinearity; before it, two rows together, or so many columns of one.
inline constexpr int cells_at_once = 4, cells_before = 2;

/// The numbers of a pass that are the same everywhere.
template <class T>
struct PassMagnitude {
    T weight = 1, bias = 0;         ///< K = weight * taps + bias
    T theta_weight = 1;             ///< of the Theta before
    T own_weight = 0, own_bias = 0; ///< standard parameterisation: what the layer's parameters add to Theta
    T left_share = 1, right_share = 1;
    T itself = 1;                   ///< dropout: of a sample with itself at one position
    Terms terms{};
};

/// One plane through one pass. Rows and numbers are counted in elements of T.
template <class T>
struct PassRun {
    T *left_nngp, *left_theta;  ///< with a row before the first and one behind the last that may be written
    const T *right_nngp, *right_theta;
    std::ptrdiff_t left_row, right_row;
    T *nngp, *theta;
    std::ptrdiff_t row;
    Extents in, out;          ///< extents of the planes read and written
    const GridTaps* taps;  ///< null: none
    T* sums;               ///< room for rows of sums over taps
    std::ptrdiff_t sums_row;
    bool upwards;          ///< from the last row to the first
    T* halves;             ///< room for rows half way through
    const T *left_number, *right_number;  ///< of the plane's first positions
    std::ptrdiff_t number_rows, number_layers, numbers_apart;  ///< in positions
    const PassMagnitude<T>* magnitude;
    bool itself;  ///< a sample with itself at one position
};

/// Adds up the taps of one row of outputs: `rows` rows of `in` columns each.
template <int rows, class T>
void sum_three_taps(const T* const* row, std::ptrdiff_t in, std::ptrdiff_t out, std::ptrdiff_t first, T* sums) {
    constexpr std::ptrdiff_t lane = lanes<T>;
    using V = Block<T, 1>;
    const auto column = [&](std::ptrdiff_t x) __attribute__((always_inline)) {
        V sum = V::load(row[0] + x * lane);
        if constexpr (rows > 1) sum = sum + V::load(row[1] + x * lane);
        if constexpr (rows > 2) sum = sum + V::load(row[2] + x * lane);
        return sum;
    };
    const V none(T(0));
    V before = first > 0 ? none : column(0);
    V here = 1 - first < in ? column(1 - first) : none;
    const std::ptrdiff_t whole = in - 2 + first < out ? in - 2 + first : out;
    std::ptrdiff_t x = 0;
    for (; x < whole; ++x) {
        const V next = column(x + 2 - first);
        (before + here + next).store(sums + x * lane);
        before = here;
        here = next;
    }
    for (; x < out; ++x) {
        (before + here).store(sums + x * lane);
        before = here;
        here = none;
    }
}

/// Whether sums over taps are made while rows go through their pass: filters of three by three, of stride 1. Two rows go
/// together, as they share two of the four that they read. Every row written lies `first` rows before, or upwards 2 -
/// first behind, the row whose place it takes, where no later row reads.
inline bool three_by_three(const GridTaps& taps) {
    return taps.size == Extents{1, 3, 3} && taps.stride == Extents{1, 1, 1} && taps.first[1] <= 1 && taps.first[2] <= 1;
}

/// Vectors of a plane that go through a pass together: some columns of one row, or of two rows.
template <class T, int rows>
struct Cells {
    static constexpr int columns = cells_before / rows;
    using L = Block<T, rows * columns>;
    /// Where vector i lies, in positions of a plane with this distance between rows.
    static constexpr std::ptrdiff_t place(int i, std::ptrdiff_t row) { return i / columns * row + i % columns; }
};

/// The sums over the taps of two rows, a few columns at a time from left to right.
template <class T>
class TapsOfTwoRows {
    using L = typename Cells<T, 2>::L;
    using V = Block<T, 1>;
    static constexpr int columns = Cells<T, 2>::columns;

public:
    /// The four rows lie `apart` elements from each other.
    [[gnu::always_inline]] TapsOfTwoRows(const T* first_row, std::ptrdiff_t apart, std::ptrdiff_t first)
        : row_{first_row}, apart_{apart}, before_{V(T(0)), V(T(0))} {
        if (first == 0) before_ = column(0);
        here_ = column(1 - first);
        row_ += (2 - first) * lanes<T>;
    }

    [[gnu::always_inline]] L next() {
        Two v[columns + 2];
        v[0] = before_, v[1] = here_;
        for (int j = 0; j < columns; ++j) v[j + 2] = column(j);
        row_ += columns * lanes<T>;
        before_ = v[columns], here_ = v[columns + 1];
        return L([&](int i) __attribute__((always_inline)) {
            const Two *one = v + i % columns;
            return i < columns ? (one[0].up + (one[1].up + one[2].up)).v[0]
                               : (one[0].down + (one[1].down + one[2].down)).v[0];
        });
    }

private:
    struct Two {
        V up, down;
    };

    [[gnu::always_inline]] Two column(std::ptrdiff_t x) const {
        const T* const at = row_ + x * lanes<T>;
        const V shared = V::load(at + apart_) + V::load(at + 2 * apart_);
        return {V::load(at) + shared, shared + V::load(at + 3 * apart_)};
    }

    const T* row_;
    std::ptrdiff_t apart_;
    Two before_, here_;
};

/// Sums over taps, row by row and a few rows ahead, so that a pass may write where it reads.
template <class T>
class TapSums {
public:
    TapSums(const PassRun<T>& run, const T* plane, T* room)
        : run_{run}, plane_{plane}, room_{room}, ahead_{run.taps ? kept(*run.taps, run.out) - 1 : 0} {}

    /// Elements of the room.
    [[nodiscard]] std::ptrdiff_t size() const { return (ahead_ + 1) * run_.sums_row; }

    /// Row (z, y) of the sums.
    const T* row(std::ptrdiff_t z, std::ptrdiff_t y) {
        const std::ptrdiff_t at = z * run_.out[1] + y, rows = run_.out[0] * run_.out[1];
        for (; next_ < rows && next_ <= at + ahead_; ++next_)
            sum(next_ / run_.out[1], next_ % run_.out[1], place(next_));
        return place(at);
    }

    /// How many rows are kept at a time.
    static std::ptrdiff_t kept(const GridTaps& taps, const Extents& out) {
        return taps.first[0] * out[1] + taps.first[1] + 1;
    }

private:
    T* place(std::ptrdiff_t row) const { return room_ + row % (ahead_ + 1) * run_.sums_row; }

    void sum(std::ptrdiff_t z, std::ptrdiff_t y, T* sums) {
        constexpr std::ptrdiff_t lane = lanes<T>;
        const GridTaps& taps = *run_.taps;
        constexpr std::ptrdiff_t most = 3;
        const T* row[most];
        std::ptrdiff_t rows = 0;
        bool begun = false;
        for (std::ptrdiff_t c = 0; c < taps.size[0]; ++c)
            for (std::ptrdiff_t b = 0; b < taps.size[1]; ++b) {
                const std::ptrdiff_t iz = z * taps.stride[0] + c - taps.first[0];
                const std::ptrdiff_t iy = y * taps.stride[1] + b - taps.first[1];
                if (iz < 0 || iz >= run_.in[0] || iy < 0 || iy >= run_.in[1]) continue;
                row[rows++] = plane_ + (iz * run_.in[1] + iy) * run_.left_row;
                if (rows < most) continue;
                add(row, rows, begun, sums);
                begun = true;
                rows = 0;
            }
        if (rows > 0) add(row, rows, begun, sums);
        else if (!begun)
            for (std::ptrdiff_t x = 0; x < run_.out[2] * lane; ++x) sums[x] = 0;
    }

    void add(const T* const* row, std::ptrdiff_t rows, bool begun, T* sums) const {
        using V = Block<T, 1>;
        constexpr std::ptrdiff_t lane = lanes<T>;
        const GridTaps& taps = *run_.taps;
        const std::ptrdiff_t in = run_.in[2], out = run_.out[2];
        if (taps.size[2] == 3 && taps.stride[2] == 1 && !begun && in > 1) {
            if (rows == 3) sum_three_taps<3>(row, in, out, taps.first[2], sums);
            else if (rows == 2) sum_three_taps<2>(row, in, out, taps.first[2], sums);
            else sum_three_taps<1>(row, in, out, taps.first[2], sums);
            return;
        }
        for (std::ptrdiff_t x = 0; x < out; ++x) {
            const std::ptrdiff_t begin = x * taps.stride[2] - taps.first[2];
            const std::ptrdiff_t from = begin < 0 ? 0 : begin;
            const std::ptrdiff_t to = begin + taps.size[2] < in ? begin + taps.size[2] : in;
            V sum = begun ? V::load(sums + x * lane) : V(T(0));
            for (std::ptrdiff_t i = from; i < to; ++i)
                for (std::ptrdiff_t k = 0; k < rows; ++k) sum = sum + V::load(row[k] + i * lane);
            sum.store(sums + x * lane);
        }
    }

    const PassRun<T>& run_;
    const T* plane_;
    T* room_;
    std::ptrdiff_t ahead_, next_ = 0;
};

/// The numbers of one sample at the positions of some cells, each the same for all lanes.
template <class T, int rows>
struct SharedNumbers {
    using L = typename Cells<T, rows>::L;
    const T* number;
    std::ptrdiff_t apart, row;
    [[gnu::always_inline]] L operator[](int k) const {
        return L([at = number + k * apart, row = row](int i) __attribute__((always_inline)) {
            return Batch<T>(at[Cells<T, rows>::place(i, row)]);
        });
    }
    [[gnu::always_inline]] void advance(int n) { number += n * apart; }
};

/// The numbers of as many samples as there are lanes.
template <class T, int rows>
struct LaneNumbers {
    using L = typename Cells<T, rows>::L;
    const T* number;
    std::ptrdiff_t apart, row;
    [[gnu::always_inline]] L operator[](int k) const {
        return L([at = number + k * apart * lanes<T>, row = row](int i) __attribute__((always_inline)) {
            return Batch<T>::load_aligned(at + Cells<T, rows>::place(i, row) * lanes<T>);
        });
    }
    [[gnu::always_inline]] void advance(int n) { number += n * apart * lanes<T>; }
};

/// Where the kernels of some cells are stored.
template <class T, int rows>
struct StoredCells {
    using L = typename Cells<T, rows>::L;
    T *first, *second;
    [[gnu::always_inline]] void store(const L& value) const {
        constexpr int columns = Cells<T, rows>::columns;
        [&]<int... i>(std::integer_sequence<int, i...>) __attribute__((always_inline)) {
            (value.v[i].store_aligned((i < columns ? first : second) + i % columns * lanes<T>), ...);
        }
        (L::indices);
    }
};

/// Correlations nearer to 1 than this are 1: what the sums of a window and three factors may leave of it.
template <class T>
inline constexpr T unresolved = 4 * std::numeric_limits<T>::epsilon();

template <bool nonnegative, Lane L>
[[gnu::always_inline]] inline L resolved_deficit(L rho) {
    using T = typename L::value_type;
    if constexpr (nonnegative) {
        const L gap = L(T(1)) - rho;
        return select(gap < L(unresolved<T>), L(T(0)), gap);
    } else {
        const L gap = L(T(1)) - abs(rho), least(smallest_gap<T>);
        const L kept = select(gap < L(unresolved<T>), least, gap);
        return select(rho < L(T(0)), L(T(0)) - kept, kept);
    }
}

/// How many numbers of its own a pass keeps per position, before those of its dual.
template <class Form>
inline constexpr int deviations_kept = degree_of<Form>() == 1 ? 2 : 3;

/// The Theta that a pass ends an affine layer with, or passes on.
template <PlanePass pass, class L, class T>
[[gnu::always_inline]] inline L theta_before([[maybe_unused]] L theta, const PassMagnitude<T>& m,
                                             [[maybe_unused]] L taps, [[maybe_unused]] L covariance) {
    if constexpr (pass.own == OwnPart::none) {
        return theta * L(m.theta_weight);
    } else {
        L own = covariance;
        if constexpr (pass.own == OwnPart::standard) own = fma(taps, L(m.own_weight), L(m.own_bias));
        if constexpr (pass.left_theta) return fma(theta, L(m.theta_weight), own);
        else return own;
    }
}

/// Some cells on their way through a pass: what a nonlinearity reads, the Theta beside it, and the deviations that what
/// it makes is in units of.
template <class L>
struct HalfWay {
    L read, tangent, scale;
};

/// Up to the nonlinearity.
template <PlanePass pass, class NonlinearityList, class L, class Left, class Right>
[[gnu::always_inline]] inline HalfWay<L> first_half(L taps, L theta, const Left& left, const Right& right,
                                                    const PassMagnitude<typename L::value_type>& m,
                                                    [[maybe_unused]] bool itself) {
    using T = typename L::value_type;
    HalfWay<L> cells{fma(taps, L(m.weight), L(m.bias)), theta, L(T(1))};
    if constexpr (pass.makes_theta()) cells.tangent = theta_before<pass>(theta, m, taps, cells.read);
    if constexpr (pass.op == Op::nonlinearity) {
        using Form = kernel_form<typename nth_of<pass.nonlinearity, NonlinearityList>::type>;
        cells.read = resolved_deficit<(pass.range > 0)>(cells.read * left[0] * right[0]);
        cells.scale = left[1] * right[1];
        if constexpr (pass.makes_theta() && degree_of<Form>() != 1)
            cells.tangent = cells.tangent * (left[2] * right[2]);
    }
    if constexpr (pass.op == Op::normalize) cells.scale = left[0] * right[0];
    if constexpr (pass.op == Op::dropout) cells.scale = L(itself ? m.itself : T(1));
    return cells;
}

/// Both kernels of some cells.
template <class L>
struct Finished {
    L nngp, theta;
};

/// The nonlinearity. `left` and `right` are at the numbers of its dual.
template <PlanePass pass, class NonlinearityList, class Stored, class L, class Left, class Right>
[[gnu::always_inline]] inline Finished<L> second_half(const HalfWay<L>& cells, Left left, Right right,
                                                      [[maybe_unused]] const Terms& terms) {
    using Form = kernel_form<typename nth_of<pass.nonlinearity, NonlinearityList>::type>;
    constexpr double lowest = range_floor[pass.range];
    const auto dual = [&]() __attribute__((always_inline)) {
        if constexpr (is_automatic<Form>) return Form::template dual<lowest, Stored>(cells.read, left, right, terms);
        else return Form::template dual<lowest>(cells.read, left, right);
    }
    ();
    if constexpr (keeps_small<Form>()) return {cells.scale * dual.correlation, dual.slope * cells.tangent};
    else
        return {cells.scale * correlation<pass.nonnegative>(dual.deficit), dual.slope * cells.tangent};
}

/// Some columns of a row in which two operands meet.
template <PlanePass pass, class L, class T>
[[gnu::always_inline]] inline void join_columns(const T* one, [[maybe_unused]] const T* one_theta, const T* two,
                                                [[maybe_unused]] const T* two_theta, const PassMagnitude<T>& m,
                                                T* nngp_out, [[maybe_unused]] T* theta_out) {
    const L left = L::load(one), right = L::load(two);
    L left_factor = right, right_factor = left;
    if constexpr (pass.op != Op::product) left_factor = L(m.left_share), right_factor = L(m.right_share);
    if constexpr (pass.op == Op::product) (left * right).store(nngp_out);
    else fma(left, left_factor, right * right_factor).store(nngp_out);
    if constexpr (pass.left_theta && pass.right_theta)
        fma(L::load(one_theta), left_factor, L::load(two_theta) * right_factor).store(theta_out);
    else if constexpr (pass.left_theta) (L::load(one_theta) * left_factor).store(theta_out);
    else if constexpr (pass.right_theta) (L::load(two_theta) * right_factor).store(theta_out);
}

/// Cells half way in memory: rows of a plane, one behind the other.
template <class T>
struct HalfWayRows {
    /// So many of them stay in the first-level cache.
    static constexpr std::ptrdiff_t wanted = 96;

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
          nngp_sums_{run, run.left_nngp, run.sums},
          theta_sums_{run, run.left_theta, run.taps ? run.sums + nngp_sums_.size() : nullptr} {}

    void go() {
        if constexpr (joins(pass.op)) return join();
        const bool pairs_of_rows = run_.taps && three_by_three(*run_.taps);
        if (pairs_of_rows) surround();
        const std::ptrdiff_t at_a_time = HalfWayRows<T>::rows(row_), rows = run_.out[1];
        for (std::ptrdiff_t z = 0; z < run_.out[0]; ++z)
            for (std::ptrdiff_t k = 0; k < rows; k += at_a_time) {
                const std::ptrdiff_t count = std::min(at_a_time, rows - k);
                const std::ptrdiff_t first = run_.upwards ? rows - k - count : k;
                if (pairs_of_rows) halve_pairs(first, count);
                else halve_rows(z, first, count);
                finish(z, first, count);
            }
    }

private:
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
    TapSums<T> nngp_sums_, theta_sums_;
};

template <PlanePass pass, class NonlinearityList, class Stored, class T, bool lanes_left>
void run_pass(const PassRun<T>& run) {
    PassMachine<pass, NonlinearityList, Stored, T, lanes_left>(run).go();
}

}  // namespace wide
