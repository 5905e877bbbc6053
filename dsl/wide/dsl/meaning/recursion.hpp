#pragma once
// What the kernel of an architecture does to a pair of samples: the architecture without its widths, magnitudes and
// names. Two nets of equal recursion share one kernel function (law: equal meaning, equal instantiation), whatever
// their widths, their standard deviations and, beyond `longest_straight` steps, the number of repeated layers.
//
// A value of a pair is a correlation and a Theta. They are numbered apart: layers of a family that differ in what is
// trained share their correlations, and only their Thetas are new. Both live in slots, reused as soon as nobody reads
// them. A run of equal steps becomes one segment, run as a loop.
#include <wide/dsl/meaning/infer.hpp>
#include <wide/dsl/meaning/loops.hpp>
#include <wide/dsl/meaning/nonlinearities.hpp>
#include <wide/dsl/meaning/slots.hpp>
#include <wide/dsl/meaning/trace.hpp>

namespace wide {

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
