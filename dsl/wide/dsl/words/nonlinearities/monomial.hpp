#pragma once
// phi(x) = x^n. In Hermite polynomials of its argument over sqrt(q) (layers_and_duals, 3):
//
//     rho' = sum_l c_l rho^l,   c_l = (n!)^2 / (((n-l)/2)!^2 2^(n-l) l! (2n-1)!!),   l = n, n-2, ...
//     q' = (2n-1)!! q^n         1-rho' = sum_l c_l (1 - rho^l),  c_l > 0
//
//     struct Net : Serial<Dense<512>, Monomial<2>, Dense<1>> {};
#include <wide/dsl/grammar/nonlinearity.hpp>
#include <wide/dsl/meaning/deficit.hpp>

namespace wide {

/// (2n-1)!! = 1 * 3 * 5 * ...: E x^2n of a standard normal x.
constexpr double odd_factorial(int n) {
    double product = 1;
    for (int k = 3; k < 2 * n; k += 2) product *= k;
    return product;
}

/// Where `factor` q^n is within 1e-36 ... 1e36, so that float holds it.
constexpr Domain domain_of_power(int n, double factor) {
    const auto power = [=](double q) {
        double product = factor;
        for (int k = 0; k < n; ++k) product *= q;
        return product;
    };
    Domain domain{1, 1};
    while (domain.largest < 1e12 && power(domain.largest * 10) < 1e36) domain.largest *= 10;
    while (domain.smallest > 2e-12 && power(domain.smallest / 10) > 1e-36) domain.smallest /= 10;
    return domain;
}

template <int n>
struct Monomial {
    static_assert(0 <= n && n <= 64, "Monomial<n>: the degree n has to be in 0 ... 64");
    static constexpr char name[] = "x^n";
    static constexpr Domain domain = domain_of_power(n, odd_factorial(n));
    static constexpr bool keeps_small = n > 1;
    static constexpr int hoisted = 0, degree = n;
    static constexpr double flops = 6 + 4 * n;

    template <class L>
    static constexpr L value(L x) {
        return power(x, n);
    }
    template <class L>
    static constexpr L slope(L x) {
        if constexpr (n == 0) return L(0);
        else return L(static_cast<typename L::value_type>(n)) * power(x, n - 1);
    }

    static constexpr double lowest_correlation(double lowest) { return n % 2 == 1 && lowest < 0 ? -1 : 0; }

    template <Lane L>
    static constexpr L variance(L q, L*) {
        return L(static_cast<typename L::value_type>(odd_factorial(n))) * power(q, n);
    }

    template <double lowest, Lane L, class Left, class Right>
    [[gnu::always_inline]] static constexpr Dual<L> dual(L t, Left, Right) {
        using T = typename L::value_type;
        if constexpr (n == 0) {
            return {L(0), L(0)};
        } else {
            constexpr bool nonnegative = lowest >= 0;
            const L w = nonnegative ? t : abs(t), rho = L(1) - w;
            L power(1), apart = w, gap(0), slope(0), rest(0);  // |rho|^(l-1) and 1 - |rho|^l
            for (int l = 1; l <= n; ++l) {
                if ((n - l) % 2 == 0) {
                    gap = fma(L(T(table.c[l])), apart, gap);
                    slope = fma(L(T(l * table.c[l])), power, slope);
                    rest = fma(L(T(table.c[l])), power, rest);
                }
                power = power * rho;
                apart = fma(rho, apart, w);
            }
            if constexpr (n % 2 == 1)
                return {deficit_of_gap<nonnegative>(gap, t), slope, rest * correlation<nonnegative>(t)};
            else
                return {gap, nonnegative ? slope : select(t < L(0), L(0) - slope, slope),
                        fma(rest, rho, L(T(table.c[0])))};
        }
    }

private:
    struct Table {
        double c[n + 1]{};
    };
    static constexpr Table table = [] {
        Table made;
        for (int l = n; l >= 0; l -= 2) {
            double c = 1 / odd_factorial(n);
            for (int k = 1; k <= n; ++k) c *= k;      // n! / (2n-1)!!
            for (int k = l + 1; k <= n; ++k) c *= k;  // n! / l!
            for (int k = 1; k <= (n - l) / 2; ++k) c /= 4.0 * k * k;
            made.c[l] = c;
        }
        return made;
    }();

    template <class L>
    static constexpr L power(L x, int exponent) {
        L product(1);
        for (int k = 0; k < exponent; ++k) product = product * x;
        return product;
    }
};

}  // namespace wide
