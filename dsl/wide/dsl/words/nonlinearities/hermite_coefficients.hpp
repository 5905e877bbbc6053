#pragma once
// The Hermite coefficients a_k = E phi(s g) h_k(g), s = sqrt(q), of an activation, one after the other until what is
// missing of E phi^2 and of E phi'^2 is small. The expectation is a sum over points: evenly spaced ones for a smooth
// phi (the trapezoidal rule converges geometrically under a Gaussian), Gauss-Legendre panels between the kinks of
// another.
//
//     HermiteCoefficients<Tanh, Scalar<double>, 128> a(q, 1e-11, 0);      // a.coefficient[k], k < a.count
#include <cstddef>

#include <wide/dsl/grammar/nonlinearity.hpp>

namespace wide {

/// How many coefficients of each parity pairs read: first the even ones, then the odd ones.
struct Terms {
    int even = 0, odd = 0;

    constexpr int all() const { return even + odd; }
    constexpr int longest() const { return 2 * (even > odd ? even : odd); }
    constexpr void widen(const Terms& other) {
        if (even < other.even) even = other.even;
        if (odd < other.odd) odd = other.odd;
    }
};

/// What became of a sample's series: how long it is, and which part of E phi^2 or of E phi'^2 it leaves out.
struct HermiteUse {
    Terms terms{};
    double missing = 0;
    bool converged = true;
    bool in_angle = false;  ///< they are used for a polynomial in the angle, which leaves nothing out
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

/// The positive half of Gauss and Legendre's rule of 16 points on [-1, 1].
inline constexpr int legendre_pairs = 8;
inline constexpr double legendre_point[] = {0.09501250983763744, 0.2816035507792589, 0.45801677765722737,
                                            0.6178762444026438,  0.755404408355003,  0.8656312023878318,
                                            0.9445750230732326,  0.9894009349916499};
inline constexpr double legendre_weight[] = {0.1894506104550685,   0.18260341504492358, 0.16915651939500254,
                                             0.14959598881657674,  0.12462897125553388, 0.09515851168249279,
                                             0.062253523938647894, 0.027152459411754096};

template <class N, class L, int capacity>
struct HermiteCoefficients {
    L coefficient[capacity]{};
    int count = 0;
    L square{0};    ///< E phi^2
    L variance{0};  ///< the sum of the coefficients' squares: the part of it that they have
    HermiteUse use{};

    /// `length` coefficients; where it is 0, until less than `tolerance` is missing.
    constexpr HermiteCoefficients(L q, double tolerance, int length) : deviation_(sqrt(q)) {
        if constexpr (has_kinks<N>) panels();
        else evenly();
        L missing = square, missing_slope = slope_square_ * q;
        const double whole = number_of(missing), whole_slope = number_of(missing_slope);
        const double least = 1e-18 * number_of(square);
        while (count < (length > 0 && length < capacity ? length : capacity)) {
            const L a = next_coefficient();
            const L part = a * a;
            variance = variance + part;
            missing = missing - part;
            missing_slope = missing_slope - L(Number(count)) * part;
            coefficient[count] = a;
            if (number_of(part) > least) {
                (count % 2 == 0 ? use.terms.even : use.terms.odd) = count / 2 + 1;
                last_ = count;
            }
            ++count;
            const double left = whole > 0 ? number_of(missing) / whole : 0;
            const double left_slope = whole_slope > 0 ? number_of(missing_slope) / whole_slope : 0;
            use.missing = left > left_slope ? left : left_slope;
            if (length == 0 && use.missing <= tolerance) break;
        }
        if (!resolved_) use.missing = 1;
    }

    /// Lets the last coefficient stand for all that is left out: right at rho = 1 and near rho = 0.
    constexpr void complete() {
        if (last_ < 0 || !(variance < square)) return;
        const L size = sqrt(coefficient[last_] * coefficient[last_] + (square - variance));
        coefficient[last_] = select(coefficient[last_] < L(0), L(0) - size, size);
        variance = square;
    }

private:
    using Number = typename L::value_type;
    static constexpr double reach = 12;  // exp(-reach^2 / 2) is 5e-32
    static constexpr int most_points = 640;

    /// A point and its mirror image are one: h_k is even or odd.
    constexpr void add(double x, double weight) {
        const L at(static_cast<Number>(x)), density = exp(L(Number(-0.5)) * at * at);
        const L scaled = density * L(static_cast<Number>(weight / 2.50662827463100050242));
        const L plus = value_on<N>(deviation_ * at), minus = value_on<N>(L(0) - deviation_ * at);
        const L rise = slope_on<N>(deviation_ * at), fall = slope_on<N>(L(0) - deviation_ * at);
        square = square + scaled * (plus * plus + minus * minus);
        slope_square_ = slope_square_ + scaled * (rise * rise + fall * fall);
        x_[points_] = at;
        before_[points_] = L(0);
        now_[points_] = L(1);
        even_[points_] = scaled * (plus + minus);
        odd_[points_] = scaled * (plus - minus);
        ++points_;
    }

    /// Points closer together than phi(s x) changes, as far as there is room for them.
    constexpr double within_room(double wanted) {
        constexpr double closest = reach / (most_points - 4 * legendre_pairs);
        resolved_ = wanted >= closest;
        return resolved_ ? wanted : closest;
    }

    constexpr void evenly() {
        const double s = number_of(deviation_), step = within_room(s > 2.5 ? 0.25 / s : 0.1);
        for (double x = step / 2; x < reach; x += step) add(x, step);
    }

    constexpr void panels() {
        double from = 0;
        const double s = number_of(deviation_);
        const double width = 2 * legendre_pairs * within_room((s > 4 ? 3 / s : 0.75) / (2 * legendre_pairs));
        while (from < reach) {
            double to = reach;
            for (const double kink : N::kinks) {
                const double at = (kink < 0 ? -kink : kink) / (s > 0 ? s : 1);
                if (at > from && at < to) to = at;
            }
            const int pieces = 1 + static_cast<int>((to - from) / width);
            for (int p = 0; p < pieces; ++p) {
                const double half = (to - from) / pieces / 2, middle = from + (2 * p + 1) * half;
                for (int k = 0; k < legendre_pairs && points_ < most_points; ++k) {
                    add(middle - half * legendre_point[k], half * legendre_weight[k]);
                    add(middle + half * legendre_point[k], half * legendre_weight[k]);
                }
            }
            from = to;
        }
    }

    /// The sum for h_k at all points, and h_{k+1} = (x h_k - sqrt(k) h_{k-1}) / sqrt(k+1).
    constexpr L next_coefficient() {
        const L* const f = count % 2 == 0 ? even_ : odd_;
        const L down = sqrt(L(Number(count))), up = L(1) / sqrt(L(Number(count + 1)));
        constexpr int side_by_side = 8;
        L sum[side_by_side]{};
        for (int first = 0; first < points_; first += side_by_side)
            for (int k = 0; k < side_by_side; ++k) {
                const int i = first + k;
                sum[k] = fma(f[i], now_[i], sum[k]);
                const L next = (x_[i] * now_[i] - down * before_[i]) * up;
                before_[i] = now_[i];
                now_[i] = next;
            }
        return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
    }

    L deviation_, slope_square_{0};
    int points_ = 0, last_ = -1;
    bool resolved_ = true;
    L x_[most_points + 8]{}, before_[most_points + 8]{}, now_[most_points + 8]{}, even_[most_points + 8]{},
        odd_[most_points + 8]{};
};

}  // namespace wide
