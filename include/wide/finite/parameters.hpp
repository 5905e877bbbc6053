#pragma once
// The parameters of a finite network: one aligned block of numbers, in which every leaf has a place that the compiler
// knows. A direction in parameter space, a gradient and a velocity are Parameters too.
//
//     Parameters<Net, In> theta = initial<Net, In>(seed{0});
//     theta.leaf(0)                        // span over the first layer's weights, (inputs, outputs) in rows
//     theta.axpy(-0.1f, gradient);         // theta -= 0.1 gradient
//     dot(theta, gradient), norm(theta)    // sums in double
//     boost::hana::for_each(layers(theta), [](auto layer) { layer.weights(i, j) *= 2; });
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>

#include <boost/hana/basic_tuple.hpp>
#include <boost/hana/for_each.hpp>

#include <wide/finite/network.hpp>
#include <wide/run/matrix.hpp>

namespace wide {

/// Parameters of `Net` on inputs `In`. Copies are said: `copy()`.
template <class Net, class In, class T = float>
class Parameters {
public:
    using value_type = T;
    static constexpr auto& plan = Network<Net, In>::plan;
    /// Weights and biases, all layers together.
    static constexpr std::size_t count = plan.parameters;
    static constexpr int leaves = plan.leaves;

    /// All zero.
    Parameters() : block_(1, plan.block + leaf_alignment) {}

    [[nodiscard]] Parameters copy() const {
        Parameters twin;
        std::copy_n(data(), size(), twin.data());
        return twin;
    }

    /// Leaf i: words in the order of reading, weights before biases.
    [[nodiscard]] std::span<T> leaf(int i) { return {data() + plan.leaf[i].offset, plan.leaf[i].size()}; }
    [[nodiscard]] std::span<const T> leaf(int i) const { return {data() + plan.leaf[i].offset, plan.leaf[i].size()}; }

    /// The whole block: leaves with zeros between them.
    [[nodiscard]] T* data() { return block_.data(); }
    [[nodiscard]] const T* data() const { return block_.data(); }
    [[nodiscard]] static constexpr std::size_t size() { return plan.block; }

    /// this += factor * direction
    Parameters& axpy(T factor, const Parameters& direction) {
        for (std::size_t k = 0; k < size(); ++k) data()[k] += factor * direction.data()[k];
        return *this;
    }
    Parameters& operator+=(const Parameters& other) { return axpy(T(1), other); }
    Parameters& operator-=(const Parameters& other) { return axpy(T(-1), other); }
    Parameters& operator*=(T factor) {
        for (std::size_t k = 0; k < size(); ++k) data()[k] *= factor;
        return *this;
    }
    void set_zero() { std::fill_n(data(), size(), T(0)); }

    friend double dot(const Parameters& a, const Parameters& b) {
        // Eight sums, so that additions of double need not wait for each other.
        constexpr std::size_t sums = 8;
        static_assert(leaf_alignment % sums == 0);
        double sum[sums]{};
        for (std::size_t k = 0; k < size(); k += sums)
            for (std::size_t j = 0; j < sums; ++j)
                sum[j] += static_cast<double>(a.data()[k + j]) * static_cast<double>(b.data()[k + j]);
        double total = 0;
        for (const double one : sum) total += one;
        return total;
    }
    friend double norm(const Parameters& a) { return std::sqrt(dot(a, a)); }

private:
    Matrix<T> block_;
};

/// One layer's parameters by name.
template <class T, std::size_t inputs, std::size_t outputs, bool biased>
struct LayerParameters {
    static constexpr std::size_t fan_in = inputs, width = outputs;
    static constexpr bool has_bias = biased;
    std::span<T> weight, bias;  ///< (fan_in, width) in rows; `bias` is empty where the layer has none

    /// What output j takes from input i.
    [[nodiscard]] T& weights(std::size_t i, std::size_t j) const { return weight[i * width + j]; }
};

template <class Parameters, int... leaf>
auto layers_of(Parameters& theta, std::integer_sequence<int, leaf...>) {
    using T = std::remove_pointer_t<decltype(theta.data())>;
    constexpr auto& plan = Parameters::plan;
    const auto one = [&]<int weights>(std::integral_constant<int, weights>) {
        constexpr Leaf of = plan.leaf[weights];
        constexpr bool biased = weights + 1 < plan.leaves && plan.leaf[weights + 1].is_bias;
        LayerParameters<T, of.rows, of.columns, biased> layer{theta.leaf(weights), {}};
        if constexpr (biased) layer.bias = theta.leaf(weights + 1);
        return layer;
    };
    return boost::hana::make_basic_tuple(one(std::integral_constant<int, leaf>{})...);
}

/// The layers of a network with parameters, each a LayerParameters of its own shape, as a tuple of Boost.Hana.
template <class Parameters>
auto layers(Parameters& theta) {
    constexpr auto& plan = Parameters::plan;
    constexpr auto weights = [] {
        struct {
            int leaf[Parameters::plan.leaves + 1]{};
            int count = 0;
        } found;
        for (int i = 0; i < plan.leaves; ++i)
            if (!plan.leaf[i].is_bias) found.leaf[found.count++] = i;
        return found;
    }();
    return [&]<int... k>(std::integer_sequence<int, k...>) {
        return layers_of(theta, std::integer_sequence<int, weights.leaf[k]...>{});
    }
    (std::make_integer_sequence<int, weights.count>{});
}

}  // namespace wide
