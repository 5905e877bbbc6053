#pragma once
// An architecture as a value: its instructions, once, as an array.
//
//     constexpr auto& p = program<Net>;      // p.size instructions p.inst[0 .. size)
#include <wide/dsl/meaning/writer.hpp>

namespace wide {

/// `capacity` is `size`, but at least one: arrays of length zero do not exist.
template <int capacity>
struct Program {
    Inst inst[capacity]{};
    int size = 0;
    int result = 0;  ///< the value that the architecture returns; 0 is the input itself
};

template <class Net>
consteval int length_of() {
    Writer counting;
    wide::write<Net>(counting, 0);
    return counting.size();
}

template <class Net>
consteval auto written() {
    constexpr int size = length_of<Net>();
    Program<(size > 0 ? size : 1)> program;
    Writer writer{program.inst};
    program.result = wide::write<Net>(writer, 0);
    program.size = size;
    return program;
}

template <class Net>
inline constexpr auto program = written<Net>();

/// How many affine words (parameter layers) an architecture has, `Repeat` written out.
template <class Net>
inline constexpr int affine_words = [] {
    int count = 0;
    for (int i = 0; i < program<Net>.size; ++i) count += program<Net>.inst[i].op == Op::affine;
    return count;
}();

}  // namespace wide
