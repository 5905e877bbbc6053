#pragma once
// Repeated layers become loops: code size and compile time do not grow with depth.
#include <wide/dsl/meaning/step.hpp>

namespace wide {

/// Longest run of layers that is written out rather than looped over.
inline constexpr int longest_straight = 12;

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

}  // namespace wide
