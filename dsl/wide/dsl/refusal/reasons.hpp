#pragma once
// Why an architecture is refused. A reason is a value while the compiler looks for one, and an empty type when it is
// printed: `rejected<layer_expects_a_vector, at_layer<2, Dense<10>>, received<Image<30, 30, 64>>>`.

namespace wide {

enum class Reason : unsigned char {
    none,
    not_an_input,
    not_a_layer,
    layer_expects_a_vector,
    nonlinearity_expects_an_affine_layer_before_it,
    nonlinearity_expects_a_layer_norm_before_it,
    normalization_expects_an_affine_layer_before_it,
    branch_must_end_in_an_affine_layer,
    branches_are_not_independent,
    branches_differ_in_shape,
    branches_are_missing,
    width_is_zero,
    weight_must_be_positive,
    bias_must_not_be_negative,
    keep_rate_must_be_in_0_1,
    option_is_not_for_this_word,
    option_is_given_twice,
    layer_expects_positions,
    window_has_other_axes_than_its_input,
    stride_has_other_axes_than_its_window,
    window_is_larger_than_its_input,
    window_is_empty,
    stride_is_zero,
    filter_is_missing,
    window_is_missing,
    only_same_padding_has_edges,
    output_still_has_positions,
    family_expects_vectors
};

/// The input is not Vector<>, Signal<>, Image<> or Volume<>.
struct not_an_input {};
/// The type is no word of the language, and no Nonlinearity either.
struct not_a_layer {};
/// Dense reads a Vector: put Flatten before it, or say Conv<n, Filter<1, 1>> for a layer at every pixel. The compiler
/// says so, too (verdict.hpp).
struct layer_expects_a_vector {};
/// The dual of a nonlinearity holds for Gaussian pre-activations: put a Dense (or Conv) between.
struct nonlinearity_expects_an_affine_layer_before_it {};
/// The dual of this nonlinearity (Hermite<n>) holds for pre-activations of variance 1: put a LayerNorm right before it.
struct nonlinearity_expects_a_layer_norm_before_it {};
/// LayerNorm divides by the variance of Gaussian channels: put a Dense (or Conv) before it.
struct normalization_expects_an_affine_layer_before_it {};
/// Branches add up without cross terms only if all but one of them end in an affine layer: end this one in a Dense.
struct branch_must_end_in_an_affine_layer {};
/// Two branches carry the same random weights to their ends: end all but one in an affine layer of their own.
struct branches_are_not_independent {};
/// Sum and Product need equal shapes; Concat needs equal positions.
struct branches_differ_in_shape {};
/// Sum, Product and Concat need at least one branch.
struct branches_are_missing {};
struct width_is_zero {};
struct weight_must_be_positive {};
struct bias_must_not_be_negative {};
struct keep_rate_must_be_in_0_1 {};
/// For example a Stride in a Dense.
struct option_is_not_for_this_word {};
/// For example He and Weight<1.5> in one word.
struct option_is_given_twice {};
/// Conv and pools look at positions, which a Vector has not: feed them a Signal, an Image or a Volume.
struct layer_expects_positions {};
/// A Signal takes Filter<n> and Window<n>, an Image two numbers, a Volume three.
struct window_has_other_axes_than_its_input {};
/// Stride takes as many numbers as the Filter or the Window.
struct stride_has_other_axes_than_its_window {};
/// With Valid a window has to fit into its input: say Same or Circular, or take a smaller one.
struct window_is_larger_than_its_input {};
/// A Filter or a Window of size 0.
struct window_is_empty {};
/// A Stride of 0.
struct stride_is_zero {};
/// Conv has a Filter<...> among its arguments.
struct filter_is_missing {};
/// A pool has a Window<...> among its arguments.
struct window_is_missing {};
/// NormalizeEdges goes with Same: no other padding has windows that reach over an edge.
struct only_same_padding_has_edges {};
/// The kernel would be one for each pair of positions of what is told as received: end the architecture with Flatten,
/// GlobalAvgPool or GlobalSumPool.
struct output_still_has_positions {};
/// The kernels of a Family are computed in one pass of vectors only: ask its members for those of images, one by one.
struct family_expects_vectors {};
/// Vector<> leaves its width to run time: ask this with Vector<d>. A property of the question, not of the architecture, so
/// no Reason stands for it.
struct input_width_must_be_known_here {};
/// kernel_at, scale_gradient, cost_of and schedule_of are about vectors. Images have kernels of their own (ntk, nngp,
/// gram, diagonal), and explain tells what they cost. A property of the question, too.
struct input_must_be_a_vector_here {};

template <Reason reason>
struct reason_type;

template <> struct reason_type<Reason::not_an_input> { using type = not_an_input; };
template <> struct reason_type<Reason::not_a_layer> { using type = not_a_layer; };
template <> struct reason_type<Reason::layer_expects_a_vector> { using type = layer_expects_a_vector; };
template <> struct reason_type<Reason::nonlinearity_expects_an_affine_layer_before_it> {
    using type = nonlinearity_expects_an_affine_layer_before_it;
};
template <> struct reason_type<Reason::nonlinearity_expects_a_layer_norm_before_it> {
    using type = nonlinearity_expects_a_layer_norm_before_it;
};
template <> struct reason_type<Reason::normalization_expects_an_affine_layer_before_it> {
    using type = normalization_expects_an_affine_layer_before_it;
};
template <> struct reason_type<Reason::branch_must_end_in_an_affine_layer> {
    using type = branch_must_end_in_an_affine_layer;
};
template <> struct reason_type<Reason::branches_are_not_independent> { using type = branches_are_not_independent; };
template <> struct reason_type<Reason::branches_differ_in_shape> { using type = branches_differ_in_shape; };
template <> struct reason_type<Reason::branches_are_missing> { using type = branches_are_missing; };
template <> struct reason_type<Reason::width_is_zero> { using type = width_is_zero; };
template <> struct reason_type<Reason::weight_must_be_positive> { using type = weight_must_be_positive; };
template <> struct reason_type<Reason::bias_must_not_be_negative> { using type = bias_must_not_be_negative; };
template <> struct reason_type<Reason::keep_rate_must_be_in_0_1> { using type = keep_rate_must_be_in_0_1; };
template <> struct reason_type<Reason::option_is_not_for_this_word> { using type = option_is_not_for_this_word; };
template <> struct reason_type<Reason::option_is_given_twice> { using type = option_is_given_twice; };
template <> struct reason_type<Reason::layer_expects_positions> { using type = layer_expects_positions; };
template <> struct reason_type<Reason::window_has_other_axes_than_its_input> {
    using type = window_has_other_axes_than_its_input;
};
template <> struct reason_type<Reason::stride_has_other_axes_than_its_window> {
    using type = stride_has_other_axes_than_its_window;
};
template <> struct reason_type<Reason::window_is_larger_than_its_input> {
    using type = window_is_larger_than_its_input;
};
template <> struct reason_type<Reason::window_is_empty> { using type = window_is_empty; };
template <> struct reason_type<Reason::stride_is_zero> { using type = stride_is_zero; };
template <> struct reason_type<Reason::filter_is_missing> { using type = filter_is_missing; };
template <> struct reason_type<Reason::window_is_missing> { using type = window_is_missing; };
template <> struct reason_type<Reason::only_same_padding_has_edges> { using type = only_same_padding_has_edges; };
template <> struct reason_type<Reason::output_still_has_positions> { using type = output_still_has_positions; };
template <> struct reason_type<Reason::family_expects_vectors> { using type = family_expects_vectors; };

}  // namespace wide
