#pragma once
// What the kernels of two samples with positions have to be: the formulas of layers_and_duals, sections 1 to 3, in
// long double, on whole tensors K[p, q] and Theta[p, q]. Instruction after instruction; nothing is fast here.
#include <cmath>
#include <cstddef>
#include <numbers>
#include <stdexcept>
#include <utility>
#include <vector>

#include <wide/dsl.hpp>

namespace image_reference {

using Real = long double;
using Square = std::vector<Real>;  ///< positions x positions

inline constexpr Real pi = std::numbers::pi_v<Real>;

/// K and Theta of two samples, and K of each of them with itself.
struct State {
    std::size_t positions = 0;
    Square nngp, theta, left, right;
};

/// phi is a min(x, 0) + b max(x, 0).
inline std::pair<Real, Real> kinked(Real a, Real b, Real xx, Real zz, Real xz) {
    const Real c = (a - b) * (a - b) / (2 * pi), q = xx * zz, apart = q - xz * xz;
    const Real root = std::sqrt(apart > 0 ? apart : 0), angle = q > 0 ? std::atan2(root, xz) : pi / 2;
    const Real slope = (a * a + b * b) / 2 - c * angle;
    return {c * root + slope * xz, slope};
}

inline std::pair<Real, Real> erf(Real xx, Real zz, Real xz) {
    const Real d = (1 + 2 * xx) * (1 + 2 * zz) - 4 * xz * xz;
    return {2 / pi * std::atan2(2 * xz, std::sqrt(d)), 4 / (pi * std::sqrt(d))};
}

/// Erf, as a user would say it: its dual is made from Hermite coefficients.
struct SeriesErf {
    static constexpr char name[] = "an erf of one's own";
    static double value(double x) { return std::erf(x); }
    static double slope(double x) { return 2 * std::numbers::inv_sqrtpi * std::exp(-x * x); }
};

/// Its slope is the derivative by the covariance (Price), here from differences of sixth order.
inline std::pair<Real, Real> gelu(Real xx, Real zz, Real xz) {
    const auto nngp = [&](Real k) {
        const Real all = (1 + xx) * (1 + zz), rest = all - k * k, root = std::sqrt(rest);
        return k / 4 + ((k * k + xx * zz * rest) / (all * root) + k * std::atan2(k, root)) / (2 * pi);
    };
    const Real h = 1e-3L;
    const auto apart = [&](Real step) { return nngp(xz + step) - nngp(xz - step); };
    return {nngp(xz), (45 * apart(h) - 9 * apart(2 * h) + apart(3 * h)) / (60 * h)};
}

inline std::pair<Real, Real> dual(const char* word, Real xx, Real zz, Real xz) {
    if (word == &wide::identity<wide::Relu>) return kinked(0, 1, xx, zz, xz);
    if (word == &wide::identity<wide::Abs>) return kinked(-1, 1, xx, zz, xz);
    if (word == &wide::identity<wide::LeakyRelu<0.2>>) return kinked(0.2, 1, xx, zz, xz);
    if (word == &wide::identity<wide::Erf> || word == &wide::identity<SeriesErf>) return erf(xx, zz, xz);
    if (word == &wide::identity<wide::Gelu>) return gelu(xx, zz, xz);
    throw std::logic_error("the reference does not know this nonlinearity");
}

/// Every layer that reads windows: for each output the positions that its taps read, -1 outside.
inline std::vector<std::vector<std::ptrdiff_t>> windows(const wide::Taps& taps, const wide::Shape& in) {
    std::size_t out[3], low[3];
    for (int a = 0; a < 3; ++a) {
        const std::size_t n = in.extents[a], k = taps.size[a], s = taps.stride[a];
        const bool valid = taps.padding == wide::Padding::valid;
        out[a] = valid ? (n - k) / s + 1 : (n + s - 1) / s;
        const std::size_t reach = (out[a] - 1) * s + k;
        low[a] = !valid && reach > n ? (reach - n) / 2 : 0;
    }
    std::vector<std::vector<std::ptrdiff_t>> all;
    std::size_t o[3], t[3];
    for (o[0] = 0; o[0] < out[0]; ++o[0])
        for (o[1] = 0; o[1] < out[1]; ++o[1])
            for (o[2] = 0; o[2] < out[2]; ++o[2]) {
                auto& window = all.emplace_back();
                for (t[0] = 0; t[0] < taps.size[0]; ++t[0])
                    for (t[1] = 0; t[1] < taps.size[1]; ++t[1])
                        for (t[2] = 0; t[2] < taps.size[2]; ++t[2]) {
                            std::ptrdiff_t at = 0;
                            for (int a = 0; a < 3 && at >= 0; ++a) {
                                const auto n = static_cast<std::ptrdiff_t>(in.extents[a]);
                                auto p = static_cast<std::ptrdiff_t>(o[a] * taps.stride[a] + t[a]) -
                                         static_cast<std::ptrdiff_t>(low[a]);
                                if (taps.padding == wide::Padding::circular) p = (p % n + n) % n;
                                at = p < 0 || p >= n ? -1 : at * n + p;
                            }
                            window.push_back(at);
                        }
            }
    return all;
}

template <class F>
void on_each(State& state, F f) {
    for (Square* square : {&state.nngp, &state.theta, &state.left, &state.right}) *square = f(*square);
}

/// Which of the two samples' variances belong to the two sides of a tensor.
template <class F>
void with_variances(State& state, F f) {
    const std::size_t n = state.positions;
    std::vector<Real> left(n), right(n);
    for (std::size_t p = 0; p < n; ++p) left[p] = state.left[p * n + p], right[p] = state.right[p * n + p];
    f(state.nngp, &state.theta, left, right);
    f(state.left, nullptr, left, left);
    f(state.right, nullptr, right, right);
}

inline Square mean_of_taps(const Square& from, std::size_t n, const std::vector<std::vector<std::ptrdiff_t>>& all) {
    Square to;
    for (const auto& one : all)
        for (const auto& other : all) {
            Real sum = 0;
            for (std::size_t a = 0; a < one.size(); ++a)
                if (one[a] >= 0 && other[a] >= 0)
                    sum += from[static_cast<std::size_t>(one[a]) * n + static_cast<std::size_t>(other[a])];
            to.push_back(sum / static_cast<Real>(one.size()));
        }
    return to;
}

inline Square pooled(const Square& from, std::size_t n, const std::vector<std::vector<std::ptrdiff_t>>& all,
                     const wide::Inst& inst) {
    const auto weight = [&](const std::vector<std::ptrdiff_t>& window) -> Real {
        std::size_t inside = 0;
        for (const std::ptrdiff_t p : window) inside += p >= 0;
        return inst.average ? Real(1) / static_cast<Real>(inst.normalize_edges ? inside : window.size()) : 1;
    };
    Square to;
    for (const auto& one : all)
        for (const auto& other : all) {
            Real sum = 0;
            for (const std::ptrdiff_t p : one)
                for (const std::ptrdiff_t q : other)
                    if (p >= 0 && q >= 0) sum += from[static_cast<std::size_t>(p) * n + static_cast<std::size_t>(q)];
            to.push_back(sum * weight(one) * weight(other));
        }
    return to;
}

inline State joined(const wide::Inst& inst, const State& one, const State& other, Real share) {
    State state = one;
    const auto join = [&](const Square& a, const Square& b, Square& to) {
        for (std::size_t k = 0; k < to.size(); ++k)
            to[k] = inst.op == wide::Op::sum       ? a[k] + b[k]
                    : inst.op == wide::Op::product ? a[k] * b[k]
                                                   : share * a[k] + (1 - share) * b[k];
    };
    join(one.nngp, other.nngp, state.nngp);
    join(one.left, other.left, state.left);
    join(one.right, other.right, state.right);
    if (inst.op != wide::Op::product) join(one.theta, other.theta, state.theta);
    else
        for (std::size_t k = 0; k < state.theta.size(); ++k)
            state.theta[k] = one.theta[k] * other.nngp[k] + other.theta[k] * one.nngp[k];
    return state;
}

/// `own`: both samples are the same one.
inline State after(const wide::Inst& inst, State state, const wide::Shape& in, bool own) {
    const std::size_t n = state.positions;
    switch (inst.op) {
        case wide::Op::affine: {
            const auto all = windows(inst.taps, in);
            on_each(state, [&](const Square& from) { return mean_of_taps(from, n, all); });
            const Real weight = Real(inst.weight) * Real(inst.weight), bias = Real(inst.bias) * Real(inst.bias);
            const Real fan_in = static_cast<Real>(in.channels * inst.taps.count());
            for (std::size_t k = 0; k < state.nngp.size(); ++k) {
                const Real mean = state.nngp[k];
                state.nngp[k] = weight * mean + bias;
                const Real trained = inst.standard ? fan_in * mean + (inst.biased ? 1 : 0) : state.nngp[k];
                state.theta[k] = weight * state.theta[k] + (inst.frozen ? 0 : trained);
                state.left[k] = weight * state.left[k] + bias;
                state.right[k] = weight * state.right[k] + bias;
            }
            state.positions = all.size();
            break;
        }
        case wide::Op::nonlinearity:
            with_variances(state, [&](Square& square, Square* theta, const auto& left, const auto& right) {
                for (std::size_t k = 0; k < square.size(); ++k) {
                    const auto [nngp, slope] = dual(inst.word, left[k / n], right[k % n], square[k]);
                    square[k] = nngp;
                    if (theta) (*theta)[k] *= slope;
                }
            });
            break;
        case wide::Op::normalize:
            with_variances(state, [&](Square& square, Square* theta, auto left, auto right) {
                for (auto* variances : {&left, &right}) {
                    Real mean = 0;
                    for (const Real v : *variances) mean += v / static_cast<Real>(n);
                    for (Real& v : *variances) v = std::sqrt((inst.all_positions ? mean : v) + Real(1e-12));
                }
                for (std::size_t k = 0; k < square.size(); ++k) {
                    square[k] /= left[k / n] * right[k % n];
                    if (theta) (*theta)[k] /= left[k / n] * right[k % n];
                }
            });
            break;
        case wide::Op::dropout:
            for (std::size_t k = 0; k < n * n; k += n + 1) {
                state.left[k] /= Real(inst.keep);
                state.right[k] /= Real(inst.keep);
                if (own) state.nngp[k] /= Real(inst.keep), state.theta[k] /= Real(inst.keep);
            }
            break;
        case wide::Op::pool: {
            const auto all = windows(inst.taps, in);
            on_each(state, [&](const Square& from) { return pooled(from, n, all, inst); });
            state.positions = all.size();
            break;
        }
        case wide::Op::global_pool:
        case wide::Op::flatten:
            on_each(state, [&](const Square& from) {
                Real sum = 0;
                for (std::size_t k = 0; k < n * n; k += inst.op == wide::Op::flatten ? n + 1 : 1) sum += from[k];
                if (inst.op == wide::Op::flatten) sum /= static_cast<Real>(n);
                else if (inst.average) sum /= static_cast<Real>(n * n);
                return Square{sum};
            });
            state.positions = 1;
            break;
        default:
            throw std::logic_error("the reference does not know this instruction");
    }
    return state;
}

struct Kernels {
    double nngp, ntk;
};

/// Of the samples at x and z, `own` if they are one and the same; dropout asks.
template <class Net, class In, class T>
Kernels kernels(const T* x, const T* z, bool own) {
    const auto& program = wide::program<Net>;
    const auto meant = wide::infer(program, In::shape);
    const std::size_t n = wide::positions_of(In::shape), channels = In::shape.channels;
    const auto products = [&](const T* one, const T* other) {
        Square square;
        for (std::size_t p = 0; p < n; ++p)
            for (std::size_t q = 0; q < n; ++q) {
                Real sum = 0;
                for (std::size_t c = 0; c < channels; ++c)
                    sum += static_cast<Real>(one[p * channels + c]) * static_cast<Real>(other[q * channels + c]);
                square.push_back(sum / static_cast<Real>(channels));
            }
        return square;
    };
    std::vector<State> value{{n, products(x, z), Square(n * n), products(x, x), products(z, z)}};
    for (int i = 0; i < program.size; ++i) {
        const wide::Inst& inst = program.inst[i];
        const State& left = value[static_cast<std::size_t>(inst.left)];
        if (wide::joins(inst.op)) {
            const auto one = static_cast<Real>(meant.shape[inst.left].channels);
            const auto both = one + static_cast<Real>(meant.shape[inst.right].channels);
            value.push_back(joined(inst, left, value[static_cast<std::size_t>(inst.right)], one / both));
        } else {
            value.push_back(after(inst, left, meant.shape[inst.left], own));
        }
    }
    const State& result = value[static_cast<std::size_t>(program.result[0])];
    return {static_cast<double>(result.nngp.at(0)), static_cast<double>(result.theta.at(0))};
}

}  // namespace image_reference
