#pragma once
// One pass over an offset plane: lanes are pairs of samples, so that every load is aligned and nothing is left over.
//
// State of a pair of positions: its covariance K and its Theta, as they are. Under a nonlinearity K becomes the
// correlation rho = K / (s1[p] s2[q]) by the samples' own deviations there, the dual is taken, and K' = s1'[p] s2'[q]
// rho'. Averages over windows do not keep the deficit 1 - rho free of cancellation, as sums over channels do
// (layers_and_duals, 4.2); a deficit that may be nothing but rounding counts as zero, so that equal samples and flat
// regions stay exact.
#include <cstddef>
#include <limits>
#include <utility>

#include <wide/dsl/meaning/deficit.hpp>
#include <wide/lower/plane_plan.hpp>
#include <wide/simd/block.hpp>

namespace wide {

/// Columns of a plane that go through a pass together: vectors in flight.
template <class T>
inline constexpr int columns_at_once = vector_registers == 32 ? 4 : 2;

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
    const T *left_nngp, *left_theta, *right_nngp, *right_theta;
    std::ptrdiff_t left_row, right_row;
    T *nngp, *theta;
    std::ptrdiff_t row;
    Grid in, out;          ///< extents of the planes read and written
    const GridTaps* taps;  ///< null: none
    T* sums;               ///< room for rows of sums over taps
    std::ptrdiff_t sums_row;
    const T* zeros;        ///< as long as a row
    T* spare;              ///< a row that nobody reads
    bool upwards;          ///< from the last row to the first
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
    return taps.size == Grid{1, 3, 3} && taps.stride == Grid{1, 1, 1} && taps.first[1] <= 1 && taps.first[2] <= 1;
}

/// Vectors of a plane that go through a pass together: some columns of one row, or of two rows.
template <class T, int rows>
struct Cells {
    static constexpr int columns = columns_at_once<T> / rows;
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
    [[gnu::always_inline]] TapsOfTwoRows(const T* const (&row)[4], std::ptrdiff_t first)
        : row_{row[0], row[1], row[2], row[3]} {
        before_ = {V(T(0)), V(T(0))};
        if (first == 0) before_ = column(0);
        here_ = column(1 - first);
        for (const T*& at : row_) at += (2 - first) * lanes<T>;
    }

    [[gnu::always_inline]] L next() {
        Two v[columns + 2];
        v[0] = before_, v[1] = here_;
        for (int j = 0; j < columns; ++j) v[j + 2] = column(j);
        for (const T*& at : row_) at += columns * lanes<T>;
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
        const std::ptrdiff_t at = x * lanes<T>;
        const V shared = V::load(row_[1] + at) + V::load(row_[2] + at);
        return {V::load(row_[0] + at) + shared, shared + V::load(row_[3] + at)};
    }

    const T* row_[4];
    Two before_, here_;
};

/// Sums over taps, row by row and a few rows ahead, so that a pass may write where it reads.
template <class T>
class TapSums {
public:
    TapSums(const PassRun<T>& run, const T* plane, T* room)
        : run_{run}, plane_{plane}, room_{room}, ahead_{run.taps->first[0] * run.out[1] + run.taps->first[1]} {}

    /// Row (z, y) of the sums.
    const T* row(std::ptrdiff_t z, std::ptrdiff_t y) {
        const std::ptrdiff_t at = z * run_.out[1] + y, rows = run_.out[0] * run_.out[1];
        for (; next_ < rows && next_ <= at + ahead_; ++next_)
            sum(next_ / run_.out[1], next_ % run_.out[1], place(next_));
        return place(at);
    }

    /// How many rows are kept at a time.
    static std::ptrdiff_t kept(const GridTaps& taps, const Grid& out) {
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

/// Some cells on their way through a pass: what a nonlinearity reads, and the Theta beside it.
template <class L>
struct HalfWay {
    L read, tangent;
};

/// Up to the nonlinearity.
template <PlanePass pass, class L, class Left, class Right>
[[gnu::always_inline]] inline HalfWay<L> first_half(L taps, L theta, const Left& left, const Right& right,
                                                    const PassMagnitude<typename L::value_type>& m) {
    HalfWay<L> cells{fma(taps, L(m.weight), L(m.bias)), theta};
    if constexpr (pass.makes_theta()) cells.tangent = theta_before<pass>(theta, m, taps, cells.read);
    if constexpr (pass.op == Op::nonlinearity)
        cells.read = resolved_deficit<(pass.range > 0)>(cells.read * left[0] * right[0]);
    return cells;
}

/// The nonlinearity, or what else ends the pass.
template <PlanePass pass, class NonlinearityList, class Stored, class L, class Left, class Right, class To>
[[gnu::always_inline]] inline void second_half(const HalfWay<L>& cells, Left left, Right right,
                                               const PassMagnitude<typename L::value_type>& m, bool itself,
                                               const To& nngp_to, const To& theta_to) {
    using T = typename L::value_type;
    constexpr bool makes_theta = pass.makes_theta();
    if constexpr (pass.op == Op::nonlinearity) {
        using Form = kernel_form<typename nth_of<pass.nonlinearity, NonlinearityList>::type>;
        constexpr double lowest = range_floor[pass.range];
        const L scale = left[1] * right[1];
        L grown(T(1));
        if constexpr (makes_theta && degree_of<Form>() != 1) grown = left[2] * right[2];
        left.advance(deviations_kept<Form>);
        right.advance(deviations_kept<Form>);
        const auto dual = [&]() __attribute__((always_inline)) {
            if constexpr (is_automatic<Form>)
                return Form::template dual<lowest, Stored>(cells.read, left, right, m.terms);
            else return Form::template dual<lowest>(cells.read, left, right);
        }
        ();
        if constexpr (keeps_small<Form>()) nngp_to.store(scale * dual.correlation);
        else nngp_to.store(scale * correlation<pass.nonnegative>(dual.deficit));
        if constexpr (makes_theta && degree_of<Form>() == 1) theta_to.store(dual.slope * cells.tangent);
        else if constexpr (makes_theta) theta_to.store(grown * dual.slope * cells.tangent);
    } else {
        L scale(T(1));
        if constexpr (pass.op == Op::normalize) scale = left[0] * right[0];
        if constexpr (pass.op == Op::dropout) scale = L(itself ? m.itself : T(1));
        nngp_to.store(scale * cells.read);
        if constexpr (makes_theta) theta_to.store(scale * cells.tangent);
    }
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

/// A whole plane. `lanes_left`: the first samples, too, are as many as there are lanes. `Stored` is the element type that
/// numbers were hoisted for.
template <PlanePass pass, class NonlinearityList, class Stored, class T, bool lanes_left>
class PassMachine {
    static constexpr std::ptrdiff_t lane = lanes<T>, left_lane = lanes_left ? lane : 1;
    template <int rows>
    using Left = std::conditional_t<lanes_left, LaneNumbers<T, rows>, SharedNumbers<T, rows>>;

public:
    explicit PassMachine(const PassRun<T>& run) : run_{run}, magnitude_{*run.magnitude} {}

    void go() {
        if constexpr (joins(pass.op)) join();
        else if (!run_.taps) row_by_row();
        else if (three_by_three(*run_.taps)) two_rows_by_two();
        else sums_first();
    }

private:
    /// One row, or two, from row y on; operands are read by `nngp(x)` and `theta(x)`. `second` false: the second row is
    /// thrown away.
    template <int rows, class Nngp, class Theta>
    [[gnu::always_inline]] void run_rows(std::ptrdiff_t z, std::ptrdiff_t y, bool second, Nngp nngp, Theta theta) {
        using L = typename Cells<T, rows>::L;
        constexpr int columns = Cells<T, rows>::columns;
        constexpr bool makes_theta = pass.makes_theta();
        const std::ptrdiff_t line = z * run_.out[1] + y;
        const std::ptrdiff_t position = z * run_.number_layers + y * run_.number_rows;
        // A copy that no store can change: what is read from it may stay in registers.
        const PassMagnitude<T> magnitude = magnitude_;
        const bool itself = run_.itself;
        const std::ptrdiff_t width = run_.out[2], apart = run_.numbers_apart;
        const std::ptrdiff_t number_row = second ? run_.number_rows : 0;
        T *one = run_.nngp + line * run_.row, *two = second ? one + run_.row : run_.spare;
        T *one_theta = makes_theta ? run_.theta + line * run_.row : nullptr,
          *two_theta = makes_theta && second ? one_theta + run_.row : run_.spare;
        const T* left = run_.left_number + position * left_lane;
        const T* right = run_.right_number + position * lane;
        const auto begin = [&](std::ptrdiff_t x) __attribute__((always_inline)) {
            const L taps = nngp(x);
            L before(T(0));
            if constexpr (pass.left_theta) before = theta(x);
            return first_half<pass>(taps, before, Left<rows>{left + x * left_lane, apart, number_row},
                                    LaneNumbers<T, rows>{right + x * lane, apart, number_row}, magnitude);
        };
        // One half of these cells beside the other half of the next: two short chains rather than a long one.
        HalfWay<L> cells = begin(0);
        for (std::ptrdiff_t x = 0; x < width; x += columns) {
            const HalfWay<L> next = begin(x + columns);
            second_half<pass, NonlinearityList, Stored>(
                cells, Left<rows>{left + x * left_lane, apart, number_row},
                LaneNumbers<T, rows>{right + x * lane, apart, number_row}, magnitude, itself,
                StoredCells<T, rows>{one + x * lane, two + x * lane},
                StoredCells<T, rows>{one_theta + x * lane, two_theta + x * lane});
            cells = next;
        }
    }

    static auto loads(const T* row) {
        return [row](std::ptrdiff_t x) __attribute__((always_inline)) { return Cells<T, 1>::L::load(row + x * lane); };
    }

    void row_by_row() {
        for (std::ptrdiff_t z = 0; z < run_.out[0]; ++z)
            for (std::ptrdiff_t y = 0; y < run_.out[1]; ++y) {
                const std::ptrdiff_t line = (z * run_.out[1] + y) * run_.left_row;
                run_rows<1>(z, y, false, loads(run_.left_nngp + line),
                            loads(run_.left_theta + (pass.left_theta ? line : 0)));
            }
    }

    void sums_first() {
        TapSums<T> nngp_sums(run_, run_.left_nngp, run_.sums);
        TapSums<T> theta_sums(run_, run_.left_theta, run_.sums + TapSums<T>::kept(*run_.taps, run_.out) * run_.sums_row);
        for (std::ptrdiff_t z = 0; z < run_.out[0]; ++z)
            for (std::ptrdiff_t y = 0; y < run_.out[1]; ++y) {
                const T *nngp = nngp_sums.row(z, y), *theta = nullptr;
                if constexpr (pass.left_theta) theta = theta_sums.row(z, y);
                run_rows<1>(z, y, false, loads(nngp), loads(theta));
            }
    }

    void two_rows_by_two() {
        const GridTaps& taps = *run_.taps;
        const std::ptrdiff_t rows = run_.out[1];
        for (std::ptrdiff_t k = 0; k < rows; k += 2) {
            const std::ptrdiff_t y = run_.upwards ? std::max<std::ptrdiff_t>(rows - 2 - k, 0) : k;
            const bool second = run_.upwards ? rows - 2 - k >= 0 : k + 1 < rows;
            const T *nngp[4], *theta[4];
            for (std::ptrdiff_t b = 0; b < 4; ++b) {
                const std::ptrdiff_t from = y + b - taps.first[1];
                const bool there = from >= 0 && from < run_.in[1];
                nngp[b] = there ? run_.left_nngp + from * run_.left_row : run_.zeros;
                theta[b] = there && pass.left_theta ? run_.left_theta + from * run_.left_row : run_.zeros;
            }
            TapsOfTwoRows<T> nngp_taps(nngp, taps.first[2]);
            const auto next = [&](std::ptrdiff_t) __attribute__((always_inline)) { return nngp_taps.next(); };
            if constexpr (pass.left_theta) {
                TapsOfTwoRows<T> theta_taps(theta, taps.first[2]);
                run_rows<2>(0, y, second, next,
                            [&](std::ptrdiff_t) __attribute__((always_inline)) { return theta_taps.next(); });
            } else {
                run_rows<2>(0, y, second, next, next);
            }
        }
    }

    void join() {
        using L = typename Cells<T, 1>::L;
        const PassMagnitude<T> magnitude = magnitude_;
        for (std::ptrdiff_t line = 0; line < run_.out[0] * run_.out[1]; ++line)
            for (std::ptrdiff_t x = 0; x < run_.out[2]; x += columns_at_once<T>) {
                const std::ptrdiff_t at = x * lane, one = line * run_.left_row + at, two = line * run_.right_row + at;
                join_columns<pass, L>(run_.left_nngp + one, run_.left_theta + (pass.left_theta ? one : 0),
                                      run_.right_nngp + two, run_.right_theta + (pass.right_theta ? two : 0),
                                      magnitude, run_.nngp + line * run_.row + at,
                                      run_.theta + (pass.makes_theta() ? line * run_.row + at : 0));
            }
    }

    const PassRun<T>& run_;
    const PassMagnitude<T>& magnitude_;
};

template <PlanePass pass, class NonlinearityList, class Stored, class T, bool lanes_left>
void run_pass(const PassRun<T>& run) {
    PassMachine<pass, NonlinearityList, Stored, T, lanes_left>(run).go();
}

}  // namespace wide
