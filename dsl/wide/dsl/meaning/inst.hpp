#pragma once
// One instruction of an architecture, as a plain value. Value 0 is the input; instruction i produces value i + 1.
#include <cstddef>

#include <wide/dsl/refusal/reasons.hpp>

namespace wide {

enum class Op : unsigned char {
    affine,        ///< weights and perhaps a bias
    nonlinearity,  ///< the word itself knows what it does
    normalize,     ///< LayerNorm over channels
    dropout,       ///< training mode only; in test mode nothing is written
    sum,           ///< two branches, added
    product,       ///< two branches, multiplied
    concat,        ///< two branches, side by side in channels
    foreign        ///< not a word of the language: refused when shapes are inferred
};

/// Whether an instruction reads two values.
constexpr bool joins(Op op) { return op == Op::sum || op == Op::product || op == Op::concat; }

/// The address of `identity<W>` names the word W inside plain values.
template <class W>
inline constexpr char identity = 0;

struct Inst {
    Op op = Op::foreign;
    const char* word = nullptr;       ///< `&identity<W>` of the word that wrote this
    int position = 0;                 ///< which layer this is, counted in reading order with `Repeat` written out
    int left = 0, right = 0;          ///< values read; `right` only by sum, product and concat
    std::size_t width = 0;            ///< affine: outputs
    double weight = 1, bias = 0;      ///< affine: standard deviations
    double keep = 1;                  ///< dropout: probability that a unit stays
    bool biased = false;              ///< affine: has a bias, be it of size zero
    bool frozen = false;              ///< affine: not trained
    bool standard = false;            ///< affine: standard parameterisation
    bool unit_variance = false;       ///< nonlinearity: holds after a LayerNorm only
    Reason complaint = Reason::none;  ///< what the word itself found wrong with its arguments
};

}  // namespace wide
