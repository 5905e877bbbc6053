#pragma once
// What the kernel of an architecture does to a pair of samples: the architecture without its widths, magnitudes and
// names. Two nets of equal recursion share one kernel function (law: equal meaning, equal instantiation), whatever
// their widths, their standard deviations and, beyond `longest_straight` steps, the number of repeated layers.
//
// Values live in slots, reused as soon as nobody reads them. A run of equal steps becomes one segment, run as a loop.
#include <wide/dsl/meaning/infer.hpp>
#include <wide/dsl/meaning/nonlinearities.hpp>

namespace wide {

struct Step {
    Op op = Op::affine;
    unsigned short nonlinearity = 0;              ///< index among the net's distinct nonlinearities
    unsigned short left = 0, right = 0, out = 0;  ///< slots
    bool biased = false, trained = false, standard = false;
    bool left_trained = false, right_trained = false;  ///< false: that Theta is identically zero
    bool nonnegative = false;                          ///< the correlations read are known to be >= 0

    friend constexpr bool operator==(const Step&, const Step&) = default;
};

struct Segment {
    int first = 0, length = 0;
    bool looped = false;
};

template <int step_capacity, int segment_capacity>
struct Recursion {
    Step step[step_capacity]{};
    Segment segment[segment_capacity]{};
    int segments = 0;
    int slots = 1;
    int result = 0;        ///< the slot of the result
    bool trained = false;  ///< false: the NTK is identically zero
    bool nonnegative = false;
};

/// Longest run of layers that is written out rather than looped over.
inline constexpr int longest_straight = 12;

template <int capacity>
struct Draft {
    Step step[capacity]{};
    int size = 0;
    int slots = 1;
    int result = 0;
    bool trained = false;
    double lowest_correlation = -1;
    int segment_first[capacity]{};  ///< first step of each segment's body
    int segment_length[capacity]{};
    int segment_repeats[capacity]{};
    int segments = 0;
};

/// Values to slots: a slot is free again after the last step that reads its value.
template <int capacity>
constexpr void assign_slots(const Program<capacity>& program, Draft<capacity>& draft) {
    int last_use[capacity + 1]{}, slot_of[capacity + 1]{};
    bool taken[capacity + 2]{};
    for (int i = 0; i < program.size; ++i) {
        last_use[program.inst[i].left] = i;
        if (joins(program.inst[i].op)) last_use[program.inst[i].right] = i;
    }
    last_use[program.result] = program.size;
    taken[0] = true;
    for (int i = 0; i < program.size; ++i) {
        const Inst& inst = program.inst[i];
        const bool two = joins(inst.op);
        Step& step = draft.step[i];
        step.left = static_cast<unsigned short>(slot_of[inst.left]);
        step.right = static_cast<unsigned short>(two ? slot_of[inst.right] : slot_of[inst.left]);
        if (last_use[inst.left] == i) taken[slot_of[inst.left]] = false;
        if (two && last_use[inst.right] == i) taken[slot_of[inst.right]] = false;
        int free = 0;
        while (taken[free]) ++free;
        taken[free] = true;
        slot_of[i + 1] = free;
        step.out = static_cast<unsigned short>(free);
        if (free + 1 > draft.slots) draft.slots = free + 1;
    }
    draft.result = slot_of[program.result];
}

/// Which Thetas are alive, and how low a correlation can be, value by value.
template <int capacity>
constexpr void trace_values(const Program<capacity>& program, const NonlinearityTable& table,
                            Draft<capacity>& draft) {
    bool trained[capacity + 1]{};
    double lowest[capacity + 1]{};
    lowest[0] = -1;
    for (int i = 0; i < program.size; ++i) {
        const Inst& inst = program.inst[i];
        const bool two = joins(inst.op);
        const double low = two && lowest[inst.right] < lowest[inst.left] ? lowest[inst.right] : lowest[inst.left];
        Step& step = draft.step[i];
        step.op = inst.op;
        step.biased = inst.biased;
        step.trained = inst.op == Op::affine && !inst.frozen;
        step.standard = inst.standard && step.trained;
        step.left_trained = trained[inst.left];
        step.right_trained = two && trained[inst.right];
        step.nonnegative = low >= 0;
        trained[i + 1] = step.trained || step.left_trained || step.right_trained;
        lowest[i + 1] = low >= 0 ? 0 : -1;
        if (inst.op == Op::nonlinearity) {
            const int index = table.index_of(inst.word);
            step.nonlinearity = static_cast<unsigned short>(index);
            lowest[i + 1] = table.lowest_correlation[index](low);
        }
    }
    draft.trained = trained[program.result];
    draft.lowest_correlation = lowest[program.result];
}

/// How often the `length` steps from `first` on stand there in a row.
template <int capacity>
constexpr int repeats_of(const Draft<capacity>& draft, int first, int length) {
    int same = 0;
    while (first + length + same < draft.size && draft.step[first + same] == draft.step[first + length + same])
        ++same;
    return 1 + same / length;
}

/// Cuts the steps into segments: runs of a repeated body, and what stands between them.
template <int capacity>
constexpr void find_loops(Draft<capacity>& draft) {
    constexpr int longest_body = 24;
    auto add = [&](int first, int length, int repeats) {
        if (length == 0) return;
        draft.segment_first[draft.segments] = first;
        draft.segment_length[draft.segments] = length;
        draft.segment_repeats[draft.segments++] = repeats;
    };
    int straight = 0, i = 0;
    while (draft.size > longest_straight && i < draft.size) {
        int best_length = 0, best_repeats = 1;
        for (int length = 1; length <= longest_body && i + 2 * length <= draft.size; ++length) {
            const int repeats = repeats_of(draft, i, length);
            if ((repeats - 1) * length > (best_repeats - 1) * best_length)
                best_length = length, best_repeats = repeats;
        }
        if (best_repeats < 3) {
            ++i;
            continue;
        }
        add(straight, i - straight, 1);
        add(i, best_length, best_repeats);
        i += best_length * best_repeats;
        straight = i;
    }
    add(straight, draft.size - straight, 1);
}

template <int capacity>
constexpr Draft<capacity> drafted(const Program<capacity>& program, const NonlinearityTable& table) {
    Draft<capacity> draft;
    draft.size = program.size;
    assign_slots(program, draft);
    trace_values(program, table, draft);
    find_loops(draft);
    return draft;
}

template <class Net>
inline constexpr auto draft = drafted(program<Net>, nonlinearity_table<nonlinearities_of<Net>>);

template <class Net>
consteval auto recursion_of() {
    constexpr auto& from = draft<Net>;
    constexpr int steps = [] {
        int sum = 0;
        for (int s = 0; s < from.segments; ++s) sum += from.segment_length[s];
        return sum;
    }();
    Recursion<(steps > 0 ? steps : 1), (from.segments > 0 ? from.segments : 1)> to;
    for (int s = 0, next = 0; s < from.segments; ++s) {
        to.segment[s] = {next, from.segment_length[s], from.segment_repeats[s] > 1};
        for (int k = 0; k < from.segment_length[s]; ++k) to.step[next++] = from.step[from.segment_first[s] + k];
    }
    to.segments = from.segments;
    to.slots = from.slots;
    to.result = from.result;
    to.trained = from.trained;
    to.nonnegative = from.lowest_correlation >= 0;
    return to;
}

/// The recursion with the nonlinearities it speaks of: all that a kernel function depends on.
template <auto recursion_value, class NonlinearityList>
struct Lowered {
    static constexpr auto recursion = recursion_value;
    using nonlinearities = NonlinearityList;
};

template <class Net>
struct lowered {
    using type = Lowered<recursion_of<Net>(), nonlinearities_of<Net>>;
};

template <class Net>
using lowered_t = typename lowered<Net>::type;

}  // namespace wide
