#pragma once
// Two standard normal numbers X, Y of correlation rho beyond two thresholds h > 0 and k > 0:
//
//     L(h, k) = P(X > h, Y > k)
//     E (X - h)+ (Y - k)+ = (rho + h k) L + c exp(-r^2 / 2) / (2 pi) - h pdf(k) tail(y) - k pdf(h) tail(x)
//
// with c = sqrt(1 - rho^2). In coordinates where both numbers are independent, X = h and Y = k are two lines at
// distances h and k from the origin; they meet at distance r, which along the lines is x = (k - rho h) / c from the
// foot of the one and y = (h - rho k) / c from that of the other. L is the mass of a corner, and by Owen (1956) a sum
// over its two sides,
//
//     side(h, x) = tail(h) / 2 - T(h, x / h),     T(m, a) = 1 / (2 pi) int_0^a exp(-m^2 (1 + z^2) / 2) / (1 + z^2) dz
//     side(h, x) = T(x, h / x) - tail(x) (1/2 - tail(h))     side(h, -x) = tail(h) - side(h, x)
//
// so that a <= 1: a rule of Gauss and Legendre then has an error of 5e-9 with 5 points (float), of 4e-15 with 9
// (double). Near rho = 1 the feet are exact, as k - rho h = (k - h) + (1 - rho) h.
#include <wide/dsl/grammar/lane.hpp>
#include <wide/dsl/grammar/number.hpp>

namespace wide {

/// h with pdf(h) and tail(h) = P(X > h). It lies in [least, most]: 0 stands for a number that can be divided by, and
/// beyond `most` nothing is left.
template <Lane L>
struct Threshold {
    static constexpr double least = 1e-15, most = 40;
    L at, density, tail;
};

template <Lane L>
struct Orthant {
    L probability;  ///< P(X > h, Y > k)
    L product;      ///< E (X - h)+ (Y - k)+
};

/// P(X > x), to an absolute rounding error.
template <Lane L>
[[gnu::always_inline]] constexpr L normal_tail(L x) {
    using T = typename L::value_type;
    return fnma(L(T(0.5)), erf(x * L(static_cast<T>(0.70710678118654752440))), L(T(0.5)));
}

/// The positive half of Gauss and Legendre's rules of 10 and of 18 points on [-1, 1]; the integrand is even.
template <class T>
struct OwenRule;
template <>
struct OwenRule<float> {
    static constexpr int points = 5;
    static constexpr double point[] = {0.14887433898163122, 0.4333953941292472, 0.6794095682990244,
                                       0.8650633666889845, 0.9739065285171717};
    static constexpr double weight[] = {0.2955242247147528, 0.2692667193099965, 0.219086362515982, 0.1494513491505804,
                                        0.06667134430868814};
};
template <>
struct OwenRule<double> {
    static constexpr int points = 9;
    static constexpr double point[] = {0.08477501304173529, 0.2518862256915055, 0.41175116146284263,
                                       0.5597708310739475,  0.6916870430603532, 0.8037049589725231,
                                       0.8926024664975557,  0.9558239495713978, 0.991565168420931};
    static constexpr double weight[] = {0.1691423829631439,  0.16427648374583304,  0.15468467512626555,
                                        0.14064291467065093, 0.1225552067114787,   0.10094204410628728,
                                        0.07642573025488957, 0.049714548894969394, 0.021616013526481497};
};

/// T(longer, shorter / longer).
template <Lane L>
[[gnu::always_inline]] constexpr L owen(L longer, L shorter) {
    using T = typename L::value_type;
    using Rule = OwenRule<T>;
    const L slope = shorter / longer, square = slope * slope, decay = L(T(-0.5)) * longer * longer;
    L sum(0);
    for (int p = 0; p < Rule::points; ++p) {
        const L secant = fma(square, L(static_cast<T>(Rule::point[p] * Rule::point[p])), L(1));
        sum = sum + L(static_cast<T>(Rule::weight[p] / (2 * pi))) * exp(decay * secant) / secant;
    }
    return sum * slope;
}

/// One side of the corner: the line at distance h, from the corner outwards.
template <Lane L>
struct CornerSide {
    L along;  ///< |x|, where the corner is
    L tail;   ///< tail(x)
    L mass;   ///< side(h, x)

    [[gnu::always_inline]] constexpr CornerSide(const Threshold<L>& h, L x) {
        using T = typename L::value_type;
        const auto behind = x < L(0);
        const L most(static_cast<T>(Threshold<L>::most)), far = abs(x), half(T(0.5));
        along = select(far < most, far, most);
        const auto near = along < h.at;
        const L beyond = normal_tail(along);
        const L wedge = owen(select(near, h.at, along), select(near, along, h.at));
        const L ahead = select(near, fma(half, h.tail, L(0) - wedge), fnma(beyond, half - h.tail, wedge));
        tail = select(behind, L(1) - beyond, beyond);
        mass = select(behind, h.tail - ahead, ahead);
    }
};

/// For the correlation sign * (1 - gap), sign = 1 or -1.
template <Lane L>
[[gnu::always_inline]] constexpr Orthant<L> orthant(const Threshold<L>& h, const Threshold<L>& k, L gap, L sign) {
    using T = typename L::value_type;
    const L least(sizeof(T) == sizeof(float) ? T(1e-16) : T(1e-26)), w = select(gap < least, least, gap);
    const L rho = fnma(sign, w, sign), c = sqrt(w * (L(2) - w)), inverse = L(1) / c;
    const L near_h = sign * h.at, near_k = sign * k.at;
    const CornerSide<L> one(h, fma(near_h, w, k.at - near_h) * inverse);
    const CornerSide<L> two(k, fma(near_k, w, h.at - near_k) * inverse);
    const L twice = fma(h.at, h.at, one.along * one.along) + fma(k.at, k.at, two.along * two.along);
    const L corner = exp(L(T(-0.25)) * twice) * L(static_cast<T>(0.5 / pi));
    const L probability = one.mass + two.mass;
    const L edges = fma(h.at * k.density, two.tail, k.at * h.density * one.tail);
    return {probability, fma(fma(h.at, k.at, rho), probability, fma(c, corner, L(0) - edges))};
}

}  // namespace wide
