#pragma once
// Where values live: in as few slots as possible, correlations and Thetas in slots of their own.
#include <wide/dsl/meaning/sharing.hpp>

namespace wide {

/// Values to slots, each free again after the last step that reads it.
template <int capacity>
struct SlotTable {
    int last_use[capacity + 1]{}, slot[capacity + 1]{};
    bool taken[capacity + 2]{};
    int count = 0;

    constexpr unsigned short read(int value) const { return static_cast<unsigned short>(slot[value]); }
    constexpr void release(int value, int step) {
        if (last_use[value] == step) taken[slot[value]] = false;
    }
    constexpr unsigned short claim(int value) {
        int free = 0;
        while (taken[free]) ++free;
        taken[free] = true;
        slot[value] = free;
        if (free + 1 > count) count = free + 1;
        return static_cast<unsigned short>(free);
    }
};

template <int capacity, int results>
constexpr void assign_slots(const Program<capacity, results>& program, const Sameness<capacity>& same,
                            Draft<capacity, results>& draft) {
    SlotTable<capacity> correlations, thetas;
    for (int k = 0; k < draft.size; ++k) {
        const Inst& inst = program.inst[draft.source[k]];
        const Step& step = draft.step[k];
        if (!step.known) correlations.last_use[same.correlation[inst.left]] = k;
        if (!step.known && joins(inst.op)) correlations.last_use[same.correlation[inst.right]] = k;
        if (step.left_trained) thetas.last_use[same.theta[inst.left]] = k;
        if (step.right_trained) thetas.last_use[same.theta[inst.right]] = k;
    }
    for (const int value : program.result) {
        correlations.last_use[same.correlation[value]] = draft.size;
        if (same.theta[value] >= 0) thetas.last_use[same.theta[value]] = draft.size;
    }
    correlations.claim(0);
    for (int k = 0; k < draft.size; ++k) {
        const Inst& inst = program.inst[draft.source[k]];
        const bool two = joins(inst.op);
        const int left = same.correlation[inst.left], right = same.correlation[two ? inst.right : inst.left];
        Step& step = draft.step[k];
        step.left = correlations.read(left);
        step.right = correlations.read(right);
        if (step.known) {
            step.left = step.right = 0;
            step.out = draft.step[k - 1].out;
        } else {
            correlations.release(left, k);
            correlations.release(right, k);
            step.out = correlations.claim(draft.source[k] + 1);
        }
        if (step.left_trained) step.theta_left = thetas.read(same.theta[inst.left]);
        if (step.right_trained) step.theta_right = thetas.read(same.theta[inst.right]);
        if (step.left_trained) thetas.release(same.theta[inst.left], k);
        if (step.right_trained) thetas.release(same.theta[inst.right], k);
        if (step.makes_theta()) step.theta_out = thetas.claim(draft.source[k] + 1);
    }
    draft.slots = correlations.count;
    draft.theta_slots = thetas.count > 0 ? thetas.count : 1;
    for (int n = 0; n < results; ++n) {
        const int theta = same.theta[program.result[n]];
        draft.result[n].correlation = correlations.slot[same.correlation[program.result[n]]];
        draft.result[n].theta = theta >= 0 ? thetas.slot[theta] : 0;
        draft.result[n].trained = theta >= 0;
    }
}

}  // namespace wide
