#pragma once
// The Hermite coefficients a_k = E phi(s g) h_k(g), s = sqrt(q), of an activation, one after the other until what is
// missing of E phi^2 and of E phi'^2 is small. The expectation is a sum over points (hermite_points.hpp).
//
//     HermiteCoefficients<Tanh, Scalar<double>, 128> a(q, 1e-11, 0);      // a.coefficient[k], k < a.count
#include <wide/dsl/grammar/nonlinearity.hpp>
#include <wide/dsl/words/nonlinearities/hermite_points.hpp>

namespace wide {

/// How many coefficients of each parity pairs read: first the even ones, then the odd ones. And how many numbers
/// besides.
struct Terms {
    int even = 0, odd = 0, besides = 0;

    constexpr int all() const { return even + odd + besides; }
    constexpr int longest() const { return 2 * (even > odd ? even : odd); }
    constexpr void widen(const Terms& other) {
        if (even < other.even) even = other.even;
        if (odd < other.odd) odd = other.odd;
        if (besides < other.besides) besides = other.besides;
    }
};

/// What became of a sample's series: how long it is, and which part of E phi^2 or of E phi'^2 it leaves out.
struct HermiteUse {
    Terms terms{};
    double missing = 0;
    bool converged = true;
    bool in_angle = false;      ///< they are used for a polynomial in the angle
    bool beside_ramps = false;  ///< they serve what is left beside ramps, whose dual is in closed form
};

/// phi and phi' on a lane, whether the word speaks of lanes or of doubles.
template <class N, class L>
constexpr L value_on(L x) {
    if constexpr (requires { L(N::value(x)); }) return L(N::value(x));
    else return L(N::value(x.value));
}
template <class N, class L>
constexpr L slope_on(L x) {
    if constexpr (requires { L(N::slope(x)); }) return L(N::slope(x));
    else return L(N::slope(x.value));
}

template <class N>
inline constexpr bool has_kinks = requires {
    N::kinks[0];
};

/// Whether all kinks are at 0.
template <class N>
inline constexpr bool kinks_at_zero = [] {
    if constexpr (has_kinks<N>) {
        for (const double kink : N::kinks)
            if (kink != 0) return false;
        return true;
    } else {
        return false;
    }
}();

template <class N, class L, int capacity>
struct HermiteCoefficients {
    L coefficient[capacity]{};
    int count = 0;
    L square{0};        ///< E phi^2
    L slope_square{0};  ///< E phi'^2
    L variance{0};      ///< the sum of the coefficients' squares: the part of it that they have
    HermiteUse use{};
    bool resolved = true;  ///< false: phi changes faster than points were close

    /// `length` coefficients; where it is 0, until less than `tolerance` is missing.
    constexpr HermiteCoefficients(L q, double tolerance, int length) : deviation_(sqrt(q)) {
        const double s = number_of(deviation_);
        if (!__builtin_is_constant_evaluated() && s <= 3.2 && (!has_kinks<N> || kinks_at_zero<N>)) {
            const auto& table = HermiteTable<has_kinks<N>, capacity>::get();
            sum_up(table.points, tolerance, length, [&](int k) { return table.row[k]; });
        } else {
            HermitePoints<most_points> points;
            if constexpr (has_kinks<N>) panels(points, s, length > 0 && length < capacity ? length : capacity);
            else points.evenly(s);
            HermiteRow<most_points> row(points.count);
            sum_up(points, tolerance, length, [&](int k) {
                if (k > 0) row.advance(points);
                return row.now;
            });
        }
    }

private:
    using Number = typename L::value_type;
    static constexpr int most_points = 640;

    /// Points for the product of phi(s x) with h_k, k < orders: panels as short as for a phi that bends as much as
    /// h_k, between the kinks of this one.
    static constexpr void panels(HermitePoints<most_points>& points, double s, int orders) {
        const double bends = 0.28 * constant_sqrt(orders), closer = s < bends ? bends / (s > 0 ? s : 1) : 1;
        double kinks[sizeof(N::kinks) / sizeof(N::kinks[0])]{};
        for (int i = 0; const double kink : N::kinks) kinks[i++] = kink * closer;
        points.panels((s > 0 ? s : 1) * closer, kinks);
    }

    /// `row_at(k)` gives h_k at the points; it is asked for k = 0, 1, 2, ...
    template <int capacity_of_points, class RowAt>
    constexpr void sum_up(const HermitePoints<capacity_of_points>& points, double tolerance, int length,
                          RowAt row_at) {
        L even[capacity_of_points + side_by_side]{}, odd[capacity_of_points + side_by_side]{};
        for (int i = 0; i < points.count; ++i) {
            const L at = deviation_ * L(static_cast<Number>(points.x[i])), opposite_at = L(0) - at;
            const L weight(static_cast<Number>(points.weight[i]));
            const L plus = value_on<N>(at), minus = value_on<N>(opposite_at);
            square = fma(weight, plus * plus + minus * minus, square);
            even[i] = weight * (plus + minus);
            odd[i] = weight * (plus - minus);
            const L rise = slope_on<N>(at), fall = slope_on<N>(opposite_at);
            slope_square = fma(weight, rise * rise + fall * fall, slope_square);
        }
        L missing = square, missing_slope = slope_square * deviation_ * deviation_;
        const double whole = number_of(missing), whole_slope = number_of(missing_slope);
        const double least = 1e-18 * whole;
        while (count < (length > 0 && length < capacity ? length : capacity)) {
            const L a = product(count % 2 == 0 ? even : odd, row_at(count), points.count), part = a * a;
            variance = variance + part;
            missing = missing - part;
            missing_slope = missing_slope - L(Number(count)) * part;
            coefficient[count] = a;
            if (number_of(part) > least) {
                (count % 2 == 0 ? use.terms.even : use.terms.odd) = count / 2 + 1;
            }
            ++count;
            const double left = whole > 0 ? number_of(missing) / whole : 0;
            const double left_slope = whole_slope > 0 ? number_of(missing_slope) / whole_slope : 0;
            use.missing = left > left_slope ? left : left_slope;
            if (length == 0 && use.missing < tolerance) break;
        }
        resolved = points.resolved;
        if (!resolved) use.missing = 1;
    }

    static constexpr int side_by_side = 8;  // sums that a compiler may vectorise

    static constexpr L product(const L* f, const double* h, int points) {
        L sum[side_by_side]{};
        for (int first = 0; first < points; first += side_by_side)
            for (int k = 0; k < side_by_side; ++k)
                sum[k] = fma(f[first + k], L(static_cast<Number>(h[first + k])), sum[k]);
        return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
    }

    L deviation_;
};

}  // namespace wide
