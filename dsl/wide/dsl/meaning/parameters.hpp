#pragma once
// How many parameters a finite network of this architecture has: `in * out` weights and `out` biases a dense layer,
// `in * taps * out` weights a convolution.
//
//     static_assert(parameters_of<Serial<Dense<512, He>, Relu, Dense<1>>, Vector<784>> == 784 * 512 + 512);
#include <cstddef>

#include <wide/dsl/refusal/verdict.hpp>

namespace wide {

template <class Net, class In>
consteval std::size_t count_parameters() {
    if constexpr (accepts<Net, In>) {
        std::size_t count = 0;
        for (int i = 0; i < program<Net>.size; ++i) {
            const Inst& inst = program<Net>.inst[i];
            if (inst.op != Op::affine) continue;
            count += meaning<Net, In>.shape[inst.left].channels * inst.taps.count() * inst.width +
                     (inst.biased ? inst.width : 0);
        }
        return count;
    } else {
        refuse<Net, In>();
        return 0;
    }
}

/// Refuses inputs of a width that is known at run time only.
template <class Net, class In>
constexpr void require_input_width() {
    if constexpr (In::shape.channels == dynamic)
        static_cast<void>(wide_rejects_this_architecture<
                          rejected<input_width_must_be_known_here, at_layer<0, Net>, received<In>>>::value);
}

template <class Net, class In>
inline constexpr std::size_t parameters_of = [] {
    if constexpr (Input<In>) require_input_width<Net, In>();
    return count_parameters<Net, In>();
}();

}  // namespace wide
