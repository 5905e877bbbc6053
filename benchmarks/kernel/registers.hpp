#pragma once
// One dual after the other on values that stay in registers, four vectors in flight: what a layer costs a pair where
// nothing is loaded or stored but the numbers of the samples.
//
//     measure.time("duals", duals_only<Relu, float>);
//     1e9 * measure.seconds("duals") / elements<float>          // ns an element
#include <wide/kernel/epilogue.hpp>

namespace wide::benchmark_table {

/// Neither known to the compiler nor in memory from here on.
template <class T>
void keep_in_registers(Block<T, 4>& block) {
    asm volatile("" : "+x"(block.v[0].data), "+x"(block.v[1].data), "+x"(block.v[2].data), "+x"(block.v[3].data));
}

/// Whatever it points to has to be read anew.
template <class T>
void forget(const T*& pointer) {
    asm volatile("" : "+r"(pointer));
}

inline constexpr int turns = 100000;
template <class T>
inline constexpr double elements = turns * 4.0 * lanes<T>;

/// Both kernels of a word, from the numbers of two samples.
template <class W, class T, double lowest>
[[gnu::always_inline]] inline Dual<Block<T, 4>> dual_of(Block<T, 4> t, const T* left, const T* right,
                                                        [[maybe_unused]] const Terms& terms) {
    using Form = kernel_form<W>;
    const RowNumbers<T> row{left};
    const ColumnNumbers<T> column{right};
    if constexpr (is_automatic<Form>) return Form::template dual<lowest, T>(t, row, column, terms);
    else return Form::template dual<lowest>(t, row, column);
}

template <class W, class T, double lowest = -1.0>
void duals_only(const T* left = nullptr, const T* right = nullptr, const Terms& terms = {}) {
    Block<T, 4> t(T(0.3)), theta(T(1));
    for (int i = 0; i < turns; ++i) {
        const Dual<Block<T, 4>> dual = dual_of<W, T, lowest>(t, left, right, terms);
        t = dual.deficit;
        theta = fma(theta, dual.slope, correlation<(lowest >= 0)>(t));
        keep_in_registers(t);
        keep_in_registers(theta);
        forget(left);
        forget(right);
    }
}

}  // namespace wide::benchmark_table
