#pragma once
// The Lane of a number and its derivatives with respect to `n` parameters: forward-mode differentiation of whatever
// is computed on it. Comparisons look at the number alone; of a choice, the derivative is that of what was chosen.
//
//     using D = Differential<Scalar<double>, 1>;
//     D x(2.0); x.slope[0] = Scalar(1.0);
//     (x * x * x).slope[0].value == 12;
#include <wide/dsl/grammar/lane.hpp>
#include <wide/simd/elementary.hpp>

namespace wide {

template <Lane L, int n>
struct Differential {
    using value_type = typename L::value_type;
    L value{value_type(0)};
    L slope[n];

    constexpr Differential() : Differential(L(value_type(0))) {}
    [[gnu::always_inline]] constexpr explicit Differential(value_type number) : Differential(L(number)) {}
    [[gnu::always_inline]] constexpr explicit Differential(L number) : value(number) {
        for (int k = 0; k < n; ++k) slope[k] = L(value_type(0));
    }

    [[gnu::always_inline]] friend constexpr Differential operator+(const Differential& a, const Differential& b) {
        return from(a.value + b.value, [&](int k) { return a.slope[k] + b.slope[k]; });
    }
    [[gnu::always_inline]] friend constexpr Differential operator-(const Differential& a, const Differential& b) {
        return from(a.value - b.value, [&](int k) { return a.slope[k] - b.slope[k]; });
    }
    [[gnu::always_inline]] friend constexpr Differential operator*(const Differential& a, const Differential& b) {
        return from(a.value * b.value, [&](int k) { return fma(a.slope[k], b.value, a.value * b.slope[k]); });
    }
    [[gnu::always_inline]] friend constexpr Differential operator/(const Differential& a, const Differential& b) {
        const L inverse = L(value_type(1)) / b.value, ratio = a.value * inverse;
        return from(ratio, [&](int k) { return fnma(ratio, b.slope[k], a.slope[k]) * inverse; });
    }
    [[gnu::always_inline]] friend constexpr auto operator<(const Differential& a, const Differential& b) {
        return a.value < b.value;
    }
    [[gnu::always_inline]] friend constexpr Differential fma(const Differential& a, const Differential& b,
                                                             const Differential& c) {
        return from(fma(a.value, b.value, c.value),
                    [&](int k) { return fma(a.slope[k], b.value, fma(a.value, b.slope[k], c.slope[k])); });
    }
    [[gnu::always_inline]] friend constexpr Differential fnma(const Differential& a, const Differential& b,
                                                              const Differential& c) {
        return from(fnma(a.value, b.value, c.value),
                    [&](int k) { return fnma(a.slope[k], b.value, fnma(a.value, b.slope[k], c.slope[k])); });
    }
    /// At zero, where a deficit has its least value whatever the parameters are, the derivative is zero.
    [[gnu::always_inline]] friend constexpr Differential sqrt(const Differential& a) {
        const L zero(value_type(0)), one(value_type(1)), root = sqrt(a.value);
        const auto positive = zero < root;
        return a.through(root, select(positive, L(value_type(0.5)) / select(positive, root, one), zero));
    }
    [[gnu::always_inline]] friend constexpr Differential abs(const Differential& a) {
        const L zero(value_type(0)), one(value_type(1));
        return a.through(abs(a.value), select(a.value < zero, zero - one, one));
    }
    template <class Mask>
    [[gnu::always_inline]] friend constexpr Differential select(const Mask& condition, const Differential& yes,
                                                                const Differential& no) {
        return from(select(condition, yes.value, no.value),
                    [&](int k) { return select(condition, yes.slope[k], no.slope[k]); });
    }

    friend constexpr Differential exp(const Differential& a) {
        const L power = exp(a.value);
        return a.through(power, power);
    }
    friend constexpr Differential expm1(const Differential& a) {
        const L less = expm1(a.value);
        return a.through(less, less + L(value_type(1)));
    }
    friend constexpr Differential log1p(const Differential& a) {
        const L one(value_type(1));
        return a.through(log1p(a.value), one / (one + a.value));
    }
    friend constexpr Differential tanh(const Differential& a) {
        const L level = tanh(a.value);
        return a.through(level, fnma(level, level, L(value_type(1))));
    }
    friend constexpr Differential erf(const Differential& a) {
        constexpr auto factor = static_cast<value_type>(1.12837916709551257390);  // 2 / sqrt(pi)
        return a.through(erf(a.value), L(factor) * exp(L(value_type(0)) - a.value * a.value));
    }
    friend constexpr Differential sin(const Differential& a) { return a.through(sin(a.value), cos(a.value)); }
    friend constexpr Differential cos(const Differential& a) {
        return a.through(cos(a.value), L(value_type(0)) - sin(a.value));
    }

    friend constexpr double number_of(const Differential& a) { return number_of(a.value); }

private:
    template <class F>
    [[gnu::always_inline]] static constexpr Differential from(L number, F slope_at) {
        Differential made(number);
        for (int k = 0; k < n; ++k) made.slope[k] = slope_at(k);
        return made;
    }

    /// The chain rule for a function of one argument.
    [[gnu::always_inline]] constexpr Differential through(L number, L derivative) const {
        return from(number, [&](int k) { return derivative * slope[k]; });
    }
};

}  // namespace wide
