// A convolution and its options, in any order: what it writes, what it makes of shapes, how many parameters it has,
// and what it refuses.
#include <type_traits>

#include <wide/dsl.hpp>

using namespace wide;

template <class Word>
constexpr const Inst& inst = program<Word>.inst[0];

using Plain = Conv<64, Filter<3, 5>>;
static_assert(program<Plain>.size == 1 && inst<Plain>.op == Op::affine && inst<Plain>.width == 64);
static_assert(inst<Plain>.weight == 1 && inst<Plain>.bias == 0 && !inst<Plain>.biased && !inst<Plain>.frozen);
static_assert(inst<Plain>.taps == Taps{.axes = 2, .size = {3, 5, 1}} && inst<Plain>.taps.padding == Padding::valid);
static_assert(inst<Plain>.complaint == Reason::none);
static_assert(inst<Conv<1, Filter<4>>>.taps == Taps{.axes = 1, .size = {4, 1, 1}});
static_assert(inst<Conv<1, Filter<1, 2, 3>>>.taps == Taps{.axes = 3, .size = {1, 2, 3}});
static_assert(inst<Dense<5>>.taps == Taps{});

// Options in any order behind the filter.
template <class... Options>
constexpr bool means_all() {
    const Inst& i = inst<Conv<5, Filter<3, 3>, Options...>>;
    return i.weight == 1.5 && i.bias == .1 && i.biased && i.frozen && i.standard && i.complaint == Reason::none &&
           i.taps == Taps{.axes = 2, .size = {3, 3, 1}, .stride = {2, 1, 1}, .padding = Padding::same};
}
static_assert(means_all<Weight<1.5>, Bias<.1>, Frozen, Standard, Stride<2, 1>, Same>());
static_assert(means_all<Same, Stride<2, 1>, Standard, Frozen, Bias<.1>, Weight<1.5>>());
static_assert(means_all<Bias<.1>, Same, Weight<1.5>, Stride<2, 1>, Frozen, Standard>());
static_assert(inst<Conv<5, Filter<3>, Circular>>.taps.padding == Padding::circular);
static_assert(inst<Conv<5, Filter<3>, Valid>>.taps.padding == Padding::valid);
static_assert(inst<Conv<5, Filter<3>, Stride<1>, He>>.weight == sqrt2);

// What is wrong with an option is said by the word that holds it.
static_assert(inst<Conv<0, Filter<3>>>.complaint == Reason::width_is_zero);
static_assert(inst<Conv<5, Filter<3, 0>>>.complaint == Reason::window_is_empty);
static_assert(inst<Conv<5, Filter<3>, Stride<0>>>.complaint == Reason::stride_is_zero);
static_assert(inst<Conv<5, Filter<3>, Stride<2, 2>>>.complaint == Reason::stride_has_other_axes_than_its_window);
static_assert(inst<Conv<5, Stride<2>, Filter<3>>>.complaint == Reason::none);
static_assert(inst<Conv<5, Stride<2, 2>, Filter<3>>>.complaint == Reason::stride_has_other_axes_than_its_window);
static_assert(inst<Conv<5, Filter<3, 3>, Stride<2>>>.complaint == Reason::stride_has_other_axes_than_its_window);
static_assert(inst<Conv<5, Same>>.complaint == Reason::filter_is_missing);
static_assert(inst<Conv<5, He, Same>>.complaint == Reason::filter_is_missing);
static_assert(inst<Conv<5, Filter<3>, Filter<3>>>.complaint == Reason::option_is_given_twice);
static_assert(inst<Conv<5, Filter<3>, Same, Circular>>.complaint == Reason::option_is_given_twice);
static_assert(inst<Conv<5, Filter<3>, Stride<2>, Stride<2>>>.complaint == Reason::option_is_given_twice);
static_assert(inst<Conv<5, Filter<3>, He, Weight<2>>>.complaint == Reason::option_is_given_twice);
static_assert(inst<Conv<5, Filter<3>, Window<2>>>.complaint == Reason::option_is_not_for_this_word);
static_assert(inst<Conv<5, Filter<3>, Same, NormalizeEdges>>.complaint == Reason::option_is_not_for_this_word);
static_assert(inst<Conv<5, Filter<3>, int>>.complaint == Reason::option_is_not_for_this_word);
static_assert(inst<Conv<5, Filter<3>, Weight<0>>>.complaint == Reason::weight_must_be_positive);
static_assert(inst<Conv<5, Filter<3>, Bias<-1>>>.complaint == Reason::bias_must_not_be_negative);
static_assert(inst<Dense<5, Filter<3>>>.complaint == Reason::option_is_not_for_this_word);
static_assert(inst<Dense<5, Stride<2>>>.complaint == Reason::option_is_not_for_this_word);
static_assert(inst<Dense<5, Same>>.complaint == Reason::option_is_not_for_this_word);

template <class Net, class In, class Out>
constexpr bool gives = std::is_same_v<output_of<Net, In>, Out>;

// In one, two and three dimensions.
static_assert(gives<Conv<8, Filter<3>>, Signal<10, 4>, Signal<8, 8>>);
static_assert(gives<Conv<8, Filter<3>, Same>, Signal<10, 4>, Signal<10, 8>>);
static_assert(gives<Conv<8, Filter<3>, Circular, Stride<4>>, Signal<10, 4>, Signal<3, 8>>);
static_assert(gives<Conv<8, Filter<4>, Stride<3>>, Signal<10, 4>, Signal<3, 8>>);
static_assert(gives<Conv<8, Filter<3, 5>>, Image<7, 5, 3>, Image<5, 1, 8>>);
static_assert(gives<Conv<8, Filter<3, 5>, Same>, Image<7, 5, 3>, Image<7, 5, 8>>);
static_assert(gives<Conv<8, Filter<3, 5>, Same, Stride<2, 3>>, Image<7, 5, 3>, Image<4, 2, 8>>);
static_assert(gives<Conv<8, Filter<3, 5>, Circular, Stride<2, 3>>, Image<7, 5, 3>, Image<4, 2, 8>>);
static_assert(gives<Conv<8, Filter<3, 2>, Stride<2, 3>>, Image<7, 5, 3>, Image<3, 2, 8>>);
static_assert(gives<Conv<8, Filter<1, 1>>, Image<7, 5, 3>, Image<7, 5, 8>>);
static_assert(gives<Conv<8, Filter<9, 9>, Same>, Image<7, 5, 3>, Image<7, 5, 8>>);
static_assert(gives<Conv<8, Filter<2, 3, 1>>, Volume<4, 5, 6, 2>, Volume<3, 3, 6, 8>>);
static_assert(gives<Conv<8, Filter<3, 3, 3>, Same, Stride<2, 2, 2>>, Volume<4, 5, 6, 2>, Volume<2, 3, 3, 8>>);

// in * taps * out weights, out biases.
static_assert(parameters_of<Conv<8, Filter<3>>, Signal<10, 4>> == 4 * 3 * 8);
static_assert(parameters_of<Conv<8, Filter<3, 5>, Bias<.1>>, Image<7, 5, 3>> == 3 * 15 * 8 + 8);
static_assert(parameters_of<Conv<8, Filter<3, 5>, Bias<0>, Same, Stride<2, 2>>, Image<7, 5, 3>> == 3 * 15 * 8 + 8);
static_assert(parameters_of<Conv<8, Filter<2, 3, 4>>, Volume<4, 5, 6, 2>> == 2 * 24 * 8);
struct Net : Serial<Conv<16, Filter<3, 3>, Same, He>, Relu, Conv<32, Filter<3, 3>, Stride<2, 2>, Bias<.1>>, Relu,
                    Flatten, Dense<10>> {};
static_assert(parameters_of<Net, Image<8, 8, 3>> == 3 * 9 * 16 + (16 * 9 * 32 + 32) + 3 * 3 * 32 * 10);
static_assert(gives<Net, Image<8, 8, 3>, Vector<10>>);

// Which inputs.
static_assert(accepts<Plain, Image<7, 5, 3>> && !accepts<Plain, Image<7, 4, 3>> && !accepts<Plain, Image<2, 5, 3>>);
static_assert(!accepts<Plain, Vector<105>> && !accepts<Plain, Vector<>>);
static_assert(!accepts<Plain, Signal<10, 3>> && !accepts<Plain, Volume<7, 5, 3, 2>>);
static_assert(accepts<Conv<8, Filter<3>>, Signal<3, 1>> && !accepts<Conv<8, Filter<3>>, Signal<2, 1>>);
static_assert(accepts<Net, Image<8, 8, 3>> && !accepts<Net, Image<2, 8, 3>> && !accepts<Net, Image<8, 8, 0>>);
static_assert(!accepts<Serial<Flatten, Conv<8, Filter<1, 1>>>, Image<4, 4, 3>>);
static_assert(!accepts<Dense<8>, Image<4, 4, 3>> && accepts<Conv<8, Filter<1, 1>>, Image<4, 4, 3>>);
// The input gets smaller on the way: the third filter no longer fits.
static_assert(accepts<Repeat<2, Plain>, Image<7, 9, 3>> && !accepts<Repeat<3, Plain>, Image<7, 9, 3>>);

// Branches meet where their shapes agree.
using Keeps = Conv<8, Filter<3, 3>, Same>;
static_assert(accepts<Serial<Keeps, Residual<Relu, Keeps>>, Image<4, 4, 3>>);
static_assert(!accepts<Serial<Keeps, Residual<Relu, Conv<8, Filter<3, 3>>>>, Image<4, 4, 3>>);
static_assert(!accepts<Serial<Keeps, Residual<Relu, Conv<9, Filter<3, 3>, Same>>>, Image<4, 4, 3>>);
static_assert(gives<Concat<Keeps, Conv<5, Filter<1, 1>>>, Image<4, 6, 3>, Image<4, 6, 13>>);
static_assert(!accepts<Concat<Keeps, Conv<5, Filter<2, 2>>>, Image<4, 6, 3>>);
static_assert(accepts<Serial<Keeps, Residual<Relu, Keeps, LayerNorm, Relu, Keeps>, Relu>, Image<4, 4, 3>>);

// A convolution makes pre-activations Gaussian; what reads them first may be a nonlinearity.
static_assert(accepts<Serial<Keeps, Relu, Keeps, Erf>, Image<4, 4, 3>>);
static_assert(!accepts<Relu, Image<4, 4, 3>> && !accepts<Serial<Keeps, Relu, Relu>, Image<4, 4, 3>>);
