#pragma once
// The Lane of one number: the library's formulas in constant evaluation, for per-sample work, and as the reference
// that the SIMD lanes are tested against. No header of the standard library is needed.
//
//     static_assert(sqrt(Scalar(2.25)).value == 1.5);

namespace wide {

/// Square root in constant evaluation, where the compiler's own is not available everywhere: Newton's iteration in
/// extended precision from a power of two near the root, rounded once.
constexpr double constant_sqrt(double x) {
    if (!(x > 0) || x > 1.7976931348623157e308) return x == 0 || x > 0 ? x : __builtin_nan("");
    long double scale = 1, square = x;
    while (square >= 4) square /= 4, scale *= 2;
    while (square < 1) square *= 4, scale /= 2;
    long double root = 1.5L;
    for (int k = 0; k < 7; ++k) root = (root + square / root) / 2;
    return static_cast<double>(root * scale);
}

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
    friend constexpr Scalar select(bool condition, Scalar yes, Scalar no) { return condition ? yes : no; }
    friend constexpr Scalar sqrt(Scalar a) {
        if (__builtin_is_constant_evaluated()) return Scalar(static_cast<T>(constant_sqrt(a.value)));
        if constexpr (sizeof(T) == sizeof(float)) return Scalar(__builtin_sqrtf(a.value));
        else return Scalar(__builtin_sqrt(a.value));
    }
    friend Scalar erf(Scalar a) { return Scalar(static_cast<T>(__builtin_erf(a.value))); }
    friend Scalar exp(Scalar a) { return Scalar(static_cast<T>(__builtin_exp(a.value))); }
};

}  // namespace wide
