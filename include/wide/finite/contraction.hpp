#pragma once
// Ways to contract the gradients of a layer for an empirical NTK, and what each costs; the compiler takes the cheapest.
// With c[n, o] the cotangent of output o before the layer's nonlinearity and h[n] what the layer reads, at D positions
// (Novak et al. 2022, "Fast finite width neural tangent kernel", section 3):
//
//     structure    sum_{p, q} (c[n, o, p] . c[n', o', q]) (factor^2 h[n, p] . h[n', q] + bias factor^2)
//     gradients    g[n, o] . g[n', o'],   g[n, o] = sum_p h[n, p] c[n, o, p]^T, the layer's own gradient and no more
//
// The whole Jacobian is never stored.
#include <cstddef>

#include <wide/finite/network.hpp>

namespace wide {

enum class Contraction : unsigned char { none, structure, gradients };

struct ContractionCost {
    Contraction way = Contraction::none;
    double structure = 0, gradients = 0;  ///< multiply-adds a pair of samples
};

/// Samples on each side that what is made once a sample is divided by.
inline constexpr double contraction_samples = 64;

template <int capacity>
constexpr ContractionCost contraction_of(const NetworkPlan<capacity>& plan, const NetworkStep& step, bool all_outputs) {
    if (step.op != Op::affine || !plan.leaf[step.weights].trained || !plan.moves[plan.result]) return {};
    const Leaf& weights = plan.leaf[step.weights];
    const auto outputs = static_cast<double>(plan.size[plan.result]), width = static_cast<double>(weights.columns);
    const auto length = static_cast<double>(weights.rows), positions = static_cast<double>(positions_of(step.out_shape));
    const double pairs_of_outputs = all_outputs ? outputs * outputs : outputs;
    ContractionCost cost;
    cost.structure = positions * positions * (pairs_of_outputs * width + length);
    cost.gradients = 2 * outputs * positions * length * width / contraction_samples + pairs_of_outputs * length * width;
    // With all pairs of outputs, structure at several positions would need its sums apart for every pair.
    const bool structured = positions == 1 || (!all_outputs && cost.structure < cost.gradients);
    cost.way = structured && cost.structure <= cost.gradients ? Contraction::structure : Contraction::gradients;
    return cost;
}

}  // namespace wide
