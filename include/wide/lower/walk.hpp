#pragma once
// From an array of steps back to code: every step of a recursion becomes one call on a machine, with the step itself as
// a template argument. Repeated layers become a loop; nothing recurses and nothing is decided at run time but its length.
#include <utility>

#include <wide/dsl/meaning/recursion.hpp>

namespace wide {

template <auto recursion, int segment, class Machine>
constexpr void walk_segment(Machine& machine, int repeats) {
    constexpr Segment s = recursion.segment[segment];
    auto once = [&]<int... k>(std::integer_sequence<int, k...>) {
        const int in_order[] = {(machine.template step<recursion.step[s.first + k]>(), 0)...};
        (void)in_order;
    };
    if constexpr (s.looped)
        for (int r = 0; r < repeats; ++r) once(std::make_integer_sequence<int, s.length>{});
    else
        once(std::make_integer_sequence<int, s.length>{});
}

/// `repeats[s]` says how often segment s runs.
template <auto recursion, class Machine>
constexpr void walk(Machine& machine, const int* repeats) {
    [&]<int... s>(std::integer_sequence<int, s...>) {
        const int in_order[] = {(walk_segment<recursion, s>(machine, repeats[s]), 0)..., 0};
        (void)in_order;
    }(std::make_integer_sequence<int, recursion.segments>{});
}

}  // namespace wide
