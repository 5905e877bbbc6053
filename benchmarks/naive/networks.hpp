#pragma once
// What one writes without this library: an object per layer behind a virtual interface, samples as std::vector, loops as
// the formulas say them. A layer makes its outputs, its tangents, and on the way back the cotangents of what it read.
//
//     naive::networks::Network<float> net;
//     net.add<naive::networks::Dense<float>>(64, 64, weights, bias, weight_factor, bias_factor);
//     net.add<naive::networks::Relu<float>>();
//     const std::vector<float> f = net.forward(x);                  // one sample
//     const auto [value, tangent] = net.jvp(directions, x);
//     const std::vector<std::vector<float>> gradients = net.vjp(x, cotangent);  // leaf after leaf
#include <cmath>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace wide::naive::networks {

template <class T>
using Numbers = std::vector<T>;
/// Leaf after leaf, weights before biases; the layers take theirs in order.
template <class T>
using Leaves = std::vector<Numbers<T>>;

template <class T>
struct Layer {
    virtual ~Layer() = default;
    virtual Numbers<T> forward(const Numbers<T>& x) const = 0;
    /// The tangent of forward, where x moves by dx and the leaves from number `leaf` on by `direction`; moves `leaf` on.
    virtual Numbers<T> tangent(const Numbers<T>& x, const Numbers<T>& dx, const Leaves<T>& direction, std::size_t& leaf) const = 0;
    /// The cotangent of x; gradients of the layer's leaves come to the front of `gradients`.
    virtual Numbers<T> back(const Numbers<T>& x, const Numbers<T>& cotangent, Leaves<T>& gradients) const = 0;
};

/// A convolution in two dimensions, stride 1, zeros around an image so that it keeps its size; on 1 x 1 with one tap a
/// dense layer. Numbers lie as (row, column, channel), weights as (row, column, input, output).
template <class T>
class Conv : public Layer<T> {
public:
    Conv(std::size_t height, std::size_t width, std::size_t taps, std::size_t inputs, std::size_t outputs, Numbers<T> weights,
         Numbers<T> bias, T factor, T bias_factor)
        : height_{height},
          width_{width},
          taps_{taps},
          inputs_{inputs},
          outputs_{outputs},
          weights_{std::move(weights)},
          bias_{std::move(bias)},
          factor_{factor},
          bias_factor_{bias_factor} {}

    Numbers<T> forward(const Numbers<T>& x) const override { return applied(x, weights_, bias_.empty() ? nullptr : &bias_); }

    Numbers<T> tangent(const Numbers<T>& x, const Numbers<T>& dx, const Leaves<T>& direction, std::size_t& leaf) const override {
        const Numbers<T>& weights = direction[leaf++];
        const Numbers<T>* const bias = bias_.empty() ? nullptr : &direction[leaf++];
        Numbers<T> y = applied(x, weights, bias);
        const Numbers<T> moved = applied(dx, weights_, nullptr);
        for (std::size_t k = 0; k < y.size(); ++k) y[k] += moved[k];
        return y;
    }

    Numbers<T> back(const Numbers<T>& x, const Numbers<T>& cotangent, Leaves<T>& gradients) const override {
        Numbers<T> result(x.size()), weights(weights_.size()), bias(bias_.size());
        each([&](std::size_t from, std::size_t to, std::size_t weight) {
            result[from] += factor_ * weights_[weight] * cotangent[to];
            weights[weight] += factor_ * x[from] * cotangent[to];
        });
        for (std::size_t k = 0; k < bias.size() * height_ * width_; ++k) bias[k % outputs_] += bias_factor_ * cotangent[k];
        if (!bias_.empty()) gradients.insert(gradients.begin(), std::move(bias));
        gradients.insert(gradients.begin(), std::move(weights));
        return result;
    }

private:
    Numbers<T> applied(const Numbers<T>& x, const Numbers<T>& weights, const Numbers<T>* bias) const {
        Numbers<T> y(height_ * width_ * outputs_);
        each([&](std::size_t from, std::size_t to, std::size_t weight) { y[to] += factor_ * weights[weight] * x[from]; });
        for (std::size_t k = 0; bias && k < y.size(); ++k) y[k] += bias_factor_ * (*bias)[k % outputs_];
        return y;
    }

    /// Calls visit(place of x, place of y, place of the weight) for all that are multiplied.
    template <class Visit>
    void each(Visit visit) const {
        const std::size_t before = (taps_ - 1) / 2;
        for (std::size_t r = 0; r < height_; ++r)
            for (std::size_t c = 0; c < width_; ++c)
                for (std::size_t o = 0; o < outputs_; ++o)
                    for (std::size_t a = 0; a < taps_; ++a)
                        for (std::size_t b = 0; b < taps_; ++b) {
                            if (r + a < before || r + a - before >= height_ || c + b < before || c + b - before >= width_) continue;
                            const std::size_t position = (r + a - before) * width_ + c + b - before;
                            for (std::size_t i = 0; i < inputs_; ++i)
                                visit(position * inputs_ + i, (r * width_ + c) * outputs_ + o,
                                      ((a * taps_ + b) * inputs_ + i) * outputs_ + o);
                        }
    }

    std::size_t height_, width_, taps_, inputs_, outputs_;
    Numbers<T> weights_, bias_;
    T factor_, bias_factor_;
};

template <class T>
class Dense : public Conv<T> {
public:
    Dense(std::size_t inputs, std::size_t outputs, Numbers<T> weights, Numbers<T> bias, T factor, T bias_factor)
        : Conv<T>(1, 1, 1, inputs, outputs, std::move(weights), std::move(bias), factor, bias_factor) {}
};

template <class T>
class Nonlinearity : public Layer<T> {
public:
    Numbers<T> forward(const Numbers<T>& x) const override {
        Numbers<T> y;
        for (const T one : x) y.push_back(value(one));
        return y;
    }
    Numbers<T> tangent(const Numbers<T>& x, const Numbers<T>& dx, const Leaves<T>&, std::size_t&) const override {
        Numbers<T> y;
        for (std::size_t k = 0; k < x.size(); ++k) y.push_back(slope(x[k]) * dx[k]);
        return y;
    }
    Numbers<T> back(const Numbers<T>& x, const Numbers<T>& cotangent, Leaves<T>&) const override {
        Numbers<T> result;
        for (std::size_t k = 0; k < x.size(); ++k) result.push_back(slope(x[k]) * cotangent[k]);
        return result;
    }

private:
    virtual T value(T x) const = 0;
    virtual T slope(T x) const = 0;
};

template <class T>
class Relu : public Nonlinearity<T> {
    T value(T x) const override { return x > 0 ? x : T(0); }
    T slope(T x) const override { return x > 0 ? T(1) : T(0); }
};
template <class T>
class Tanh : public Nonlinearity<T> {
    T value(T x) const override { return std::tanh(x); }
    T slope(T x) const override { return 1 - std::tanh(x) * std::tanh(x); }
};

template <class T>
class Network {
public:
    template <class L, class... Arguments>
    void add(Arguments&&... arguments) {
        layers_.push_back(std::make_unique<L>(std::forward<Arguments>(arguments)...));
    }

    Numbers<T> forward(Numbers<T> x) const {
        for (const auto& layer : layers_) x = layer->forward(x);
        return x;
    }
    /// The value, and how it moves.
    std::pair<Numbers<T>, Numbers<T>> jvp(const Leaves<T>& direction, Numbers<T> x) const {
        Numbers<T> dx(x.size());
        std::size_t leaf = 0;
        for (const auto& layer : layers_) {
            dx = layer->tangent(x, dx, direction, leaf);
            x = layer->forward(x);
        }
        return {x, dx};
    }
    Leaves<T> vjp(const Numbers<T>& x, Numbers<T> cotangent) const {
        std::vector<Numbers<T>> values{x};
        for (const auto& layer : layers_) values.push_back(layer->forward(values.back()));
        Leaves<T> gradients;
        for (std::size_t l = layers_.size(); l-- > 0;) cotangent = layers_[l]->back(values[l], cotangent, gradients);
        return gradients;
    }

private:
    std::vector<std::unique_ptr<Layer<T>>> layers_;
};

}  // namespace wide::naive::networks
