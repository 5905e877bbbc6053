#pragma once
// The numbers of an architecture, apart from its structure: standard deviations, widths where they are magnitudes,
// and how often its loops run. The type gives the defaults; a sweep over hyper-parameters gives others at run time.
//
//     auto scales = default_scales<Net>();      // one {weight, bias} per affine word, in reading order
//     scales[0].weight = 1.7;
//     auto K = ntk<Net>(x, scales);
#include <cstddef>

#include <wide/dsl/meaning/recursion.hpp>
#include <wide/simd/scalar.hpp>

namespace wide {

/// Standard deviations of one affine word. `bias` is ignored where the type has no Bias<>.
struct Scale {
    double weight = 1, bias = 0;
};

template <int words>
struct Scales {
    Scale word[words > 0 ? words : 1]{};

    static constexpr int size() { return words; }
    constexpr Scale& operator[](int i) { return word[i]; }
    constexpr const Scale& operator[](int i) const { return word[i]; }
    constexpr Scale* begin() { return word; }
    constexpr Scale* end() { return word + words; }
    constexpr const Scale* begin() const { return word; }
    constexpr const Scale* end() const { return word + words; }
};

template <class Net>
constexpr Scales<affine_words<Net>> default_scales() {
    Scales<affine_words<Net>> scales;
    for (int i = 0; i < program<Net>.size; ++i) {
        const Inst& inst = program<Net>.inst[i];
        if (inst.op == Op::affine) scales[affine_word<Net>.of[i]] = {inst.weight, inst.bias};
    }
    return scales;
}

/// The first affine word whose scales make no sense, or -1.
template <class Net>
constexpr int invalid_scale(const Scales<affine_words<Net>>& scales) {
    for (int i = 0; i < scales.size(); ++i) {
        const bool weight = scales[i].weight > 0 && scales[i].weight < 1e150;
        const bool bias = scales[i].bias >= 0 && scales[i].bias < 1e150;
        if (!weight || !bias) return i;
    }
    return -1;
}

/// The first affine word whose scales differ from those of a word that a family computes together with it, or -1.
template <class Net>
constexpr int divided_scale(const Scales<affine_words<Net>>& scales) {
    if constexpr (results_of < Net >> 1) {
        const auto same = find_same(program<Net>);
        constexpr auto& word = affine_word<Net>;
        for (int i = 0; i < program<Net>.size; ++i) {
            if (program<Net>.inst[i].op != Op::affine) continue;
            const Scale &own = scales[word.of[i]], &shared = scales[word.of[same.correlation[i + 1] - 1]];
            const bool biased = program<Net>.inst[i].biased;
            if (own.weight != shared.weight || (biased && own.bias != shared.bias)) return word.of[i];
        }
    }
    return -1;
}

/// What one step does to a sample's variance: numbers, or lanes that carry derivatives with respect to them.
template <class L>
struct SampleMagnitude {
    L weight{1}, bias{0};  ///< affine: standard deviations; concat: the two branches' shares of the channels
    double keep = 1;       ///< dropout
    double fan_in = 0;     ///< affine in standard parameterisation
};

/// What one step does to a pair besides what both samples' numbers say.
struct PairMagnitude {
    double keep = 1;  ///< dropout
    Terms terms{};    ///< of an automatic dual
};

/// Per step of the recursion, repetitions written out, and how often each of its segments runs.
template <class Net, class L = Scalar<double>>
struct Magnitudes {
    static constexpr int steps = draft<Net>.size, segments = draft<Net>.segments;
    SampleMagnitude<L> sample[steps > 0 ? steps : 1]{};
    PairMagnitude pair[steps > 0 ? steps : 1]{};
    int repeats[segments > 0 ? segments : 1]{};
};

/// Whether the kernel of `Net` depends on the width of its input: through a fan-in in standard parameterisation, or
/// through the channels of a Concat.
template <class Net>
inline constexpr bool needs_input_width = [] {
    const auto meant = infer(program<Net>, Shape{});
    for (int i = 0; i < program<Net>.size; ++i) {
        const Inst& inst = program<Net>.inst[i];
        const bool unknown = meant.shape[inst.left].channels == dynamic ||
                             (joins(inst.op) && meant.shape[inst.right].channels == dynamic);
        if (unknown && ((inst.op == Op::affine && inst.standard) || inst.op == Op::concat)) return true;
    }
    return false;
}();

template <class Net>
constexpr Magnitudes<Net> magnitudes_of(const Scales<affine_words<Net>>& scales, const Shape& input) {
    using L = Scalar<double>;
    Magnitudes<Net> magnitudes;
    const auto meant = infer(program<Net>, input);
    for (int k = 0; k < draft<Net>.size; ++k) {
        const int i = draft<Net>.source[k];
        const Inst& inst = program<Net>.inst[i];
        SampleMagnitude<L>& m = magnitudes.sample[k];
        m.keep = magnitudes.pair[k].keep = inst.keep;
        if (inst.op == Op::affine) {
            m.weight = L(scales[affine_word<Net>.of[i]].weight);
            m.bias = L(inst.biased ? scales[affine_word<Net>.of[i]].bias : 0);
            m.fan_in = static_cast<double>(meant.shape[inst.left].channels);
        }
        if (inst.op == Op::concat) {
            const auto left = static_cast<double>(meant.shape[inst.left].channels);
            const auto right = static_cast<double>(meant.shape[inst.right].channels);
            m.weight = L(left / (left + right));
            m.bias = L(right / (left + right));
        }
    }
    for (int s = 0; s < draft<Net>.segments; ++s) magnitudes.repeats[s] = draft<Net>.segment_repeats[s];
    return magnitudes;
}

}  // namespace wide
