#pragma once
// One dual after the other on values that stay in registers, four vectors in flight: what a layer costs a pair where
// nothing is loaded or stored but the numbers of the samples.
//
//     measure.time("duals", duals_only<Relu, float>);
//     1e9 * measure.seconds("duals") / elements<float>          // ns an element
#include <utility>

#include <wide/kernel/epilogue.hpp>

namespace wide::benchmark_table {

/// Neither known to the compiler nor in memory from here on.
template <class T>
[[gnu::always_inline]] inline void keep_in_register(Batch<T>& vector) {
    asm volatile("" : "+x"(vector.data));
}
template <class T, int count>
[[gnu::always_inline]] inline void keep_in_registers(Block<T, count>& block) {
    [&]<int... i>(std::integer_sequence<int, i...>) __attribute__((always_inline)) {
        (keep_in_register<T>(block.v[i]), ...);
    }
    (block.indices);
}

/// Whatever it points to has to be read anew.
template <class T>
void forget(const T*& pointer) {
    asm volatile("" : "+r"(pointer));
}

inline constexpr int turns = 100000;
template <class T>
inline constexpr double elements = turns * 4.0 * lanes<T>;

/// Both kernels of a word, from the numbers of two samples, for some rows of a tile.
template <class W, class T, double lowest, int rows>
[[gnu::always_inline]] inline auto dual_of(RowBlock<T, rows> t, const T* left, const T* right,
                                           [[maybe_unused]] const Terms& terms) {
    using Form = kernel_form<W>;
    const RowNumbers<T, rows> row{left};
    const ColumnNumbers<T, rows> column{right};
    if constexpr (is_automatic<Form>) return Form::template dual<lowest, T>(t, row, column, terms);
    else return Form::template dual<lowest>(t, row, column);
}

/// As a tile does it: four vectors together, or two and two where a tile takes its rows one by one.
template <class W, class T, double lowest = -1.0>
void duals_only(const T* left = nullptr, const T* right = nullptr, const Terms& terms = {}) {
    constexpr int rows = rows_at_once<Nonlinearities<W>>;
    using L = RowBlock<T, rows>;
    const auto next = [&](L & t, L & theta) __attribute__((always_inline)) {
        const Dual<L> dual = dual_of<W, T, lowest, rows>(t, left, right, terms);
        t = dual.deficit;
        theta = fma(theta, dual.slope, correlation<(lowest >= 0)>(t));
        keep_in_registers(t);
        keep_in_registers(theta);
    };
    L one(T(0.3)), one_theta(T(1)), two(T(0.3)), two_theta(T(1));
    for (int i = 0; i < turns; ++i) {
        next(one, one_theta);
        if constexpr (rows == 1) next(two, two_theta);
        forget(left);
        forget(right);
    }
}

}  // namespace wide::benchmark_table
