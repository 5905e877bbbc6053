#pragma once
// phi(x) = e^(-x^2) sin x. With S = q11 + q22, d = 4 Q (1-rho^2), D = 1 + 2 S + d (layers_and_duals, 3):
//
//     E phi phi   = e^(-(S+d)/2D) sinh(q12/D) / sqrt(D)
//     E phi' phi' = e^(-(S+d)/2D) [(1 + 2 S + 4 (q12^2 + Q)) cosh(q12/D) + 4 q12 (d + 3 S + 2) sinh(q12/D)] D^(-5/2)
//
// D = (1+z) / (h1 h2) as for the Gaussian e^(-x^2), and q / (1+4q) = p <= 1/4 of each sample. With x = p1 p2 and
// y = x rho^2 / (1+z)^2 the correlation is, for log(sinh(s)/s) = sum_j l_j s^2j,
//     rho' = rho (1+z)^(-3/2) e^-eta
//     eta  = [h1 h2 z/(1+z) + (h1-h2)^2 / 2] / 4 + d / 4D + sum_j l_j [(p1^j - p2^j)^2 / 2 + x^j - y^j]
// so that 1-rho' = w + (1-w)(gamma + (1-gamma)(1 - e^-eta)), gamma = 1 - (1+z)^(-3/2), is a sum of what is not
// negative.
//
//     struct Net : Serial<Dense<512>, Gabor, Dense<1>> {};
#include <wide/dsl/grammar/nonlinearity.hpp>
#include <wide/dsl/meaning/deficit.hpp>
#include <wide/dsl/words/nonlinearities/arccosine.hpp>
#include <wide/dsl/words/nonlinearities/gaussian.hpp>

namespace wide {

struct Gabor {
    static constexpr char name[] = "exp(-x^2) sin x";
    static constexpr int hoisted = 2;
    static constexpr double flops = 150;

    template <class L>
    static constexpr L value(L x) {
        return exp(L(0) - x * x) * sin(x);
    }
    template <class L>
    static constexpr L slope(L x) {
        return exp(L(0) - x * x) * (cos(x) - (x + x) * sin(x));
    }

    static constexpr double lowest_correlation(double lowest) { return lowest < 0 ? -1 : 0; }

    template <Lane L>
    static constexpr L variance(L q, L* numbers) {
        write_widths(q, -1, numbers);
        return L(static_cast<typename L::value_type>(-0.5)) * numbers[0] * expm1(L(-2) * numbers[1]);
    }

    template <double lowest, Lane L, class Left, class Right>
    [[gnu::always_inline]] static constexpr Dual<L> dual(L t, Left left, Right right) {
        using T = typename L::value_type;
        constexpr bool nonnegative = lowest >= 0;
        const L one(1), half(T(0.5)), quarter(T(0.25)), w = nonnegative ? t : abs(t), rho = one - w;
        const L squares = w * (L(2) - w), squared = rho * rho;
        const Widening<L> wide(left, right, squares);
        const L over = one / (one + wide.z), root = sqrt(over);
        const L widened = wide.z * over, pull = wide.pull * over, apart = left[0] - right[0];
        const L lost = fma(wide.narrow, widened, half * apart * apart) + pull * squares;

        const L p1 = left[1], p2 = right[1], x = p1 * p2, y = x * squared * over * over;
        const L steps = x * (squares + squared * widened * (one + over));  // x - y
        L faded = quarter * lost, one_power(1), two_power(1), x_power(1), quotient(0);
        for (int j = 0; j < terms<T>; ++j) {
            quotient = fma(quotient, y, x_power);  // (x^(j+1) - y^(j+1)) / (x - y)
            x_power = x_power * x;
            one_power = one_power * p1;
            two_power = two_power * p2;
            const L powers = one_power - two_power;
            faded = fma(L(T(logarithm[j])), fma(half * powers, powers, steps * quotient), faded);
        }
        const L lower = L(0) - expm1(L(0) - faded);

        L cotangent = L(T(cotangents[terms<T> - 1]));  // s coth(s), s^2 = y
        for (int j = terms<T> - 2; j >= 0; --j) cotangent = fma(cotangent, y, L(T(cotangents[j])));
        const L bent = fma(pull * squared, half * fma(fma(L(-1) * wide.pull, squares, wide.narrow), over, L(3)),
                           fma((pull + pull) * squared, cotangent, cotangent));
        const L narrowed = widened * fma(over, one / (one + root), one);  // gamma
        const L gap = fma(rho, fma(one - narrowed, lower, narrowed), w);
        return {deficit_of_gap<nonnegative>(gap, t), root * over * (one - lower) * bent};
    }

private:
    template <class T>
    static constexpr int terms = sizeof(T) == sizeof(float) ? 3 : 7;
    static constexpr double logarithm[] = {
        1.0 / 6, -1.0 / 180, 1.0 / 2835, -1.0 / 37800, 1.0 / 467775, -691.0 / 3831077250.0, 2.0 / 127702575.0};
    static constexpr double cotangents[] = {
        1.0, 1.0 / 3, -1.0 / 45, 2.0 / 945, -1.0 / 4725, 2.0 / 93555, -1382.0 / 638512875.0};
};

}  // namespace wide
