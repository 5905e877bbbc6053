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

/// The numbers of one sample at neighbouring positions, each the same for all lanes.
template <class L>
struct SharedNumbers {
    using T = typename L::value_type;
    const T* number;
    std::ptrdiff_t apart;
    [[gnu::always_inline]] L operator[](int k) const {
        return L([at = number + k * apart](int i) __attribute__((always_inline)) { return Batch<T>(at[i]); });
    }
    [[gnu::always_inline]] void advance(int n) { number += n * apart; }
};

/// The numbers of as many samples as there are lanes.
template <class L>
struct LaneNumbers {
    using T = typename L::value_type;
    const T* number;
    std::ptrdiff_t apart;
    [[gnu::always_inline]] L operator[](int k) const { return L::load(number + k * apart * lanes<T>); }
    [[gnu::always_inline]] void advance(int n) { number += n * apart * lanes<T>; }
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
[[gnu::always_inline]] inline L theta_before([[maybe_unused]] const T* row, const PassMagnitude<T>& m,
                                             [[maybe_unused]] L taps, [[maybe_unused]] L covariance) {
    if constexpr (pass.own == OwnPart::none) {
        return L::load(row) * L(m.theta_weight);
    } else {
        L own = covariance;
        if constexpr (pass.own == OwnPart::standard) own = fma(taps, L(m.own_weight), L(m.own_bias));
        if constexpr (pass.left_theta) return fma(L::load(row), L(m.theta_weight), own);
        else return own;
    }
}

/// Some columns of a row that one operand makes.
template <PlanePass pass, class NonlinearityList, class Stored, class L, class Left, class Right>
[[gnu::always_inline]] inline void pass_columns(const typename L::value_type* nngp,
                                                const typename L::value_type* theta, Left left, Right right,
                                                const PassRun<typename L::value_type>& run,
                                                typename L::value_type* nngp_out, typename L::value_type* theta_out) {
    using T = typename L::value_type;
    constexpr bool makes_theta = pass.makes_theta();
    const PassMagnitude<T>& m = *run.magnitude;
    const L taps = L::load(nngp), covariance = fma(taps, L(m.weight), L(m.bias));
    L tangent(T(0));
    if constexpr (makes_theta) tangent = theta_before<pass>(theta, m, taps, covariance);
    if constexpr (pass.op == Op::nonlinearity) {
        using Form = kernel_form<typename nth_of<pass.nonlinearity, NonlinearityList>::type>;
        constexpr double lowest = range_floor[pass.range];
        const L t = resolved_deficit<(pass.range > 0)>(covariance * left[0] * right[0]);
        const L scale = left[1] * right[1];
        L grown(T(1));
        if constexpr (makes_theta && degree_of<Form>() != 1) grown = left[2] * right[2];
        left.advance(deviations_kept<Form>);
        right.advance(deviations_kept<Form>);
        const auto dual = [&]() __attribute__((always_inline)) {
            if constexpr (is_automatic<Form>) return Form::template dual<lowest, Stored>(t, left, right, m.terms);
            else return Form::template dual<lowest>(t, left, right);
        }
        ();
        if constexpr (keeps_small<Form>()) (scale * dual.correlation).store(nngp_out);
        else (scale * correlation<pass.nonnegative>(dual.deficit)).store(nngp_out);
        if constexpr (makes_theta && degree_of<Form>() == 1) (dual.slope * tangent).store(theta_out);
        else if constexpr (makes_theta) (grown * dual.slope * tangent).store(theta_out);
    } else if constexpr (pass.op == Op::normalize) {
        const L scale = left[0] * right[0];
        (scale * covariance).store(nngp_out);
        if constexpr (makes_theta) (scale * tangent).store(theta_out);
    } else if constexpr (pass.op == Op::dropout) {
        const L scale(run.itself ? m.itself : T(1));
        (scale * covariance).store(nngp_out);
        if constexpr (makes_theta) (scale * tangent).store(theta_out);
    } else {
        covariance.store(nngp_out);
        if constexpr (makes_theta) tangent.store(theta_out);
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
void run_pass(const PassRun<T>& run) {
    constexpr int at_once = columns_at_once<T>;
    constexpr std::ptrdiff_t lane = lanes<T>;
    using L = Block<T, at_once>;
    using Left = std::conditional_t<lanes_left, LaneNumbers<L>, SharedNumbers<L>>;
    constexpr std::ptrdiff_t left_lane = lanes_left ? lane : 1;
    const bool sums = run.taps != nullptr;
    const GridTaps single{};
    PassRun<T> with_taps = run;
    if (!sums) with_taps.taps = &single;
    TapSums<T> nngp_sums(with_taps, run.left_nngp, run.sums);
    TapSums<T> theta_sums(with_taps, run.left_theta,
                          run.sums + TapSums<T>::kept(*with_taps.taps, run.out) * run.sums_row);
    for (std::ptrdiff_t z = 0; z < run.out[0]; ++z)
        for (std::ptrdiff_t y = 0; y < run.out[1]; ++y) {
            const std::ptrdiff_t line = z * run.out[1] + y;
            const std::ptrdiff_t position = z * run.number_layers + y * run.number_rows;
            const T* nngp = sums ? nngp_sums.row(z, y) : run.left_nngp + line * run.left_row;
            const T* theta = nullptr;
            if constexpr (pass.left_theta) theta = sums ? theta_sums.row(z, y) : run.left_theta + line * run.left_row;
            T* const nngp_out = run.nngp + line * run.row;
            T* const theta_out = run.theta + line * run.row;
            for (std::ptrdiff_t x = 0; x < run.out[2]; x += at_once) {
                const std::ptrdiff_t at = x * lane;
                if constexpr (joins(pass.op)) {
                    const std::ptrdiff_t other = line * run.right_row + at;
                    join_columns<pass, L>(nngp + at, theta + at, run.right_nngp + other, run.right_theta + other,
                                          *run.magnitude, nngp_out + at, theta_out + at);
                } else {
                    pass_columns<pass, NonlinearityList, Stored, L>(
                        nngp + at, theta + at, Left{run.left_number + (position + x) * left_lane, run.numbers_apart},
                        LaneNumbers<L>{run.right_number + (position + x) * lane, run.numbers_apart}, run,
                        nngp_out + at, theta_out + at);
                }
            }
        }
}

}  // namespace wide
