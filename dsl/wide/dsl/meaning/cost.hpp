#pragma once
// What one pair of samples costs, known to the compiler.
//
//     static_assert(cost_of<Net, Vector<784>>.duals == 2);
#include <cstddef>

#include <wide/dsl/meaning/recursion.hpp>
#include <wide/dsl/refusal/verdict.hpp>

namespace wide {

/// Per pair of samples, for NNGP and NTK together in float.
struct Cost {
    double contraction = 0;  ///< flops of the dot product: 2 d; 0 while d is known at run time only
    double recursion = 0;    ///< flops of everything after it
    double flops = 0;        ///< their sum
    double bytes = 0;        ///< written to memory: the two entries
    int duals = 0;           ///< nonlinearities evaluated
    int hoisted = 0;         ///< numbers kept per sample, so that no pair has to compute them
};

/// Flops of one step on a pair; an fma counts as two.
constexpr double flops_of(const Step& step, const NonlinearityTable& table) {
    const double signed_cost = step.nonnegative ? 0 : 2;
    switch (step.op) {
        case Op::affine:
            return signed_cost + (step.biased ? 8 : 0) + (step.trained ? 2 : 0) +
                   (step.biased && step.left_trained ? 1 : 0);
        case Op::nonlinearity:
            return table.flops[step.nonlinearity] + (step.left_trained ? 1 : 0);
        case Op::sum:
        case Op::concat:
            return 2 * signed_cost + 14;
        case Op::product:
            return signed_cost + 6;
        case Op::dropout:
            return 3;
        default:
            return 0;
    }
}

/// Numbers that a step keeps per sample.
constexpr int hoisted_by(const Step& step, const NonlinearityTable& table) {
    switch (step.op) {
        case Op::affine:
            return step.biased ? (step.standard ? 3 : 2) : 0;
        case Op::nonlinearity:
            return table.hoisted[step.nonlinearity];
        case Op::sum:
        case Op::concat:
            return 2;
        default:
            return 0;
    }
}

template <class Net, class In>
requires accepts<Net, In>
inline constexpr Cost cost_of = [] {
    constexpr auto& table = nonlinearity_table<nonlinearities_of<Net>>;
    Cost pair;
    for (int i = 0; i < draft<Net>.size; ++i) {
        const Step& step = draft<Net>.step[i];
        pair.recursion += flops_of(step, table);
        pair.hoisted += hoisted_by(step, table);
        pair.duals += step.op == Op::nonlinearity;
    }
    pair.recursion += 4;  // both results times both samples' standard deviations
    pair.contraction = In::shape.channels == dynamic ? 0 : 2 * static_cast<double>(In::shape.channels);
    pair.flops = pair.contraction + pair.recursion;
    pair.bytes = 2 * sizeof(float);
    return pair;
}();

}  // namespace wide
