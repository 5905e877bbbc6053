#pragma once
// What is known of every correlation at compile time: how low it can be, and whether it is kept apart where it is
// small.
#include <wide/dsl/meaning/nonlinearities.hpp>
#include <wide/dsl/meaning/step.hpp>

namespace wide {

/// How low a correlation can be, value by value. Only what keeps every correlation as it is keeps a positive bound:
/// biases, sums and windows weigh what has different variance differently, so that nothing but the sign is left of it.
template <int capacity, int results>
constexpr void trace_ranges(const Program<capacity, results>& program, const NonlinearityTable& table,
                            Draft<capacity, results>& draft) {
    double lowest[capacity + 1]{};
    bool small[capacity + 1]{}, windows[capacity + 1]{};
    lowest[0] = -1;
    for (int i = 0; i < program.size; ++i) {
        const Inst& inst = program.inst[i];
        const double left = lowest[inst.left], right = joins(inst.op) ? lowest[inst.right] : left;
        const double sign = left >= 0 && right >= 0 ? 0 : -1;
        // What no window has seen is a vector to Flatten, or the input itself, of which nothing is known anyway.
        const bool passed_on = inst.op == Op::normalize || (inst.op == Op::flatten && !windows[inst.left]) ||
                               (inst.op == Op::affine && !inst.biased && inst.taps.count() == 1);
        const bool makes_a_vector = inst.op == Op::flatten || inst.op == Op::global_pool ||
                                    (inst.op == Op::affine && inst.taps.axes == 0);
        windows[i + 1] = !makes_a_vector && (inst.op == Op::affine || inst.op == Op::pool || windows[inst.left] ||
                                             (joins(inst.op) && windows[inst.right]));
        small[i + 1] = inst.op == Op::nonlinearity ? table.keeps_small[table.index_of(inst.word)]
                                                   : passed_on && small[inst.left];
        if (inst.op == Op::nonlinearity) lowest[i + 1] = table.lowest_correlation[table.index_of(inst.word)](left);
        else if (passed_on) lowest[i + 1] = left;
        else if (inst.op == Op::product && sign == 0) lowest[i + 1] = left * right;
        else lowest[i + 1] = sign;
    }
    for (int k = 0; k < draft.size; ++k) {
        const Inst& inst = program.inst[draft.source[k]];
        const double left = lowest[inst.left], right = joins(inst.op) ? lowest[inst.right] : left;
        Step& step = draft.step[k];
        step.small = small[inst.left] && !step.known;
        // Only nonlinearities have code of their own for more than the sign.
        const double known = left < right ? left : right;
        step.range = range_of(inst.op == Op::nonlinearity || known < 0 ? known : 0);
        if (inst.op == Op::nonlinearity) step.nonlinearity = static_cast<unsigned short>(table.index_of(inst.word));
    }
    for (int n = 0; n < results; ++n) {
        draft.result[n].nonnegative = lowest[program.result[n]] >= 0;
        draft.result[n].small = small[program.result[n]];
    }
}

}  // namespace wide
