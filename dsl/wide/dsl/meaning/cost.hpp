#pragma once
// What one pair of vectors costs, known to the compiler.
//
//     static_assert(cost_of<Net, Vector<784>>.duals == 2);
#include <cstddef>

#include <wide/dsl/meaning/recursion.hpp>
#include <wide/dsl/refusal/verdict.hpp>

namespace wide {

/// Per pair of vectors, for NNGP and NTK together in float. What images cost, `explain` tells.
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
    const double signed_cost = step.nonnegative() ? 0 : 2;
    if (step.known) return 2;
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

/// Numbers that a step keeps per sample, for pairs in float or in double.
constexpr int hoisted_by(const Step& step, const NonlinearityTable& table, bool in_float) {
    if (step.known) return 0;
    switch (step.op) {
        case Op::affine:
            return (step.biased ? 2 : 0) + (step.standard ? (step.biased ? 2 : 1) : 0);
        case Op::nonlinearity:
            return (in_float ? table.hoisted_in_float : table.hoisted)[step.nonlinearity];
        case Op::sum:
        case Op::concat:
            return 2;
        default:
            return 0;
    }
}

/// Flops of the whole recursion on a pair.
template <class Net>
inline constexpr double recursion_flops = [] {
    double sum = 4 * results_of<Net>;  // results times both samples' standard deviations
    for (int i = 0; i < draft<Net>.size; ++i)
        sum += flops_of(draft<Net>.step[i], nonlinearity_table<nonlinearities_of<Net>>);
    return sum;
}();

template <class Net, class In>
requires accepts<Net, In>
inline constexpr Cost cost_of = [] {
    require_vector_input<Net, In>();
    constexpr auto& table = nonlinearity_table<nonlinearities_of<Net>>;
    Cost pair;
    for (int i = 0; i < draft<Net>.size; ++i) {
        const Step& step = draft<Net>.step[i];
        pair.hoisted += hoisted_by(step, table, true);
        pair.duals += step.op == Op::nonlinearity && !step.known;
    }
    pair.recursion = recursion_flops<Net>;
    pair.contraction = In::shape.channels == dynamic ? 0 : 2 * static_cast<double>(In::shape.channels);
    pair.flops = pair.contraction + pair.recursion;
    pair.bytes = 2 * sizeof(float) * results_of<Net>;
    return pair;
}();

}  // namespace wide
