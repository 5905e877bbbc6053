#pragma once
// Gaussian expectations of one and of two numbers by Gauss-Legendre quadrature in panels. Two correlated Gaussians
// are taken in polar coordinates, x = s1 r cos(a), z = s2 r cos(a - angle) with angle = arccos(rho): what has a kink
// at zero has it on four rays, between which everything is smooth.
#include <algorithm>
#include <cmath>
#include <numbers>

namespace quadrature {

inline constexpr double pi = std::numbers::pi;
inline constexpr int points = 16;

struct Rule {
    double node[points], weight[points];  // on [-1, 1]
};

/// Roots of the Legendre polynomial by Newton's iteration.
inline const Rule& gauss_legendre() {
    static const Rule rule = [] {
        Rule found;
        for (int i = 0; i < points; ++i) {
            double x = std::cos(pi * (i + 0.75) / (points + 0.5)), derivative = 1;
            for (int step = 0; step < 50; ++step) {
                double before = 1, value = x;
                for (int k = 2; k <= points; ++k) {
                    const double next = ((2 * k - 1) * x * value - (k - 1) * before) / k;
                    before = value;
                    value = next;
                }
                derivative = points * (x * value - before) / (x * x - 1);
                x -= value / derivative;
            }
            found.node[i] = x;
            found.weight[i] = 2 / ((1 - x * x) * derivative * derivative);
        }
        return found;
    }();
    return rule;
}

/// The integral of f over [from, to], in `panels` equal panels.
template <class F>
double integral(double from, double to, int panels, F f) {
    const Rule& rule = gauss_legendre();
    const double half = (to - from) / panels / 2;
    double sum = 0;
    for (int p = 0; p < panels; ++p) {
        const double middle = from + (2 * p + 1) * half;
        for (int i = 0; i < points; ++i) sum += rule.weight[i] * half * f(middle + half * rule.node[i]);
    }
    return sum;
}

inline constexpr double far = 9;  // exp(-far^2 / 2) is 3e-18

/// E f(g), g ~ N(0, 1); f may have a kink at 0.
template <class F>
double expectation(F f) {
    const auto weighted = [&](double g) { return std::exp(-g * g / 2) * f(g); };
    return (integral(-far, 0, 24, weighted) + integral(0, far, 24, weighted)) / std::sqrt(2 * pi);
}

/// E f(g1, g2), both N(0, 1) with correlation cos(angle); f may have kinks where g1 = 0 and where g2 = 0.
template <class F>
double expectation(double angle, F f) {
    double ray[] = {-pi / 2, angle - pi / 2, pi / 2, angle + pi / 2, 3 * pi / 2};
    std::sort(ray, ray + 5);
    double sum = 0;
    for (int k = 0; k < 4; ++k) {
        if (ray[k + 1] - ray[k] <= 0) continue;
        sum += integral(ray[k], ray[k + 1], 8, [&](double a) {
            const double one = std::cos(a), two = std::cos(a - angle);
            return integral(0, far, 14, [&](double r) { return r * std::exp(-r * r / 2) * f(r * one, r * two); });
        });
    }
    return sum / (2 * pi);
}

}  // namespace quadrature
