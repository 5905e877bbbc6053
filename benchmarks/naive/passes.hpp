#pragma once
// What an expert writes without this library: one BLAS product for all input covariances, then layer by layer one
// pass over both whole matrices, in place, in loops that the compiler vectorises. What depends on one sample only
// (variances, their roots) is computed once per sample and layer.
//
// The recursion is that of objects.hpp; acos is Hastings' polynomial (Abramowitz and Stegun 4.4.46), to 2e-8.
// Build with -fno-math-errno: without it a compiler must keep `std::sqrt` scalar, and these loops with it.
//
//     const naive::passes::Layers net{Dense{std::numbers::sqrt2, 0.1}, relu, Dense{1.0}};
//     const auto G = naive::passes::gram(net, naive::passes::Rows<float>{data, n, d});   // lower triangle
//     const auto C = naive::passes::gram(net, z, x);                                     // cross
//     naive::passes::gram(net, x, G);                                                    // into memory that exists
#include <cblas.h>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <wide/run/error.hpp>

#if !defined(__NO_MATH_ERRNO__)
#error "naive/passes.hpp: compile with -fno-math-errno; without it std::sqrt keeps these loops scalar"
#endif

namespace wide::naive::passes {

/// `count` samples of `width` numbers, row after row.
template <class T = float>
struct Rows {
    const T* data;
    std::size_t count, width;
};

/// Weights of standard deviation `weight`, biases of standard deviation `bias`, both trained.
struct Dense {
    double weight = 1, bias = 0;
};

/// a min(x, 0) + b max(x, 0).
struct ABRelu {
    double a, b;
};

inline constexpr ABRelu relu{0, 1};

struct Erf {};

struct LayerNorm {};

struct Layer;
using Layers = std::vector<Layer>;

/// The sum of independent branches; a branch without layers is the identity.
struct Sum {
    std::vector<Layers> branches;
};

struct Layer : std::variant<Dense, ABRelu, Erf, LayerNorm, Sum> {
    using variant::variant;
};

/// `hidden_layers` times a He-scaled Dense and a Relu, then a Dense of weight 1.
inline Layers relu_network(std::size_t hidden_layers, double bias = 0) {
    Layers layers;
    for (std::size_t k = 0; k < hidden_layers; ++k) {
        layers.push_back(Dense{std::numbers::sqrt2, bias});
        layers.push_back(relu);
    }
    layers.push_back(Dense{1.0, bias});
    return layers;
}

/// Both kernels, row-major `rows x cols`, and K(x,x) of every sample. Of a symmetric one the lower triangle counts.
template <class T = float>
struct Gram {
    std::size_t rows = 0, cols = 0;
    bool symmetric = false;
    std::vector<T> nngp, ntk;
    std::vector<T> row_variance, column_variance;
};

inline int blas_size(std::size_t size) { return static_cast<int>(size); }

inline float dot(std::size_t n, const float* x, const float* z) { return cblas_sdot(blas_size(n), x, 1, z, 1); }
inline double dot(std::size_t n, const double* x, const double* z) { return cblas_ddot(blas_size(n), x, 1, z, 1); }

/// nngp = z x^T / width.
inline void covariances(const Rows<float>& z, const Rows<float>& x, float* nngp) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, blas_size(z.count), blas_size(x.count), blas_size(x.width),
                1 / static_cast<float>(x.width), z.data, blas_size(z.width), x.data, blas_size(x.width), 0, nngp,
                blas_size(x.count));
}
inline void covariances(const Rows<double>& z, const Rows<double>& x, double* nngp) {
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, blas_size(z.count), blas_size(x.count), blas_size(x.width),
                1 / static_cast<double>(x.width), z.data, blas_size(z.width), x.data, blas_size(x.width), 0, nngp,
                blas_size(x.count));
}

/// The lower triangle of x x^T / width.
inline void covariances(const Rows<float>& x, float* nngp) {
    cblas_ssyrk(CblasRowMajor, CblasLower, CblasNoTrans, blas_size(x.count), blas_size(x.width),
                1 / static_cast<float>(x.width), x.data, blas_size(x.width), 0, nngp, blas_size(x.count));
}
inline void covariances(const Rows<double>& x, double* nngp) {
    cblas_dsyrk(CblasRowMajor, CblasLower, CblasNoTrans, blas_size(x.count), blas_size(x.width),
                1 / static_cast<double>(x.width), x.data, blas_size(x.width), 0, nngp, blas_size(x.count));
}

/// acos of 1 - gap, gap in [0, 1].
template <class T>
T acos_below(T gap) {
    const T x = 1 - gap;
    T p = T(-.0012624911);
    p = p * x + T(.0066700901);
    p = p * x - T(.0170881256);
    p = p * x + T(.0308918810);
    p = p * x - T(.0501743046);
    p = p * x + T(.0889789874);
    p = p * x - T(.2145988016);
    p = p * x + T(1.5707963050);
    return std::sqrt(gap) * p;
}

/// max(value, 0), without a comparison: g++ keeps one as a branch, and a loop with a branch scalar.
template <class T>
T positive_part(T value) {
    return (value + std::abs(value)) / 2;
}

template <class T>
void apply(const Layers& layers, Gram<T>& gram);

/// Columns of row i that a pass must visit, the diagonal of a symmetric Gram apart: there rho = 1 exactly, which
/// rounded entries miss, and sqrt(1 - rho) would turn 1e-7 into 3e-4.
template <class T>
std::size_t columns(const Gram<T>& gram, std::size_t i) {
    return gram.symmetric ? i : gram.cols;
}

template <class T, class Function>
std::vector<T> each(const std::vector<T>& values, Function function) {
    std::vector<T> result(values.size());
    std::transform(values.begin(), values.end(), result.begin(), function);
    return result;
}

template <class T>
void apply(const Dense& dense, Gram<T>& gram) {
    const T weight = static_cast<T>(dense.weight * dense.weight), bias = static_cast<T>(dense.bias * dense.bias);
    for (std::size_t i = 0; i < gram.rows; ++i) {
        T* const nngp = &gram.nngp[i * gram.cols];
        T* const ntk = &gram.ntk[i * gram.cols];
        const std::size_t n = gram.symmetric ? i + 1 : gram.cols;
        for (std::size_t j = 0; j < n; ++j) {
            nngp[j] = weight * nngp[j] + bias;
            ntk[j] = nngp[j] + weight * ntk[j];
        }
    }
    for (T& q : gram.row_variance) q = weight * q + bias;
    for (T& q : gram.column_variance) q = weight * q + bias;
}

template <class T>
void apply(const ABRelu& layer, Gram<T>& gram) {
    constexpr T half_pi = std::numbers::pi_v<T> / 2;
    const T mean_square = static_cast<T>((layer.a * layer.a + layer.b * layer.b) / 2);
    const T bend = static_cast<T>((layer.a - layer.b) * (layer.a - layer.b) / (2 * std::numbers::pi));
    const auto root = [](T q) { return std::sqrt(q); };
    const auto inverse_root = [](T q) { return q > 0 ? 1 / std::sqrt(q) : T(0); };
    const auto row_root = each(gram.row_variance, root), column_root = each(gram.column_variance, root);
    const auto row_inverse = each(gram.row_variance, inverse_root);
    const auto column_inverse = each(gram.column_variance, inverse_root);
    for (std::size_t i = 0; i < gram.rows; ++i) {
        T* const nngp = &gram.nngp[i * gram.cols];
        T* const ntk = &gram.ntk[i * gram.cols];
        const T* const column_scale = column_root.data();
        const T* const column_unscale = column_inverse.data();
        const T row_scale = bend * row_root[i], row_unscale = row_inverse[i];
        const std::size_t n = columns(gram, i);
        for (std::size_t j = 0; j < n; ++j) {
            const T rho = nngp[j] * row_unscale * column_unscale[j];
            const T gap = positive_part(1 - std::abs(rho));
            const T sine = std::sqrt(gap * (2 - gap));
            const T angle = half_pi - std::copysign(half_pi - acos_below(gap), rho);
            const T slope = mean_square - bend * angle;
            nngp[j] = row_scale * column_scale[j] * sine + slope * nngp[j];
            ntk[j] *= slope;
        }
        if (gram.symmetric) {
            nngp[i] *= mean_square;
            ntk[i] *= mean_square;
        }
    }
    for (T& q : gram.row_variance) q *= mean_square;
    for (T& q : gram.column_variance) q *= mean_square;
}

template <class T>
void apply(const Erf&, Gram<T>& gram) {
    constexpr T pi = std::numbers::pi_v<T>;
    const auto inverse_root = [](T q) { return 1 / std::sqrt(1 + 2 * q); };
    const auto row_inverse = each(gram.row_variance, inverse_root);
    const auto column_inverse = each(gram.column_variance, inverse_root);
    const auto variance = [](T q) { return 2 / pi * std::asin(2 * q / (1 + 2 * q)); };
    for (std::size_t i = 0; i < gram.rows; ++i) {
        T* const nngp = &gram.nngp[i * gram.cols];
        T* const ntk = &gram.ntk[i * gram.cols];
        const T* const column_q = gram.column_variance.data();
        const T* const column_scale = column_inverse.data();
        const T row_q = gram.row_variance[i], row_scale = row_inverse[i];
        const std::size_t n = columns(gram, i);
        for (std::size_t j = 0; j < n; ++j) {
            const T k = nngp[j];
            const T u = 2 * k * row_scale * column_scale[j];
            // The part that can cancel is at least 0, so the determinant is at least 1.
            const T determinant = 1 + 2 * (row_q + column_q[j]) + 4 * positive_part(row_q * column_q[j] - k * k);
            const T arcsine = pi / 2 - acos_below(positive_part(1 - std::abs(u)));
            nngp[j] = std::copysign(2 / pi * arcsine, u);
            ntk[j] *= 4 / pi / std::sqrt(determinant);
        }
        if (gram.symmetric) {
            nngp[i] = variance(row_q);
            ntk[i] *= 4 / pi / std::sqrt(1 + 4 * row_q);
        }
    }
    gram.row_variance = each(gram.row_variance, variance);
    gram.column_variance = each(gram.column_variance, variance);
}

template <class T>
void apply(const LayerNorm&, Gram<T>& gram) {
    constexpr T epsilon = T(1e-12);
    const auto inverse_root = [](T q) { return 1 / std::sqrt(epsilon + q); };
    const auto row_inverse = each(gram.row_variance, inverse_root);
    const auto column_inverse = each(gram.column_variance, inverse_root);
    for (std::size_t i = 0; i < gram.rows; ++i) {
        T* const nngp = &gram.nngp[i * gram.cols];
        T* const ntk = &gram.ntk[i * gram.cols];
        const T* const column_scale = column_inverse.data();
        const T row_scale = row_inverse[i];
        const std::size_t n = gram.symmetric ? i + 1 : gram.cols;
        for (std::size_t j = 0; j < n; ++j) {
            const T scale = row_scale * column_scale[j];
            nngp[j] *= scale;
            ntk[j] *= scale;
        }
    }
    for (T& q : gram.row_variance) q /= epsilon + q;
    for (T& q : gram.column_variance) q /= epsilon + q;
}

template <class T>
void add(std::vector<T>& total, const std::vector<T>& part) {
    for (std::size_t k = 0; k < total.size(); ++k) total[k] += part[k];
}

template <class T>
void apply(const Sum& sum, Gram<T>& gram) {
    const Gram<T> input = std::move(gram);
    gram = {input.rows,
            input.cols,
            input.symmetric,
            std::vector<T>(input.nngp.size()),
            std::vector<T>(input.ntk.size()),
            std::vector<T>(input.row_variance.size()),
            std::vector<T>(input.column_variance.size())};
    for (const Layers& branch : sum.branches) {
        Gram<T> part = input;
        apply(branch, part);
        add(gram.nngp, part.nngp);
        add(gram.ntk, part.ntk);
        add(gram.row_variance, part.row_variance);
        add(gram.column_variance, part.column_variance);
    }
}

template <class T>
void apply(const Layers& layers, Gram<T>& gram) {
    for (const Layer& layer : layers)
        std::visit([&gram](const auto& each_layer) { apply(each_layer, gram); },
                   static_cast<const std::variant<Dense, ABRelu, Erf, LayerNorm, Sum>&>(layer));
}

template <class T>
std::vector<T> variances(const Rows<T>& x) {
    std::vector<T> result(x.count);
    for (std::size_t i = 0; i < x.count; ++i) {
        const T* const row = x.data + i * x.width;
        result[i] = dot(x.width, row, row) / static_cast<T>(x.width);
    }
    return result;
}

/// Cross Gram into `result`, whose memory is kept where it suffices: entry (i, j) belongs to row i of z, row j of x.
/// Throws `shape_mismatch` when the widths differ or are 0.
template <class T>
void gram(const Layers& layers, const Rows<T>& z, const Rows<T>& x, Gram<T>& result) {
    if (z.width != x.width || x.width == 0)
        throw shape_mismatch{"rows of width " + std::to_string(z.width) + " were paired with rows of width " +
                             std::to_string(x.width) + ": give both the same width, at least 1"};
    result.rows = z.count;
    result.cols = x.count;
    result.symmetric = false;
    result.nngp.resize(z.count * x.count);
    result.ntk.assign(z.count * x.count, T(0));
    result.row_variance = variances(z);
    result.column_variance = variances(x);
    if (result.nngp.empty()) return;
    covariances(z, x, result.nngp.data());
    apply(layers, result);
}

/// Symmetric Gram into `result`: the lower triangle, j <= i; what lies above means nothing.
template <class T>
void gram(const Layers& layers, const Rows<T>& x, Gram<T>& result) {
    if (x.width == 0) throw shape_mismatch{"rows of width 0 have no kernel: give every row at least one number"};
    result.rows = x.count;
    result.cols = x.count;
    result.symmetric = true;
    result.nngp.resize(x.count * x.count);
    result.ntk.assign(x.count * x.count, T(0));
    result.row_variance = variances(x);
    result.column_variance = result.row_variance;
    if (result.nngp.empty()) return;
    covariances(x, result.nngp.data());
    apply(layers, result);
}

template <class T>
Gram<T> gram(const Layers& layers, const Rows<T>& z, const Rows<T>& x) {
    Gram<T> result;
    gram(layers, z, x, result);
    return result;
}

template <class T>
Gram<T> gram(const Layers& layers, const Rows<T>& x) {
    Gram<T> result;
    gram(layers, x, result);
    return result;
}

}  // namespace wide::naive::passes
