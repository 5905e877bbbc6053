// The elementary functions in constant evaluation, against digits from elsewhere.
#include <wide/simd/scalar.hpp>

using namespace wide;

/// To 2 units in the last place of an expected value of any size.
template <class T>
constexpr bool right(Scalar<T> found, long double expected) {
    const long double error = found.value - expected, size = expected < 0 ? -expected : expected;
    constexpr long double unit = sizeof(T) == sizeof(float) ? 0x1p-23L : 0x1p-52L;
    return (error < 0 ? -error : error) <= 2 * unit * size;
}

template <class T>
constexpr bool functions_are_right() {
    using L = Scalar<T>;
    return right(exp(L(1)), 2.718281828459045235360L) && right(exp(L(-20)), 2.061153622438557827966e-9L) &&
           right(exp(L(T(0.5))), 1.648721270700128146849L) && right(expm1(L(2)), 6.389056098930650227230L) &&
           right(expm1(L(T(-0.125))), -0.1175030974154045971351L) &&
           right(expm1(L(T(0x1p-20))), 9.536747711537454467882e-7L) &&
           right(log1p(L(1)), 0.6931471805599453094172L) && right(log1p(L(T(0.25))), 0.2231435513142097557663L) &&
           right(tanh(L(T(0.5))), 0.4621171572600097585023L) && right(tanh(L(-2)), -0.9640275800758168839464L) &&
           right(erf(L(T(0.5))), 0.5204998778130465376827L) && right(erf(L(-2)), -0.9953222650189527341621L) &&
           right(sin(L(2)), 0.9092974268256816953960L) && right(sin(L(-100)), 0.5063656411097587936566L) &&
           right(cos(L(0)), 1) && right(cos(L(2)), -0.4161468365471423869976L) &&
           right(cos(L(100)), 0.8623188722876839341019L);
}
static_assert(functions_are_right<float>());
static_assert(functions_are_right<double>());

template <class T>
constexpr bool limits_are_exact() {
    using L = Scalar<T>;
    const T infinity = T(__builtin_inf());
    return exp(L(0)).value == 1 && exp(L(infinity)).value == infinity && exp(L(-infinity)).value == 0 &&
           exp(L(1000)).value == infinity &&
           exp(L(sizeof(T) == sizeof(float) ? T(88.8) : T(709.8))).value == infinity && exp(L(-1000)).value == 0 &&
           expm1(L(0)).value == 0 && expm1(L(infinity)).value == infinity && expm1(L(-infinity)).value == -1 &&
           log1p(L(0)).value == 0 && tanh(L(infinity)).value == 1 && tanh(L(-1000)).value == -1 &&
           tanh(L(0)).value == 0 && erf(L(infinity)).value == 1 && erf(L(-1000)).value == -1 &&
           erf(L(0)).value == 0 && sin(L(0)).value == 0;
}
static_assert(limits_are_exact<float>());
static_assert(limits_are_exact<double>());

template <class T>
constexpr bool powers_are_exact() {
    using L = Scalar<T>;
    constexpr int largest = sizeof(T) == sizeof(float) ? 127 : 1023;
    T power = 1;
    for (int n = 0; n <= largest; ++n) {
        if (times_power_of_two(L(3), L(T(-n))).value * power != (n < largest ? T(3) : T(0))) return false;
        if (n < largest) power *= 2;
    }
    return times_power_of_two(L(1), L(T(largest))).value == power &&
           times_power_of_two(L(1), L(T(largest + 1))).value == T(__builtin_inf());
}
static_assert(powers_are_exact<float>());
static_assert(powers_are_exact<double>());

template <class T>
constexpr bool nearest_is_nearest() {
    using L = Scalar<T>;
    for (int n = -300; n <= 300; ++n)
        if (nearest(L(T(n - 0.49))).value != T(n) || nearest(L(T(n + 0.49))).value != T(n)) return false;
    return true;
}
static_assert(nearest_is_nearest<float>());
static_assert(nearest_is_nearest<double>());

/// A lane with functions of its own: they are preferred.
struct Own : Scalar<double> {
    using Scalar::Scalar;
    friend constexpr Own exp(Own) { return Own(17); }
};
static_assert(exp(Own(0)).value == 17);
