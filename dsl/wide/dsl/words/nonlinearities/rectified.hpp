#pragma once
// phi(x) = x^n for x >= 0 and 0 below: a step (n = 0), ReLU (n = 1), and smoother ones (Cho & Saul 2009).
//
// With theta = arccos(rho) and k_n = n^2 / (4n^2 - 1):
//     j_0 = 1 - theta/pi    j_1 = (sin(theta) + (pi - theta) rho) / pi    j_(n+1) = rho j_n + k_n (1-rho^2) j_(n-1)
//     rho' = j_n            q' = (2n-1)!! q^n / 2                          slope = n^2 / (2n-1) j_(n-1)
// For rho = 1 - w >= 0 the deficits e_n = 1 - j_n follow the same recurrence with one more term, and all are >= 0:
//     e_(n+1) = w (1 - 2k + k w) + rho e_n + k (1-rho^2) e_(n-1)
// The slope of the step is taken to be 0, as its derivative is almost everywhere.
//
//     struct Net : Serial<Dense<512, He>, RectifiedMonomial<2>, Dense<1>> {};
#include <wide/dsl/grammar/nonlinearity.hpp>
#include <wide/dsl/meaning/deficit.hpp>
#include <wide/dsl/words/nonlinearities/arccosine.hpp>
#include <wide/dsl/words/nonlinearities/monomial.hpp>

namespace wide {

template <int n>
struct RectifiedMonomial {
    static_assert(0 <= n && n <= 64, "RectifiedMonomial<n>: the degree n has to be in 0 ... 64");
    static constexpr char name[] = "x^n for x >= 0";
    static constexpr Domain domain = domain_of_power(n, odd_factorial(n) / 2);
    static constexpr int hoisted = 0, degree = n;
    static constexpr double flops = n == 0 ? 18 : 26 + 8 * n;

    template <class L>
    static constexpr L value(L x) {
        return select(x < L(0), L(0), Monomial<n>::value(x));
    }
    template <class L>
    static constexpr L slope(L x) {
        return select(x < L(0), L(0), Monomial<n>::slope(x));
    }

    static constexpr double lowest_correlation(double) { return 0; }

    template <Lane L>
    static constexpr L variance(L q, L* numbers) {
        return L(static_cast<typename L::value_type>(0.5)) * Monomial<n>::variance(q, numbers);
    }

    template <double lowest, Lane L, class Left, class Right>
    [[gnu::always_inline]] static constexpr Dual<L> dual(L t, Left, Right) {
        using T = typename L::value_type;
        constexpr bool nonnegative = lowest >= 0;
        constexpr auto p = Arccosine<T, lowest>::p.times(1 / exact_pi).template as<T>();
        constexpr auto r = Arccosine<T, lowest>::r.times(1 / exact_pi).template as<T>();
        const auto negative = t < L(0);
        const L one(1), w = nonnegative ? t : abs(t), root = sqrt(w), squares = w * (L(2) - w);
        // For rho < 0 these are j_n, else e_n.
        L before(0), now = root * p(w);
        if constexpr (n > 0) {
            const L bend = w * root * r(w);
            before = now;
            now = nonnegative ? w - bend : select(negative, bend, w - bend);
        }
        const L rho = nonnegative ? one - w : select(negative, w - one, one - w);
        for (int m = 1; m < n; ++m) {
            const double k = m * m / (4.0 * m * m - 1);
            const L own = w * fma(L(T(k)), w, L(T(1 - 2 * k)));
            const L next =
                fma(rho, now, fma(L(T(k)) * squares, before, nonnegative ? own : select(negative, L(0), own)));
            before = now;
            now = next;
        }
        const L deficit = nonnegative ? now : select(negative, one - now, now);
        if constexpr (n == 0) {
            return {deficit, L(0)};
        } else {
            const L factor = L(T(n * n / (2.0 * n - 1)));
            return {deficit, factor * (nonnegative ? one - before : select(negative, before, one - before))};
        }
    }

private:
    static constexpr long double exact_pi = 3.14159265358979323846264338327950288L;
};

}  // namespace wide
