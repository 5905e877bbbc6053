#pragma once
// What belongs to one sample alone: its variance after every layer, and the numbers that the pair recursion reads.
// Done once per sample and in double, so that no pair ever multiplies two variances (q1 q2 overflows float at 1e19).
#include <wide/dsl/grammar/lane.hpp>
#include <wide/dsl/meaning/cost.hpp>
#include <wide/dsl/words/norm.hpp>
#include <wide/lower/magnitudes.hpp>

namespace wide {

/// How many numbers per sample the pair recursion of `Net` reads.
template <class Net>
inline constexpr int hoisted_numbers = [] {
    int count = 0;
    for (int i = 0; i < draft<Net>.size; ++i)
        count += hoisted_by(draft<Net>.step[i], nonlinearity_table<nonlinearities_of<Net>>);
    return count;
}();

/// Added to variances in standard parameterisation with bias: too small to be seen, large enough to be divided by.
inline constexpr double smallest_standard_variance = 1e-30;

/// Walks a recursion with the variance of one sample; appends the hoisted numbers to `out`.
template <Lane L, class NonlinearityList, int slots>
struct SampleMachine {
    using T = typename L::value_type;
    L variance[slots];
    L* out;
    const Magnitude* magnitude;

    template <Step s>
    constexpr void step() {
        const Magnitude& m = *magnitude++;
        const L q = variance[s.left];
        if constexpr (s.op == Op::affine) {
            const L weights = L(T(m.weight * m.weight)) * q;
            L total = s.biased ? weights + L(T(m.bias * m.bias)) : weights;
            // The NTK of a standard bias is 1 whatever its deviation; in units of a deviation of 0 it would have no
            // size.
            if constexpr (s.biased && s.standard) total = total + L(T(smallest_standard_variance));
            if constexpr (s.biased) parts(weights, L(T(m.bias * m.bias)), total);
            if constexpr (s.biased && s.standard) *out++ = ratio(L(1), sqrt(total));
            variance[s.out] = total;
        } else if constexpr (s.op == Op::nonlinearity) {
            using N = typename nth_of<s.nonlinearity, NonlinearityList>::type;
            variance[s.out] = N::variance(q, out);
            out += N::hoisted;
        } else if constexpr (s.op == Op::normalize) {
            variance[s.out] = q / (q + L(T(LayerNorm::epsilon)));
        } else if constexpr (s.op == Op::dropout) {
            variance[s.out] = q / L(T(m.keep));
        } else if constexpr (s.op == Op::product) {
            variance[s.out] = q * variance[s.right];
        } else {
            const L left = s.op == Op::concat ? L(T(m.weight)) * q : q;
            const L right = s.op == Op::concat ? L(T(m.bias)) * variance[s.right] : variance[s.right];
            const L total = left + right;
            parts(left, right, total);
            variance[s.out] = total;
        }
    }

private:
    /// The square roots of the shares that two parts have in a variance.
    constexpr void parts(L left, L right, L total) {
        *out++ = sqrt(ratio(left, total));
        *out++ = sqrt(ratio(right, total));
    }

    static constexpr L ratio(L part, L whole) {
        const auto nothing = !(L(0) < whole);
        return select(nothing, L(0), part / select(nothing, L(1), whole));
    }
};

}  // namespace wide
