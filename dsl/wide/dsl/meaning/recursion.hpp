#pragma once
// What the kernel of an architecture does to a pair of samples: the architecture without its widths, magnitudes and
// names. Two nets of equal recursion share one kernel function (law: equal meaning, equal instantiation), whatever
// their widths, their standard deviations and, beyond `longest_straight` steps, the number of repeated layers.
//
// A value of a pair is a correlation and a Theta. They are numbered apart: layers of a family that differ in what is
// trained share their correlations, and only their Thetas are new. Both live in slots, reused as soon as nobody reads
// them. A run of equal steps becomes one segment, run as a loop.
#include <wide/dsl/meaning/infer.hpp>
#include <wide/dsl/meaning/nonlinearities.hpp>
#include <wide/dsl/meaning/range.hpp>

namespace wide {

struct Step {
    Op op = Op::affine;
    unsigned short nonlinearity = 0;                                ///< index among the net's distinct nonlinearities
    unsigned short left = 0, right = 0, out = 0;                    ///< slots of correlations
    unsigned short theta_left = 0, theta_right = 0, theta_out = 0;  ///< slots of Thetas
    bool biased = false, trained = false, standard = false;
    bool left_trained = false, right_trained = false;  ///< false: that Theta is identically zero
    bool known = false;       ///< the correlation, and what Theta is made of, is that of the step before
    bool shares_own = false;  ///< the next step, a known one, adds this layer's own part to its Theta
    bool small = false;       ///< the correlation read is kept apart, exact where it is small
    unsigned char range = 0;  ///< of the correlations read: an index into range_floor

    constexpr double lowest() const { return range_floor[range]; }
    constexpr bool nonnegative() const { return range > 0; }
    /// Whether this step makes a Theta.
    constexpr bool makes_theta() const { return trained || left_trained || right_trained; }

    friend constexpr bool operator==(const Step&, const Step&) = default;
};

struct Segment {
    int first = 0, length = 0;
    bool looped = false;
};

/// Where a result lies after the last step.
struct Result {
    int correlation = 0, theta = 0;  ///< slots
    bool trained = false;            ///< false: the NTK is identically zero
    bool nonnegative = false;        ///< the correlation is known to be >= 0
    bool small = false;              ///< it is kept apart, exact where it is small
};

template <int step_capacity, int segment_capacity, int result_count>
struct Recursion {
    static constexpr int results = result_count;
    Step step[step_capacity]{};
    Segment segment[segment_capacity]{};
    Result result[result_count]{};
    int segments = 0;
    int slots = 1, theta_slots = 1;
};

/// Longest run of layers that is written out rather than looped over.
inline constexpr int longest_straight = 12;

template <int capacity, int results>
struct Draft {
    Step step[capacity]{};
    int source[capacity]{};  ///< the instruction that each step stands for
    int size = 0;
    Result result[results]{};
    int slots = 1, theta_slots = 1;
    int segment_first[capacity]{};  ///< first step of each segment's body
    int segment_length[capacity]{};
    int segment_repeats[capacity]{};
    int segments = 0;

    constexpr bool trained() const {
        for (const Result& one : result)
            if (one.trained) return true;
        return false;
    }
};

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
               !two.standard;
    if (one.op == Op::nonlinearity) return one.word == two.word;
    return one.keep == two.keep;
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

/// How low a correlation can be, value by value. Only what keeps every correlation as it is keeps a positive bound:
/// biases and sums weigh samples of different variance differently, so that nothing but the sign is left of it.
template <int capacity, int results>
constexpr void trace_ranges(const Program<capacity, results>& program, const NonlinearityTable& table,
                            Draft<capacity, results>& draft) {
    double lowest[capacity + 1]{};
    bool small[capacity + 1]{};
    lowest[0] = -1;
    for (int i = 0; i < program.size; ++i) {
        const Inst& inst = program.inst[i];
        const double left = lowest[inst.left], right = joins(inst.op) ? lowest[inst.right] : left;
        const double sign = left >= 0 && right >= 0 ? 0 : -1;
        const bool passed_on = inst.op == Op::normalize || (inst.op == Op::affine && !inst.biased);
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

/// How often the `length` steps from `first` on stand there in a row.
template <int capacity, int results>
constexpr int repeats_of(const Draft<capacity, results>& draft, int first, int length) {
    int same = 0;
    while (first + length + same < draft.size && draft.step[first + same] == draft.step[first + length + same])
        ++same;
    return 1 + same / length;
}

/// Cuts the steps into segments: runs of a repeated body, and what stands between them.
template <int capacity, int results>
constexpr void find_loops(Draft<capacity, results>& draft) {
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

template <int capacity, int results>
constexpr auto drafted(const Program<capacity, results>& program, const NonlinearityTable& table) {
    Draft<capacity, results> draft;
    const Sameness<capacity> same = find_same(program);
    order_steps(program, same, draft);
    assign_slots(program, same, draft);
    trace_ranges(program, table, draft);
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
    Recursion<(steps > 0 ? steps : 1), (from.segments > 0 ? from.segments : 1), results_of<Net>> to;
    for (int s = 0, next = 0; s < from.segments; ++s) {
        to.segment[s] = {next, from.segment_length[s], from.segment_repeats[s] > 1};
        for (int k = 0; k < from.segment_length[s]; ++k) to.step[next++] = from.step[from.segment_first[s] + k];
    }
    for (int n = 0; n < results_of<Net>; ++n) to.result[n] = from.result[n];
    to.segments = from.segments;
    to.slots = from.slots;
    to.theta_slots = from.theta_slots;
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
