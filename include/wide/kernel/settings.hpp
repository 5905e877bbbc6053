#pragma once
// What a kernel call may be given besides samples.
//
//     ntk<Net>(x, scales)     ntk<Net>(x, options{.threads = 2})     ntk<Net>(x, options{...}, scales)
#include <limits>
#include <string>

#include <wide/lower/magnitudes.hpp>
#include <wide/run/error.hpp>
#include <wide/run/options.hpp>

namespace wide {

/// Scales and options, in any order.
template <class Net>
struct KernelSettings {
    Scales<affine_words<Net>> scales = default_scales<Net>();
    options how = {};

    void take(const Scales<affine_words<Net>>& given) { scales = given; }
    void take(const options& given) { how = given; }
};

template <class Net, class... Given>
KernelSettings<Net> settings_from(const Given&... given) {
    KernelSettings<Net> settings;
    (settings.take(given), ...);
    if (const int i = invalid_scale<Net>(settings.scales); i >= 0)
        throw error("scales[" + std::to_string(i) + "] is no pair of standard deviations: weight " +
                    std::to_string(settings.scales[i].weight) + " must be positive, bias " +
                    std::to_string(settings.scales[i].bias) + " must not be negative, both finite");
    if (const int i = divided_scale<Net>(settings.scales); i >= 0)
        throw error("scales[" + std::to_string(i) +
                    "] belongs to a layer that members of the family share, and differs " +
                    "from that layer's other scales: give all of them the same, or call the members one by one");
    return settings;
}

/// In standard parameterisation a pair reads fan_in / weight^2: throws error where T has no room for it.
template <class Net, class T>
void require_range(const Magnitudes<Net>& magnitudes) {
    for (int k = 0; k < draft<Net>.size; ++k) {
        const auto& m = magnitudes.sample[k];
        const int i = draft<Net>.source[k];
        const double weight = m.weight.value;
        if (!program<Net>.inst[i].standard || m.fan_in / (weight * weight) < std::numeric_limits<T>::max()) continue;
        throw error(
            "layer " + std::to_string(program<Net>.inst[i].position) + ", in standard parameterisation, has " +
            "weights so small that fan-in / weight^2 overflows the element type: raise the weight's deviation");
    }
}

}  // namespace wide
