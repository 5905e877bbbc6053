#pragma once
// The elementary functions, each written once for any Lane: in constant evaluation, on a number, on SIMD vectors.
//
// Beyond Lane's own operations they ask two of a lane, found by argument-dependent look-up:
//     nearest(a)               the integer nearest to a, where |a| < 2^22 (float), 2^51 (double)
//     times_power_of_two(a, n) a 2^n for an integer n that is the exponent of a normal number, or one less (2^n is
//                              then 0) or one more (infinity)
// A lane with a better `exp` or `min` of its own gives it as a friend that is no template, which is then preferred.
//
// Reductions are those of Cody & Waite (1980), polynomials are minimax (Remez). Largest errors found, against long
// double, in units in the last place (sin, cos: absolute, in epsilons); tests/simd/elementary.cpp asserts 2 for all:
//
//               float          double         on
//               fused  else    fused  else
//     exp        1.05  1.03     1.04  1.02    everywhere; results below 2^-125.5 (2^-1021.5) are 0, never subnormal
//     expm1      1.32  1.32     1.77  1.77    everywhere
//     log1p      1.13  1.47     1.17  1.49    [0, 1]: what softplus(x) = max(x, 0) + log1p(exp(-|x|)) needs
//     tanh       1.45  1.43     1.42  1.40    everywhere
//     erf        1.00  1.32     1.16  1.42    everywhere
//     sin, cos   1.10  1.10     1.01  1.10    |x| <= 3000 (float), 1e6 (double)
//
//     static_assert(exp(Scalar(0.0)).value == 1);
#include <wide/dsl/grammar/lane.hpp>
#include <wide/dsl/grammar/number.hpp>
#include <wide/dsl/words/nonlinearities/coefficients.hpp>

namespace wide {

/// Where one of the two is no number, both are the second.
template <Lane L>
[[gnu::always_inline]] constexpr L min(L a, L b) {
    return select(a < b, a, b);
}
template <Lane L>
[[gnu::always_inline]] constexpr L max(L a, L b) {
    return select(b < a, a, b);
}

/// Added to an integer n, it leaves the exponent field of the number 2^n in the lowest bits of the sum.
template <class T>
inline constexpr T exponent_field = sizeof(T) == sizeof(float) ? T(0x1.8p23 + 127) : T(0x1.8p52 + 1023);

/// a / b, where a lane has no quicker way to nearly the same.
template <Lane L>
[[gnu::always_inline]] constexpr L quotient_estimate(L a, L b) {
    return a / b;
}

/// ln 2 in two parts, the first so short that its products with exponents are exact; an argument at which e^x is 0 by
/// its exponent, the largest at which it is a number, one at which it is infinite by its exponent; and
/// (e^r - 1 - r) / r^2 for |r| <= ln(2) / 2.
template <class T>
struct Exponential;

template <>
struct Exponential<float> {
    static constexpr float ln2[] = {0.693359375f, -2.12194440054690583e-04f};
    static constexpr float zero = -87.4f, largest = 88.7228317f, infinite = 89.6f;
    static constexpr Coefficients<long double, 5> q{{4.99999981318127491624e-1L, 1.66665434642124694425e-1L,
                                                     4.16672048579183673655e-2L, 8.36654581425050034284e-3L,
                                                     1.38823047450694201214e-3L}};
};

template <>
struct Exponential<double> {
    static constexpr double ln2[] = {6.93147180369123816490e-01, 1.90821492927058770002e-10};
    static constexpr double zero = -708.6, largest = 709.782712893383973, infinite = 710.68;
    static constexpr Coefficients<long double, 10> q{{5.00000000000000519986e-1L, 1.66666666666665889766e-1L,
                                                      4.16666666665764687794e-2L, 8.33333333338972814901e-3L,
                                                      1.38888889316668133032e-3L, 1.98412697187208253225e-4L,
                                                      2.48015051430472085904e-5L, 2.75574076777807596497e-6L,
                                                      2.76260926969079577945e-7L, 2.50537782053768330782e-8L}};
};

/// e^x = 2^exponent (1 + r + r^2 q), where |r| <= ln(2) / 2.
template <class L>
struct PowerOfE {
    L exponent, r, q;

    /// e^r - 1
    [[gnu::always_inline]] constexpr L rest() const { return fma(r * r, q, r); }
};

template <Lane L>
[[gnu::always_inline]] constexpr PowerOfE<L> power_of_e(L x) {
    using T = typename L::value_type;
    using Table = Exponential<T>;
    constexpr auto q = Table::q.template as<T>();
    const L n = nearest(x * L(T(1.44269504088896340736)));
    const L r = fnma(n, L(Table::ln2[1]), fnma(n, L(Table::ln2[0]), x));
    return {n, r, q(r)};
}

/// x; or, where the exponent of e^x is not that of a number, an argument at which it says 0 or infinity. At the
/// latter r > 0, so that infinity is never taken from infinity.
template <Lane L>
[[gnu::always_inline]] constexpr L within_exponents(L x) {
    using Table = Exponential<typename L::value_type>;
    return select(L(Table::largest) < x, L(Table::infinite), max(L(Table::zero), x));
}

// Both take half the power and double the result: 2^128 and 2^1024 are no numbers, but e^x below them is.
template <Lane L>
[[gnu::always_inline]] constexpr L exp(L x) {
    const PowerOfE<L> power = power_of_e(within_exponents(x));
    return times_power_of_two(fma(power.rest(), L(2), L(2)), power.exponent - L(1));
}

template <Lane L>
[[gnu::always_inline]] constexpr L expm1(L x) {
    using T = typename L::value_type;
    const PowerOfE<L> power = power_of_e(within_exponents(x));
    const L scale = times_power_of_two(L(1), power.exponent - L(1));
    const L linear = fma(scale, power.r, scale - L(T(0.5)));
    const L half = fma(scale, power.r * power.r * power.q, linear);
    return half + half;
}

/// (x - ln(1 + x)) / x^2 on [0, 1], as a polynomial of x - 1/2.
template <class T>
struct Logarithm;

template <>
struct Logarithm<float> {
    static constexpr Coefficients<long double, 10> q{{3.78139567812209798411e-1L, -1.79224909607584727866e-1L,
                                                      9.32302432180588826528e-2L, -5.10853739366483827564e-2L,
                                                      2.89500965685182405892e-2L, -1.67552643532055703300e-2L,
                                                      9.79371325641916849382e-3L, -6.11196111939391544246e-3L,
                                                      4.30322624106379591042e-3L, -2.07296622136240191425e-3L}};
};

template <>
struct Logarithm<double> {
    static constexpr Coefficients<long double, 21> q{
        {3.78139567567342469608e-1L,  -1.79224936936036530148e-1L, 9.32303663636675512240e-2L,
         -5.10834461055880203000e-2L, 2.89431831648213620004e-2L,  -1.67887424756533562119e-2L,
         9.90990073400967610676e-3L,  -5.92901214422739779889e-3L, 3.58566599114951636852e-3L,
         -2.18763591251447172993e-3L, 1.34450699494059072205e-3L,  -8.31478726488538164972e-4L,
         5.16819067922547538180e-4L,  -3.22519841325543044367e-4L, 2.02934255746118153248e-4L,
         -1.29339973613506927191e-4L, 7.90643224964280046743e-5L,  -4.40523295005388151407e-5L,
         3.33438115795539121574e-5L,  -3.34588750798270333283e-5L, 1.65994438871172444328e-5L}};
};

/// For x in [0, 1] only.
template <Lane L>
[[gnu::always_inline]] constexpr L log1p(L x) {
    using T = typename L::value_type;
    constexpr auto q = Logarithm<T>::q.template as<T>();
    return fnma(x * x, q(x - L(T(0.5))), x);
}

/// `limit`: tanh is 1 from there on; (tanh(x) / x - 1) / x^2 as a polynomial of x^2, for x in [0, 0.5625].
template <class T>
struct HyperbolicTangent;

template <>
struct HyperbolicTangent<float> {
    static constexpr float limit = 10;
    static constexpr Coefficients<long double, 5> near{{-3.33333139127824208907e-1L, 1.33324529268500912426e-1L,
                                                        -5.38374797100197304965e-2L, 2.10075999434363378481e-2L,
                                                        -6.17994234325100831003e-3L}};
};

template <>
struct HyperbolicTangent<double> {
    static constexpr double limit = 20;
    static constexpr Coefficients<long double, 11> near{
        {-3.33333333333332778433e-1L, 1.33333333333231332030e-1L, -5.39682539617245126287e-2L,
         2.18694883272794107772e-2L, -8.86323163723550672985e-3L, 3.59208225050251249474e-3L,
         -1.45547964440952271223e-3L, 5.88183656626233625447e-4L, -2.32716233070263087874e-4L,
         8.23609430340740360580e-5L, -1.89039683827540442758e-5L}};
};

/// tanh x = 1 - 2 / (e^2x + 1), but for small x, where that would cancel.
template <Lane L>
[[gnu::always_inline]] constexpr L tanh(L x) {
    using T = typename L::value_type;
    using Table = HyperbolicTangent<T>;
    constexpr auto near = Table::near.template as<T>();
    const L kept = min(L(Table::limit), abs(x)), square = kept * kept;
    const PowerOfE<L> power = power_of_e(kept + kept);
    const L growth = times_power_of_two(power.rest() + L(1), power.exponent);
    const L far = L(1) - L(2) / (growth + L(1));
    const L magnitude = select(kept < L(T(0.5625)), fma(kept * square, near(square), kept), far);
    return select(x < L(0), L(0) - magnitude, magnitude);
}

/// `limit`: erf is 1 from there on; erf(x) / x - 1 as a polynomial of x^2, for x in [0, 1]; e^(x^2) (1 - erf(x)) as
/// one of x - 1, for x in [1, limit], where its error is weighed with e^(-x^2).
template <class T>
struct ErrorFunction;

template <>
struct ErrorFunction<float> {
    static constexpr float limit = 4;
    static constexpr Coefficients<long double, 7> near{{1.28379165729539226822e-1L, -3.76126258379196090828e-1L,
                                                        1.12835852511647091990e-1L, -2.68538145837567073858e-2L,
                                                        5.18833037485533065330e-3L, -8.01020132138818830561e-4L,
                                                        7.85384489081265991586e-5L}};
    static constexpr Coefficients<long double, 9> far{
        {4.27583569604265964101e-1L, -2.73211076836145974440e-1L, 1.54350559490011032756e-1L,
         -7.90533582606862966443e-2L, 3.68749807156764922832e-2L, -1.51101093220613506622e-2L,
         4.91122171881318088011e-3L, -1.05702208506206598892e-3L, 1.06836771027833409594e-4L}};
};

template <>
struct ErrorFunction<double> {
    static constexpr double limit = 6;
    static constexpr Coefficients<long double, 12> near{
        {1.28379167095512565678e-1L, -3.76126389031835200536e-1L, 1.12837916709442027799e-1L,
         -2.68661706431139410722e-2L, 5.22397760613589922233e-3L, -8.54832593003176259287e-4L,
         1.20552935953100505794e-4L, -1.49247126050367627372e-5L, 1.64471347662550575615e-6L,
         -1.62063345834204018525e-7L, 1.37110566371080052382e-8L, -7.77958803780912436210e-10L}};
    static constexpr Coefficients<long double, 21> far{
        {4.27583576155806977520e-1L,  -2.73212014783887053164e-1L,  1.54371561371103603115e-1L,
         -7.92269689193608324842e-2L, 3.75722959030517297201e-2L,   -1.66618664157246813768e-2L,
         6.97012730401138634199e-3L,  -2.76900559440168747774e-3L,  1.05010075548186942439e-3L,
         -3.81595377617881127555e-4L, 1.33078651831324451100e-4L,   -4.44053181152554360208e-5L,
         1.40181389936297640406e-5L,  -4.09318842357139976792e-6L,  1.06862843287621448214e-6L,
         -2.39105543209329378748e-7L, 4.36749121399452792194e-8L,   -6.15091222867783858762e-9L,
         6.18958313174053256653e-10L, -3.92646711722112533898e-11L, 1.17250799230788171018e-12L}};
};

/// Beyond 1 the rounding of x^2 in e^(-x^2) does no harm: what it multiplies is small beside erf itself.
template <Lane L>
[[gnu::always_inline]] constexpr L erf(L x) {
    using T = typename L::value_type;
    using Table = ErrorFunction<T>;
    constexpr auto near = Table::near.template as<T>();
    constexpr auto far = Table::far.template as<T>();
    const L kept = min(L(Table::limit), abs(x)), square = kept * kept;
    const PowerOfE<L> power = power_of_e(L(0) - square);
    const L decay = times_power_of_two(power.rest() + L(1), power.exponent);
    const L magnitude = select(kept < L(1), fma(kept, near(square), kept), fnma(decay, far(kept - L(1)), L(1)));
    return select(x < L(0), L(0) - magnitude, magnitude);
}

/// pi in three parts, the first two so short that their products with multiples of 1/2 are exact; and
/// (sin(r) / r - 1) / r^2 as a polynomial of r^2, for |r| <= pi / 2.
template <class T>
struct Sine;

template <>
struct Sine<float> {
    static constexpr float pi_parts[] = {3.140625f, 9.67502593994140625e-4f, 1.509957990978376432e-7f};
    static constexpr Coefficients<long double, 4> q{{-1.66666570620956522340e-1L, 8.33301638945853654844e-3L,
                                                     -1.98065476663932887669e-4L, 2.59990219743413456517e-6L}};
};

template <>
struct Sine<double> {
    static constexpr double pi_parts[] = {3.14159265346825122833, 1.21542010126079319532e-10,
                                          4.04453249759190146480e-21};
    static constexpr Coefficients<long double, 8> q{{-1.66666666666666645336e-1L, 8.33333333333311249135e-3L,
                                                     -1.98412698411854642259e-4L, 2.75573192077069281395e-6L,
                                                     -2.50521065996085128685e-8L, 1.60589274929622603175e-10L,
                                                     -7.64270416027999016740e-13L, 2.71840526844613160349e-15L}};
};

/// (-1)^n sin(x - multiple pi), where |x - multiple pi| <= pi / 2.
template <Lane L>
[[gnu::always_inline]] constexpr L sine_about(L multiple, L n, L x) {
    using T = typename L::value_type;
    constexpr auto q = Sine<T>::q.template as<T>();
    L r = x;
    for (T part : Sine<T>::pi_parts) r = fnma(multiple, L(part), r);
    const L odd = fnma(nearest(n * L(T(0.5))), L(2), n), square = r * r;
    return fma(r * square, q(square), r) * fnma(odd + odd, odd, L(1));
}

template <Lane L>
[[gnu::always_inline]] constexpr L sin(L x) {
    using T = typename L::value_type;
    const L n = nearest(x * L(T(1 / pi)));
    return sine_about(n, n, x);
}

/// cos(x) = sin(x + pi / 2)
template <Lane L>
[[gnu::always_inline]] constexpr L cos(L x) {
    using T = typename L::value_type;
    const L half(T(0.5)), n = nearest(fma(x, L(T(1 / pi)), half));
    return sine_about(n - half, n, x);
}

}  // namespace wide
