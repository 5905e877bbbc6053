#pragma once
// Second derivatives of a network in its parameters: products of the Hessian of the sum of cotangent(i, o) f_o(z_i) with a
// direction, and its spectral norm, which falls as 1 / sqrt(width) where the network tends to its linearisation (Liu, Zhu,
// Belkin 2020, "On the linearity of large non-linear models").
//
//     auto Hv = hessian_product<Net>(theta, v, z, cotangent);      // Parameters
//     double norm = hessian_norm<Net>(theta, z, cotangent);
//
// Of two layers, f = W2 phi(W1 x), in closed form: with y = W1 x, p = V1 x, u = W2^T c, v = V2^T c, sums over samples of
//
//     (H V)_1 = (v phi'(y) + u phi''(y) p) x^T        (H V)_2 = c (phi'(y) p)^T
//
// Of other networks by central differences of the gradient, accurate to epsilon^(2/3): 1e-10 in double, 1e-4 in float; a kink
// that lies between the two points adds a jump of the slope. phi'' of a kink is 0. Frozen layers have no second derivatives.
// Throws as vjp does, and did_not_converge. One thread in closed form; the same bits for any number of threads.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>

#include <wide/finite/pointwise.hpp>
#include <wide/run/random.hpp>
#include <wide/finite/vjp.hpp>
#include <wide/infer/spectral_norm.hpp>

namespace wide {

template <class List>
struct OnlyNonlinearity {};
template <class N>
struct OnlyNonlinearity<Nonlinearities<N>> {
    using type = N;
};

/// A Dense, a nonlinearity, a Dense: its Hessian has a closed form.
template <class Net, class In>
concept ClosedHessian = [] {
    constexpr auto& plan = Network<Net, In>::plan;
    const NetworkStep &first = plan.step[0], &second = plan.step[1];
    return plan.steps == 2 && first.op == Op::affine && second.op == Op::affine && first.taps.axes == 0 &&
           second.taps.axes == 0 && first.nonlinearity >= 0 && second.nonlinearity < 0 && second.left == first.out;
}();

template <class Net, class In, class Z, class T>
requires ClosedHessian<Net, In> void hessian_product_into(Parameters<Net, In, T>& result, const Parameters<Net, In, T>& theta,
                                                      const Parameters<Net, In, T>& direction, const Rows<Z, T>& z,
                                                      const Matrix<T>& cotangent, const options& how = {}) {
    using Phi = typename OnlyNonlinearity<nonlinearities_of<Net>>::type;
    using L = Block<T, 1>;
    constexpr auto& plan = Network<Net, In>::plan;
    constexpr NetworkStep first = plan.step[0], second = plan.step[1];
    constexpr Leaf W1 = plan.leaf[first.weights], W2 = plan.leaf[second.weights];
    constexpr std::size_t inputs = W1.rows, width = W1.columns, outputs = W2.columns;
    constexpr std::size_t padded = (width + lanes<T> - 1) / lanes<T> * lanes<T>;
    require_inputs<Net, In>(z);
    require_cotangent<Net, In>(z.count, cotangent);
    require_finite_inputs(z, theta, &direction);
    result.set_zero();
    constexpr T c1 = static_cast<T>(W1.factor), c2 = static_cast<T>(W2.factor);
    constexpr T trained1 = W1.trained ? T(1) : T(0), trained2 = W2.trained ? T(1) : T(0);
    Matrix<T> rows(5, padded);
    T *const y = rows.row(0).data(), *const p = rows.row(1).data(), *const u = rows.row(2).data();
    T *const v = rows.row(3).data(), *const back = rows.row(4).data();
    for (std::size_t i = 0; i < z.count; ++i) {
        if (how.stop.stop_requested()) throw cancelled("cancelled: options::stop was set; no result is returned");
        const T* const x = z.data + static_cast<std::ptrdiff_t>(i) * z.row_stride;
        for (std::size_t j = 0; j < width; ++j) y[j] = p[j] = T(0);
        for (std::size_t k = 0; k < inputs; ++k) {
            const T input = c1 * x[static_cast<std::ptrdiff_t>(k) * z.column_stride], moved = trained1 * input;
            const T *const w = theta.leaf(first.weights).data() + k * width;
            const T *const d = direction.leaf(first.weights).data() + k * width;
            for (std::size_t j = 0; j < width; ++j) y[j] += input * w[j], p[j] += moved * d[j];
        }
        if constexpr (first.bias >= 0) {
            constexpr Leaf bias = plan.leaf[first.bias];
            const T *const b = theta.leaf(first.bias).data(), *const d = direction.leaf(first.bias).data();
            for (std::size_t j = 0; j < width; ++j) {
                y[j] += static_cast<T>(bias.factor) * b[j];
                if (bias.trained) p[j] += static_cast<T>(bias.factor) * d[j];
            }
        }
        const auto c = cotangent.row(i);
        for (std::size_t j = 0; j < width; ++j) {
            u[j] = v[j] = T(0);
            for (std::size_t o = 0; o < outputs; ++o) {
                u[j] += c2 * c[o] * theta.leaf(second.weights)[j * outputs + o];
                v[j] += trained2 * c2 * c[o] * direction.leaf(second.weights)[j * outputs + o];
            }
        }
        for (std::size_t j = 0; j < padded; j += lanes<T>) {
            const auto [slope, curvature] = slope_and_curvature<Phi>(L::load(y + j));
            const L moved = L::load(p + j);
            fma(L::load(u + j) * curvature, moved, L::load(v + j) * slope).store(back + j);
            (slope * moved).store(p + j);
        }
        if constexpr (W1.trained)
            for (std::size_t k = 0; k < inputs; ++k) {
                const T input = c1 * x[static_cast<std::ptrdiff_t>(k) * z.column_stride];
                T* const to = result.leaf(first.weights).data() + k * width;
                for (std::size_t j = 0; j < width; ++j) to[j] += input * back[j];
            }
        if constexpr (first.bias >= 0) {
            constexpr Leaf bias = plan.leaf[first.bias];
            T* const to = result.leaf(first.bias).data();
            for (std::size_t j = 0; bias.trained && j < width; ++j) to[j] += static_cast<T>(bias.factor) * back[j];
        }
        if constexpr (W2.trained) {
            T* const to = result.leaf(second.weights).data();
            for (std::size_t j = 0; j < width; ++j)
                for (std::size_t o = 0; o < outputs; ++o) to[j * outputs + o] += c2 * c[o] * p[j];
        }
    }
    require_finite_leaves(result, "product with the Hessian", too_large);
}

/// By central differences of the gradient, of any network.
template <class Net, class In, class Z, class T>
void differenced_hessian_product_into(Parameters<Net, In, T>& result, const Parameters<Net, In, T>& theta,
                                      const Parameters<Net, In, T>& direction, const Rows<Z, T>& z,
                                      const Matrix<T>& cotangent, const options& how = {}) {
    Parameters<Net, In, T> along = direction.copy();
    for (int i = 0; i < along.leaves; ++i)
        if (!along.plan.leaf[i].trained) std::fill(along.leaf(i).begin(), along.leaf(i).end(), T(0));
    require_finite_leaves(along, "direction", "find what it was made of");
    const double length = norm(along);
    result.set_zero();
    if (length == 0) return require_cotangent<Net, In>(z.count, cotangent);
    // A direction of one in every parameter is moved along by cbrt(epsilon), which is where rounding and curvature meet.
    constexpr double count = static_cast<double>(Parameters<Net, In, T>::count);
    const double step = std::cbrt(static_cast<double>(std::numeric_limits<T>::epsilon())) * std::sqrt(count) / length;
    Parameters<Net, In, T> moved = theta.copy();
    moved.axpy(static_cast<T>(step), along);
    vjp_into<Net>(result, moved, z, cotangent, how);
    moved.axpy(static_cast<T>(-2 * step), along);
    result -= vjp<Net>(moved, z, cotangent, how);
    result *= static_cast<T>(0.5 / step);
}

template <class Net, class In, class Z, class T>
requires(!ClosedHessian<Net, In>) void hessian_product_into(Parameters<Net, In, T>& result, const Parameters<Net, In, T>& theta,
                                                        const Parameters<Net, In, T>& direction, const Rows<Z, T>& z,
                                                        const Matrix<T>& cotangent, const options& how = {}) {
    differenced_hessian_product_into<Net>(result, theta, direction, z, cotangent, how);
}

template <class Net, class In, class Z, class T>
[[nodiscard]] Parameters<Net, In, T> hessian_product(const Parameters<Net, In, T>& theta,
                                                     const Parameters<Net, In, T>& direction, const Rows<Z, T>& z,
                                                     const Matrix<T>& cotangent, const options& how = {}) {
    Parameters<Net, In, T> result;
    hessian_product_into<Net>(result, theta, direction, z, cotangent, how);
    return result;
}

/// The largest |eigenvalue| of the Hessian, by Lanczos' iteration from a random direction.
template <class Net, class In, class Z, class T>
[[nodiscard]] double hessian_norm(const Parameters<Net, In, T>& theta, const Rows<Z, T>& z, const Matrix<T>& cotangent,
                                  lanczos iteration = {}, seed from = {}, const options& how = {}) {
    Parameters<Net, In, T> start, direction, result;
    const Random random(from);
    std::size_t k = 0;
    for (int i = 0; i < start.leaves; ++i)
        for (T& number : start.leaf(i)) number = static_cast<T>(random.normal_pair(k++)[0]);
    const std::size_t size = start.size();
    return spectral_norm<T>(
        std::span<const T>(start.data(), size),
        [&](std::span<const T> v, std::span<T> to) {
            std::copy_n(v.data(), size, direction.data());
            hessian_product_into<Net>(result, theta, direction, z, cotangent, how);
            std::copy_n(result.data(), size, to.data());
        },
        iteration);
}

}  // namespace wide
