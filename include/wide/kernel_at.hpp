#pragma once
// The kernel of one pair, from its three input moments: the very recursion of the SIMD kernels, as a constexpr
// function of doubles. Golden values can be asserted by the compiler; no SIMD header is read.
//
//     constexpr auto k = kernel_at<Net>(Moments{.xx = 1.0, .xz = 0.9, .zz = 2.25});
//     static_assert(near(k.ntk, 2.3166, 1e-4));
#include <wide/dsl.hpp>
#include <wide/lower/trace.hpp>

namespace wide {

/// The input layer's entries: dot(x, x)/d, dot(x, z)/d, dot(z, z)/d. Of a covariance: xx and zz are not negative, and
/// xz^2 is at most xx zz (a little more, as rounding leaves it, counts as equal).
struct Moments {
    double xx, xz, zz;
};

struct KernelValue {
    double nngp, ntk;
};

/// Whether `value` is within `tolerance` (absolute) of `expected`.
constexpr bool near(double value, double expected, double tolerance) {
    return value - expected <= tolerance && expected - value <= tolerance;
}

/// The signed deficit of the correlation xz / sqrt(xx zz). Of a zero sample: rho = 0. Near +1 and -1 it comes from
/// differences of the moments, after the second sample was brought to the size of the first by a power of two.
constexpr Scalar<double> deficit_of(const Moments& m) {
    using L = Scalar<double>;
    double size = m.xz < 0 ? -m.xz : m.xz, zz = m.zz;
    if (!(m.xx > 0) || !(zz > 0)) return L(1);
    for (; zz > 4 * m.xx; zz /= 4) size /= 2;
    for (; 4 * zz < m.xx; zz *= 4) size *= 2;
    const double one = sqrt(L(m.xx)).value, two = sqrt(L(zz)).value, apart = one - two;
    const double gap = ((m.xx - size) + (zz - size) - apart * apart) / (2 * one * two);
    const L bounded(gap < 0 ? 0 : gap < 1 ? gap : 1);
    return m.xz < 0 ? opposite(bounded) : bounded;
}

/// NNGP and NTK of two different samples with the given moments. `In` states the input's width, which only `Standard`
/// and `Concat` on the input ask for (and refuse to do without). Scales have to be standard deviations: a weight of 0
/// or less gives no number.
template <class Net, class In = Vector<>>
constexpr KernelValue kernel_at(const Moments& moments,
                                const Scales<affine_words<Net>>& scales = default_scales<Net>()) {
    if constexpr (needs_input_width<Net>) require_input_width<Net, In>();
    if constexpr (!accepts<Net, In>) {
        refuse<Net, In>();
        return {};
    } else if constexpr (In::shape.axes > 0) {
        require_vector_input<Net, In>();
        return {};
    } else {
        static_assert(results_of<Net> == 1, "kernel_at asks one architecture at a time");
        auto magnitudes = magnitudes_of<Net>(scales, In::shape);
        settle_series<Net, double>(magnitudes, {moments.xx, moments.zz});
        const auto one = trace_sample<Net, double>(magnitudes, Scalar<double>(moments.xx));
        const auto two = trace_sample<Net, double>(magnitudes, Scalar<double>(moments.zz));
        const auto values = trace_pair<Net, false>(magnitudes, one, two, deficit_of(moments));
        return {values.nngp[0].value, values.ntk[0].value};
    }
}

}  // namespace wide
