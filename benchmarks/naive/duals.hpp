#pragma once
// The duals of the nonlinearities as one finds them in papers, on xsimd's functions: what one would write without
// this library, on the same vectors. Of two samples of variances q1 and q2 and of correlation rho, in units of the
// new deviations:
//
//     rho' = E phi(u) phi(v) / sqrt(q1' q2')         slope = sqrt(q1 q2) E phi'(u) phi'(v) / sqrt(q1' q2')
//
// `one` and `two` read the numbers of the samples: [0] is q, [1] is sqrt(q), [2] is 1 / sqrt(q'). Formulas:
// layers_and_duals, sections 2 and 3.
//
//     const auto kernels = naive::duals::Formula<Relu>::of(rho, one, two);      // kernels.correlation, kernels.slope
#include <wide/dsl.hpp>
#include <wide/simd/block.hpp>

namespace wide::naive::duals {

template <class L>
struct Kernels {
    L correlation, slope;
};

/// A function of one vector on several.
template <class T, int count, class F>
[[gnu::always_inline]] inline Block<T, count> each(Block<T, count> x, F f) {
    return Block<T, count>([&](int i) __attribute__((always_inline)) { return f(x.v[i]); });
}
template <class L>
[[gnu::always_inline]] inline L acos_of(L x) {
    return each(x, [](auto v) { return xsimd::acos(v); });
}
template <class L>
[[gnu::always_inline]] inline L asin_of(L x) {
    return each(x, [](auto v) { return xsimd::asin(v); });
}
template <class L>
[[gnu::always_inline]] inline L exp_of(L x) {
    return each(x, [](auto v) { return xsimd::exp(v); });
}

template <class L>
[[gnu::always_inline]] inline L number(double x) {
    return L(static_cast<typename L::value_type>(x));
}

/// Rounding leaves correlations a little outside [-1, 1], where no angle is.
template <class L>
[[gnu::always_inline]] inline L clamped(L rho) {
    return min(max(rho, L(-1)), L(1));
}

/// sqrt(1 - x^2)
template <class L>
[[gnu::always_inline]] inline L cosine_of_arcsine(L x) {
    return sqrt(fnma(x, x, L(1)));
}

template <class W>
struct Formula;

/// a min(x, 0) + b max(x, 0), given the angle and its sine (Cho & Saul 2009).
template <class L>
[[gnu::always_inline]] inline Kernels<L> sector(double a, double b, L rho, L angle, L sine) {
    const L gamma = number<L>((a - b) * (a - b) / (pi * (a * a + b * b)));
    return {fma(gamma, fnma(angle, rho, sine), rho), fnma(gamma, angle, L(1))};
}

template <double a, double b>
struct Sector {
    static constexpr char with[] = "xsimd acos";
    template <class L, class Numbers, class Others>
    [[gnu::always_inline]] static Kernels<L> of(L correlation, const Numbers&, const Others&) {
        const L rho = clamped(correlation);
        return sector(a, b, rho, acos_of(rho), cosine_of_arcsine(rho));
    }
};
template <>
struct Formula<Relu> : Sector<0.0, 1.0> {};
template <>
struct Formula<LeakyRelu<0.1>> : Sector<0.1, 1.0> {};
template <>
struct Formula<Abs> : Sector<-1.0, 1.0> {};

template <>
struct Formula<Sign> {
    static constexpr char with[] = "xsimd acos";
    template <class L, class Numbers, class Others>
    [[gnu::always_inline]] static Kernels<L> of(L rho, const Numbers&, const Others&) {
        return {fnma(number<L>(2 / pi), acos_of(clamped(rho)), L(1)), L(0)};
    }
};

/// x^2 above 0: J_2 of Cho & Saul.
template <>
struct Formula<RectifiedMonomial<2>> {
    static constexpr char with[] = "xsimd acos";
    template <class L, class Numbers, class Others>
    [[gnu::always_inline]] static Kernels<L> of(L correlation, const Numbers&, const Others&) {
        const L rho = clamped(correlation), sine = cosine_of_arcsine(rho), rest = number<L>(pi) - acos_of(rho);
        return {number<L>(1 / (3 * pi)) * fma(rest, fma(rho + rho, rho, L(1)), L(3) * sine * rho),
                number<L>(4 / (3 * pi)) * fma(rest, rho, sine)};
    }
};

/// a erf(b x) + c (Williams 1997).
template <double a, double b, double c>
struct ErrorFunctionOf {
    static constexpr char with[] = "xsimd asin";
    template <class L, class Numbers, class Others>
    [[gnu::always_inline]] static Kernels<L> of(L rho, const Numbers& one, const Others& two) {
        const L twice = number<L>(2 * b * b), norm = one[2] * two[2], deviations = one[1] * two[1];
        const L both = fma(twice, one[0], L(1)) * fma(twice, two[0], L(1)), covariance = twice * rho * deviations;
        const L angle = asin_of(covariance / sqrt(both));
        return {norm * fma(number<L>(a * a * 2 / pi), angle, number<L>(c * c)),
                number<L>(4 * a * a * b * b / pi) * norm * deviations / sqrt(fnma(covariance, covariance, both))};
    }
};
template <>
struct Formula<Erf> : ErrorFunctionOf<1.0, 1.0, 0.0> {};
template <>
struct Formula<ScaledErf<1.5, 0.5, 0.2>> : ErrorFunctionOf<1.5, 0.5, 0.2> {};
template <>
struct Formula<SigmoidLike> : ErrorFunctionOf<0.5, 1 / 2.4020563531719796, 0.5> {};

/// Tsuchida et al. 2021.
template <>
struct Formula<Gelu> {
    static constexpr char with[] = "xsimd asin";
    template <class L, class Numbers, class Others>
    [[gnu::always_inline]] static Kernels<L> of(L rho, const Numbers& one, const Others& two) {
        const L inverse = number<L>(1 / (2 * pi)), quarter = number<L>(0.25), deviations = one[1] * two[1];
        const L both = (one[0] + L(1)) * (two[0] + L(1)), over = L(1) / sqrt(both), i = over * over;
        const L z = deviations * over, u = z * rho, v = cosine_of_arcsine(u), angle = asin_of(u), over_v = L(1) / v;
        const L norm = deviations * one[2] * two[2];
        const L even = z * fma(rho * rho * i, over_v, v), odd = fnma(z, z, fma(i, over_v * over_v, i + L(1)));
        return {norm * fma(inverse, fma(rho, angle, even), quarter * rho),
                norm * fma(inverse, fma(u * over_v, odd, angle), quarter)};
    }
};

/// Sine, cosine and the Gaussian kernel: a sin(b x + c), and C = cos(2c).
template <double a, double b, double C>
struct Wave {
    static constexpr char with[] = "xsimd exp";
    template <class L, class Numbers, class Others>
    [[gnu::always_inline]] static Kernels<L> of(L rho, const Numbers& one, const Others& two) {
        const L rate = number<L>(b * b), half = number<L>(-0.5 * b * b), norm = one[2] * two[2];
        const L covariance = rate * rho * one[1] * two[1], mean = half * (one[0] + two[0]);
        const L size = number<L>(a * a * b * b / 2) * norm * one[1] * two[1];
        const L near = exp_of(mean + covariance);
        if constexpr (C == 0) return {number<L>(a * a / 2) * norm * near, size * near};
        const L far = number<L>(C) * exp_of(mean - covariance);
        return {number<L>(a * a / 2) * norm * (near - far), size * (near + far)};
    }
};
template <>
struct Formula<Sin<1, 1, 0>> : Wave<1.0, 1.0, 1.0> {};
template <>
struct Formula<Cos<1, 1, 0>> : Wave<1.0, 1.0, -1.0> {};
template <>
struct Formula<Rbf<1>> : Wave<sqrt2, sqrt2, 0.0> {};

/// e^(x / 2)
template <>
struct Formula<Exp<1, 0.5>> {
    static constexpr char with[] = "xsimd exp";
    template <class L, class Numbers, class Others>
    [[gnu::always_inline]] static Kernels<L> of(L rho, const Numbers& one, const Others& two) {
        const L deviations = one[1] * two[1], square = number<L>(0.25);
        const L both = fma(square * rho, deviations, number<L>(0.125) * (one[0] + two[0]));
        const L k = one[2] * two[2] * exp_of(both);
        return {k, square * deviations * k};
    }
};

template <>
struct Formula<ExpNormalized<1, -1>> {
    static constexpr char with[] = "xsimd exp";
    template <class L, class Numbers, class Others>
    [[gnu::always_inline]] static Kernels<L> of(L rho, const Numbers&, const Others&) {
        const L k = exp_of(rho - L(1));
        return {k, k};
    }
};

/// e^(-x^2 / 2)
template <>
struct Formula<Gaussian<1, -0.5>> {
    static constexpr char with[] = "square root";
    template <class L, class Numbers, class Others>
    [[gnu::always_inline]] static Kernels<L> of(L rho, const Numbers& one, const Others& two) {
        const L deviations = one[1] * two[1], covariance = rho * deviations;
        const L over = L(1) / fnma(covariance, covariance, (one[0] + L(1)) * (two[0] + L(1)));
        const L k = one[2] * two[2] * sqrt(over);
        return {k, k * over * covariance * deviations};
    }
};

template <>
struct Formula<Gabor> {
    static constexpr char with[] = "xsimd exp";
    template <class L, class Numbers, class Others>
    [[gnu::always_inline]] static Kernels<L> of(L rho, const Numbers& one, const Others& two) {
        const L deviations = one[1] * two[1], covariance = rho * deviations, both = one[0] * two[0];
        const L sum = one[0] + two[0], four = L(4), d = four * fnma(covariance, covariance, both);
        const L over = L(1) / (fma(L(2), sum, d) + L(1));
        const L rise = exp_of(covariance * over), fall = L(1) / rise;
        const L size = number<L>(0.5) * one[2] * two[2] * sqrt(over) * exp_of(number<L>(-0.5) * (sum + d) * over);
        const L bent = fma(four, fma(covariance, covariance, both), fma(L(2), sum, L(1)));
        const L steep = four * covariance * (fma(L(3), sum, d) + L(2));
        return {size * (rise - fall),
                size * deviations * over * over * fma(bent, rise + fall, steep * (rise - fall))};
    }
};

template <>
struct Formula<Hermite<3>> {
    static constexpr char with[] = "products";
    template <class L, class Numbers, class Others>
    [[gnu::always_inline]] static Kernels<L> of(L rho, const Numbers&, const Others&) {
        const L square = rho * rho;
        return {square * rho, L(3) * square};
    }
};

template <>
struct Formula<Monomial<3>> {
    static constexpr char with[] = "products";
    template <class L, class Numbers, class Others>
    [[gnu::always_inline]] static Kernels<L> of(L rho, const Numbers&, const Others&) {
        const L square = rho * rho;
        return {rho * fma(number<L>(0.4), square, number<L>(0.6)), fma(number<L>(1.2), square, number<L>(0.6))};
    }
};

/// 1/2 + x + x^2 / 4
template <>
struct Formula<Polynomial<0.5, 1, 0.25>> {
    static constexpr char with[] = "products";
    template <class L, class Numbers, class Others>
    [[gnu::always_inline]] static Kernels<L> of(L rho, const Numbers& one, const Others& two) {
        const L deviations = one[1] * two[1], covariance = rho * deviations, norm = one[2] * two[2];
        const L constant =
            fma(number<L>(0.25), one[0], number<L>(0.5)) * fma(number<L>(0.25), two[0], number<L>(0.5));
        return {norm * fma(covariance, fma(number<L>(0.125), covariance, L(1)), constant),
                norm * deviations * fma(number<L>(0.25), covariance, L(1))};
    }
};

}  // namespace wide::naive::duals
