#pragma once
// The kernel of every sample with itself, in closed form: its correlation is exactly 1 in every layer. It is what
// stands on the diagonal of a symmetric Gram, to the bit.
//
//     auto D = diagonal<Net>(x);      // D.nngp[i], D.ntk[i]
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include <wide/kernel/norms.hpp>
#include <wide/kernel/settings.hpp>
#include <wide/kernel_at.hpp>

namespace wide {

/// NNGP and NTK of sample i with itself. Throws not_finite if T has no room for them; no other entry is larger than
/// these (Cauchy and Schwarz).
template <class T, class Net>
KernelValue self_kernel(const Magnitudes<Net>& magnitudes, const SampleTrace<Net>& trace, std::size_t i,
                        const char* role) {
    const KernelValue self = trace_pair<Net, true>(magnitudes, trace, trace, Scalar<double>(0));
    const double largest = static_cast<double>(std::numeric_limits<T>::max());
    if (!(self.nngp <= largest && self.ntk <= largest))
        throw not_finite("the kernel of row " + std::to_string(i) + " of " + role +
                             " with itself overflows the element type: scale the data, or compute in double",
                         i, 0);
    return self;
}

/// Per-sample results: D.nngp[i], D.ntk[i].
template <class T>
struct Diagonal {
    std::vector<T> nngp, ntk;
};

/// O(n (d + layers)). Throws not_finite, cancelled, and error for senseless scales.
template <class Net, class In, class T, class... Given>
Diagonal<T> diagonal(const Rows<In, T>& x, const Given&... given) {
    Diagonal<T> result;
    if constexpr (!accepts<Net, In>) {
        refuse<Net, In>();
    } else {
        static_assert(In::shape.axes == 0, "kernels of images are not there yet: Vector<> inputs only");
        const KernelSettings<Net> settings = settings_from<Net>(given...);
        Shape input = In::shape;
        if (input.channels == dynamic) input.channels = x.width;
        const auto magnitudes = magnitudes_of<Net>(settings.scales, input);
        const auto norms = norms_of(x, "the samples", settings.how);
        for (std::size_t i = 0; i < x.count; ++i) {
            const double variance = norms[i] * (norms[i] / static_cast<double>(x.width));
            const KernelValue self = self_kernel<T>(magnitudes, trace_sample(magnitudes, variance), i, "the samples");
            result.nngp.push_back(static_cast<T>(self.nngp));
            result.ntk.push_back(static_cast<T>(self.ntk));
        }
    }
    return result;
}

}  // namespace wide
