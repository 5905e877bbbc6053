#pragma once
// How the recursion of an architecture is run: which layers are written out, which are looped over, what is kept
// where.
//
//     static_assert(schedule_of<Net, Vector<784>>.segments == 1);
#include <wide/dsl/meaning/cost.hpp>

namespace wide {

struct Schedule {
    int steps = 0;       ///< with every repetition counted
    int code_steps = 0;  ///< steps that stand in the code
    int segments = 0;
    int loops = 0;                                   ///< segments that are run as loops
    int slots = 0;                                   ///< values of a pair alive at the same time
    int full_range_duals = 0, half_range_duals = 0;  ///< half range: the correlation is known to be >= 0
    int duals_in_range[ranges]{};                    ///< how many for each bound of range_floor
};

template <class Net, class In>
requires accepts<Net, In>
inline constexpr Schedule schedule_of = [] {
    require_vector_input<Net, In>();
    constexpr auto& d = draft<Net>;
    Schedule plan;
    plan.steps = d.size;
    plan.segments = d.segments;
    plan.slots = d.slots;
    for (int s = 0; s < d.segments; ++s) {
        plan.code_steps += d.segment_length[s];
        plan.loops += d.segment_repeats[s] > 1;
    }
    for (int i = 0; i < d.size; ++i)
        if (d.step[i].op == Op::nonlinearity && !d.step[i].known) {
            plan.half_range_duals += d.step[i].nonnegative();
            plan.full_range_duals += !d.step[i].nonnegative();
            ++plan.duals_in_range[d.step[i].range];
        }
    return plan;
}();

}  // namespace wide
