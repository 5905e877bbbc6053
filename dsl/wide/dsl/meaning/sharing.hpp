#pragma once
// What members of a family have in common. Two values are the same if the same instruction made them of the same; a
// correlation and a Theta are compared apart, since frozen layers share the former and not the latter.
#include <wide/dsl/meaning/program.hpp>
#include <wide/dsl/meaning/step.hpp>

namespace wide {

/// Which values of a program are the same: `correlation[v]` is the first value with the same correlation, `theta[v]`
/// the first with the same Theta (-1: identically zero).
template <int capacity>
struct Sameness {
    int correlation[capacity + 1]{}, theta[capacity + 1]{};
};

/// Whether two instructions make the same of the same: what a family's members have in common. Widths matter where
/// they are magnitudes.
constexpr bool same_correlation(const Inst& one, const Inst& two) {
    if (one.op != two.op || one.op == Op::concat) return false;
    if (one.op == Op::affine)
        return one.weight == two.weight && one.bias == two.bias && one.biased == two.biased && !one.standard &&
               !two.standard && one.taps == two.taps;
    if (one.op == Op::nonlinearity) return one.word == two.word;
    return one.keep == two.keep && one.all_positions == two.all_positions && one.average == two.average &&
           one.normalize_edges == two.normalize_edges && one.taps == two.taps;
}

template <int capacity, int results>
constexpr Sameness<capacity> find_same(const Program<capacity, results>& program) {
    Sameness<capacity> same;
    same.theta[0] = -1;
    for (int i = 0; i < program.size; ++i) {
        const Inst& inst = program.inst[i];
        const bool two = joins(inst.op), trained = inst.op == Op::affine && !inst.frozen;
        same.correlation[i + 1] = i + 1;
        same.theta[i + 1] =
            trained || same.theta[inst.left] >= 0 || (two && same.theta[inst.right] >= 0) ? i + 1 : -1;
        // Only members of a family repeat each other.
        for (int j = 0; results > 1 && j < i; ++j) {
            const Inst& other = program.inst[j];
            const bool of_the_same = same.correlation[inst.left] == same.correlation[other.left] &&
                                     (!two || same.correlation[inst.right] == same.correlation[other.right]);
            if (!of_the_same || !same_correlation(inst, other)) continue;
            if (same.correlation[i + 1] == i + 1) same.correlation[i + 1] = same.correlation[j + 1];
            const bool theta_too = inst.frozen == other.frozen && same.theta[inst.left] == same.theta[other.left] &&
                                   (!two || same.theta[inst.right] == same.theta[other.right]);
            if (theta_too && same.theta[i + 1] == i + 1) same.theta[i + 1] = same.theta[j + 1];
        }
    }
    return same;
}

/// The steps in an order in which whoever shares a correlation follows right after who computes it.
template <int capacity, int results>
constexpr void order_steps(const Program<capacity, results>& program, const Sameness<capacity>& same,
                           Draft<capacity, results>& draft) {
    for (int i = 0; i < program.size; ++i) {
        if (same.correlation[i + 1] != i + 1) continue;
        draft.source[draft.size++] = i;
        for (int j = i + 1; results > 1 && j < program.size; ++j)
            if (same.correlation[j + 1] == i + 1 && same.theta[j + 1] == j + 1) {
                draft.step[draft.size].known = true;
                draft.source[draft.size++] = j;
            }
    }
    for (int k = 0; k < draft.size; ++k) {
        const Inst& inst = program.inst[draft.source[k]];
        Step& step = draft.step[k];
        step.op = inst.op;
        step.biased = inst.biased;
        step.trained = inst.op == Op::affine && !inst.frozen;
        step.standard = inst.standard && step.trained;
        step.left_trained = same.theta[inst.left] >= 0;
        step.right_trained = joins(inst.op) && same.theta[inst.right] >= 0;
    }
    for (int k = draft.size - 1; k > 0; --k)
        if (draft.step[k].known && (draft.step[k].trained || draft.step[k].shares_own))
            draft.step[k - 1].shares_own = true;
}

}  // namespace wide
