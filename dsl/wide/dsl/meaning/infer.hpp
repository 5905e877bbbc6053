#pragma once
// What an architecture means for an input of a given shape: the shape of every value, or why there is none. One loop
// over the instructions; it runs in constant evaluation, and at run time when the input's width is known only then.
//
// Three laws of probability are inferred along with the shapes (layers_and_duals, section 1):
//   gaussian   a nonlinearity's dual holds for Gaussian pre-activations. Affine layers make them; sums of independent
//              Gaussian branches, pools, LayerNorm and Identity keep them.
//   unit       some duals hold for variance 1 only, which LayerNorm makes.
//   source     the earliest affine layer whose randomness a value still carries: branches must not share it.
// Branches add up without cross terms if all of them but one end in an affine layer of their own, whose mean is zero.
#include <wide/dsl/meaning/program.hpp>
#include <wide/dsl/meaning/shape.hpp>

namespace wide {

struct Verdict {
    Reason reason = Reason::none;
    const char* word = nullptr;
    int position = 0;
    Shape received{};
};

template <int capacity>
struct Meaning {
    Shape shape[capacity + 1]{};
    Verdict verdict{};
    Shape output{};
};

struct Law {
    bool gaussian = false;
    bool unit = false;  ///< of variance 1
    int source = -1;    ///< -1: the input, which is not random
};

constexpr std::size_t positions_of(const Shape& shape) {
    return shape.extents[0] * shape.extents[1] * shape.extents[2];
}

constexpr bool same_positions(const Shape& a, const Shape& b) {
    return a.axes == b.axes && a.extents[0] == b.extents[0] && a.extents[1] == b.extents[1] &&
           a.extents[2] == b.extents[2];
}

/// The reason why a window can't look at an input of this shape, or none.
constexpr Reason refused(const Taps& taps, const Shape& input) {
    if (input.axes == 0) return Reason::layer_expects_positions;
    if (input.axes != taps.axes) return Reason::window_has_other_axes_than_its_input;
    for (int axis = 0; axis < taps.axes; ++axis)
        if (outputs_along(taps, axis, input.extents[axis]) == 0) return Reason::window_is_larger_than_its_input;
    return Reason::none;
}

/// The reason why `inst` can't read `left` (and `right`), or none.
constexpr Reason refused(const Inst& inst, const Shape& left, const Shape& right, Law left_law, Law right_law) {
    if (inst.complaint != Reason::none) return inst.complaint;
    switch (inst.op) {
        case Op::affine:
            if (inst.taps.axes > 0) return refused(inst.taps, left);
            return left.axes == 0 ? Reason::none : Reason::layer_expects_a_vector;
        case Op::nonlinearity:
            if (!left_law.gaussian) return Reason::nonlinearity_expects_an_affine_layer_before_it;
            return inst.unit_variance && !left_law.unit ? Reason::nonlinearity_expects_a_layer_norm_before_it
                                                        : Reason::none;
        case Op::normalize:
            return left_law.gaussian ? Reason::none : Reason::normalization_expects_an_affine_layer_before_it;
        case Op::dropout:
            return Reason::none;
        case Op::sum:
            if (!(left == right)) return Reason::branches_differ_in_shape;
            if (!left_law.gaussian && !right_law.gaussian) return Reason::branch_must_end_in_an_affine_layer;
            return left_law.source == right_law.source ? Reason::branches_are_not_independent : Reason::none;
        case Op::product:
            if (!(left == right)) return Reason::branches_differ_in_shape;
            return left_law.source == right_law.source ? Reason::branches_are_not_independent : Reason::none;
        case Op::concat:
            return same_positions(left, right) ? Reason::none : Reason::branches_differ_in_shape;
        case Op::pool:
            return refused(inst.taps, left);
        case Op::global_pool:
            return left.axes == 0 ? Reason::layer_expects_positions : Reason::none;
        case Op::flatten:
            return Reason::none;
        case Op::foreign:
            break;
    }
    return Reason::not_a_layer;
}

constexpr Shape shape_after(const Inst& inst, const Shape& left, const Shape& right) {
    Shape shape = inst.op == Op::affine || inst.op == Op::pool ? shape_through(inst.taps, left) : left;
    if (inst.op == Op::affine) shape.channels = inst.width;
    if (inst.op == Op::global_pool) shape = {0, {1, 1, 1}, left.channels};
    if (inst.op == Op::flatten && left.axes > 0) shape = {0, {1, 1, 1}, positions_of(left) * left.channels};
    if (inst.op == Op::concat)
        shape.channels =
            left.channels == dynamic || right.channels == dynamic ? dynamic : left.channels + right.channels;
    return shape;
}

constexpr Law law_after(const Inst& inst, int index, Law left, Law right, const Shape& shape) {
    switch (inst.op) {
        case Op::affine:
            return {.gaussian = true, .source = index};
        case Op::nonlinearity:
        case Op::dropout:
            return {.source = left.source};
        case Op::normalize:
            return {.gaussian = left.gaussian,
                    .unit = !inst.all_positions || positions_of(shape) == 1,
                    .source = left.source};
        case Op::pool:
        case Op::global_pool:
            return {.gaussian = left.gaussian, .source = left.source};
        case Op::flatten:
            return {.gaussian = left.gaussian && shape.axes == 0, .unit = left.unit && shape.axes == 0, .source = left.source};
        case Op::sum:
            return {.gaussian = left.gaussian && right.gaussian,
                    .source = left.source < right.source ? left.source : right.source};
        case Op::product:
        case Op::concat:
            return {.source = left.source < right.source ? left.source : right.source};
        default:
            return left;
    }
}

template <int capacity, int results>
constexpr Meaning<capacity> infer(const Program<capacity, results>& program, const Shape& input) {
    Meaning<capacity> meaning;
    Law law[capacity + 1]{};
    if (input.channels == 0 || input.extents[0] == 0 || input.extents[1] == 0 || input.extents[2] == 0) {
        meaning.verdict = {.reason = Reason::width_is_zero, .received = input};
        return meaning;
    }
    meaning.shape[0] = input;
    for (int i = 0; i < program.size; ++i) {
        const Inst& inst = program.inst[i];
        const Shape& left = meaning.shape[inst.left];
        const Shape& right = meaning.shape[inst.right];
        const Reason reason = refused(inst, left, right, law[inst.left], law[inst.right]);
        if (reason != Reason::none) {
            meaning.verdict = {reason, inst.word, inst.position, joins(inst.op) ? right : left};
            return meaning;
        }
        meaning.shape[i + 1] = shape_after(inst, left, right);
        law[i + 1] = law_after(inst, i, law[inst.left], law[inst.right], left);
    }
    meaning.output = meaning.shape[program.result[0]];
    return meaning;
}

template <class Net, class In>
inline constexpr auto meaning = infer(program<Net>, In::shape);

}  // namespace wide
