#pragma once
// One instruction of an architecture, as a plain value. Value 0 is the input; instruction i produces value i + 1.
#include <cstddef>

#include <wide/dsl/meaning/taps.hpp>
#include <wide/dsl/refusal/reasons.hpp>

namespace wide {

enum class Op : unsigned char {
    affine,        ///< weights and perhaps a bias: a dense layer, or a convolution where it has taps
    nonlinearity,  ///< the word itself knows what it does
    normalize,     ///< LayerNorm over channels, perhaps over positions as well
    dropout,       ///< training mode only; in test mode nothing is written
    sum,           ///< two branches, added
    product,       ///< two branches, multiplied
    concat,        ///< two branches, side by side in channels
    pool,          ///< averages or sums over windows of positions
    global_pool,   ///< the same over all positions
    flatten,       ///< positions become channels
    foreign        ///< not a word of the language: refused when shapes are inferred
};

/// Whether an instruction reads two values.
constexpr bool joins(Op op) { return op == Op::sum || op == Op::product || op == Op::concat; }

/// Whether an instruction puts several positions of its input together; the others act on positions alone.
constexpr bool pools(Op op) { return op == Op::pool || op == Op::global_pool || op == Op::flatten; }

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
    bool all_positions = false;       ///< normalize: one variance for a whole image
    bool average = false;             ///< pools: else sums
    bool normalize_edges = false;     ///< pool: an average counts positions inside only
    Taps taps{};                      ///< affine, pool: where they look
    Reason complaint = Reason::none;  ///< what the word itself found wrong with its arguments
};

}  // namespace wide
