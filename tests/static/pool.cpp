// Pools and Flatten: what they write, what they make of shapes, which laws they keep, and what they refuse.
#include <type_traits>

#include <wide/dsl.hpp>

using namespace wide;

template <class Word>
constexpr const Inst& inst = program<Word>.inst[0];

using Halve = AvgPool<Window<2, 2>, Stride<2, 2>>;
static_assert(inst<Halve>.op == Op::pool && inst<Halve>.average && !inst<Halve>.normalize_edges);
static_assert(inst<Halve>.taps == Taps{.axes = 2, .size = {2, 2, 1}, .stride = {2, 2, 1}});
static_assert(inst<AvgPool<Window<3>>>.taps == Taps{.axes = 1, .size = {3, 1, 1}});
static_assert(inst<SumPool<Window<2, 2>>>.op == Op::pool && !inst<SumPool<Window<2, 2>>>.average);
static_assert(inst<GlobalAvgPool>.op == Op::global_pool && inst<GlobalAvgPool>.average);
static_assert(inst<GlobalSumPool>.op == Op::global_pool && !inst<GlobalSumPool>.average);
static_assert(inst<Flatten>.op == Op::flatten);

template <class... Options>
constexpr bool means_all() {
    const Inst& i = inst<AvgPool<Window<3, 2>, Options...>>;
    return i.average && i.normalize_edges && i.complaint == Reason::none &&
           i.taps == Taps{.axes = 2, .size = {3, 2, 1}, .stride = {2, 1, 1}, .padding = Padding::same};
}
static_assert(means_all<Stride<2, 1>, Same, NormalizeEdges>() && means_all<NormalizeEdges, Same, Stride<2, 1>>());
static_assert(means_all<NormalizeEdges, Stride<2, 1>, Same>() && means_all<Same, Stride<2, 1>, NormalizeEdges>());

// What is wrong with an option is said by the word that holds it.
static_assert(inst<AvgPool<Window<0>>>.complaint == Reason::window_is_empty);
static_assert(inst<SumPool<Window<2, 2>, Stride<2, 0>>>.complaint == Reason::stride_is_zero);
static_assert(inst<AvgPool<Window<2, 2>, Stride<2>>>.complaint == Reason::stride_has_other_axes_than_its_window);
static_assert(inst<AvgPool<Same>>.complaint == Reason::window_is_missing);
static_assert(inst<SumPool<Stride<2, 2>>>.complaint == Reason::window_is_missing);
static_assert(inst<AvgPool<Filter<2, 2>>>.complaint == Reason::window_is_missing);
static_assert(inst<AvgPool<Window<2>, Window<2>>>.complaint == Reason::option_is_given_twice);
static_assert(inst<AvgPool<Window<2>, Same, Same>>.complaint == Reason::option_is_given_twice);
static_assert(inst<AvgPool<Window<2>, Stride<2>, Stride<2>>>.complaint == Reason::option_is_given_twice);
static_assert(inst<AvgPool<Window<2>, He>>.complaint == Reason::option_is_not_for_this_word);
static_assert(inst<AvgPool<Window<2>, Filter<2>>>.complaint == Reason::option_is_not_for_this_word);
static_assert(inst<AvgPool<Window<2>, int>>.complaint == Reason::option_is_not_for_this_word);
static_assert(inst<SumPool<Window<2>, Same, NormalizeEdges>>.complaint == Reason::option_is_not_for_this_word);
static_assert(inst<AvgPool<Window<2>, NormalizeEdges>>.complaint == Reason::only_same_padding_has_edges);
static_assert(inst<AvgPool<Window<2>, Valid, NormalizeEdges>>.complaint == Reason::only_same_padding_has_edges);
static_assert(inst<AvgPool<Window<2>, NormalizeEdges, Circular>>.complaint == Reason::only_same_padding_has_edges);

template <class Net, class In, class Out>
constexpr bool gives = std::is_same_v<output_of<Net, In>, Out>;

// Channels stay.
static_assert(gives<Halve, Image<8, 6, 3>, Image<4, 3, 3>> && gives<Halve, Image<7, 5, 3>, Image<3, 2, 3>>);
static_assert(gives<AvgPool<Window<2, 2>, Stride<2, 2>, Same>, Image<7, 5, 3>, Image<4, 3, 3>>);
static_assert(gives<AvgPool<Window<2, 3>>, Image<7, 5, 3>, Image<6, 3, 3>>);
static_assert(gives<SumPool<Window<2, 3>, Circular>, Image<7, 5, 3>, Image<7, 5, 3>>);
static_assert(gives<SumPool<Window<3>, Stride<2>>, Signal<10, 4>, Signal<4, 4>>);
static_assert(gives<AvgPool<Window<2, 2, 2>, Stride<2, 2, 2>>, Volume<4, 5, 6, 2>, Volume<2, 2, 3, 2>>);
static_assert(gives<AvgPool<Window<4, 4>>, Image<4, 4, 3>, Image<1, 1, 3>>);

// What is left of all positions.
static_assert(gives<GlobalAvgPool, Signal<10, 4>, Vector<4>> && gives<GlobalSumPool, Signal<10, 4>, Vector<4>>);
static_assert(gives<GlobalAvgPool, Image<7, 5, 3>, Vector<3>> && gives<GlobalSumPool, Image<7, 5, 3>, Vector<3>>);
static_assert(gives<GlobalAvgPool, Volume<4, 5, 6, 2>, Vector<2>>);
static_assert(gives<Flatten, Signal<10, 4>, Vector<40>> && gives<Flatten, Image<7, 5, 3>, Vector<105>>);
static_assert(gives<Flatten, Volume<4, 5, 6, 2>, Vector<240>> && gives<Flatten, Vector<7>, Vector<7>>);
static_assert(gives<Flatten, Vector<>, Vector<>>);
static_assert(gives<Serial<Conv<8, Filter<3, 3>>, Relu, Halve, Flatten, Dense<2>>, Image<6, 6, 3>, Vector<2>>);

static_assert(parameters_of<Serial<Halve, GlobalAvgPool>, Image<8, 8, 3>> == 0);
static_assert(parameters_of<Serial<Halve, Flatten, Dense<10>>, Image<8, 8, 3>> == 4 * 4 * 3 * 10);
static_assert(parameters_of<Serial<Halve, GlobalSumPool, Dense<10>>, Image<8, 8, 3>> == 3 * 10);

// Which inputs.
static_assert(accepts<Halve, Image<2, 2, 3>> && !accepts<Halve, Image<2, 1, 3>>);
static_assert(!accepts<Halve, Vector<64>> && !accepts<Halve, Vector<>> && !accepts<Halve, Signal<8, 8>>);
static_assert(!accepts<GlobalAvgPool, Vector<64>> && !accepts<GlobalSumPool, Vector<>>);
static_assert(!accepts<Serial<GlobalAvgPool, Halve>, Image<8, 8, 3>>);
static_assert(!accepts<Serial<Flatten, GlobalAvgPool>, Image<8, 8, 3>>);
static_assert(!accepts<Serial<Halve, Dense<3>>, Image<8, 8, 3>> &&
              accepts<Serial<Flatten, Dense<3>>, Image<8, 8, 3>>);

// Sums over positions of Gaussian values are Gaussian; of what a nonlinearity made they are not.
using Layer = Conv<8, Filter<3, 3>, Same>;
using In = Image<8, 8, 3>;
static_assert(accepts<Serial<Layer, Halve, Relu>, In> && accepts<Serial<Layer, GlobalAvgPool, Relu>, In>);
static_assert(accepts<Serial<Layer, SumPool<Window<2, 2>>, Relu>, In>);
static_assert(!accepts<Serial<Layer, Relu, Halve, Relu>, In> && !accepts<Serial<Halve, Relu>, In>);
static_assert(!accepts<Serial<Layer, Relu, GlobalAvgPool, Relu>, In>);
static_assert(accepts<Serial<Layer, Relu, Halve, Layer, Relu>, In>);
static_assert(accepts<Serial<Layer, Halve, LayerNorm, Relu>, In>);

// Flattened, the variances of the channels differ: one dual for all of them would be wrong.
static_assert(!accepts<Serial<Layer, Flatten, Relu>, In> && !accepts<Serial<Layer, Flatten, LayerNorm>, In>);
static_assert(accepts<Serial<Layer, Flatten, Dense<5>, Relu>, In>);
static_assert(accepts<Serial<Dense<5>, Flatten, Relu>, Vector<3>>);

// Variance 1 does not outlive a pool.
static_assert(accepts<Serial<Layer, LayerNorm, Hermite<2>>, In>);
static_assert(!accepts<Serial<Layer, LayerNorm, Halve, Hermite<2>>, In>);
static_assert(!accepts<Serial<Layer, LayerNorm, GlobalAvgPool, Hermite<2>>, In>);
static_assert(accepts<Serial<Layer, LayerNorm, GlobalAvgPool, LayerNorm, Hermite<2>>, In>);

// Branches that are pooled apart meet again; they still share what was drawn before them.
static_assert(accepts<Serial<Layer, Sum<Serial<Relu, Layer, Halve>, Halve>, Relu>, In>);
static_assert(!accepts<Serial<Layer, Sum<Halve, Halve>>, In>);
static_assert(!accepts<Serial<Layer, Sum<Serial<Relu, Layer>, Halve>>, In>);
