#pragma once
// Real numbers in the language may be written as they come: Weight<1.5>, Weight<2>, ABRelu<-1, 1>.
#include <concepts>

namespace wide {

template <class T>
concept Number = std::integral<T> || std::floating_point<T>;

inline constexpr double pi = 3.14159265358979323846;

/// Square root in constant evaluation, where the compiler's own is not available everywhere: Newton's iteration from
/// a power of two near the root.
constexpr long double constant_root(long double x) {
    if (!(x > 0)) return 0;
    long double scale = 1, square = x;
    while (square >= 4) square /= 4, scale *= 2;
    while (square < 1) square *= 4, scale /= 2;
    long double root = 1.5L;
    for (int k = 0; k < 7; ++k) root = (root + square / root) / 2;
    return root * scale;
}

/// The same rounded once, with the values that the run-time function has at 0, infinity and below 0.
constexpr double constant_sqrt(double x) {
    if (!(x > 0) || x > 1.7976931348623157e308) return x == 0 || x > 0 ? x : __builtin_nan("");
    return static_cast<double>(constant_root(x));
}

/// e^x of a moderate x in constant evaluation: the series at a small part of x, squared again and again.
constexpr double constant_exp(double x) {
    long double part = x;
    int halvings = 0;
    for (; part > 0.01L || part < -0.01L; part /= 2) ++halvings;
    long double sum = 1;
    for (int k = 8; k > 0; --k) sum = 1 + part / k * sum;
    for (int k = 0; k < halvings; ++k) sum *= sum;
    return static_cast<double>(sum);
}

}  // namespace wide
