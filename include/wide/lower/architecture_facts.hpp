#pragma once
// An architecture in words that two programs can compare: whatever distinguishes two kernels distinguishes their
// words, and no compiler, flag or locale has a say in them.
//
//     architecture_facts<Net>(default_scales<Net>(), In::shape)
//         input: 784
//         nonlinearity 1: a min(x, 0) + b max(x, 0), -0.73 ... 0.5
//         value 1: affine of value 0, width 512
//         scale 1: weight 1.4142135623730951, no bias
//         value 2: nonlinearity 1 of value 1
//         result: value 2
//
// The structure comes from the program, the deviations from the call. A nonlinearity's name says nothing of its
// parameters, and a user's own may have none; so it is told by numbers: phi and phi' at four points, its kinks, and
// of a dual in closed form what it makes of two variances and of two correlations. The compiler computes them, in
// plain IEEE arithmetic (at run time a multiply-add may be fused or not), and all their digits are written: a version
// of the library whose formulas differ in the last one has other words. Those of a word that the compiler cannot
// evaluate are computed at run time and rounded to nine digits.
#include <charconv>
#include <initializer_list>
#include <string>
#include <type_traits>
#include <vector>

#include <wide/dsl.hpp>
#include <wide/lower/magnitudes.hpp>
#include <wide/lower/trace.hpp>

namespace wide {

/// Something that is so, and what it is about.
struct Fact {
    std::string name, text;

    friend bool operator==(const Fact&, const Fact&) = default;
};

/// The shortest text that reads as this number and no other; or `digits` of it.
inline std::string number_text(double number, int digits = 0) {
    if (number != number) return "nan";
    char text[40];
    const std::to_chars_result written =
        digits > 0 ? std::to_chars(text, text + sizeof text, number, std::chars_format::general, digits)
                   : std::to_chars(text, text + sizeof text, number);
    return {text, written.ptr};
}

/// What tells a nonlinearity from others.
struct WordProbe {
    double number[64]{};
    int count = 0;

    constexpr void put(double value) {
        if (count < 64) number[count++] = value;
    }
};

template <class N>
constexpr WordProbe probe_word() {
    using L = Scalar<double>;
    WordProbe probe;
    if constexpr (Activation<N>) {
        for (const double x : {-2.3, -0.73, 0.41, 1.9}) {
            probe.put(value_on<N>(L(x)).value);
            probe.put(slope_on<N>(L(x)).value);
        }
    }
    if constexpr (ClosedForm<N>) {
        constexpr Domain domain = domain_of<N>();
        const auto inside = [&](double q) {
            return L(q < domain.smallest ? domain.smallest : q < domain.largest ? q : domain.largest);
        };
        L left[N::hoisted + 1]{}, right[N::hoisted + 1]{};
        probe.put(N::variance(inside(0.6), left).value);
        probe.put(N::variance(inside(1.7), right).value);
        for (const double deficit : {0.3, -0.4}) {
            const auto dual = N::template dual<-1.0>(L(deficit), Contiguous<L>{left}, Contiguous<L>{right});
            probe.put(dual.deficit.value);
            probe.put(dual.slope.value);
        }
    }
    if constexpr (has_kinks<N>)
        for (const double kink : N::kinks) probe.put(kink);
    return probe;
}

/// Whether the compiler can evaluate all of a word's formulas.
template <class N>
concept KnownToTheCompiler = requires {
    typename std::bool_constant<(probe_word<N>().count >= 0)>;
};

template <class N>
std::string word_text() {
    std::string text = name_of<N>();
    for (char& letter : text)
        if (static_cast<unsigned char>(letter) < ' ') letter = ' ';  // facts are lines
    const auto tell = [&](const WordProbe& probe, int digits) {
        for (int k = 0; k < probe.count; ++k) text += (k == 0 ? ", " : " ") + number_text(probe.number[k], digits);
    };
    if constexpr (KnownToTheCompiler<N>) {
        static constexpr WordProbe probe = probe_word<N>();
        tell(probe, 0);
    } else {
        tell(probe_word<N>(), 9);
    }
    return text;
}

template <class... Ns>
std::vector<std::string> word_texts(Nonlinearities<Ns...>) {
    return {word_text<Ns>()...};
}

/// "32 x 32 x 3", "784", "any"
inline std::string shape_text(const Shape& shape) {
    const auto& [axes, extents, channels] = shape;
    std::string text;
    for (int axis = 0; axis < axes; ++axis) text += std::to_string(extents[axis]) + " x ";
    return text + (channels == dynamic ? "any" : std::to_string(channels));
}

inline std::string taps_text(const Taps& taps) {
    const auto& [axes, size, stride, padding] = taps;
    if (axes == 0) return "";
    std::string sizes, strides;
    for (int axis = 0; axis < axes; ++axis) {
        sizes += (axis == 0 ? "" : " x ") + std::to_string(size[axis]);
        strides += (axis == 0 ? "" : " x ") + std::to_string(stride[axis]);
    }
    const char* const names[] = {"valid", "same", "circular"};
    return ", taps " + sizes + ", stride " + strides + ", " + names[static_cast<int>(padding)];
}

inline std::string inst_text(const Inst& inst, const NonlinearityTable& table) {
    // Every field has its name here, so that an Inst with one more does not compile until its text is written. Untold
    // are: where a layer stands, what a word complains of or asks of its place, and the deviations, which a call may
    // override (they have facts of their own).
    const auto& [op, word, position, left, right, width, weight, bias, keep, biased, frozen, standard, unit_variance,
                 all_positions, average, normalize_edges, taps, complaint] = inst;
    const std::string from = " of value " + std::to_string(left),
                      both = " of values " + std::to_string(left) + " and " + std::to_string(right);
    switch (op) {
        case Op::affine:
            return "affine" + from + ", width " + std::to_string(width) + taps_text(taps) +
                   (biased ? ", biased" : "") + (frozen ? ", frozen" : "") + (standard ? ", standard" : "");
        case Op::nonlinearity:
            return "nonlinearity " + std::to_string(table.index_of(word) + 1) + from;
        case Op::normalize:
            return "normalisation" + from + (all_positions ? ", over all positions" : "");
        case Op::dropout:
            return "dropout" + from + ", keeps " + number_text(keep);
        case Op::sum:
            return "sum" + both;
        case Op::product:
            return "product" + both;
        case Op::concat:
            return "concatenation" + both;
        case Op::pool:
            return (average ? "averages" : "sums") + from + taps_text(taps) +
                   (normalize_edges ? ", edges normalised" : "");
        case Op::global_pool:
            return (average ? "average over all positions" : "sum over all positions") + from;
        case Op::flatten:
            return "flattening" + from;
        case Op::foreign:
            break;
    }
    return "?";
}

/// Values are numbered as in `explain`: 0 is the input.
template <class Net>
std::vector<Fact> architecture_facts(const Scales<affine_words<Net>>& scales, const Shape& input) {
    std::vector<Fact> facts{{"input", shape_text(input)}};
    using Words = nonlinearities_of<Net>;
    for (int count = 0; const std::string& text : word_texts(Words{}))
        facts.push_back({"nonlinearity " + std::to_string(++count), text});
    constexpr auto& net = program<Net>;
    for (int i = 0, affine = 0; i < net.size; ++i) {
        const Inst& inst = net.inst[i];
        facts.push_back({"value " + std::to_string(i + 1), inst_text(inst, nonlinearity_table<Words>)});
        if (inst.op != Op::affine) continue;
        const Scale& scale = scales[affine++];
        facts.push_back({"scale " + std::to_string(affine),
                         "weight " + number_text(scale.weight) +
                             (inst.biased ? ", bias " + number_text(scale.bias) : std::string(", no bias"))});
    }
    std::string results;
    for (const int result : net.result) results += (results.empty() ? "value " : ", value ") + std::to_string(result);
    facts.push_back({"result", results});
    return facts;
}

}  // namespace wide
