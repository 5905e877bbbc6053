// A fully connected layer and its options, in any order.
#include <wide/dsl.hpp>

using namespace wide;

template <class Word>
constexpr const Inst& inst = program<Word>.inst[0];

static_assert(inst<Dense<512>>.op == Op::affine && inst<Dense<512>>.width == 512);
static_assert(inst<Dense<512>>.weight == 1 && inst<Dense<512>>.bias == 0 && !inst<Dense<512>>.biased);
static_assert(!inst<Dense<512>>.frozen && !inst<Dense<512>>.standard);
static_assert(inst<Dense<512>>.complaint == Reason::none);

static_assert(inst<Dense<5, Weight<1.5>>>.weight == 1.5);
static_assert(inst<Dense<5, Weight<2>>>.weight == 2 && inst<Dense<5, Weight<.5f>>>.weight == .5);
static_assert(inst<Dense<5, He>>.weight * inst<Dense<5, He>>.weight - 2 < 1e-15);
static_assert(2 - inst<Dense<5, He>>.weight * inst<Dense<5, He>>.weight < 1e-15);
static_assert(inst<Dense<5, Bias<.1>>>.bias == .1 && inst<Dense<5, Bias<.1>>>.biased);
static_assert(inst<Dense<5, Bias<0>>>.bias == 0 && inst<Dense<5, Bias<0>>>.biased);
static_assert(inst<Dense<5, Frozen>>.frozen && inst<Dense<5, Standard>>.standard);

template <class... Options>
constexpr bool means_all_four() {
    const Inst& i = inst<Dense<5, Options...>>;
    return i.weight == 1.5 && i.bias == .1 && i.biased && i.frozen && i.standard && i.complaint == Reason::none;
}
static_assert(means_all_four<Weight<1.5>, Bias<.1>, Frozen, Standard>());
static_assert(means_all_four<Standard, Frozen, Bias<.1>, Weight<1.5>>());
static_assert(means_all_four<Bias<.1>, Standard, Weight<1.5>, Frozen>());

// What is wrong with an option is said by the word that holds it.
struct Momentum {};
static_assert(inst<Dense<0>>.complaint == Reason::width_is_zero);
static_assert(inst<Dense<5, Weight<0>>>.complaint == Reason::weight_must_be_positive);
static_assert(inst<Dense<5, Weight<-1.5>>>.complaint == Reason::weight_must_be_positive);
static_assert(inst<Dense<5, Weight<1e200>>>.complaint == Reason::weight_must_be_positive);
static_assert(inst<Dense<5, Bias<-.1>>>.complaint == Reason::bias_must_not_be_negative);
static_assert(inst<Dense<5, He, Weight<1.5>>>.complaint == Reason::option_is_given_twice);
static_assert(inst<Dense<5, Bias<.1>, He, Bias<.1>>>.complaint == Reason::option_is_given_twice);
static_assert(inst<Dense<5, Frozen, Frozen>>.complaint == Reason::option_is_given_twice);
static_assert(inst<Dense<5, Momentum>>.complaint == Reason::option_is_not_for_this_word);
static_assert(inst<Dense<5, int>>.complaint == Reason::option_is_not_for_this_word);
static_assert(!accepts<Dense<5, Momentum>, Vector<3>> && !accepts<Dense<0>, Vector<3>>);
