#pragma once
// Gaussian expectations of one and of two numbers, to 1e-12, by Gauss-Legendre quadrature in panels: what the
// contract of nonlinearities is checked against. Nothing here knows a closed form.
//
// The functions may have kinks or jumps at places that are known: no panel lies across one. Two correlated numbers
// are taken as u and v = rho u + c w with independent u and w, c = sqrt(1 - rho^2): the inner integral is split where
// v meets a kink. The outer one then sees a kink smoothed to the width c / |rho|, and gets panels as short as that.
//
//     const Factor phi([](double x) { return std::abs(x); }, 4, {0});
//     expectation_of_square(phi);                                // E |2 g|^2 = 4
//     expectation(phi, phi, 0.25);                               // E |2 u| |2 v| with correlation 1 - 0.25
#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace wide::quadrature {

struct Rule {
    static constexpr int points = 16;
    double node[points], weight[points];  ///< on [-1, 1]
};

/// Roots of the Legendre polynomial by Newton's iteration.
inline const Rule& gauss_legendre() {
    static const Rule rule = [] {
        constexpr int n = Rule::points;
        Rule found;
        for (int i = 0; i < n; ++i) {
            double x = std::cos(std::numbers::pi * (i + 0.75) / (n + 0.5)), derivative = 1;
            for (int step = 0; step < 50; ++step) {
                double before = 1, value = x;
                for (int k = 2; k <= n; ++k) {
                    const double next = ((2 * k - 1) * x * value - (k - 1) * before) / k;
                    before = value;
                    value = next;
                }
                derivative = n * (x * value - before) / (x * x - 1);
                x -= value / derivative;
            }
            found.node[i] = x;
            found.weight[i] = 2 / ((1 - x * x) * derivative * derivative);
        }
        return found;
    }();
    return rule;
}

inline double density(double g) { return std::exp(-g * g / 2) / std::sqrt(2 * std::numbers::pi); }

/// The integral of f over [-radius, radius] in panels no longer than `panel`, none of them across one of `breaks`.
template <class F>
double integral(double radius, double panel, std::vector<double>& breaks, F f) {
    for (double& place : breaks) place = std::clamp(place, -radius, radius);
    breaks.push_back(-radius);
    breaks.push_back(radius);
    std::sort(breaks.begin(), breaks.end());
    const Rule& rule = gauss_legendre();
    double sum = 0;
    for (std::size_t k = 0; k + 1 < breaks.size(); ++k) {
        const double length = breaks[k + 1] - breaks[k];
        if (!(length > 0)) continue;
        const double panels = std::ceil(length / panel), half = length / panels / 2;
        for (double p = 0; p < panels; ++p) {
            const double middle = breaks[k] + (2 * p + 1) * half;
            for (int i = 0; i < Rule::points; ++i) sum += rule.weight[i] * half * f(middle + half * rule.node[i]);
        }
    }
    return sum;
}

using Function = double (*)(double);

/// f(sqrt(variance) g) as a function of a standard Gaussian g: how far out it matters, and how short its panels have
/// to be.
struct Factor {
    Function f;
    double deviation;
    std::vector<double> kinks;  ///< of g
    double radius = 9, panel = 2;

    Factor(Function function, double variance, const std::vector<double>& places)
        : f{function}, deviation{std::sqrt(variance)} {
        for (const double place : places) kinks.push_back(place / deviation);
        find_radius();
        for (double square = weighted_square(panel); panel > 1.0 / 64; panel /= 2) {
            const double finer = weighted_square(panel / 2);
            if (!(std::abs(finer - square) > 1e-13 * finer)) break;  // nor does a NaN get any better
            square = finer;
        }
    }

    double operator()(double g) const { return f(deviation * g); }

    double weighted_square(double longest) const {
        std::vector<double> breaks = kinks;
        return integral(radius, longest, breaks, [&](double g) {
            const double value = (*this)(g);
            return value * value * density(g);
        });
    }

private:
    /// exp(-9^2 / 2) is 3e-18: beyond, until the square times the density has fallen to nothing. Its peak may lie far
    /// out, exp(b x)^2 has it at 2 b s.
    void find_radius() {
        double largest = 0;
        for (double g = 0.125; g < 200; g += 0.25) {
            const double right = (*this)(g), left = (*this)(-g);
            const double here = std::max(right * right, left * left) * density(g);
            if (!std::isfinite(right) || !std::isfinite(left)) break;
            largest = std::max(largest, here);
            radius = std::max(radius, g);
            if (g > 9 && here <= 1e-19 * largest) break;
        }
    }
};

/// E f(s g)^2.
inline double expectation_of_square(const Factor& one) { return one.weighted_square(one.panel); }

/// E f1(s1 u) f2(s2 v), where u and v have the correlation of the signed deficit t.
inline double expectation(const Factor& one, const Factor& two, double t) {
    const double w = std::abs(t), rho = t < 0 ? w - 1 : 1 - w, c = std::sqrt(w * (2 - w));
    const double radius = std::max(one.radius, two.radius), panel = std::min(one.panel, two.panel);
    std::vector<double> breaks = one.kinks, inner;
    if (3 * c < panel * std::abs(rho))
        for (const double kink : two.kinks)
            for (const double widths : {-9, -6, -3, 0, 3, 6, 9}) breaks.push_back((kink + widths * c) / rho);
    return integral(radius, panel, breaks, [&](double u) {
        inner.clear();
        for (const double kink : two.kinks) inner.push_back(c > 0 ? (kink - rho * u) / c : radius);
        const double along = rho * u;
        const auto conditional = [&](double g) { return density(g) * two(along + c * g); };
        return one(u) * density(u) * integral(radius, std::min(2.0, two.panel / c), inner, conditional);
    });
}

}  // namespace wide::quadrature
