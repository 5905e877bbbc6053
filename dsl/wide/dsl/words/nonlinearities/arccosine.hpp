#pragma once
// The two functions behind every dual of the ReLU family, without acos and without cancellation. For w in [0, 1]:
//
//     arccos(1 - w)                          = sqrt(w) P(w)
//     sqrt(w (2-w)) - (1-w) arccos(1 - w)    = w sqrt(w) R(w)
//
// (Cho & Saul 2009 for the kernels; P and R are minimax polynomials: float degree 7 and 6, relative error 1.5e-8;
// double degree 19 and 18, 2.5e-18.)
#include <cstddef>

#include <wide/dsl/grammar/lane.hpp>

namespace wide {

inline constexpr double pi = 3.14159265358979323846;

template <class T, int terms>
struct Coefficients {
    T coefficient[terms];

    /// c[0] + c[1] x + ..., fused multiply-adds only. Long polynomials go in two chains of x^2, for their latency.
    template <Lane L>
    [[gnu::always_inline]] constexpr L operator()(L x) const {
        if constexpr (terms > 10) {
            const L square = x * x;
            return fma(horner<1>(square), x, horner<0>(square));
        } else {
            L sum(coefficient[terms - 1]);
            for (int k = terms - 2; k >= 0; --k) sum = fma(sum, x, L(coefficient[k]));
            return sum;
        }
    }

    /// Every coefficient times `factor`, rounded once.
    constexpr Coefficients times(long double factor) const {
        Coefficients scaled{};
        for (int k = 0; k < terms; ++k) scaled.coefficient[k] = static_cast<T>(coefficient[k] * factor);
        return scaled;
    }

    /// Rounded to another element type.
    template <class U>
    constexpr Coefficients<U, terms> as() const {
        Coefficients<U, terms> rounded{};
        for (int k = 0; k < terms; ++k) rounded.coefficient[k] = static_cast<U>(coefficient[k]);
        return rounded;
    }

private:
    template <int parity, class L>
    [[gnu::always_inline]] constexpr L horner(L square) const {
        constexpr int top = (terms - 1 - parity) / 2 * 2 + parity;
        L sum(coefficient[top]);
        for (int k = top - 2; k >= 0; k -= 2) sum = fma(sum, square, L(coefficient[k]));
        return sum;
    }
};

template <class T>
struct Arccosine;

template <>
struct Arccosine<float> {
    static constexpr Coefficients<long double, 8> p{{1.41421354177967779301e+00L, 1.17853631143031379493e-01L,
                                                   2.64669123824121716874e-02L, 8.26283382660853987329e-03L,
                                                   1.34551574965109426990e-03L, 3.53599643566461502014e-03L,
                                                   -2.13558583824323026846e-03L, 1.25345844255871511204e-03L}};
    static constexpr Coefficients<long double, 7> r{{9.42809055280929653630e-01L, 4.71391836481885477992e-02L,
                                                   7.59522144474224294603e-03L, 1.64745934434142713077e-03L,
                                                   7.63358702163280312895e-04L, -1.95113428302029432737e-04L,
                                                   2.40820478095007647987e-04L}};
};

template <>
struct Arccosine<double> {
    static constexpr Coefficients<long double, 20> p{
        {1.41421356237309504531e+00L,  1.17851130197760651667e-01L,  2.65165042941407993483e-02L,
         7.89181677259136102807e-03L,  2.68540937023467136174e-03L,  9.88727352359879538897e-04L,
         3.83354307895721897690e-04L,  1.54998561824271690417e-04L,  5.98165523674655068531e-05L,
         4.38714323127804364440e-05L,  -4.28181268465173091870e-05L, 1.39651763637909237216e-04L,
         -2.54964133016686416294e-04L, 3.79952561928913379049e-04L,  -4.26601585677073385024e-04L,
         3.61973938918917545281e-04L,  -2.23361696963767063499e-04L, 9.53428515845717824197e-05L,
         -2.52119876391428500429e-05L, 3.17199438684264772005e-06L}};
    static constexpr Coefficients<long double, 19> r{
        {9.42809041582063366679e-01L, 4.71404520791025972193e-02L, 7.57614408420838860373e-03L,
         1.75373705341647961950e-03L, 4.88256415382692338821e-04L, 1.52109499950209037947e-04L,
         5.11372167977189230551e-05L, 1.80749283244180747538e-05L, 7.10317023639608776732e-06L,
         1.13063577536169471042e-06L, 5.05027297340352914414e-06L, -8.25075056449599732192e-06L,
         1.42855820959548180984e-05L, -1.73834521036115489441e-05L, 1.61183903296576254276e-05L,
         -1.07377223485432096672e-05L, 4.94278923717737923652e-06L, -1.40245219679235680093e-06L,
         1.90677319620622334175e-07L}};
};

}  // namespace wide
