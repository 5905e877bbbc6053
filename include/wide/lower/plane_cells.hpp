#pragma once
// What a pass does to some cells of a plane, in registers.
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
#include <wide/lower/plane_program.hpp>
#include <wide/lower/plane_run.hpp>

namespace wide {

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
    /// Sets the first `count` numbers of these positions on their way to the first-level cache. Rows are too short for
    /// the machine to foresee which come next.
    [[gnu::always_inline]] void fetch(int count) const {
        constexpr auto line = static_cast<int>(64 / sizeof(T)), columns = Cells<T, rows>::columns * lanes<T>;
        for (int k = 0; k < count; ++k)
            for (int r = 0; r < rows; ++r)
                for (int i = 0; i < columns; i += line)
                    __builtin_prefetch(number + (k * apart + r * row) * lanes<T> + i);
    }
    [[gnu::always_inline]] void advance(int n) { number += n * apart * lanes<T>; }
};

/// Where the kernels of some cells are stored.
template <class T, int rows>
struct StoredCells {
    using L = typename Cells<T, rows>::L;
    T *first, *second;
    /// As many columns of them as there are `left`.
    [[gnu::always_inline]] void store(const L& value, std::ptrdiff_t left) const {
        constexpr int columns = Cells<T, rows>::columns;
        [&]<int... i>(std::integer_sequence<int, i...>) __attribute__((always_inline)) {
            if (left >= columns) [[likely]]
                (value.v[i].store_aligned(at(i)), ...);
            else ((i % columns < left ? value.v[i].store_aligned(at(i)) : void()), ...);
        }
        (L::indices);
    }

private:
    [[gnu::always_inline]] T* at(int i) const {
        constexpr int columns = Cells<T, rows>::columns;
        return (i < columns ? first : second) + i % columns * lanes<T>;
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
template <PlanePass pass, class NonlinearityList>
constexpr int numbers_of_its_own() {
    if constexpr (pass.op == Op::nonlinearity)
        return deviations_kept<kernel_form<typename nth_of<pass.nonlinearity, NonlinearityList>::type>>;
    else return pass.op == Op::normalize ? 1 : 0;
}

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
    const L theta = dual.slope * cells.tangent;
    if constexpr (keeps_small<Form>()) return {cells.scale * dual.correlation, theta};
    else if constexpr (pass.nonnegative) return {fnma(cells.scale, dual.deficit, cells.scale), theta};
    else return {cells.scale * correlation<false>(dual.deficit), theta};
}

/// From the operands of a pass to what it makes.
template <PlanePass pass, class NonlinearityList, class Stored, class L, class Left, class Right>
[[gnu::always_inline]] inline Finished<L> whole_way(L taps, L theta, Left left, Right right,
                                                    const PassMagnitude<typename L::value_type>& m, bool itself) {
    const HalfWay<L> cells = first_half<pass, NonlinearityList>(taps, theta, left, right, m, itself);
    if constexpr (pass.op == Op::nonlinearity) {
        left.advance(numbers_of_its_own<pass, NonlinearityList>());
        right.advance(numbers_of_its_own<pass, NonlinearityList>());
        return second_half<pass, NonlinearityList, Stored>(cells, left, right, m.terms);
    } else {
        return {cells.scale * cells.read, cells.scale * cells.tangent};
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

}  // namespace wide
