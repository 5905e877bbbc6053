// Shape inference and the verdict: the reason, the place, the word and the shape received, as values and as a
// sentence.
#include <type_traits>

#include <wide/dsl.hpp>

using namespace wide;

struct Net : Serial<Dense<512>, Relu, Concat<Dense<3>, Dense<4>>, Dense<2>> {};
static_assert(meaning<Net, Vector<784>>.shape[0].channels == 784);
static_assert(meaning<Net, Vector<784>>.shape[2].channels == 512);
static_assert(meaning<Net, Vector<784>>.shape[5].channels == 7);
static_assert(meaning<Net, Vector<784>>.output == Vector<2>::shape);
static_assert(meaning<Net, Vector<784>>.verdict.reason == Reason::none);

template <class N, class In, class Why, class Where, class What>
constexpr bool says = std::is_same_v<typename sentence<N, In>::type, rejected<Why, Where, What>>;

static_assert(std::is_same_v<sentence<Net, Vector<784>>::type, accepted>);
static_assert(
    says<Net, Image<30, 30, 64>, layer_expects_a_vector, at_layer<0, Dense<512>>, received<Image<30, 30, 64>>>);
static_assert(
    says<Relu, Vector<3>, nonlinearity_expects_an_affine_layer_before_it, at_layer<0, Relu>, received<Vector<3>>>);
static_assert(says<Serial<Dense<5>, Relu, Erf>, Vector<3>, nonlinearity_expects_an_affine_layer_before_it,
                   at_layer<2, Erf>, received<Vector<5>>>);
static_assert(says<Serial<Dense<5>, Relu, LayerNorm>, Vector<3>, normalization_expects_an_affine_layer_before_it,
                   at_layer<2, LayerNorm>, received<Vector<5>>>);
static_assert(says<Net, int, not_an_input, at_layer<0, Net>, received<int>>);

// The first of several mistakes is told.
static_assert(says<Serial<Dense<5>, Dense<0>, Relu, Relu>, Vector<3>, width_is_zero, at_layer<1, Dense<0>>,
                   received<Vector<5>>>);

// Where branches meet: the place of the last branch, the join's own type, the shape that does not fit.
static_assert(says<Serial<Dense<5>, Relu, Sum<Dense<5>, Dense<6>>>, Vector<3>, branches_differ_in_shape,
                   at_layer<3, Sum<Dense<5>, Dense<6>>>, received<Vector<6>>>);

// Repetitions are counted one by one: the second round is the wrong one.
static_assert(says<Serial<Dense<4>, Repeat<2, Relu, Dropout<.5, Train>>>, Vector<3>,
                   nonlinearity_expects_an_affine_layer_before_it, at_layer<3, Relu>, received<Vector<4>>>);

// The place of a mistake inside named blocks.
struct Wrong : Residual<Dense<8>, Relu, Relu, Dense<4>> {};
struct Outer : Serial<Dense<4>, Repeat<3, Wrong>> {};
static_assert(
    says<Outer, Vector<3>, nonlinearity_expects_an_affine_layer_before_it, at_layer<4, Relu>, received<Vector<8>>>);

// A word that means nothing here reports what reaches it.
static_assert(says<Serial<Dense<5>, int>, Vector<3>, not_a_layer, at_layer<1, int>, received<Vector<5>>>);
static_assert(
    says<Serial<Dense<5>, Sum<>>, Vector<3>, branches_are_missing, at_layer<1, Sum<>>, received<Vector<5>>>);
static_assert(says<Serial<Dense<5>, Dropout<2>>, Vector<3>, keep_rate_must_be_in_0_1, at_layer<1, Dropout<2>>,
                   received<Vector<5>>>);

// A word under a name of one's own is told by the word it is.
struct Hidden : Dense<5> {};
static_assert(accepts<Serial<Hidden, Relu>, Vector<3>>);
static_assert(says<Serial<Hidden, Relu>, Image<2, 2, 2>, layer_expects_a_vector, at_layer<0, Dense<5>>,
                   received<Image<2, 2, 2>>>);
