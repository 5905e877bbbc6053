#pragma once
// How words become instructions. Every word has `write(writer, value)`: it appends what it means, reading `value`,
// and returns the value it produced. Composite words pass the writer on to their parts through an array of functions,
// so neither the depth nor the number of layers shows as recursion or nesting of templates.
#include <wide/dsl/grammar/nonlinearity.hpp>
#include <wide/dsl/meaning/inst.hpp>

namespace wide {

class Writer {
public:
    constexpr Writer() = default;
    constexpr explicit Writer(Inst* out) : out_{out} {}

    /// Appends a layer's instruction and returns the value that it produces.
    constexpr int layer(Inst inst) {
        inst.position = layers_++;
        return put(inst);
    }

    /// Appends the instruction in which two branches meet. It stands in no place of its own: it has its last
    /// branch's.
    constexpr int join(Inst inst) {
        inst.position = layers_ == 0 ? 0 : layers_ - 1;
        return put(inst);
    }

    /// A word that does nothing still has its place among the layers.
    constexpr int skip(int value) {
        ++layers_;
        return value;
    }

    /// The next member of a family counts its layers from 0 again.
    constexpr void start_anew() { layers_ = 0; }

    constexpr int size() const { return size_; }

private:
    constexpr int put(const Inst& inst) {
        if (out_) out_[size_] = inst;
        return ++size_;
    }

    Inst* out_ = nullptr;  // null while only counting
    int size_ = 0, layers_ = 0;
};

using WriteWord = int (*)(Writer&, int);

/// A word that writes itself: all words of the language but the nonlinearities, and structs derived from them.
template <class W>
concept Word = requires(Writer& writer, int value) {
    W::write(writer, value);
};

template <class W>
constexpr int write(Writer& writer, int value) {
    if constexpr (Word<W>) {
        return W::write(writer, value);
    } else if constexpr (Nonlinearity<W>) {
        return writer.layer(
            {.op = Op::nonlinearity, .word = &identity<W>, .left = value, .unit_variance = needs_unit_variance<W>()});
    } else {
        return writer.layer({.op = Op::foreign, .word = &identity<W>, .left = value});
    }
}

/// The parts of a composite word.
template <class... Words>
struct Parts {
    static constexpr int count = sizeof...(Words);
    static constexpr WriteWord write_each[count + 1] = {&wide::write<Words>..., nullptr};
};

}  // namespace wide
