#pragma once
// The normalised Hermite polynomial h_n, for pre-activations of variance 1, after a LayerNorm: E h_n h_n = rho^n
// (Daniely et al. 2016). With h_(k+1) = (x h_k - sqrt(k) h_(k-1)) / sqrt(k+1) and h_n' = sqrt(n) h_(n-1).
//
//     struct Net : Serial<Dense<512>, LayerNorm, Hermite<3>, Dense<1>> {};
#include <wide/dsl/grammar/nonlinearity.hpp>
#include <wide/dsl/grammar/number.hpp>
#include <wide/dsl/meaning/deficit.hpp>

namespace wide {

template <int n>
struct Hermite {
    static_assert(0 <= n && n <= 64, "Hermite<n>: the degree n has to be in 0 ... 64");
    static constexpr char name[] = "normalised Hermite polynomial";
    static constexpr bool unit_variance = true;
    static constexpr Domain domain{1, 1};
    static constexpr bool keeps_small = n > 1;
    static constexpr int hoisted = 0;
    static constexpr double flops = 4 + 4 * n;

    template <class L>
    static constexpr L value(L x) {
        return polynomial(n, x);
    }
    template <class L>
    static constexpr L slope(L x) {
        if constexpr (n == 0) return L(0);
        else return L(static_cast<typename L::value_type>(constant_sqrt(n))) * polynomial(n - 1, x);
    }

    static constexpr double lowest_correlation(double lowest) { return n % 2 == 1 && lowest < 0 ? -1 : 0; }

    template <Lane L>
    static constexpr L variance(L q, L*) {
        L power(1);
        for (int k = 0; k < n; ++k) power = power * q;
        return power;
    }

    template <double lowest, Lane L, class Left, class Right>
    [[gnu::always_inline]] static constexpr Dual<L> dual(L t, Left, Right) {
        using T = typename L::value_type;
        if constexpr (n == 0) {
            return {L(0), L(0)};
        } else {
            constexpr bool nonnegative = lowest >= 0;
            const L w = nonnegative ? t : abs(t), rho = L(1) - w;
            L power(1), gap = w;  // |rho|^k and 1 - |rho|^(k+1)
            for (int k = 1; k < n; ++k) {
                power = power * rho;
                gap = fma(rho, gap, w);
            }
            const L slope = L(T(n)) * power;
            const L signed_rho = correlation<nonnegative>(t);
            if constexpr (n % 2 == 1) return {deficit_of_gap<nonnegative>(gap, t), slope, power * signed_rho};
            else return {gap, nonnegative ? slope : select(t < L(0), L(0) - slope, slope), power * rho};
        }
    }

private:
    template <class L>
    static constexpr L polynomial(int degree, L x) {
        using T = typename L::value_type;
        L before(0), now(1);
        for (int k = 0; k < degree; ++k) {
            const L next = fnma(L(T(constant_sqrt(k))), before, x * now) / L(T(constant_sqrt(k + 1)));
            before = now;
            now = next;
        }
        return now;
    }
};

}  // namespace wide
