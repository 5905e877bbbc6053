#pragma once
// The two functions behind every dual of the ReLU family, without acos and without cancellation. For w in [0, 1]:
//
//     arccos(1 - w)                          = sqrt(w) P(w)
//     sqrt(w (2-w)) - (1-w) arccos(1 - w)    = w sqrt(w) R(w)
//
// (Cho & Saul 2009 for the kernels.) P and R are minimax polynomials of degree 19 and 18 on [0, 1], relative error
// 2.5e-18. Where less is asked, in float or on [0, 1 - lowest], they are economised: cut off where what is left falls
// below a quarter of a rounding error. Both functions have their singularity at w = 2, so a degree gains a factor of 5.8
// on [0, 1] and of 18 on [0, 0.4].
//
//     constexpr auto& p = Arccosine<float, 0.45>::p;       // 6 coefficients for correlations >= 0.45; on [0, 1] 8
#include <wide/dsl/grammar/number.hpp>
#include <wide/dsl/words/nonlinearities/coefficients.hpp>

namespace wide {

inline constexpr Coefficients<long double, 20> longest_p{
    1.41421356237309504531e+00L,  1.17851130197760651667e-01L,  2.65165042941407993483e-02L,
    7.89181677259136102807e-03L,  2.68540937023467136174e-03L,  9.88727352359879538897e-04L,
    3.83354307895721897690e-04L,  1.54998561824271690417e-04L,  5.98165523674655068531e-05L,
    4.38714323127804364440e-05L,  -4.28181268465173091870e-05L, 1.39651763637909237216e-04L,
    -2.54964133016686416294e-04L, 3.79952561928913379049e-04L,  -4.26601585677073385024e-04L,
    3.61973938918917545281e-04L,  -2.23361696963767063499e-04L, 9.53428515845717824197e-05L,
    -2.52119876391428500429e-05L, 3.17199438684264772005e-06L};
inline constexpr Coefficients<long double, 19> longest_r{
    9.42809041582063366679e-01L,  4.71404520791025972193e-02L,  7.57614408420838860373e-03L,
    1.75373705341647961950e-03L,  4.88256415382692338821e-04L,  1.52109499950209037947e-04L,
    5.11372167977189230551e-05L,  1.80749283244180747538e-05L,  7.10317023639608776732e-06L,
    1.13063577536169471042e-06L,  5.05027297340352914414e-06L,  -8.25075056449599732192e-06L,
    1.42855820959548180984e-05L,  -1.73834521036115489441e-05L, 1.61183903296576254276e-05L,
    -1.07377223485432096672e-05L, 4.94278923717737923652e-06L,  -1.40245219679235680093e-06L,
    1.90677319620622334175e-07L};

/// P and R for correlations >= lowest (not below 0), in long double: scale, then round by `as<T>()`.
template <class T, double lowest>
struct Arccosine {
    static constexpr double width = lowest > 0 ? 1 - lowest : 1;
    static constexpr long double error = sizeof(T) == sizeof(float) ? 0x1p-25L : 0x1p-54L;
    static constexpr ChebyshevSeries<20> p_series{longest_p, width};
    static constexpr ChebyshevSeries<19> r_series{longest_r, width};
    static constexpr auto p = p_series.template powers<p_series.needed(error)>();
    static constexpr auto r = r_series.template powers<r_series.needed(error)>();
};

}  // namespace wide
