#pragma once
// What the compiler made of a finite network, in words: its layers and parameters, where nonlinearities are applied, what
// a sample costs, and how the empirical NTK of a pair is contracted.
//
//     std::puts(explain_finite<Net, Vector<784>>().c_str());
#include <cstddef>
#include <string>

#include <wide/dsl.hpp>
#include <wide/finite/empirical.hpp>
#include <wide/kernel/explain.hpp>
#include <wide/run/memory.hpp>

namespace wide {

/// Multiply-adds a sample: of the layers' products, the rest is less by their widths.
struct FiniteCost {
    double forward = 0, tangent = 0, gradient = 0;
};

template <int capacity>
constexpr FiniteCost cost_of_sample(const NetworkPlan<capacity>& plan) {
    FiniteCost cost;
    for (int s = 0; s < plan.steps; ++s) {
        const NetworkStep& step = plan.step[s];
        if (step.op != Op::affine) continue;
        const Leaf& weights = plan.leaf[step.weights];
        const double product = static_cast<double>(positions_of(step.out_shape)) * static_cast<double>(weights.size());
        // W x; then W x' where x moves, and W' x where W is trained; then W^T c and c x^T.
        const double others = (plan.moves[step.left] ? product : 0) + (weights.trained ? product : 0);
        cost.forward += product;
        cost.tangent += product + others;
        cost.gradient += product + others;
    }
    return cost;
}

inline std::string explain_leaf(const Leaf& leaf) {
    const std::string shape = leaf.is_bias ? std::to_string(leaf.columns)
                                           : std::to_string(leaf.rows) + " x " + std::to_string(leaf.columns);
    return (leaf.is_bias ? "bias " : "weights ") + shape + " times " + explain_number(leaf.factor) +
           (leaf.deviation == 1 ? "" : ", begins with deviation " + explain_number(leaf.deviation)) +
           (leaf.trained ? "" : ", frozen");
}

inline std::string explain_contraction(const ContractionCost& cost) {
    if (cost.way == Contraction::none) return "adds nothing";
    const std::string structure = "structure " + explain_number(cost.structure),
                      gradients = "gradients " + explain_number(cost.gradients);
    return cost.way == Contraction::structure ? "by structure: " + structure + ", " + gradients
                                              : "by gradients: " + gradients + ", " + structure;
}

/// `shared`: the value before a nonlinearity is that of a layer, which others read as well.
inline std::string explain_finite_step(const NetworkStep& step, bool shared) {
    const std::string of = "value " + std::to_string(step.left),
                      both = "values " + std::to_string(step.left) + " and " + std::to_string(step.right);
    switch (step.op) {
        case Op::affine: return step.taps.axes > 0 ? "convolution " + explain_taps(step.taps) + " of " + of : "dense layer of " + of;
        case Op::nonlinearity: return shared ? "nonlinearity by itself, as others read " + of + ", too:" : "nonlinearity of " + of + ":";
        case Op::normalize: return std::string("LayerNorm of ") + of + (step.all_positions ? ", over all positions" : "");
        case Op::sum: return "sum of " + both;
        case Op::product: return "product of " + both;
        case Op::concat: return both + " side by side";
        case Op::flatten: return "flattened " + of;
        case Op::global_pool: return std::string("global ") + (step.average ? "mean of " : "sum of ") + of;
        default: return std::string(step.average ? "means " : "sums ") + explain_taps(step.taps) + " of " + of;
    }
}

template <class Net, class In, class T = float>
[[nodiscard]] std::string explain_finite() {
    constexpr auto& plan = Network<Net, In>::plan;
    const NonlinearityTable table = nonlinearity_table<nonlinearities_of<Net>>;
    std::string text = "finite network of " + explain_shape(In::shape) + ": " + std::to_string(plan.parameters) +
                       " parameters, " + readable_bytes(sizeof(T) * plan.block) + "\n";
    for (int s = 0; s < plan.steps; ++s) {
        const NetworkStep& step = plan.step[s];
        bool shared = false;
        for (int before = 0; before < s; ++before)
            shared = shared || (plan.step[before].op == Op::affine && plan.step[before].out == step.left);
        text += "value " + std::to_string(step.out) + " (" + explain_shape(step.out_shape) + "): " +
                explain_finite_step(step, shared);
        if (step.nonlinearity >= 0) {
            if (step.op == Op::affine) text += ", stored after";
            text += std::string(" ") + table.name[step.nonlinearity];
        }
        text += "\n";
        for (const int leaf : {step.weights, step.bias})
            if (leaf >= 0) text += "    leaf " + std::to_string(leaf) + ": " + explain_leaf(plan.leaf[leaf]) + "\n";
        if (step.op != Op::affine) continue;
        text += "    empirical NTK " + explain_contraction(contraction_of(plan, step, false)) + "\n";
        if (Network<Net, In>::outputs > 1)
            text += "    full empirical NTK " + explain_contraction(contraction_of(plan, step, true)) + "\n";
    }
    const FiniteCost cost = cost_of_sample(plan);
    text += "multiply-adds a sample: forward " + explain_number(cost.forward) + ", jvp " + explain_number(cost.tangent) +
            ", vjp " + explain_number(cost.gradient) + "; a pair of samples: as said for each layer\n";
    text += "memory: a sample's values " + readable_bytes(sizeof(T) * plan.values) + "; a gradient keeps " +
            readable_bytes(bytes_kept<Net, In, T, 0>()) + " of each of " +
            std::to_string(samples_kept<Net, In, T, 0>()) + " samples at a time; an empirical NTK meets " +
            std::to_string(samples_contracted<Net, In, T>(false)) + " samples with as many\n";
    return text;
}

}  // namespace wide
