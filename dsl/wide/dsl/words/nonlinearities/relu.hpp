#pragma once
// The positively homogeneous family phi(x) = a min(x, 0) + b max(x, 0): ReLU (0, 1), leaky ReLU (alpha, 1), and
// |x| (-1, 1).
//
// With theta = arccos(rho), c = (a-b)^2 / 2 pi, Q = q11 q22 (Cho & Saul 2009; Jacot et al. 2018):
//     E phi phi   = sqrt(Q) (c sin theta + ((a^2+b^2)/2 - c theta) rho)      E phi' phi' = (a^2+b^2)/2 - c theta
//
// Here in units of the new variances q' = (a^2+b^2) q / 2, on the signed deficit (|t| = 1 - |rho|, the sign is
// rho's), with w = |t|, gamma = (a-b)^2 / (pi (a^2+b^2)), mu = 2ab / (a^2+b^2):
//     rho >= 0:   1 - rho' = w - gamma w^1.5 R(w)                   slope = 1 - gamma w^0.5 P(w)
//     rho <  0:   1 + rho' = (1 - mu) + mu w + gamma w^1.5 R(w)     slope = mu + gamma w^0.5 P(w)
// Every term is free of cancellation: samples that are parallel stay exactly so, at any depth.
#include <wide/dsl/grammar/nonlinearity.hpp>
#include <wide/dsl/grammar/number.hpp>
#include <wide/dsl/words/nonlinearities/arccosine.hpp>

namespace wide {

template <Number auto below, Number auto above>
struct ABRelu {
    static constexpr double a = below, b = above;
    static_assert(a * a + b * b > 0 && a * a + b * b < 1e300,
                  "ABRelu<0, 0> is no nonlinearity: one slope has to differ from 0");
    static constexpr char name[] = "a min(x, 0) + b max(x, 0)";
    static constexpr Domain domain{1e-12, 1.7976931348623157e308};  // no variance enters: any will do
    static constexpr int hoisted = 0, degree = 1;
    static constexpr double flops = 34;

    template <class L>
    static constexpr L value(L x) {
        return select(x < L(0), L(static_cast<typename L::value_type>(a)),
                      L(static_cast<typename L::value_type>(b))) *
               x;
    }
    template <class L>
    static constexpr L slope(L x) {
        return select(x < L(0), L(static_cast<typename L::value_type>(a)), L(static_cast<typename L::value_type>(b)));
    }

    /// The dual grows with the correlation where that is not negative: its value at the bound is the new bound.
    static constexpr double lowest_correlation(double lowest) {
        if (lowest < 0) return a * b > 0 ? lowest : 0;
        using Angle = Arccosine<double, 0.0>;
        const double w = 1 - lowest, root = constant_sqrt(w);
        const double bend = static_cast<double>(gamma) * w * root * static_cast<double>(Angle::r.at(w));
        return lowest + bend - 1e-12;
    }

    template <Lane L>
    static constexpr L variance(L q, L*) {
        return L(static_cast<typename L::value_type>((a * a + b * b) / 2)) * q;
    }

    template <double lowest, Lane L, class Left, class Right>
    [[gnu::always_inline]] static constexpr Dual<L> dual(L t, Left, Right) {
        using T = typename L::value_type;
        using Angle = Arccosine<T, lowest>;
        constexpr auto p = Angle::p.times(gamma).template as<T>();
        constexpr auto r = Angle::r.times(gamma).template as<T>();
        if constexpr (lowest >= 0) {
            const L root = sqrt(t);
            return {fnma(t * root, r(t), t), fnma(root, p(t), L(1))};
        } else {
            const auto negative = t < L(0);
            const L w = abs(t), root = sqrt(w), angle = root * p(w), bend = w * root * r(w);
            // A ReLU's mu is 0, and x + 0 would be an instruction.
            const L slope = select(negative, mu == 0 ? angle : angle + L(T(mu)), L(1) - angle);
            if constexpr (mu > 0) {
                const L gap = fma(w, L(T(mu)), L(T(1 - mu))) + bend;  // 1 + rho', if rho < 0
                const L opposite = select(gap < L(1), L(0) - gap, L(2) - gap);
                return {select(negative, opposite, w - bend), slope};
            } else {
                const L line = mu == 0 ? L(1) : fnma(w, L(T(mu)), L(T(1 + mu)));
                return {select(negative, line, w) - bend, slope};
            }
        }
    }

private:
    static constexpr double mu = 2 * a * b / (a * a + b * b);
    static constexpr long double gamma =
        (static_cast<long double>(a) - b) * (static_cast<long double>(a) - b) /
        (3.14159265358979323846264L * (static_cast<long double>(a) * a + static_cast<long double>(b) * b));
};

struct Relu : ABRelu<0.0, 1.0> {
    static constexpr char name[] = "ReLU";
};

template <Number auto alpha>
struct LeakyRelu : ABRelu<alpha, 1.0> {
    static constexpr char name[] = "leaky ReLU";
};

struct Abs : ABRelu<-1.0, 1.0> {
    static constexpr char name[] = "absolute value";
};

}  // namespace wide
