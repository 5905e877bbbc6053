#pragma once
// What gradient descent on squared loss |f - y|^2 / (2 n_y) has done along one eigenvector of the tangent kernel. There
// the residual y - f shrinks by a factor `left`, and the dual coefficient is `learnt` times the residual at the beginning,
//
//     learnt = (1 - left) / lambda,
//
// both from closed forms that lose no digits where lambda is zero or small, nor where two roots meet. With
// b = eta / n_y, a = b lambda, c = 1 - m, and exp[...] the divided difference of exp at these points:
//
//     flow               left = exp(-a t)                  learnt = b t exp[0, -a t]
//     flow, heavy ball   r+- = (-c +- sqrt(c^2 - 4 a)) / 2, complex where that oscillates
//                        left = (r+ exp(r- t) - r- exp(r+ t)) / (r+ - r-)     learnt = b t^2 exp[0, r+ t, r- t]
//     steps              the k-th power of one step's matrix, by doubling
//
//     const auto [left, learnt] = descent::decay(heavy_ball{0.5, 0.9}, entries, lambda, 10.0);
//
// Errors are a few units in the last place of 1 (left) and of b t, or 1 / lambda where that is less (learnt). No memory;
// steps take time in the logarithm of their number.
#include <cmath>
#include <cstddef>
#include <cstdint>

#include <wide/infer/descent.hpp>

namespace wide {

struct Decay {
    double left;    ///< of the residual; negative where it swings
    double learnt;  ///< (1 - left) / lambda
};

namespace descent {

/// `entries` of y, all rows and outputs together; lambda is not negative, t is finite.
[[nodiscard]] inline Decay decay(const learning_rate& law, std::size_t entries, double lambda, double t);
[[nodiscard]] inline Decay decay(const heavy_ball& law, std::size_t entries, double lambda, double t);
[[nodiscard]] inline Decay decay(const heavy_ball& law, std::size_t entries, double lambda, steps k);
[[nodiscard]] inline Decay decay(const learning_rate& law, std::size_t entries, double lambda, steps k);

/// exp[0, z] = (exp(z) - 1) / z.
[[nodiscard]] inline double exponential(double z) { return z == 0 ? 1 : std::expm1(z) / z; }

/// t exp[0, -rate t] = (1 - exp(-rate t)) / rate, the integral of exp(-rate s) up to t: also where rate t has no room.
[[nodiscard]] inline double decayed_until(double rate, double t) {
    return rate * t < 1 ? t * exponential(-rate * t) : -std::expm1(-rate * t) / rate;
}

/// exp[0, p, q] for p and q no larger than 1 in modulus, real or conjugate, given by their sum and product: the series
/// sum_k h_k(p, q) / (k + 2)!, h_k the complete homogeneous polynomials.
[[nodiscard]] inline double exponential_series(double sum, double product) {
    double before = 0, now = 1, factorial = 2, total = 0.5;
    for (int k = 1; k <= 18; ++k) {
        const double next = sum * now - product * before;
        before = now;
        now = next;
        factorial *= k + 2;
        total += now / factorial;
    }
    return total;
}

inline Decay decay(const learning_rate& law, std::size_t entries, double lambda, double t) {
    const double rate = law.value / static_cast<double>(entries);
    return {std::exp(-rate * lambda * t), rate * decayed_until(rate * lambda, t)};
}

inline Decay decay(const heavy_ball& law, std::size_t entries, double lambda, double t) {
    const double rate = law.rate / static_cast<double>(entries), a = rate * lambda, damping = 1 - law.momentum;
    const double product = a * t * t, half = damping * t / 2, discriminant = damping * damping - 4 * a;
    Decay made{};
    double second = 0;  // t^2 exp[0, r+ t, r- t]; late in time neither t^2 nor the rest has room by itself
    if (discriminant >= 0) {
        // r+ = -2 a / (c + root) is the root that (-c + root) / 2 would lose where a is small.
        const double root = std::sqrt(discriminant);
        const double slow = 2 * a / (damping + root), fast = (damping + root) / 2, kept = std::exp(-slow * t);
        const double between = decayed_until(root, t);
        made.left = kept == 0 ? 0 : kept * ((1 + std::exp(-root * t)) / 2 + damping / 2 * between);
        second = fast * t <= 1 ? t * t * exponential_series(-2 * half, product)
                               : (decayed_until(slow, t) - (kept == 0 ? 0 : kept * between)) / fast;
    } else {
        const double kept = std::exp(-half), turned = std::sqrt(-discriminant) * t / 2;
        made.left = kept == 0 ? 0 : kept * (std::cos(turned) + (turned == 0 ? half : half * std::sin(turned) / turned));
        second = product <= 1 ? t * t * exponential_series(-2 * half, product) : (1 - made.left) / a;
    }
    made.learnt = rate * second;
    return made;
}

/// A step of (g, v), less the identity: v' = m v + 1 - a g, g' = g + v'. The residual is 1 - a g, what is learnt b g.
/// Without the identity nothing is lost to the ones on the diagonal where a is small.
struct Step {
    double gg, gv, vg, vv, g1, v1;

    /// One after the other: (I + A)(I + B) - I = A + B + A B.
    [[nodiscard]] Step then(const Step& B) const {
        return {gg + B.gg + gg * B.gg + gv * B.vg, gv + B.gv + gg * B.gv + gv * B.vv,
                vg + B.vg + vg * B.gg + vv * B.vg, vv + B.vv + vg * B.gv + vv * B.vv,
                g1 + B.g1 + gg * B.g1 + gv * B.v1, v1 + B.v1 + vg * B.g1 + vv * B.v1};
    }
};

inline Decay decay(const heavy_ball& law, std::size_t entries, double lambda, steps k) {
    const double rate = law.rate / static_cast<double>(entries), a = rate * lambda, m = law.momentum;
    descent::Step doubled{-a, m, -a, m - 1, 1, 1}, all{};
    for (std::uint64_t left = k.count; left != 0; left /= 2) {
        if (left % 2 == 1) all = all.then(doubled);
        doubled = doubled.then(doubled);
    }
    return {1 - a * all.g1, rate * all.g1};
}

inline Decay decay(const learning_rate& law, std::size_t entries, double lambda, steps k) {
    return decay(heavy_ball{law.value, 0}, entries, lambda, k);
}

}  // namespace descent
}  // namespace wide
