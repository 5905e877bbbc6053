#pragma once
// Several branches read one value; their ends meet. K and Theta of what they produce (widths C_i, independent
// branches):
//
//     Sum       K = sum K_i                Theta = sum Theta_i
//     Product   K = prod K_i               Theta = sum_i Theta_i prod_{j != i} K_j
//     Concat    K = sum (C_i / C) K_i      Theta = sum (C_i / C) Theta_i        along channels
//
//     struct Block : Residual<Relu, Dense<64, He>> {};          // x + Dense(Relu(x))
#include <wide/dsl/meaning/writer.hpp>
#include <wide/dsl/words/serial.hpp>

namespace wide {

/// Branches that meet two by two in `op`.
template <Op op, class Self, class... Branches>
struct Join {
    using parts = Parts<Branches...>;
    using self = Self;

    static constexpr int write(Writer& writer, int value) {
        if (parts::count == 0)
            return writer.layer({.op = Op::foreign,
                                 .word = &identity<Self>,
                                 .left = value,
                                 .complaint = Reason::branches_are_missing});
        int joined = 0;
        for (int i = 0; i < parts::count; ++i) {
            const int branch = parts::write_each[i](writer, value);
            joined =
                i == 0 ? branch : writer.join({.op = op, .word = &identity<Self>, .left = joined, .right = branch});
        }
        return joined;
    }
};

template <class... Branches>
struct Sum : Join<Op::sum, Sum<Branches...>, Branches...> {};

template <class... Branches>
struct Product : Join<Op::product, Product<Branches...>, Branches...> {};

template <class... Branches>
struct Concat : Join<Op::concat, Concat<Branches...>, Branches...> {};

template <class... Layers>
struct Residual : Sum<Identity, Serial<Layers...>> {};

}  // namespace wide
