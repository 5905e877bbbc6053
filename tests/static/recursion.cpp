// Equal meaning is equal type: two nets of equal recursion share one kernel function.
#include <type_traits>

#include <wide/dsl.hpp>

using namespace wide;

template <class One, class Two>
constexpr bool one_kernel = std::is_same_v<lowered_t<One>, lowered_t<Two>>;

template <class First, class... Options>
struct Plain : Serial<First, Relu, Dense<7, Options...>, Relu, Dense<1>> {};

// Widths and magnitudes are numbers, not types.
static_assert(one_kernel<Plain<Dense<512>>, Plain<Dense<64>>>);
static_assert(one_kernel<Plain<Dense<512, He>>, Plain<Dense<512, Weight<1.3>>>>);
static_assert(one_kernel<Plain<Dense<512, He, Bias<.1>>>, Plain<Dense<64, Bias<.7>, Weight<1.3>>>>);
static_assert(one_kernel<Concat<Dense<8>, Dense<24>>, Concat<Dense<5>, Dense<6>>>);
static_assert(one_kernel<Serial<Dense<5>, Relu, Dropout<.5, Train>, Dense<1>>,
                         Serial<Dense<5>, Relu, Dropout<.9, Train>, Dense<1>>>);
static_assert(one_kernel<Dense<5, Standard>, Dense<6, Standard, Weight<2>>>);

// So is depth, where layers repeat, and how the repetition is written.
template <std::size_t depth>
struct Deep : Serial<Repeat<depth, Dense<512, He>, Relu>, Dense<1>> {};
static_assert(one_kernel<Deep<20>, Deep<40>>);
static_assert(one_kernel<Serial<Repeat<20, Dense<512>, Relu, Dense<3>, Relu>, Dense<1>>, Deep<40>>);
template <std::size_t depth>
struct Resnet : Serial<Dense<64>, Repeat<depth, Residual<Relu, Dense<64, He, Bias<.1>>>>, Dense<1>> {};
static_assert(one_kernel<Resnet<20>, Resnet<40>>);

// Names, nesting and words that do nothing leave no trace.
static_assert(one_kernel<Serial<Serial<Dense<5>, Identity>, Serial<Relu, Dropout<.5>, Dense<1>>>,
                         Serial<Dense<5>, Relu, Dense<1>>>);

// What changes the arithmetic is another kernel.
static_assert(!one_kernel<Plain<Dense<512>>, Plain<Dense<512, Bias<.1>>>>);
static_assert(!one_kernel<Plain<Dense<512>>, Plain<Dense<512, Frozen>>>);
static_assert(!one_kernel<Plain<Dense<512>>, Plain<Dense<512, Standard>>>);
static_assert(!one_kernel<Serial<Dense<5>, Relu, Dense<1>>, Serial<Dense<5>, Erf, Dense<1>>>);
static_assert(!one_kernel<Serial<Dense<5>, Relu, Dense<1>>, Plain<Dense<5>>>);
static_assert(!one_kernel<Sum<Dense<5>, Dense<5>>, Product<Dense<5>, Dense<5>>>);

// Code does not grow with depth.
template <class Net>
constexpr int code_steps = [] {
    int steps = 0;
    for (int s = 0; s < lowered_t<Net>::recursion.segments; ++s) steps += lowered_t<Net>::recursion.segment[s].length;
    return steps;
}();
static_assert(code_steps<Deep<3>> == 7);
static_assert(code_steps<Deep<200>> == code_steps<Deep<20>> && code_steps<Deep<200>> <= 13);

// Every step is there, however it is cut: bodies times repeats.
template <class Net>
constexpr bool covers = [] {
    int steps = 0;
    for (int s = 0; s < draft<Net>.segments; ++s)
        steps += draft<Net>.segment_length[s] * draft<Net>.segment_repeats[s];
    return steps == program<Net>.size;
}();
static_assert(covers<Deep<3>> && covers<Deep<6>> && covers<Deep<199>> && covers<Resnet<33>>);

// Slots are reused: a chain needs one, a residual sum two.
static_assert(lowered_t<Deep<40>>::recursion.slots == 1);
static_assert(lowered_t<Resnet<40>>::recursion.slots == 2);
static_assert(lowered_t<Sum<Dense<5>, Dense<5>, Dense<5>>>::recursion.slots == 3);

// Which Thetas are alive.
static_assert(lowered_t<Dense<5>>::recursion.result[0].trained && !lowered_t<Dense<5, Frozen>>::recursion.result[0].trained);
static_assert(!lowered_t<Serial<Dense<5, Frozen>, Relu, Dense<1, Frozen>>>::recursion.result[0].trained);
struct Half : Serial<Dense<5, Frozen>, Relu, Dense<5>, Relu, Dense<1, Frozen>> {};
static_assert(!draft<Half>.step[1].left_trained && !draft<Half>.step[2].left_trained &&
              draft<Half>.step[3].left_trained);
static_assert(lowered_t<Half>::recursion.result[0].trained);

// How low a correlation can be: not below zero after a ReLU, anything after an odd nonlinearity, zero stays after
// |x|. Without a bias the bound rises from layer to layer, and with it the range that code is written for.
static_assert(!draft<Half>.step[1].nonnegative() && draft<Half>.step[2].nonnegative() && draft<Half>.step[3].nonnegative());
static_assert(!draft<Serial<Dense<5>, Erf, Dense<5>, Erf>>.step[3].nonnegative());
static_assert(draft<Serial<Dense<5>, Abs, Dense<5>, Erf>>.step[3].nonnegative());
static_assert(!draft<Serial<Dense<5>, Residual<Relu, Dense<5>>, Relu>>.step[4].nonnegative());
static_assert(draft<Deep<10>>.step[1].lowest() == -1 && draft<Deep<10>>.step[3].lowest() == 0 &&
              draft<Deep<10>>.step[5].lowest() == 0.3 && draft<Deep<10>>.step[7].lowest() == 0.45 &&
              draft<Deep<10>>.step[19].lowest() == 0.6);
static_assert(draft<Serial<Repeat<9, Dense<5, Bias<.1>>, Relu>>>.step[17].lowest() == 0);
static_assert(range_of(-1) == 0 && range_of(-1e-9) == 0 && range_of(0) == 1 && range_of(0.44) == 2 && range_of(1) == 4);

// A family computes what its members share once: correlations first, then whichever Theta is new.
struct Two : Serial<Repeat<2, Dense<5>, Relu>, Dense<1>> {};
struct Three : Serial<Repeat<3, Dense<5>, Relu>, Dense<1>> {};
struct Late : Serial<Dense<5, Frozen>, Relu, Dense<5>, Relu, Dense<1>> {};
static_assert(draft<Family<Three, Two>>.size == 7 && draft<Family<Two, Two>>.size == 5);
struct Other : Serial<Dense<5>, Relu, Dense<5, Bias<.1>>, Relu, Dense<1>> {};
static_assert(draft<Family<Two, Other>>.size == 5 + 3 && draft<Family<Two, Other>>.slots == 2);
static_assert(draft<Family<Two, Late>>.size == 5 + 3 && draft<Family<Two, Late>>.slots == 1 &&
              draft<Family<Two, Late>>.theta_slots == 2);
static_assert(draft<Family<Two, Late>>.step[3].known && draft<Family<Two, Late>>.step[3].op == Op::affine);
static_assert(lowered_t<Family<Two, Three>>::recursion.results == 2 && results_of<Two> == 1);
struct Wider : Serial<Repeat<2, Dense<64>, Relu>, Dense<3>> {};
static_assert(!one_kernel<Family<Two, Three>, Three> && one_kernel<Family<Two, Three>, Family<Wider, Three>>);
