#pragma once
// An architecture as a value: its instructions, once, as an array.
//
//     constexpr auto& p = program<Net>;      // p.size instructions p.inst[0 .. size)
#include <wide/dsl/meaning/writer.hpp>
#include <wide/dsl/words/family.hpp>

namespace wide {

/// `capacity` is `size`, but at least one: arrays of length zero do not exist.
template <int capacity, int results = 1>
struct Program {
    Inst inst[capacity]{};
    int size = 0;
    int result[results]{};  ///< the values that the architecture returns, one for each member; 0 is the input itself
};

/// Writes an architecture, or every member of a family, and says which values they return.
template <class Net>
constexpr void write_results(Writer& writer, int* result) {
    if constexpr (requires { typename Net::members; }) {
        static_assert(results_of<Net> > 0, "a Family has at least one member");
        for (int i = 0; i < results_of<Net>; ++i) {
            writer.start_anew();
            result[i] = Net::members::write_each[i](writer, 0);
        }
    } else {
        result[0] = wide::write<Net>(writer, 0);
    }
}

template <class Net>
consteval int length_of() {
    Writer counting;
    int result[results_of<Net> + 1]{};
    write_results<Net>(counting, result);
    return counting.size();
}

template <class Net>
consteval auto written() {
    constexpr int size = length_of<Net>();
    Program<(size > 0 ? size : 1), results_of<Net>> program;
    Writer writer{program.inst};
    write_results<Net>(writer, program.result);
    program.size = size;
    return program;
}

template <class Net>
inline constexpr auto program = written<Net>();

/// The affine words (parameter layers) of an architecture, counted in reading order, `Repeat` written out.
template <int capacity>
struct AffineWords {
    int of[capacity]{};  ///< the word that an affine instruction is
    int count = 0;
};

template <class Net>
inline constexpr auto affine_word = [] {
    AffineWords<(program<Net>.size > 0 ? program<Net>.size : 1)> words;
    for (int i = 0; i < program<Net>.size; ++i)
        if (program<Net>.inst[i].op == Op::affine) words.of[i] = words.count++;
    return words;
}();

template <class Net>
inline constexpr int affine_words = affine_word<Net>.count;

}  // namespace wide
