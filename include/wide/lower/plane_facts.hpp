#pragma once
// The passes of an architecture with all their numbers, for one input and one set of scales; and their code, as a table
// of functions.
#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include <wide/dsl/refusal/verdict.hpp>
#include <wide/lower/magnitudes.hpp>
#include <wide/lower/plane.hpp>
#include <wide/lower/plane_variance.hpp>

namespace wide {

/// Of every pass of `Net` on pairs of T.
template <class Net, bool with_theta>
struct PlaneFacts {
    static constexpr auto& passes = plane_program<Net, with_theta>;
    std::vector<PassFact> fact;
    std::vector<PassMagnitude<double>> magnitude;
    std::size_t numbers = 0;  ///< of one sample, all passes and positions together
    double most_input = 0;    ///< no variance of a pixel may be larger

    /// Lays the numbers of all passes out, once the lengths of series are known.
    void lay_out() {
        numbers = 0;
        for (std::size_t p = 0; p < fact.size(); ++p) {
            const PlanePass& pass = passes.pass[p];
            if (pass.op == Op::normalize) fact[p].numbers = 1;
            if (pass.op == Op::nonlinearity && fact[p].series) {
                fact[p].numbers = 3 + static_cast<std::size_t>(fact[p].terms.all());
                magnitude[p].terms = fact[p].terms;
            }
            fact[p].base = numbers;
            numbers += fact[p].numbers * static_cast<std::size_t>(volume(fact[p].grid));
        }
    }
};

/// The numbers that a pass with a dual in closed form keeps per position, and the factor that it folds into K.
struct DualFact {
    std::size_t numbers = 0;
    double ratio = 1;
    bool series = false;
};
template <class N>
DualFact dual_fact() {
    using Form = kernel_form<N>;
    DualFact fact;
    fact.series = is_automatic<Form>;
    if constexpr (!is_automatic<Form>) {
        fact.numbers = deviations_kept<Form> + static_cast<std::size_t>(Form::hoisted);
        if constexpr (degree_of<Form>() == 1)
            fact.ratio = Form::variance(Scalar<double>(1), static_cast<Scalar<double>*>(nullptr)).value;
    }
    return fact;
}
template <class... Ns>
DualFact dual_fact_of(int index, Nonlinearities<Ns...>) {
    DualFact (*const each[])() = {&dual_fact<Ns>..., nullptr};
    return each[index]();
}

/// The weights' variance of every affine instruction.
template <class Net>
std::vector<double> gains(const Scales<affine_words<Net>>& scales) {
    std::vector<double> gain;
    for (int i = 0; i < program<Net>.size; ++i) {
        const double weight = program<Net>.inst[i].op == Op::affine ? scales[affine_word<Net>.of[i]].weight : 1;
        gain.push_back(weight * weight);
    }
    return gain;
}

template <class T>
VarianceRoom pass_room(const PlanePass& pass, const PassPlace& place, const std::vector<ValueRoom>& value) {
    const auto at = [&](int v) { return value[static_cast<std::size_t>(v)]; };
    double loss = at(place.affine >= 0 ? place.affine + 1 : place.left).loss;
    if (joins(pass.op)) loss = std::max(loss, at(place.right).loss);
    VarianceRoom room{least_variance<T> * loss, most_variance<T>, most_made(at(place.value()), most_variance<T>)};
    if (pass.op == Op::nonlinearity) room.made = std::min(room.made, most_variance<T>);
    return room;
}

/// The lengths of series are still open.
template <class Net, bool with_theta, class T>
PlaneFacts<Net, with_theta> plane_facts(const Scales<affine_words<Net>>& scales, const Shape& input) {
    constexpr auto& passes = plane_program<Net, with_theta>;
    constexpr auto& table = nonlinearity_table<nonlinearities_of<Net>>;
    const auto meant = infer(program<Net>, input);
    PlaneFacts<Net, with_theta> facts;
    const std::vector<ValueRoom> room =
        value_rooms(program<Net>.inst, program<Net>.size, meant.shape, gains<Net>(scales));
    // Of pixels, products are summed up over channels before they are divided.
    const double summed_up = room[0].reach > 0 ? std::max(room[0].reach, static_cast<double>(input.channels)) : 0;
    facts.most_input = most_made({.reach = summed_up}, most_variance<T>);
    for (int p = 0; p < passes.size; ++p) {
        const PlanePass& pass = passes.pass[p];
        const PassPlace& place = passes.place[p];
        const Inst& last = program<Net>.inst[place.inst];
        PassFact fact;
        PassMagnitude<double> magnitude;
        fact.in = grid_of(meant.shape[place.left]);
        fact.grid = grid_of(meant.shape[place.value()]);
        fact.all_positions = last.all_positions;
        fact.keep = last.keep;
        magnitude.itself = 1 / last.keep;
        fact.room = pass_room<T>(pass, place, room);
        DualFact dual;
        if (pass.op == Op::nonlinearity) {
            dual = dual_fact_of(pass.nonlinearity, nonlinearities_of<Net>{});
            fact.domain = table.domain[pass.nonlinearity];
            fact.numbers = dual.numbers;
            fact.series = dual.series;
        }
        if (place.affine >= 0) {
            const Inst& affine = program<Net>.inst[place.affine];
            const Scale& scale = scales[affine_word<Net>.of[place.affine]];
            const auto taps = static_cast<double>(affine.taps.count());
            const auto fan_in = static_cast<double>(meant.shape[place.left].channels) * taps;
            fact.taps = grid_taps(affine.taps, meant.shape[place.left]);
            fact.has_taps = !fact.taps.single() && !mixes_offsets(affine.taps);
            fact.weight = scale.weight * scale.weight / taps;
            fact.bias = affine.biased ? scale.bias * scale.bias : 0;
            magnitude.own_weight = fan_in / taps;
            magnitude.own_bias = affine.biased ? 1 : 0;
        }
        if (pass.op == Op::concat) {
            const auto left = static_cast<double>(meant.shape[place.left].channels);
            const auto right = static_cast<double>(meant.shape[place.right].channels);
            fact.left_share = left / (left + right);
            fact.right_share = right / (left + right);
        }
        magnitude.left_share = fact.left_share;
        magnitude.right_share = fact.right_share;
        // What a positively homogeneous word does to sizes is done before it.
        magnitude.weight = fact.weight * dual.ratio;
        magnitude.bias = fact.bias * dual.ratio;
        magnitude.theta_weight = fact.weight * dual.ratio;
        magnitude.own_weight *= dual.ratio;
        magnitude.own_bias *= dual.ratio;
        facts.fact.push_back(fact);
        facts.magnitude.push_back(magnitude);
    }
    facts.lay_out();
    return facts;
}

template <class T>
PassMagnitude<T> rounded(const PassMagnitude<double>& m) {
    return {static_cast<T>(m.weight),     static_cast<T>(m.bias),       static_cast<T>(m.theta_weight),
            static_cast<T>(m.own_weight), static_cast<T>(m.own_bias),   static_cast<T>(m.left_share),
            static_cast<T>(m.right_share), static_cast<T>(m.itself), m.terms};
}

template <class T>
using PassCode = void (*)(const PassRun<T>*, std::size_t);
using VarianceCode = void (*)(const PassRun<double>&, const PassFact&, double*, Misfit&);
using SettleCode = void (*)(std::vector<double>&, PassFact&);

/// The functions of all passes; equal passes share one.
template <class Net, bool with_theta, class Stored>
struct PlaneCode {
    static constexpr auto& passes = plane_program<Net, with_theta>;
    using Words = nonlinearities_of<Net>;

    template <class T, bool lanes_left, int... p>
    static PassCode<T> code_of(int pass, std::integer_sequence<int, p...>) {
        static constexpr PassCode<T> each[] = {&run_pass<passes.pass[p], Words, Stored, T, lanes_left>..., nullptr};
        return each[pass];
    }
    template <class T, bool lanes_left>
    static PassCode<T> code(int pass) {
        return code_of<T, lanes_left>(pass, std::make_integer_sequence<int, passes.size>{});
    }
    template <int... p>
    static VarianceCode variance_of(int pass, std::integer_sequence<int, p...>) {
        static constexpr VarianceCode each[] = {&run_variance_pass<without_theta(passes.pass[p]), Words, Stored>...,
                                                nullptr};
        return each[pass];
    }
    static VarianceCode variance(int pass) {
        return variance_of(pass, std::make_integer_sequence<int, passes.size>{});
    }
    template <int... p>
    static SettleCode settle_of(int pass, std::integer_sequence<int, p...>) {
        static constexpr SettleCode each[] = {&settle_pass<without_theta(passes.pass[p]), Words, Stored>..., nullptr};
        return each[pass];
    }
    static SettleCode settle(int pass) { return settle_of(pass, std::make_integer_sequence<int, passes.size>{}); }

private:
    /// Variances don't depend on what is trained.
    static constexpr PlanePass without_theta(PlanePass pass) {
        pass.own = OwnPart::none;
        pass.left_theta = pass.right_theta = false;
        return pass;
    }
};

}  // namespace wide
