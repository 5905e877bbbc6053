#pragma once
// What belongs to one sample alone: its variance after every layer, and the numbers that the pair recursion reads.
// Done once per sample and in double, so that no pair ever multiplies two variances (q1 q2 overflows float at 1e19).
#include <wide/dsl/grammar/lane.hpp>
#include <wide/dsl/meaning/cost.hpp>
#include <wide/dsl/words/norm.hpp>
#include <wide/lower/magnitudes.hpp>

namespace wide {

/// How many numbers per sample the pair recursion of `Net` reads on lanes of T, at most.
template <class Net, class T>
inline constexpr int hoisted_numbers = [] {
    int count = 0;
    for (int i = 0; i < draft<Net>.size; ++i)
        count +=
            hoisted_by(draft<Net>.step[i], nonlinearity_table<nonlinearities_of<Net>>, sizeof(T) == sizeof(float));
    return count;
}();

/// How many it reads, once the lengths of all series are settled.
template <class Net, class L>
constexpr int numbers_read(const Magnitudes<Net, L>& magnitudes) {
    constexpr auto& table = nonlinearity_table<nonlinearities_of<Net>>;
    int count = 0;
    for (int i = 0; i < draft<Net>.size; ++i) {
        const Step& step = draft<Net>.step[i];
        const bool series = step.op == Op::nonlinearity && !step.known && table.automatic[step.nonlinearity];
        count += series ? magnitudes.pair[i].terms.all() : hoisted_by(step, table, true);
    }
    return count;
}

/// Added to variances in standard parameterisation with bias: too small to be seen, large enough to be divided by.
inline constexpr double smallest_standard_variance = 1e-30;

/// What a sample met at a nonlinearity.
struct StepNote {
    double variance = 0;  ///< before it
    HermiteUse use{};     ///< of an automatic dual
};

/// Walks a recursion with the variance of one sample; appends the hoisted numbers, for pairs on lanes of T, to `out`.
template <Lane L, class T, class NonlinearityList, int slots>
struct SampleMachine {
    using Number = typename L::value_type;
    L variance[slots];
    L* out;
    const SampleMagnitude<L>* magnitude;
    const PairMagnitude* pair;
    StepNote* note;

    template <Step s>
    constexpr void step() {
        if constexpr (!s.known) next<s>(*magnitude);
        ++magnitude;
        ++pair;
        ++note;
    }

private:
    template <Step s>
    constexpr void next(const SampleMagnitude<L>& m) {
        const L q = variance[s.left];
        if constexpr (s.op == Op::affine) {
            const L weights = m.weight * m.weight * q, biases = m.bias * m.bias;
            L total = s.biased ? weights + biases : weights;
            // The NTK of a standard bias is 1 whatever its deviation; in units of a deviation of 0 it would have no
            // size.
            if constexpr (s.biased && s.standard) total = total + L(Number(smallest_standard_variance));
            if constexpr (s.biased) parts(weights, biases, total);
            if constexpr (s.standard) *out++ = sqrt(L(Number(m.fan_in))) * sqrt(ratio(q, total));
            if constexpr (s.biased && s.standard) *out++ = ratio(L(1), sqrt(total));
            variance[s.out] = total;
        } else if constexpr (s.op == Op::nonlinearity) {
            using Form = kernel_form<typename nth_of<s.nonlinearity, NonlinearityList>::type>;
            // Written whole: g++ 12 forgets how notes begin once it has evaluated a trace itself.
            *note = {.variance = number_of(q), .use = {}};
            if constexpr (is_automatic<Form>) {
                variance[s.out] = Form::template variance<T>(q, out, note->use, pair->terms);
                out += note->use.terms.all();
            } else {
                variance[s.out] = Form::variance(q, out);
                out += Form::hoisted;
            }
        } else if constexpr (s.op == Op::normalize) {
            variance[s.out] = q / (q + L(Number(LayerNorm::epsilon)));
        } else if constexpr (s.op == Op::dropout) {
            variance[s.out] = q / L(Number(m.keep));
        } else if constexpr (s.op == Op::product) {
            variance[s.out] = q * variance[s.right];
        } else if constexpr (s.op == Op::flatten) {
            variance[s.out] = q;
        } else {
            static_assert(s.op == Op::sum || s.op == Op::concat, "a sample without positions has no such step");
            const L left = s.op == Op::concat ? m.weight * q : q;
            const L right = s.op == Op::concat ? m.bias * variance[s.right] : variance[s.right];
            const L total = left + right;
            parts(left, right, total);
            variance[s.out] = total;
        }
    }

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
