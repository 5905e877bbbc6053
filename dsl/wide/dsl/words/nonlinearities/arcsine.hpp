#pragma once
// The arcsine, and the angle by which arcsin(g1 g2 rho) falls short, for the words whose covariance is an arcsine.
//
// A sample of variance x has the angle A with sin A = g^2 = x / (1+x). For a pair, u = g1 g2 rho with rho = 1 - w >=
// 0, and arcsin(u) is the mean angle M = (A1+A2)/2 less a shortfall that vanishes for equal samples. With s =
// sin(A/2) and c = cos(A/2) - sin(A/2) = 1 / sqrt(1+x) of each sample, sums of what is not negative give
//     k = sin((A1-A2)/2) = s1 c2 - c1 s2
//     m = sin M = 2 s1 s2 + s1 c2 + c1 s2
//     n = cos M = c1 c2 + c1 s2 + s1 c2
//     v^2 = 1 - u^2 = k^2 + n^2 + g1^2 g2^2 w (2-w)
//     m - u = k^2 / (m + g1 g2) + g1 g2 w
//     sin(shortfall) = (m-u)(m+u) / (m v + n u)
//     cos(shortfall) = n v + m u
#include <wide/dsl/grammar/lane.hpp>
#include <wide/dsl/meaning/deficit.hpp>
#include <wide/dsl/words/nonlinearities/arccosine.hpp>

namespace wide {

/// arccos(1 - w) for w in [0, 1], or in [0, 1 - lowest].
template <double lowest, Lane L>
[[gnu::always_inline]] constexpr L arccosine_below_one(L w) {
    using T = typename L::value_type;
    constexpr auto p = Arccosine<T, lowest>::p.template as<T>();
    return sqrt(w) * p(w);
}

/// arcsin(u) / u - 1 in w = 1 - sqrt(1-u^2), over w: near-minimax on [0, 1], relative error 8e-19 of arcsin(u).
inline constexpr ChebyshevSeries<23> arcsine_series{
    Coefficients<long double, 23>{
        {3.33333333333333333709e-01L,  1.33333333333332936305e-01L,  5.71428571429268568303e-02L,
         2.53968253919660746593e-02L,  1.154401172338220005e-02L,    5.32800127214416997385e-03L,
         2.48646378186042912169e-03L,  1.16941616024978030456e-03L,  5.59407889324851908752e-04L,
         2.33121338605327435855e-04L,  2.68313108793714555043e-04L,  -4.53533051233386392941e-04L,
         1.50285351632438838017e-03L,  -3.35147850691779437744e-03L, 6.14223776857036029587e-03L,
         -8.90616064444137981696e-03L, 1.02388232733517822963e-02L,  -9.19132124840312910578e-03L,
         6.31807130736262438938e-03L,  -3.21316117370336975622e-03L, 1.14204937149516934318e-03L,
         -2.53959599695851014755e-04L, 2.68213062675293973313e-05L}},
    1};

/// arcsin(u) / u - 1 for u in [0, 1], where v = sqrt(1 - u^2). It is 0 at 0, and small u keep all their digits.
template <Lane L>
[[gnu::always_inline]] constexpr L arcsine_excess(L u, L v) {
    using T = typename L::value_type;
    constexpr int terms = arcsine_series.needed(sizeof(T) == sizeof(float) ? 0x1p-26L : 0x1p-55L);
    constexpr auto series = arcsine_series.powers<terms>().template as<T>();
    const L w = u * u / (L(1) + v);
    return w * series(w);
}

/// What a sample brings to the arcsine: its first three numbers are hoisted.
template <Lane L>
struct Arc {
    L sine, slack, root;  ///< s, c, g
    L excess;             ///< A / sin A - 1

    constexpr explicit Arc(L x) {
        const L one(1), inverse = one / (one + x), squared = x * inverse;
        const L sum = sqrt(one + squared);  // cos(A/2) + sin(A/2)
        slack = sqrt(inverse);
        sine = squared / (sum + slack);
        root = sqrt(squared);
        excess = arcsine_excess(squared, sum * slack);
    }

    constexpr void write(L* numbers) const {
        numbers[0] = sine;
        numbers[1] = slack;
        numbers[2] = root;
    }
};

/// A pair of them.
template <Lane L>
struct Arcs {
    L product, between, sine, cosine;  ///< g1 g2, k, m, n

    template <class Left, class Right>
    [[gnu::always_inline]] constexpr Arcs(const Left& left, const Right& right)
        : Arcs(left[0], left[1], right[0], right[1], left[2] * right[2]) {}

    /// 1 - g1^2 g2^2
    [[gnu::always_inline]] constexpr L rest() const { return fma(between, between, cosine * cosine); }

    struct Shortfall {
        L sine, cosine;
    };
    [[gnu::always_inline]] constexpr Shortfall shortfall(L w, L u, L v) const {
        const L least(smallest_gap<typename L::value_type>);  // so that two samples of variance 0 aren't 0 / 0
        const L sum = sine + product;
        const L part = fma(between, between, product * w * sum) / fma(sum, fma(sine, v, cosine * u), least);
        return {part * (sine + u), fma(cosine, v, sine * u)};
    }

private:
    [[gnu::always_inline]] constexpr Arcs(L s1, L c1, L s2, L c2, L g)
        : product(g),
          between(fma(s1 - s2, c2, s2 * (c2 - c1))),
          sine(fma(s1 + s1 + c1, s2, s1 * c2)),
          cosine(fma(c1 + s1, c2, c1 * s2)) {}
};

}  // namespace wide
