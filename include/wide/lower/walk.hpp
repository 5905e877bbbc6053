#pragma once
// From an array of steps back to code: every step of a recursion becomes one call on a machine, with the step itself
// as a template argument. Repeated layers become a loop; nothing recurses and nothing is decided at run time but its
// length.
#include <utility>

#include <wide/dsl/meaning/recursion.hpp>

namespace wide {

template <auto recursion, int first, class Machine, int... k>
[[gnu::always_inline]] constexpr void walk_steps(Machine& machine, std::integer_sequence<int, k...>) {
    const int in_order[] = {(machine.template step<recursion.step[first + k]>(), 0)...};
    (void)in_order;
}

template <auto recursion, int segment, class Machine>
[[gnu::always_inline]] constexpr void walk_segment(Machine& machine, int repeats) {
    constexpr Segment s = recursion.segment[segment];
    constexpr auto steps = std::make_integer_sequence<int, s.length>{};
    if constexpr (s.looped)
        for (int r = 0; r < repeats; ++r) walk_steps<recursion, s.first>(machine, steps);
    else walk_steps<recursion, s.first>(machine, steps);
}

template <auto recursion, class Machine, int... s>
[[gnu::always_inline]] constexpr void walk_segments(Machine& machine, const int* repeats,
                                                    std::integer_sequence<int, s...>) {
    const int in_order[] = {(walk_segment<recursion, s>(machine, repeats[s]), 0)..., 0};
    (void)in_order;
}

/// `repeats[s]` says how often segment s runs. Inlined as a whole: a machine's state stays in registers.
template <auto recursion, class Machine>
[[gnu::always_inline]] constexpr void walk(Machine& machine, const int* repeats) {
    walk_segments<recursion>(machine, repeats, std::make_integer_sequence<int, recursion.segments>{});
}

}  // namespace wide
