#pragma once
// The type of what an architecture returns.
//
//     static_assert(std::is_same_v<output_of<Net, Vector<784>>, Vector<1>>);
#include <wide/dsl/refusal/verdict.hpp>

namespace wide {

template <class Net, class In>
consteval Shape output_shape() {
    if constexpr (accepts<Net, In>) {
        return meaning<Net, In>.output;
    } else {
        refuse<Net, In>();
        return {};
    }
}

template <class Net, class In>
struct output {
    static constexpr Shape shape = output_shape<Net, In>();
    using type =
        typename input_with<shape.axes, shape.extents[0], shape.extents[1], shape.extents[2], shape.channels>::type;
};

template <class Net, class In>
using output_of = typename output<Net, In>::type;

}  // namespace wide
