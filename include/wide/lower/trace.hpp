#pragma once
// One sample, and one pair, on their whole way through a network, on a lane of one number: for constant evaluation,
// for what is done once per sample, and for kernels of a sample with itself.
#include <initializer_list>

#include <wide/lower/pair.hpp>
#include <wide/lower/sample.hpp>
#include <wide/lower/walk.hpp>
#include <wide/simd/scalar.hpp>

namespace wide {

/// A cursor over hoisted numbers that lie one after the other.
template <class L>
struct Contiguous {
    const L* number;
    constexpr L operator[](int k) const { return number[k]; }
    constexpr void advance(int n) { number += n; }
};

/// A sample on its way through `Net`, for pairs on lanes of T: its final variances, the numbers that pairs read, and
/// what it met at every step.
template <class Net, class T, class L = Scalar<double>>
struct SampleTrace {
    L hoisted[hoisted_numbers<Net, T> + 1]{};
    L variance[results_of<Net>]{};
    StepNote note[Magnitudes<Net>::steps + 1]{};
};

template <class Net, class T, class L>
constexpr SampleTrace<Net, T, L> trace_sample(const Magnitudes<Net, L>& magnitudes, L variance) {
    using Code = lowered_t<Net>;
    SampleTrace<Net, T, L> trace{};
    SampleMachine<L, T, typename Code::nonlinearities, Code::recursion.slots> machine{
        {variance}, trace.hoisted, magnitudes.sample, magnitudes.pair, trace.note};
    walk<Code::recursion>(machine, magnitudes.repeats);
    for (int n = 0; n < results_of<Net>; ++n)
        trace.variance[n] = machine.variance[Code::recursion.result[n].correlation];
    return trace;
}

/// Whether Net has duals that are made from Hermite coefficients.
template <class Net>
inline constexpr bool has_series = [] {
    constexpr auto& table = nonlinearity_table<nonlinearities_of<Net>>;
    for (int i = 0; i < table.count; ++i)
        if (table.automatic[i]) return true;
    return false;
}();

/// Makes all series as long as a sample of this input variance needs them. To be told of the smallest and the largest
/// variance before any sample is traced for pairs.
template <class Net, class T>
constexpr void settle_series(Magnitudes<Net>& magnitudes, std::initializer_list<double> variances) {
    if constexpr (has_series<Net>) {
        Magnitudes<Net> open = magnitudes;
        for (PairMagnitude& pair : open.pair) pair.terms = {};
        for (const double variance : variances) {
            const auto trace = trace_sample<Net, T>(open, Scalar<double>(variance));
            for (int k = 0; k < open.steps; ++k) magnitudes.pair[k].terms.widen(trace.note[k].use.terms);
        }
    }
}

/// The kernels of a pair, one for each result of Net.
template <class Net, class L = Scalar<double>>
struct KernelValues {
    L nngp[results_of<Net>], ntk[results_of<Net>];
};

template <class Net, bool same_sample, class T, class L>
constexpr KernelValues<Net, L> trace_pair(const Magnitudes<Net, L>& magnitudes, const SampleTrace<Net, T, L>& one,
                                          const SampleTrace<Net, T, L>& two, L deficit) {
    using Code = lowered_t<Net>;
    constexpr auto& recursion = Code::recursion;
    PairMachine<L, T, typename Code::nonlinearities, recursion.slots, recursion.theta_slots, true, same_sample,
                Contiguous<L>, Contiguous<L>>
        machine{{deficit}, {}, {}, {one.hoisted}, {two.hoisted}, magnitudes.pair, {}, {}, {}};
    walk<recursion>(machine, magnitudes.repeats);
    KernelValues<Net, L> values{};
    for (int n = 0; n < results_of<Net>; ++n) {
        const L scale = sqrt(one.variance[n]) * sqrt(two.variance[n]);
        const Result& at = recursion.result[n];
        values.nngp[n] = scale * (at.small ? machine.template correlation_at<false, true>(at.correlation)
                                           : machine.template correlation_at<false, false>(at.correlation));
        if (at.trained) values.ntk[n] = scale * machine.theta[at.theta];
    }
    return values;
}

}  // namespace wide
