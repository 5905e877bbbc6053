#pragma once
// A word's dual against the formula of its textbook, which is given on the covariances themselves.
#include <wide/dsl/grammar/nonlinearity.hpp>

#include "lane.hpp"

namespace by_hand {

/// E phi phi and E phi' phi'.
struct Expected {
    Real product, slope;
};

constexpr Real size(Real x) { return x < 0 ? -x : x; }

constexpr double smallest(double one, double two) { return one < two ? one : two; }

/// Whether W, for variances q1, q2 and correlation rho, has the variance, the new correlation and the slope that
/// `formula(q11, q12, q22)` expects.
template <class W, double lowest = -1.0, class Formula>
constexpr bool textbook(Formula formula, double q1, double q2, double rho, Real tolerance = 4e-15L) {
    Double left[W::hoisted + 1], right[W::hoisted + 1];
    const double one = W::variance(Double(q1), left).value, two = W::variance(Double(q2), right).value;
    const double t = rho == -1 ? -1e-200 : rho < 0 ? -1 - rho : 1 - rho;
    const auto dual = W::template dual<lowest>(Double(t), left, right);
    const Real before = root(static_cast<Real>(q1)) * root(static_cast<Real>(q2));
    const Real first = formula(q1, q1, q1).product, second = formula(q2, q2, q2).product;
    const Expected expected = formula(q1, rho * before, q2);
    const Real after = root(first) * root(second), slope = expected.slope * before / after;
    const Real found = dual.deficit.value < 0 ? -1 - static_cast<Real>(dual.deficit.value) : 1 - dual.deficit.value;
    return agree(one, first, tolerance) && agree(two, second, tolerance) &&
           size(found - expected.product / after) < tolerance &&
           size(dual.slope.value - slope) < tolerance * (1 + size(slope));
}

/// The same on a grid of correlations, for a few pairs of variances up to `largest`.
template <class W, class Formula>
constexpr bool textbook_everywhere(Formula formula, double largest = 9, Real tolerance = 4e-15L) {
    const double variances[][2] = {{1, 1}, {.25, smallest(9, largest)}, {.001, .5}};
    for (const auto& q : variances)
        for (int k = -3; k <= 3; ++k) {
            if (!textbook<W>(formula, q[0], q[1], k / 4.0, tolerance)) return false;
            if (k >= 0 && !textbook<W, 0.0>(formula, q[0], q[1], k / 4.0, tolerance)) return false;
        }
    return true;
}

/// Whether equal samples stay exactly equal, and those at a distance of 1e-18 keep `rate` times it.
template <class W>
constexpr bool keeps_near_samples(double q, Real rate, Real tolerance = 1e-13L) {
    Double numbers[W::hoisted + 1];
    W::variance(Double(q), numbers);
    const double same = W::template dual<-1.0>(Double(0), numbers, numbers).deficit.value;
    const double near = W::template dual<-1.0>(Double(1e-18), numbers, numbers).deficit.value;
    return same >= 0 && same < 1e-100 && agree(near, rate * 1e-18L, tolerance);
}

/// Whether a silent sample (variance 0) yields numbers, not NaN, beside a sample of variance q and beside another.
template <class W>
constexpr bool silent_is_finite(double q) {
    Double silent[W::hoisted + 1], other[W::hoisted + 1];
    W::variance(Double(0), silent);
    W::variance(Double(q), other);
    const Double* const beside[] = {other, silent};
    for (const Double* two : beside) {
        const auto dual = W::template dual<-1.0>(Double(1), silent, two);
        const double t = dual.deficit.value, slope = dual.slope.value;
        if (!(-1 <= t && t <= 1 && -100 < slope && slope < 100)) return false;
    }
    return true;
}

/// Whether phi' is `slope` of `value`, by a central difference.
template <class W>
constexpr bool slope_is_derivative() {
    const double points[] = {-1.3, -.4, .2, .9};
    for (const double x : points) {
        const double step = 1e-5, up = W::value(Double(x + step)).value, down = W::value(Double(x - step)).value;
        if (size(W::slope(Double(x)).value - static_cast<Real>(up - down) / (2 * step)) > 1e-7L) return false;
    }
    return true;
}

}  // namespace by_hand
