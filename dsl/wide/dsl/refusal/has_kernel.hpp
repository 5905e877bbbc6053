#pragma once
// Whether an architecture has kernels for an input: quiet or loud, as `accepts` and `refuse` are.
//
//     static_assert(accepts<Conv<8, Filter<3, 3>>, Image<8, 8, 3>>);          // it has a meaning, and parameters
//     static_assert(!has_kernel<Conv<8, Filter<3, 3>>, Image<8, 8, 3>>);      // its output has positions: no kernel
//     refuse_kernel<Conv<8, Filter<3, 3>>, Image<8, 8, 3>>();                 // rejected<output_still_has_positions, ...>
#include <wide/dsl/refusal/verdict.hpp>

namespace wide {

template <class Net, class In>
consteval Verdict verdict_on_kernel() {
    if constexpr (!accepts<Net, In>) {
        return verdict_on<Net, In>();
    } else if constexpr (In::shape.axes > 0 && results_of<Net> > 1) {
        return {.reason = Reason::family_expects_vectors};
    } else if constexpr (meaning<Net, In>.output.axes > 0) {
        Verdict verdict{.reason = Reason::output_still_has_positions, .received = meaning<Net, In>.output};
        if (const int value = program<Net>.result[0]; value > 0) {
            verdict.word = program<Net>.inst[value - 1].word;
            verdict.position = program<Net>.inst[value - 1].position;
        }
        return verdict;
    } else {
        return {};
    }
}

/// Whether ntk, nngp, gram and diagonal can be had of `Net` for the input `In`: it is accepted, and makes a vector of
/// it.
template <class Net, class In>
inline constexpr bool has_kernel = verdict_on_kernel<Net, In>().reason == Reason::none;

template <class Net, class In>
struct kernel_sentence {
    using type = typename decltype(say<Net, In, verdict_on_kernel<Net, In>()>())::type;
};

/// The compiler prints the way out, too.
template <class Place, class Received>
struct wide_rejects_this_architecture<rejected<output_still_has_positions, Place, Received>> {
    static_assert(rejected<output_still_has_positions, Place, Received>::value,
                  "the architecture is rejected: rejected<reason, at_layer<place, word>, received<shape>> says why; end "
                  "it with Flatten, GlobalAvgPool or GlobalSumPool");
    static constexpr bool value = false;
};

/// What an entry point does that computes kernels where there are none.
template <class Net, class In>
constexpr void refuse_kernel() {
    static_cast<void>(wide_rejects_this_architecture<typename kernel_sentence<Net, In>::type>::value);
}

}  // namespace wide
