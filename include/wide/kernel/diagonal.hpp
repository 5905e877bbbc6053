#pragma once
// The kernel of every sample with itself, in closed form. It is what stands on the diagonal of a symmetric Gram, to the
// bit.
//
//     auto D = diagonal<Net>(x);      // D.nngp[i], D.ntk[i]
#include <array>
#include <cstddef>
#include <utility>

#include <wide/dsl/refusal/has_kernel.hpp>
#include <wide/kernel/images.hpp>
#include <wide/kernel/itself.hpp>

namespace wide {

/// O(d + layers) for each vector. For each image about half the duals of a pair of images, in double: behind a Flatten
/// linear in the positions, behind a global pool quadratic. Of a family, one for each member. Throws not_finite,
/// outside_domain, cancelled, and error for senseless scales.
template <class Net, class In, class T, class... Given>
auto diagonal(const Rows<In, T>& x, const Given&... given) {
    std::array<Diagonal<T>, static_cast<std::size_t>(results_of<Net>)> result;
    if constexpr (!has_kernel<Net, In>) {
        refuse_kernel<Net, In>();
    } else if constexpr (In::shape.axes > 0) {
        result[0] = compute_image_diagonal<Net>(x, settings_from<Net>(given...));
    } else {
        const KernelSettings<Net> settings = settings_from<Net>(given...);
        auto magnitudes = magnitudes_of<Net>(settings.scales, shape_of(x));
        const auto norms = norms_of(x, "the samples", settings.how);
        settle_series<Net, T>(magnitudes, norms, x.width);
        for (std::size_t i = 0; i < x.count; ++i) {
            const double variance = norms[i] * (norms[i] / static_cast<double>(x.width));
            const auto self = trace_row<Net, T>(magnitudes, variance, i, "the samples").self;
            for (std::size_t n = 0; n < result.size(); ++n) {
                result[n].nngp.push_back(static_cast<T>(self.nngp[n].value));
                result[n].ntk.push_back(static_cast<T>(self.ntk[n].value));
            }
        }
    }
    return only<Net>(std::move(result));
}

}  // namespace wide
