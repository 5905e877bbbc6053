#pragma once
// The Lane of one number: the library's formulas in constant evaluation, for per-sample work, and as the reference
// that the SIMD lanes are tested against. No header of the standard library is needed.
//
//     static_assert(sqrt(Scalar(2.25)).value == 1.5);
#include <wide/dsl/grammar/number.hpp>
#include <wide/simd/elementary.hpp>

namespace wide {

template <class T>
struct Scalar {
    using value_type = T;
    T value;

    constexpr Scalar() : value{} {}
    constexpr explicit Scalar(T number) : value{number} {}

    friend constexpr Scalar operator+(Scalar a, Scalar b) { return Scalar(a.value + b.value); }
    friend constexpr Scalar operator-(Scalar a, Scalar b) { return Scalar(a.value - b.value); }
    friend constexpr Scalar operator*(Scalar a, Scalar b) { return Scalar(a.value * b.value); }
    friend constexpr Scalar operator/(Scalar a, Scalar b) { return Scalar(a.value / b.value); }
    friend constexpr bool operator<(Scalar a, Scalar b) { return a.value < b.value; }

    friend constexpr Scalar fma(Scalar a, Scalar b, Scalar c) { return Scalar(a.value * b.value + c.value); }
    friend constexpr Scalar fnma(Scalar a, Scalar b, Scalar c) { return Scalar(c.value - a.value * b.value); }
    friend constexpr Scalar abs(Scalar a) { return a.value < 0 ? Scalar(-a.value) : a; }
    friend constexpr double number_of(Scalar a) { return static_cast<double>(a.value); }
    friend constexpr Scalar select(bool condition, Scalar yes, Scalar no) { return condition ? yes : no; }
    friend constexpr Scalar sqrt(Scalar a) {
        if (__builtin_is_constant_evaluated()) return Scalar(static_cast<T>(constant_sqrt(a.value)));
        if constexpr (sizeof(T) == sizeof(float)) return Scalar(__builtin_sqrtf(a.value));
        else return Scalar(__builtin_sqrt(a.value));
    }
    friend constexpr Scalar nearest(Scalar a) {
        // No fraction fits beside it.
        constexpr T integers_only = sizeof(T) == sizeof(float) ? T(0x1.8p23) : T(0x1.8p52);
        return Scalar((a.value + integers_only) - integers_only);
    }
    friend constexpr Scalar times_power_of_two(Scalar a, Scalar n) {
        if constexpr (sizeof(T) == sizeof(float)) {
            const auto bits = __builtin_bit_cast(unsigned, n.value + exponent_field<T>);
            return Scalar(a.value * __builtin_bit_cast(T, bits << 23));
        } else {
            const auto bits = __builtin_bit_cast(unsigned long long, n.value + exponent_field<T>);
            return Scalar(a.value * __builtin_bit_cast(T, bits << 52));
        }
    }
};

}  // namespace wide
