#pragma once
// A Lane that owes nothing to the library's own: the language can be tested without the work, and whoever brings the
// operations of grammar/lane.hpp may compute on them.
#include <wide/dsl/grammar/lane.hpp>

#include "by_hand.hpp"

namespace by_hand {

struct Double {
    using value_type = double;
    double value;

    constexpr Double() : value{0} {}
    constexpr explicit Double(double number) : value{number} {}

    friend constexpr Double operator+(Double a, Double b) { return Double(a.value + b.value); }
    friend constexpr Double operator-(Double a, Double b) { return Double(a.value - b.value); }
    friend constexpr Double operator*(Double a, Double b) { return Double(a.value * b.value); }
    friend constexpr Double operator/(Double a, Double b) { return Double(a.value / b.value); }
    friend constexpr bool operator<(Double a, Double b) { return a.value < b.value; }
    friend constexpr Double fma(Double a, Double b, Double c) { return a * b + c; }
    friend constexpr Double fnma(Double a, Double b, Double c) { return c - a * b; }
    friend constexpr Double abs(Double a) { return Double(a.value < 0 ? -a.value : a.value); }
    friend constexpr Double select(bool condition, Double yes, Double no) { return condition ? yes : no; }
    friend constexpr Double sqrt(Double a) { return Double(static_cast<double>(root(a.value))); }
    friend constexpr Double exp(Double a) { return Double(static_cast<double>(exponential(a.value))); }
    friend constexpr Double expm1(Double a) { return Double(static_cast<double>(exponential_less_one(a.value))); }
    friend constexpr Double sin(Double a) { return Double(static_cast<double>(sine(a.value))); }
    friend constexpr Double cos(Double a) { return Double(static_cast<double>(cosine(a.value))); }
    friend constexpr Double erf(Double a) { return Double(static_cast<double>(error_function(a.value))); }
};

static_assert(wide::Lane<Double>);

}  // namespace by_hand
