#pragma once
// The kernels of one pair under any activation by the rule of Gauss and Hermite on 25 x 25 points, which is what
// neural-tangents' ElementwiseNumerical does: u = sqrt(q1) x, v = sqrt(q2) (rho x + sqrt(1 - rho^2) y).
//
//     const auto pair = naive::quadrature::pair<Tanh>(rule, 0.9, 0.3, 1.1);     // E phi phi and E phi' phi'
#include <cmath>
#include <cstddef>

#include <wide/dsl.hpp>

namespace wide::naive::quadrature {

/// The zeros of the 25th Hermite polynomial of a standard normal variable, and their probabilities.
template <class T>
struct Rule {
    static constexpr int size = 25;
    T point[size]{}, weight[size]{};

    Rule() {
        int found = 0;
        constexpr double step = 1.0 / 64;
        for (double low = -10 + step / 3; low < 10; low += step) {
            if (polynomials(low).last * polynomials(low + step).last > 0) continue;
            double from = low, to = low + step;
            for (int k = 0; k < 60; ++k) {
                const double middle = (from + to) / 2;
                (polynomials(from).last * polynomials(middle).last > 0 ? from : to) = middle;
            }
            point[found] = static_cast<T>(from);
            weight[found++] = static_cast<T>(1 / polynomials(from).squares);
        }
    }

private:
    struct Values {
        double last, squares;
    };
    /// The normalised Hermite polynomial of degree 25, and the sum of the squares of those before it.
    static Values polynomials(double x) {
        double before = 0, now = 1, squares = 0;
        for (int k = 0; k < size; ++k) {
            squares += now * now;
            const double next = (x * now - std::sqrt(static_cast<double>(k)) * before) / std::sqrt(k + 1.0);
            before = now;
            now = next;
        }
        return {now, squares};
    }
};

/// phi and phi' with the functions of the standard library.
template <class W>
struct Plain;

template <class T>
T plain_sigmoid(T x) {
    return 1 / (1 + std::exp(-x));
}

template <>
struct Plain<Tanh> {
    template <class T>
    static T value(T x) {
        return std::tanh(x);
    }
    template <class T>
    static T slope(T x) {
        const T y = std::tanh(x);
        return 1 - y * y;
    }
};
template <>
struct Plain<Sigmoid> {
    template <class T>
    static T value(T x) {
        return plain_sigmoid(x);
    }
    template <class T>
    static T slope(T x) {
        const T y = plain_sigmoid(x);
        return y * (1 - y);
    }
};
template <>
struct Plain<Silu> {
    template <class T>
    static T value(T x) {
        return x * plain_sigmoid(x);
    }
    template <class T>
    static T slope(T x) {
        const T y = plain_sigmoid(x);
        return y + x * y * (1 - y);
    }
};
template <>
struct Plain<Softplus> {
    template <class T>
    static T value(T x) {
        return std::log1p(std::exp(x));
    }
    template <class T>
    static T slope(T x) {
        return plain_sigmoid(x);
    }
};
template <>
struct Plain<Mish> {
    template <class T>
    static T value(T x) {
        return x * std::tanh(std::log1p(std::exp(x)));
    }
    template <class T>
    static T slope(T x) {
        const T y = std::tanh(std::log1p(std::exp(x)));
        return y + x * (1 - y * y) * plain_sigmoid(x);
    }
};
template <>
struct Plain<Elu<>> {
    template <class T>
    static T value(T x) {
        return x < 0 ? std::expm1(x) : x;
    }
    template <class T>
    static T slope(T x) {
        return x < 0 ? std::exp(x) : 1;
    }
};
template <>
struct Plain<Selu> {
    template <class T>
    static T value(T x) {
        return static_cast<T>(1.0507009873554805) * (x < 0 ? static_cast<T>(1.6732632423543773) * std::expm1(x) : x);
    }
    template <class T>
    static T slope(T x) {
        return static_cast<T>(1.0507009873554805) * (x < 0 ? static_cast<T>(1.6732632423543773) * std::exp(x) : 1);
    }
};
template <>
struct Plain<HardSigmoid> {
    template <class T>
    static T value(T x) {
        const T line = x / 6 + static_cast<T>(0.5);
        return line < 0 ? 0 : line > 1 ? 1 : line;
    }
    template <class T>
    static T slope(T x) {
        return x > -3 && x < 3 ? static_cast<T>(1.0 / 6) : 0;
    }
};

template <class T>
struct Pair {
    T value, slope;
};

template <class W, class T>
Pair<T> pair(const Rule<T>& rule, T q1, T rho, T q2) {
    const T s1 = std::sqrt(q1), s2 = std::sqrt(q2), sine = std::sqrt(1 - rho * rho);
    Pair<T> sum{};
    for (int i = 0; i < rule.size; ++i) {
        Pair<T> inner{};
        for (int j = 0; j < rule.size; ++j) {
            const T v = s2 * (rho * rule.point[i] + sine * rule.point[j]);
            inner.value += rule.weight[j] * Plain<W>::value(v);
            inner.slope += rule.weight[j] * Plain<W>::slope(v);
        }
        const T u = s1 * rule.point[i];
        sum.value += rule.weight[i] * Plain<W>::value(u) * inner.value;
        sum.slope += rule.weight[i] * Plain<W>::slope(u) * inner.slope;
    }
    return sum;
}

}  // namespace wide::naive::quadrature
