#pragma once
// Which variances the element type of pairs has room for, value by value: known before any sample is.
//
// Variances are computed in double, one a position; the planes of pairs hold covariances in their own element type, and
// sums of them: over channels, over the taps of a filter, over the pairs of a window, before they are divided. None is
// larger than so many times the largest variance (Cauchy and Schwarz). What underflows there is lost to within the
// smallest number of T, times what linear layers multiply it by; that counts where something is divided by a variance,
// or multiplied by another. What only linear layers follow needs no check: Inf and NaN come out of them as they are.
#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

#include <wide/dsl/meaning/program.hpp>
#include <wide/lower/positions.hpp>

namespace wide {

/// Variances that pairs keep their digits with: 0, or in these bounds.
struct VarianceRoom {
    double least = 0, most = 0;  ///< of what a nonlinearity, a norm or a product reads
    double made = 0;             ///< no more than this is made
};

/// The least and the largest variance in the middle of which T rounds as it always does, with some distance.
template <class T>
inline constexpr double least_variance = sizeof(T) == sizeof(float) ? 1e-34 : 1e-290;
template <class T>
inline constexpr double most_variance = sizeof(T) == sizeof(float) ? 1e37 : 1e300;

/// Of a value: how many times its largest variance is held somewhere before the next check (0: none follows), and how
/// many times larger than when it came about a loss may have become.
struct ValueRoom {
    double reach = 0, loss = 1;
};

/// `gain`: of every affine instruction, its weights' variance.
inline std::vector<ValueRoom> value_rooms(const Inst* inst, int size, const Shape* shape,
                                          const std::vector<double>& gain) {
    std::vector<ValueRoom> room(static_cast<std::size_t>(size) + 1);
    const auto at = [&](int value) -> ValueRoom& { return room[static_cast<std::size_t>(value)]; };
    const auto pairs_of = [&](const Inst& one) {
        const auto count = one.op == Op::pool ? static_cast<double>(one.taps.count())
                                              : static_cast<double>(volume(grid_of(shape[one.left])));
        return count * count;
    };
    for (int i = 0; i < size; ++i) {
        const Inst& one = inst[i];
        const double left = at(one.left).loss, right = joins(one.op) ? at(one.right).loss : 0;
        double& loss = at(i + 1).loss;
        switch (one.op) {
            case Op::affine:
                loss = std::max(1.0, gain[static_cast<std::size_t>(i)] * left);
                break;
            case Op::dropout:
                loss = left / one.keep;
                break;
            case Op::sum:
            case Op::concat:
                loss = left + right;
                break;
            case Op::pool:
            case Op::global_pool:
                loss = one.average ? left : pairs_of(one) * left;
                break;
            case Op::flatten:
                loss = left;
                break;
            default:
                loss = 1;
        }
    }
    for (int i = size - 1; i >= 0; --i) {
        const Inst& one = inst[i];
        const double later = at(i + 1).reach;
        double reach = later > 0 ? 1 : 0;
        if (one.op == Op::nonlinearity || one.op == Op::normalize) reach = 1;
        if (later > 0 && one.op == Op::affine) reach = static_cast<double>(one.taps.count());
        if (later > 0 && pools(one.op)) {
            const double pairs = pairs_of(one), sum = one.op == Op::pool ? pairs : 1;
            const bool mean = one.op == Op::flatten || one.average;
            // Of a whole plane rows are summed up in the element type, and rows of rows in double.
            const auto row = static_cast<double>(grid_of(shape[one.left])[2]);
            reach = std::max({sum, mean ? later : pairs * later, one.op == Op::pool ? 1 : row});
        }
        at(one.left).reach = std::max(at(one.left).reach, reach);
        if (joins(one.op)) at(one.right).reach = std::max(at(one.right).reach, reach);
    }
    return room;
}

/// The largest variance that a value may have.
inline double most_made(const ValueRoom& value, double most) {
    return value.reach > 0 ? most / value.reach : std::numeric_limits<double>::infinity();
}

}  // namespace wide
