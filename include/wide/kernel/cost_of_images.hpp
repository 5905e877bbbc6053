#pragma once
// What a pair of samples with positions costs: counted from its plan, plane by plane. An estimate: caches, and the ends
// of rows, are left out.
#include <cstddef>

#include <wide/kernel/image_kernel.hpp>

namespace wide {

/// Per pair of samples, for NNGP and NTK together.
struct ImageCost {
    double duals = 0;       ///< nonlinearities evaluated
    double dual_flops = 0;  ///< flops of these
    double other_flops = 0; ///< of windows, of what a layer adds, of scales: an fma counts as two
    double bytes = 0;       ///< of planes and numbers, read and written; nearly all of them stay in caches

    double flops() const { return dual_flops + other_flops; }
    /// Where a flop and a byte of the second-level cache take equally long, as on AVX2 machines: 32 of them a cycle.
    bool bound_by_planes() const { return bytes > flops(); }
    bool bound_by_duals() const { return !bound_by_planes() && dual_flops > other_flops; }
};

/// Additions for each sum over a filter, one axis after the other.
inline double additions_of(const GridTaps& taps) {
    return static_cast<double>(taps.size[0] + taps.size[1] + taps.size[2] - 3);
}

template <class Net, bool with_theta, class T>
ImageCost cost_of_pair(const ImageKernel<Net, with_theta, T>& kernel) {
    constexpr auto& passes = plane_program<Net, with_theta>;
    constexpr auto& table = nonlinearity_table<nonlinearities_of<Net>>;
    const auto meant = infer(program<Net>, kernel.input);
    const auto elements = [&](int value, const Offset& offset) {
        return static_cast<double>(volume(plane_extents(grid_of(meant.shape[value]), offset)));
    };
    ImageCost cost;
    for (const PlaneEvent& event : kernel.pair.events) {
        if (event.hoists) continue;
        const PlaneGroup& group = kernel.pair.groups[static_cast<std::size_t>(event.group)];
        for (const PlaneStep& step : group.steps) {
            const double here = elements(step.value, scaled(event.offset, step.multiplier));
            if (step.pass < 0) {  // products of all channels
                const auto channels = static_cast<double>(kernel.input.channels);
                cost.other_flops += 2 * channels * here;
                cost.bytes += (channels + 1) * here * sizeof(T);
                continue;
            }
            const PlanePass& pass = passes.pass[step.pass];
            const PassFact& fact = kernel.facts.fact[static_cast<std::size_t>(step.pass)];
            const int read = 1 + pass.left_theta + (joins(pass.op) ? 1 + pass.right_theta : 0);
            const int made = 1 + pass.makes_theta();
            cost.other_flops += here * (2 * (read + made) + (fact.has_taps ? additions_of(fact.taps) * read : 0));
            // The numbers of one sample serve all lanes.
            cost.bytes += here * static_cast<double>(sizeof(T)) * (read + made + static_cast<double>(fact.numbers));
            if (pass.op != Op::nonlinearity) continue;
            cost.duals += here;
            cost.dual_flops += here * (table.flops[pass.nonlinearity] + pass.makes_theta());
        }
        const int kernels = 1 + group.has_theta;
        for (std::size_t f = event.first_flow; f < event.first_flow + event.flows; ++f) {
            const PlaneFlow& flow = kernel.pair.flows[f];
            const bool whole = kernel.pair.mixers[static_cast<std::size_t>(flow.mixer)].whole;
            const double met = whole ? elements(group.value, event.offset)
                                     : static_cast<double>(flow.count[0] * flow.count[1] * flow.count[2]);
            cost.other_flops += met * kernels;
            cost.bytes += met * kernels * (whole ? 1 : 3) * sizeof(T);
        }
    }
    return cost;
}

}  // namespace wide
