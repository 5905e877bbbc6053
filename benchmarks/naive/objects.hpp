#pragma once
// What one writes without this library: an object per layer behind a virtual interface, `std::vector<double>` rows,
// and for every pair of samples a dot product followed by a walk through the layers.
//
// A pair carries K(x,x), K(x,z), K(z,z) and Theta(x,z); it starts as dot products divided by the width, Theta = 0.
// Dense: K' = w^2 K + b^2, Theta' = K' + w^2 Theta. Nonlinearity: K' = E[phi(u) phi(v)], Theta' = Theta E[phi'(u)
// phi'(v)], in the textbook forms (Cho and Saul 2009; Williams 1997; Jacot, Gabriel and Hongler 2018), rho clamped to
// [-1, 1].
//
//     naive::objects::Layers net;
//     net.push_back(std::make_unique<naive::objects::Dense>(std::sqrt(2.0), 0.1));
//     net.push_back(std::make_unique<naive::objects::Relu>());
//     net.push_back(std::make_unique<naive::objects::Dense>(1.0));
//     const auto G = naive::objects::gram(net, x);    // lower triangle; gram(net, z, x) is the cross one
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <numbers>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <wide/run/error.hpp>

namespace wide::naive::objects {

/// One sample per inner vector.
using Rows = std::vector<std::vector<double>>;

/// What two samples carry from layer to layer: K(x,x), K(x,z), K(z,z), Theta(x,z).
struct Pair {
    double q11, q12, q22, theta;
};

struct Layer {
    virtual ~Layer() = default;
    virtual void apply(Pair& pair) const = 0;
};

using Layers = std::vector<std::unique_ptr<Layer>>;

inline void apply(const Layers& layers, Pair& pair) {
    for (const auto& layer : layers) layer->apply(pair);
}

/// Weights of standard deviation `weight`, biases of standard deviation `bias`, both trained.
class Dense : public Layer {
public:
    explicit Dense(double weight = 1, double bias = 0)
        : weight_variance_{weight * weight}, bias_variance_{bias * bias} {}

    void apply(Pair& pair) const override {
        pair.q11 = weight_variance_ * pair.q11 + bias_variance_;
        pair.q12 = weight_variance_ * pair.q12 + bias_variance_;
        pair.q22 = weight_variance_ * pair.q22 + bias_variance_;
        pair.theta = pair.q12 + weight_variance_ * pair.theta;
    }

private:
    double weight_variance_, bias_variance_;
};

/// a min(x, 0) + b max(x, 0).
class ABRelu : public Layer {
public:
    ABRelu(double a, double b)
        : mean_square_{(a * a + b * b) / 2}, bend_{(a - b) * (a - b) / (2 * std::numbers::pi)} {}

    void apply(Pair& pair) const override {
        const double scale = std::sqrt(pair.q11 * pair.q22);
        const double rho = scale > 0 ? std::clamp(pair.q12 / scale, -1.0, 1.0) : 0.0;
        const double slope = mean_square_ - bend_ * std::acos(rho);
        pair.q12 = bend_ * scale * std::sqrt(1 - rho * rho) + slope * pair.q12;
        pair.theta *= slope;
        pair.q11 *= mean_square_;
        pair.q22 *= mean_square_;
    }

private:
    double mean_square_, bend_;
};

class Relu : public ABRelu {
public:
    Relu() : ABRelu{0, 1} {}
};

class LeakyRelu : public ABRelu {
public:
    explicit LeakyRelu(double a) : ABRelu{a, 1} {}
};

class Erf : public Layer {
public:
    void apply(Pair& pair) const override {
        const double scale = (1 + 2 * pair.q11) * (1 + 2 * pair.q22);
        const double slope = 4 / (std::numbers::pi * std::sqrt(scale - 4 * pair.q12 * pair.q12));
        pair.q12 = arcsine(2 * pair.q12 / std::sqrt(scale));
        pair.theta *= slope;
        pair.q11 = arcsine(2 * pair.q11 / (1 + 2 * pair.q11));
        pair.q22 = arcsine(2 * pair.q22 / (1 + 2 * pair.q22));
    }

private:
    static double arcsine(double u) { return 2 / std::numbers::pi * std::asin(std::clamp(u, -1.0, 1.0)); }
};

class LayerNorm : public Layer {
public:
    void apply(Pair& pair) const override {
        constexpr double epsilon = 1e-12;
        const double scale = std::sqrt((epsilon + pair.q11) * (epsilon + pair.q22));
        pair.q12 /= scale;
        pair.theta /= scale;
        pair.q11 /= epsilon + pair.q11;
        pair.q22 /= epsilon + pair.q22;
    }
};

/// The sum of independent branches; a branch without layers is the identity.
class Sum : public Layer {
public:
    explicit Sum(std::vector<Layers> branches) : branches_{std::move(branches)} {}

    void apply(Pair& pair) const override {
        Pair total{};
        for (const auto& branch : branches_) {
            Pair part = pair;
            objects::apply(branch, part);
            total.q11 += part.q11;
            total.q12 += part.q12;
            total.q22 += part.q22;
            total.theta += part.theta;
        }
        pair = total;
    }

private:
    std::vector<Layers> branches_;
};

/// x + branch(x).
class Residual : public Layer {
public:
    explicit Residual(Layers branch) : branch_{std::move(branch)} {}

    void apply(Pair& pair) const override {
        Pair part = pair;
        objects::apply(branch_, part);
        pair.q11 += part.q11;
        pair.q12 += part.q12;
        pair.q22 += part.q22;
        pair.theta += part.theta;
    }

private:
    Layers branch_;
};

/// `hidden_layers` times a He-scaled Dense and a Relu, then a Dense of weight 1.
inline Layers relu_network(std::size_t hidden_layers, double bias = 0) {
    Layers layers;
    for (std::size_t k = 0; k < hidden_layers; ++k) {
        layers.push_back(std::make_unique<Dense>(std::numbers::sqrt2, bias));
        layers.push_back(std::make_unique<Relu>());
    }
    layers.push_back(std::make_unique<Dense>(1.0, bias));
    return layers;
}

/// Both kernels, row-major `rows x cols`.
struct Gram {
    std::size_t rows, cols;
    std::vector<double> nngp, ntk;

    Gram(std::size_t n, std::size_t m) : rows{n}, cols{m}, nngp(n * m), ntk(n * m) {}
};

/// The input layer's covariance. Throws `shape_mismatch` when the widths differ or are 0.
inline double covariance(const std::vector<double>& x, const std::vector<double>& z) {
    if (x.size() != z.size() || x.empty())
        throw shape_mismatch{"a sample of width " + std::to_string(x.size()) + " was paired with one of width " +
                             std::to_string(z.size()) + ": give every row the same width, at least 1"};
    return std::inner_product(x.begin(), x.end(), z.begin(), 0.0) / static_cast<double>(x.size());
}

inline std::vector<double> variances(const Rows& x) {
    std::vector<double> result;
    result.reserve(x.size());
    for (const auto& row : x) result.push_back(covariance(row, row));
    return result;
}

/// Cross Gram: entry (i, j) belongs to z[i] and x[j].
inline Gram gram(const Layers& layers, const Rows& z, const Rows& x) {
    const auto variance_z = variances(z);
    const auto variance_x = variances(x);
    Gram result(z.size(), x.size());
    for (std::size_t i = 0; i < z.size(); ++i)
        for (std::size_t j = 0; j < x.size(); ++j) {
            Pair pair{variance_z[i], covariance(z[i], x[j]), variance_x[j], 0};
            apply(layers, pair);
            result.nngp[i * result.cols + j] = pair.q12;
            result.ntk[i * result.cols + j] = pair.theta;
        }
    return result;
}

/// Symmetric Gram: the lower triangle, j <= i; what lies above stays 0.
inline Gram gram(const Layers& layers, const Rows& x) {
    const auto variance = variances(x);
    Gram result(x.size(), x.size());
    for (std::size_t i = 0; i < x.size(); ++i)
        for (std::size_t j = 0; j <= i; ++j) {
            Pair pair{variance[i], covariance(x[i], x[j]), variance[j], 0};
            apply(layers, pair);
            result.nngp[i * result.cols + j] = pair.q12;
            result.ntk[i * result.cols + j] = pair.theta;
        }
    return result;
}

}  // namespace wide::naive::objects
