#pragma once
// One layer after the other.
//
//     struct Net : Serial<Dense<512, He>, Relu, Dense<1>> {};
//     struct Deep : Serial<Repeat<20, Dense<512, He>, Relu>, Dense<1>> {};
#include <cstddef>

#include <wide/dsl/meaning/writer.hpp>

namespace wide {

/// Passes its input on.
struct Identity {
    static constexpr int write(Writer& writer, int value) { return writer.skip(value); }
};

/// `n` times the same layers, each time with parameters of their own. `Serial` is the case n = 1.
template <std::size_t n, class... Layers>
struct Repeat {
    using parts = Parts<Layers...>;

    static constexpr int write(Writer& writer, int value) {
        for (std::size_t k = 0; k < n; ++k)
            for (int i = 0; i < parts::count; ++i) value = parts::write_each[i](writer, value);
        return value;
    }
};

template <class... Layers>
struct Serial : Repeat<1, Layers...> {};

}  // namespace wide
