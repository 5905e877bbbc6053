#pragma once
// What one writes without this library for images: an object per layer behind a virtual interface, and for every pair
// of images two tensors K[p, q] and Theta[p, q], positions p of one by positions q of the other, sent through the
// layers one after the other.
//
// Input: K[p, q] = mean over channels of x[p] z[q], Theta = 0.
// Conv with F taps: A(K)[p, q] = 1/F sum of K[p + a, q + a], over the taps a that fall inside both images;
// K' = w^2 A(K) + b^2, Theta' = K' + w^2 A(Theta).
// Nonlinearity: entry by entry as in objects.hpp, with the variances K(x,x)[p, p] and K(z,z)[q, q].
// Pools: M K M^T and M Theta M^T for the position matrix M (Arora et al. 2019; Novak et al. 2019).
//
// The variances depend on one image only, so each image goes through the layers once, alone, before the pairs do: its
// diagonal where that is enough, the whole K(x,x) where a pool mixes positions and a nonlinearity follows.
//
//     using namespace naive::images;
//     Layers<float> net;
//     const ConvOptions he{.padding = Padding::same, .weight = std::numbers::sqrt2};
//     net.push_back(std::make_unique<Conv<float>>(Extent{3, 3}, he));
//     net.push_back(std::make_unique<Relu<float>>());
//     net.push_back(std::make_unique<GlobalAvgPool<float>>());
//     net.push_back(std::make_unique<Dense<float>>(1.0));
//     const Images<float> x{pointer, 100, {32, 32}, 3};     // 100 images, row-major (image, row, column, channel)
//     const auto G = gram(net, x);                          // lower triangle; gram(net, z, x) is the cross one
//     const auto k = kernels(net, x.at(0), x.at(1));        // one pair: k.nngp, k.ntk
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <numbers>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <wide/run/error.hpp>

namespace wide::naive::images {

/// A number per axis: an image's size, a filter, a window, a stride.
struct Extent {
    std::size_t height, width;

    std::size_t count() const { return height * width; }
    bool operator==(const Extent&) const = default;
};

/// `count` images one after the other, row-major (row, column, channel).
template <class T>
struct Images {
    const T* data;
    std::size_t count;
    Extent size;
    std::size_t channels;

    Images at(std::size_t i) const { return {data + i * size.count() * channels, 1, size, channels}; }
};

/// K or Theta: one entry for each two positions (p, q), p in one image and q in another of the same size.
template <class T>
struct Tensor {
    Extent size;
    std::vector<T> values;

    explicit Tensor(Extent image_size) : size{image_size}, values(image_size.count() * image_size.count()) {}

    T* row(std::size_t p) { return values.data() + p * size.count(); }
    const T* row(std::size_t p) const { return values.data() + p * size.count(); }
};

/// What two images carry from layer to layer, their variances apart.
template <class T>
struct Pair {
    Tensor<T> nngp, theta;
};

/// K(x,x)[p, p] of one image.
template <class T>
struct Diagonal {
    Extent size;
    std::vector<T> values;
};

/// The diagonals K(x,x)[p, p] of one image before each layer that asks for them, in the order in which they ask.
template <class T>
struct Variances {
    std::vector<std::vector<T>> asked;
    std::size_t askers;

    /// Nobody asks any more: the rest of the net need not be walked.
    bool complete() const { return asked.size() == askers; }
};

/// Those of both images of a pair, handed out layer by layer.
template <class T>
class BothVariances {
public:
    struct Two {
        const std::vector<T>&x, &z;
    };

    BothVariances(const Variances<T>& x, const Variances<T>& z) : x_{x}, z_{z} {}

    Two next() {
        const std::size_t layer = next_++;
        return {x_.asked[layer], z_.asked[layer]};
    }

private:
    const Variances<T>&x_, &z_;
    std::size_t next_ = 0;
};

/// What is to be known of a net before an image walks it: how many layers ask for variances, and whether one of them
/// comes after a layer that mixes positions, so that its variances need the whole K(x,x).
struct Survey {
    std::size_t askers = 0;
    bool mixed = false, whole = false;
};

template <class T>
struct Layer {
    virtual ~Layer() = default;
    virtual void apply(Pair<T>& pair, BothVariances<T>& variances) const = 0;
    /// An image with itself, K(x,x) whole or its diagonal.
    virtual void apply(Tensor<T>& own, Variances<T>& variances) const = 0;
    virtual void apply(Diagonal<T>& own, Variances<T>& variances) const = 0;
    virtual void look(Survey&) const {}
};

template <class T>
using Layers = std::vector<std::unique_ptr<Layer<T>>>;

template <class T>
void apply(const Layers<T>& layers, Pair<T>& pair, BothVariances<T>& variances) {
    for (const auto& layer : layers) layer->apply(pair, variances);
}

template <class T, class Own>
void apply(const Layers<T>& layers, Own& own, Variances<T>& variances) {
    for (const auto& layer : layers) {
        if (variances.complete()) return;
        layer->apply(own, variances);
    }
}

template <class T>
std::vector<T> diagonal(const Tensor<T>& tensor) {
    std::vector<T> result(tensor.size.count());
    for (std::size_t p = 0; p < result.size(); ++p) result[p] = tensor.row(p)[p];
    return result;
}

template <class T>
void add(std::vector<T>& total, const std::vector<T>& part) {
    for (std::size_t k = 0; k < total.size(); ++k) total[k] += part[k];
}

enum class Padding { valid, same, circular };

/// Which inputs a window reads along one axis: tap a of output o reads input o * stride + a - low.
class Axis {
public:
    Axis(std::size_t inputs, std::size_t taps, std::size_t stride, Padding padding)
        : inputs_{inputs}, stride_{stride}, circular_{padding == Padding::circular} {
        if (inputs == 0 || taps == 0 || stride == 0)
            throw shape_mismatch{"an axis of " + std::to_string(inputs) + " positions met a window of " +
                                 std::to_string(taps) + " and stride " + std::to_string(stride) +
                                 ": give each of them at least 1"};
        if (padding == Padding::valid && taps > inputs)
            throw shape_mismatch{"a window of " + std::to_string(taps) + " does not fit into " +
                                 std::to_string(inputs) + " positions: make it smaller, or pad"};
        const std::size_t starts = padding == Padding::valid ? inputs - taps + 1 : inputs;
        outputs_ = (starts + stride - 1) / stride;
        const std::size_t reach = (outputs_ - 1) * stride + taps;
        if (padding != Padding::valid && reach > inputs) low_ = (reach - inputs) / 2;
    }

    std::size_t outputs() const { return outputs_; }

    /// Nothing when the tap falls outside.
    std::optional<std::size_t> read(std::size_t output, std::size_t tap) const {
        const auto inputs = static_cast<std::ptrdiff_t>(inputs_);
        auto input = static_cast<std::ptrdiff_t>(output * stride_ + tap) - static_cast<std::ptrdiff_t>(low_);
        if (circular_) input = (input % inputs + inputs) % inputs;
        if (input < 0 || input >= inputs) return std::nullopt;
        return static_cast<std::size_t>(input);
    }

private:
    std::size_t inputs_, stride_, outputs_ = 0, low_ = 0;
    bool circular_;
};

/// `count` outputs in a row, from `output` on, whose tap reads every stride-th input, from `input` on: loops over
/// runs need not ask of every entry whether its tap falls outside.
struct Run {
    std::size_t output, input, count;
};

inline std::vector<Run> runs(const Axis& axis, std::size_t tap, std::size_t stride) {
    std::vector<Run> result;
    for (std::size_t output = 0; output < axis.outputs(); ++output) {
        const auto input = axis.read(output, tap);
        if (!input) continue;
        if (!result.empty()) {
            Run& last = result.back();
            if (last.output + last.count == output && last.input + last.count * stride == *input) {
                ++last.count;
                continue;
            }
        }
        result.push_back({output, *input, 1});
    }
    return result;
}

struct ConvOptions {
    Extent stride{1, 1};
    Padding padding = Padding::valid;
    /// Standard deviations.
    double weight = 1, bias = 0;
    /// Not trained: adds nothing to Theta.
    bool frozen = false;
};

template <class T>
class Conv : public Layer<T> {
public:
    explicit Conv(Extent filter, ConvOptions options = {})
        : filter_{filter},
          options_{options},
          scale_{static_cast<T>(options.weight * options.weight / static_cast<double>(filter.count()))},
          bias_variance_{static_cast<T>(options.bias * options.bias)} {}

    void apply(Pair<T>& pair, BothVariances<T>&) const override {
        pair.nngp = convolved(pair.nngp, bias_variance_);
        pair.theta = convolved(pair.theta, T(0));
        if (!options_.frozen) add(pair.theta.values, pair.nngp.values);
    }

    void apply(Tensor<T>& own, Variances<T>&) const override { own = convolved(own, bias_variance_); }

    void apply(Diagonal<T>& own, Variances<T>&) const override {
        const auto [rows, columns] = axes(own.size);
        Diagonal<T> result{{rows.outputs(), columns.outputs()}, {}};
        for (std::size_t y = 0; y < rows.outputs(); ++y)
            for (std::size_t x = 0; x < columns.outputs(); ++x) {
                T sum = 0;
                for (std::size_t a = 0; a < filter_.height; ++a)
                    for (std::size_t b = 0; b < filter_.width; ++b) {
                        const auto input_y = rows.read(y, a), input_x = columns.read(x, b);
                        if (input_y && input_x) sum += own.values[*input_y * own.size.width + *input_x];
                    }
                result.values.push_back(scale_ * sum + bias_variance_);
            }
        own = std::move(result);
    }

private:
    struct Axes {
        Axis rows, columns;
    };

    Axes axes(Extent size) const {
        return {{size.height, filter_.height, options_.stride.height, options_.padding},
                {size.width, filter_.width, options_.stride.width, options_.padding}};
    }

    /// scale_ times the sum over all taps, plus `shift`. One axis after the other would add fewer terms, but takes as
    /// long: the tensor in between is written and read again.
    Tensor<T> convolved(const Tensor<T>& tensor, T shift) const {
        const auto [rows, columns] = axes(tensor.size);
        std::vector<std::vector<Run>> row_runs, column_runs;
        for (std::size_t a = 0; a < filter_.height; ++a) row_runs.push_back(runs(rows, a, options_.stride.height));
        for (std::size_t b = 0; b < filter_.width; ++b)
            column_runs.push_back(runs(columns, b, options_.stride.width));

        Tensor<T> result(Extent{rows.outputs(), columns.outputs()});
        for (std::size_t y = 0; y < rows.outputs(); ++y)
            for (std::size_t x = 0; x < columns.outputs(); ++x) {
                T* const to = result.row(y * columns.outputs() + x);
                for (std::size_t a = 0; a < filter_.height; ++a)
                    for (std::size_t b = 0; b < filter_.width; ++b) {
                        const auto input_y = rows.read(y, a), input_x = columns.read(x, b);
                        if (!input_y || !input_x) continue;
                        const T* const from = tensor.row(*input_y * tensor.size.width + *input_x);
                        add_tap(row_runs[a], column_runs[b], from, tensor.size.width, to, columns.outputs());
                    }
                for (std::size_t q = 0; q < result.size.count(); ++q) to[q] = scale_ * to[q] + shift;
            }
        return result;
    }

    /// One tap for all positions of the second image.
    void add_tap(const std::vector<Run>& row_runs, const std::vector<Run>& column_runs, const T* from,
                 std::size_t from_width, T* to, std::size_t to_width) const {
        const std::size_t stride = options_.stride.width;
        for (const Run& rows : row_runs)
            for (std::size_t k = 0; k < rows.count; ++k)
                for (const Run& columns : column_runs) {
                    const T* const source =
                        from + (rows.input + k * options_.stride.height) * from_width + columns.input;
                    T* const target = to + (rows.output + k) * to_width + columns.output;
                    for (std::size_t i = 0; i < columns.count; ++i) target[i] += source[i * stride];
                }
    }

    Extent filter_;
    ConvOptions options_;
    T scale_, bias_variance_;
};

/// Weights of standard deviation `weight`, biases of standard deviation `bias`; on what has positions, a 1x1 Conv.
template <class T>
class Dense : public Layer<T> {
public:
    explicit Dense(double weight = 1, double bias = 0, bool frozen = false)
        : weight_variance_{static_cast<T>(weight * weight)},
          bias_variance_{static_cast<T>(bias * bias)},
          frozen_{frozen} {}

    void apply(Pair<T>& pair, BothVariances<T>&) const override {
        affine(pair.nngp.values);
        for (T& theta : pair.theta.values) theta *= weight_variance_;
        if (!frozen_) add(pair.theta.values, pair.nngp.values);
    }

    void apply(Tensor<T>& own, Variances<T>&) const override { affine(own.values); }
    void apply(Diagonal<T>& own, Variances<T>&) const override { affine(own.values); }

private:
    void affine(std::vector<T>& values) const {
        for (T& value : values) value = weight_variance_ * value + bias_variance_;
    }

    T weight_variance_, bias_variance_;
    bool frozen_;
};

template <class T>
std::vector<T> roots(const std::vector<T>& values) {
    std::vector<T> result;
    result.reserve(values.size());
    for (const T value : values) result.push_back(std::sqrt(value));
    return result;
}

/// A layer that asks for variances.
template <class T>
struct Asker : Layer<T> {
    void look(Survey& survey) const override {
        ++survey.askers;
        survey.whole |= survey.mixed;
    }
};

template <class T>
class Relu : public Asker<T> {
public:
    void apply(Pair<T>& pair, BothVariances<T>& variances) const override {
        const auto [variance_x, variance_z] = variances.next();
        const std::vector<T> root_x = roots(variance_x), root_z = roots(variance_z);
        for (std::size_t p = 0; p < root_x.size(); ++p) {
            T* const nngp = pair.nngp.row(p);
            T* const theta = pair.theta.row(p);
            for (std::size_t q = 0; q < root_z.size(); ++q) theta[q] *= dual(nngp[q], root_x[p] * root_z[q]);
        }
    }

    void apply(Tensor<T>& own, Variances<T>& variances) const override {
        variances.asked.push_back(diagonal(own));
        const std::vector<T> root = roots(variances.asked.back());
        for (std::size_t p = 0; p < root.size(); ++p)
            for (std::size_t q = 0; q < root.size(); ++q) dual(own.row(p)[q], root[p] * root[q]);
    }

    void apply(Diagonal<T>& own, Variances<T>& variances) const override {
        variances.asked.push_back(own.values);
        for (T& value : own.values) value /= 2;
    }

private:
    /// Replaces the covariance, and returns the slope. `scale` is the root of the product of the two variances.
    static T dual(T& covariance, T scale) {
        constexpr T pi = std::numbers::pi_v<T>;
        const T rho = scale > 0 ? std::clamp(covariance / scale, T(-1), T(1)) : T(0);
        const T slope = (pi - std::acos(rho)) / (2 * pi);
        covariance = scale * std::sqrt(1 - rho * rho) / (2 * pi) + slope * covariance;
        return slope;
    }
};

template <class T>
class Erf : public Asker<T> {
public:
    void apply(Pair<T>& pair, BothVariances<T>& variances) const override {
        const auto [variance_x, variance_z] = variances.next();
        for (std::size_t p = 0; p < variance_x.size(); ++p) {
            T* const nngp = pair.nngp.row(p);
            T* const theta = pair.theta.row(p);
            for (std::size_t q = 0; q < variance_z.size(); ++q) {
                const T scale = (1 + 2 * variance_x[p]) * (1 + 2 * variance_z[q]);
                theta[q] *= 4 / (std::numbers::pi_v<T> * std::sqrt(scale - 4 * nngp[q] * nngp[q]));
                nngp[q] = arcsine(2 * nngp[q] / std::sqrt(scale));
            }
        }
    }

    void apply(Tensor<T>& own, Variances<T>& variances) const override {
        variances.asked.push_back(diagonal(own));
        const std::vector<T>& variance = variances.asked.back();
        for (std::size_t p = 0; p < variance.size(); ++p)
            for (std::size_t q = 0; q < variance.size(); ++q) {
                T& value = own.row(p)[q];
                value = arcsine(2 * value / std::sqrt((1 + 2 * variance[p]) * (1 + 2 * variance[q])));
            }
    }

    void apply(Diagonal<T>& own, Variances<T>& variances) const override {
        variances.asked.push_back(own.values);
        for (T& value : own.values) value = arcsine(2 * value / (1 + 2 * value));
    }

private:
    static T arcsine(T u) { return 2 / std::numbers::pi_v<T> * std::asin(std::clamp(u, T(-1), T(1))); }
};

/// Over the channels of each position.
template <class T>
class LayerNorm : public Asker<T> {
public:
    void apply(Pair<T>& pair, BothVariances<T>& variances) const override {
        const auto [variance_x, variance_z] = variances.next();
        const std::vector<T> scale_x = scales(variance_x), scale_z = scales(variance_z);
        divide(pair.nngp, scale_x, scale_z);
        divide(pair.theta, scale_x, scale_z);
    }

    void apply(Tensor<T>& own, Variances<T>& variances) const override {
        variances.asked.push_back(diagonal(own));
        const std::vector<T> scale = scales(variances.asked.back());
        divide(own, scale, scale);
    }

    void apply(Diagonal<T>& own, Variances<T>& variances) const override {
        variances.asked.push_back(own.values);
        for (T& value : own.values) value /= epsilon + value;
    }

private:
    static constexpr T epsilon = T(1e-12);

    static std::vector<T> scales(std::vector<T> variances) {
        for (T& value : variances) value += epsilon;
        return roots(variances);
    }

    static void divide(Tensor<T>& tensor, const std::vector<T>& scale_x, const std::vector<T>& scale_z) {
        for (std::size_t p = 0; p < scale_x.size(); ++p)
            for (std::size_t q = 0; q < scale_z.size(); ++q) tensor.row(p)[q] /= scale_x[p] * scale_z[q];
    }
};

/// A layer that is a position matrix M: M K M^T and M Theta M^T.
template <class T>
class Mixer : public Layer<T> {
public:
    void apply(Pair<T>& pair, BothVariances<T>&) const override {
        pair.nngp = mixed(pair.nngp);
        pair.theta = mixed(pair.theta);
    }

    void apply(Tensor<T>& own, Variances<T>&) const override { own = mixed(own); }

    /// The walk along the diagonal ends before a mixer: either nobody asks any more, or the survey said `whole`.
    void apply(Diagonal<T>&, Variances<T>&) const override {
        throw error{"a pool was given variances without covariances: this net needs the whole K(x,x)"};
    }

    void look(Survey& survey) const override { survey.mixed = true; }

private:
    virtual Tensor<T> mixed(const Tensor<T>& tensor) const = 0;
};

struct PoolOptions {
    Extent stride{1, 1};
    Padding padding = Padding::valid;
    /// An average divides by the taps inside, not by the whole window.
    bool normalize_edges = false;
};

/// Sums over windows, or averages over them.
template <class T>
class Pool : public Mixer<T> {
protected:
    Pool(bool average, Extent window, PoolOptions options) : average_{average}, window_{window}, options_{options} {}

private:
    /// What an output reads, each input with the same weight: a row of M.
    struct Window {
        std::vector<std::size_t> inputs;
        T weight;
    };

    Tensor<T> mixed(const Tensor<T>& tensor) const override {
        const Axis rows{tensor.size.height, window_.height, options_.stride.height, options_.padding};
        const Axis columns{tensor.size.width, window_.width, options_.stride.width, options_.padding};
        std::vector<Window> windows;
        for (std::size_t y = 0; y < rows.outputs(); ++y)
            for (std::size_t x = 0; x < columns.outputs(); ++x)
                windows.push_back(window(rows, y, columns, x, tensor.size.width));

        Tensor<T> result(Extent{rows.outputs(), columns.outputs()});
        for (std::size_t p = 0; p < windows.size(); ++p) {
            std::vector<T> sums(tensor.size.count());
            for (const std::size_t input : windows[p].inputs) {
                const T* const from = tensor.row(input);
                for (std::size_t q = 0; q < sums.size(); ++q) sums[q] += from[q];
            }
            for (std::size_t q = 0; q < windows.size(); ++q) {
                T sum = 0;
                for (const std::size_t input : windows[q].inputs) sum += sums[input];
                result.row(p)[q] = windows[p].weight * windows[q].weight * sum;
            }
        }
        return result;
    }

    Window window(const Axis& rows, std::size_t y, const Axis& columns, std::size_t x, std::size_t width) const {
        Window result{{}, T(1)};
        for (std::size_t a = 0; a < window_.height; ++a)
            for (std::size_t b = 0; b < window_.width; ++b) {
                const auto input_y = rows.read(y, a), input_x = columns.read(x, b);
                if (input_y && input_x) result.inputs.push_back(*input_y * width + *input_x);
            }
        if (average_)
            result.weight = 1 / static_cast<T>(options_.normalize_edges ? result.inputs.size() : window_.count());
        return result;
    }

    bool average_;
    Extent window_;
    PoolOptions options_;
};

template <class T>
struct SumPool : Pool<T> {
    explicit SumPool(Extent window, PoolOptions options = {}) : Pool<T>{false, window, options} {}
};

template <class T>
struct AvgPool : Pool<T> {
    explicit AvgPool(Extent window, PoolOptions options = {}) : Pool<T>{true, window, options} {}
};

/// The sum over all positions.
template <class T>
class GlobalSumPool : public Mixer<T> {
    Tensor<T> mixed(const Tensor<T>& tensor) const override {
        Tensor<T> result(Extent{1, 1});
        // A million terms: in double, whatever T is.
        result.values[0] = static_cast<T>(std::accumulate(tensor.values.begin(), tensor.values.end(), 0.0));
        return result;
    }
};

/// The mean over all positions.
template <class T>
class GlobalAvgPool : public Mixer<T> {
    Tensor<T> mixed(const Tensor<T>& tensor) const override {
        Tensor<T> result(Extent{1, 1});
        const double sum = std::accumulate(tensor.values.begin(), tensor.values.end(), 0.0);
        result.values[0] = static_cast<T>(sum / static_cast<double>(tensor.values.size()));
        return result;
    }
};

/// Positions become part of the width: of a tensor, the mean of its diagonal.
template <class T>
class Flatten : public Layer<T> {
public:
    void apply(Pair<T>& pair, BothVariances<T>&) const override {
        pair.nngp = flattened(pair.nngp);
        pair.theta = flattened(pair.theta);
    }

    void apply(Tensor<T>& own, Variances<T>&) const override { own = flattened(own); }
    void apply(Diagonal<T>& own, Variances<T>&) const override { own = {{1, 1}, {mean(own.values)}}; }

private:
    static T mean(const std::vector<T>& values) {
        const double sum = std::accumulate(values.begin(), values.end(), 0.0);
        return static_cast<T>(sum / static_cast<double>(values.size()));
    }

    static Tensor<T> flattened(const Tensor<T>& tensor) {
        Tensor<T> result(Extent{1, 1});
        result.values[0] = mean(diagonal(tensor));
        return result;
    }
};

inline void require_equal(Extent one, Extent other) {
    if (one != other)
        throw shape_mismatch{"an image of " + std::to_string(one.height) + " x " + std::to_string(one.width) +
                             " met one of " + std::to_string(other.height) + " x " + std::to_string(other.width) +
                             ": give both the same size"};
}

/// The sum of independent branches, at least one; a branch without layers is the identity.
template <class T>
class Sum : public Layer<T> {
public:
    explicit Sum(std::vector<Layers<T>> branches) : branches_{std::move(branches)} {
        if (branches_.empty()) throw shape_mismatch{"a sum of nothing has no shape: give it a branch"};
    }

    void apply(Pair<T>& pair, BothVariances<T>& variances) const override {
        const Pair<T> input = pair;
        images::apply(branches_[0], pair, variances);
        for (std::size_t k = 1; k < branches_.size(); ++k) {
            Pair<T> part = input;
            images::apply(branches_[k], part, variances);
            require_equal(pair.nngp.size, part.nngp.size);
            add(pair.nngp.values, part.nngp.values);
            add(pair.theta.values, part.theta.values);
        }
    }

    void apply(Tensor<T>& own, Variances<T>& variances) const override { walk(own, variances); }
    void apply(Diagonal<T>& own, Variances<T>& variances) const override { walk(own, variances); }

    void look(Survey& survey) const override {
        for (const auto& branch : branches_)
            for (const auto& layer : branch) layer->look(survey);
    }

private:
    template <class Own>
    void walk(Own& own, Variances<T>& variances) const {
        const Own input = own;
        images::apply(branches_[0], own, variances);
        for (std::size_t k = 1; k < branches_.size(); ++k) {
            Own part = input;
            images::apply(branches_[k], part, variances);
            // From here on nobody looks at `own` any more, and a branch may have ended half way.
            if (variances.complete()) return;
            require_equal(own.size, part.size);
            add(own.values, part.values);
        }
    }

    std::vector<Layers<T>> branches_;
};

/// x + branch(x).
template <class T>
class Residual : public Sum<T> {
public:
    explicit Residual(Layers<T> branch) : Sum<T>{with_identity(std::move(branch))} {}

private:
    static std::vector<Layers<T>> with_identity(Layers<T> branch) {
        std::vector<Layers<T>> branches(2);
        branches[1] = std::move(branch);
        return branches;
    }
};

/// `hidden_layers` times a He-scaled 3x3 Conv that keeps the size and a Relu, then a global average and a Dense of
/// weight 1.
template <class T>
Layers<T> relu_network(std::size_t hidden_layers) {
    Layers<T> layers;
    for (std::size_t k = 0; k < hidden_layers; ++k) {
        const ConvOptions options{.padding = Padding::same, .weight = std::numbers::sqrt2};
        layers.push_back(std::make_unique<Conv<T>>(Extent{3, 3}, options));
        layers.push_back(std::make_unique<Relu<T>>());
    }
    layers.push_back(std::make_unique<GlobalAvgPool<T>>());
    layers.push_back(std::make_unique<Dense<T>>(1.0));
    return layers;
}

/// The mean over channels of x[p] z[q].
template <class T>
T covariance(const Images<T>& x, std::size_t p, const Images<T>& z, std::size_t q) {
    T sum = 0;
    for (std::size_t c = 0; c < x.channels; ++c) sum += x.data[p * x.channels + c] * z.data[q * z.channels + c];
    return sum / static_cast<T>(x.channels);
}

/// The input layer's K of the first image of x and the first of z.
template <class T>
Tensor<T> covariances(const Images<T>& x, const Images<T>& z) {
    Tensor<T> result(x.size);
    for (std::size_t p = 0; p < x.size.count(); ++p)
        for (std::size_t q = 0; q < z.size.count(); ++q) result.row(p)[q] = covariance(x, p, z, q);
    return result;
}

/// Sends the first image of x alone through the layers.
template <class T>
Variances<T> variances(const Layers<T>& layers, const Images<T>& x) {
    Survey survey;
    for (const auto& layer : layers) layer->look(survey);
    Variances<T> result{{}, survey.askers};
    if (survey.whole) {
        Tensor<T> own = covariances(x, x);
        apply(layers, own, result);
    } else {
        Diagonal<T> own{x.size, {}};
        for (std::size_t p = 0; p < x.size.count(); ++p) own.values.push_back(covariance(x, p, x, p));
        apply(layers, own, result);
    }
    return result;
}

/// Both kernels of one pair.
template <class T>
struct Kernels {
    T nngp, ntk;
};

/// The first image of x with the first of z, whose variances are known.
template <class T>
Kernels<T> kernels(const Layers<T>& layers, const Images<T>& x, const Variances<T>& variances_x, const Images<T>& z,
                   const Variances<T>& variances_z) {
    Pair<T> pair{covariances(x, z), Tensor<T>(x.size)};
    BothVariances<T> variances(variances_x, variances_z);
    apply(layers, pair, variances);
    if (pair.nngp.values.size() != 1)
        throw shape_mismatch{"a kernel is a number, and this net ends with an image of " +
                             std::to_string(pair.nngp.size.height) + " x " + std::to_string(pair.nngp.size.width) +
                             ": end it with a Flatten or a global pool"};
    return {pair.nngp.values[0], pair.theta.values[0]};
}

template <class T>
void require_images(const Images<T>& x, const Images<T>& z) {
    require_equal(x.size, z.size);
    if (x.size.count() == 0 || x.channels == 0 || x.channels != z.channels)
        throw shape_mismatch{"images of " + std::to_string(x.size.count()) + " positions with " +
                             std::to_string(x.channels) + " channels were paired with images of " +
                             std::to_string(z.channels) + " channels: give both the same number, at least 1"};
}

/// The first image of x with the first of z.
template <class T>
Kernels<T> kernels(const Layers<T>& layers, const Images<T>& x, const Images<T>& z) {
    require_images(x, z);
    return kernels(layers, x, variances(layers, x), z, variances(layers, z));
}

/// Both kernels, row-major `rows x cols`.
template <class T>
struct Gram {
    std::size_t rows, cols;
    std::vector<T> nngp, ntk;

    Gram(std::size_t n, std::size_t m) : rows{n}, cols{m}, nngp(n * m), ntk(n * m) {}
};

template <class T>
std::vector<Variances<T>> variances_of_all(const Layers<T>& layers, const Images<T>& x) {
    std::vector<Variances<T>> result;
    result.reserve(x.count);
    for (std::size_t i = 0; i < x.count; ++i) result.push_back(variances(layers, x.at(i)));
    return result;
}

/// Cross Gram: entry (i, j) belongs to z[i] and x[j].
template <class T>
Gram<T> gram(const Layers<T>& layers, const Images<T>& z, const Images<T>& x) {
    require_images(z, x);
    const auto variances_z = variances_of_all(layers, z), variances_x = variances_of_all(layers, x);
    Gram<T> result(z.count, x.count);
    for (std::size_t i = 0; i < z.count; ++i)
        for (std::size_t j = 0; j < x.count; ++j) {
            const auto entry = kernels(layers, z.at(i), variances_z[i], x.at(j), variances_x[j]);
            result.nngp[i * result.cols + j] = entry.nngp;
            result.ntk[i * result.cols + j] = entry.ntk;
        }
    return result;
}

/// Symmetric Gram: the lower triangle, j <= i; what lies above stays 0.
template <class T>
Gram<T> gram(const Layers<T>& layers, const Images<T>& x) {
    require_images(x, x);
    const auto variances_x = variances_of_all(layers, x);
    Gram<T> result(x.count, x.count);
    for (std::size_t i = 0; i < x.count; ++i)
        for (std::size_t j = 0; j <= i; ++j) {
            const auto entry = kernels(layers, x.at(i), variances_x[i], x.at(j), variances_x[j]);
            result.nngp[i * result.cols + j] = entry.nngp;
            result.ntk[i * result.cols + j] = entry.ntk;
        }
    return result;
}

}  // namespace wide::naive::images
