// Which architectures have kernels, and why others have none.
#include <type_traits>

#include <wide/dsl.hpp>

using namespace wide;

using In = Image<6, 6, 3>;
using Layer = Conv<8, Filter<3, 3>>;
struct Positions : Serial<Layer, Relu, AvgPool<Window<2, 2>>> {};
struct Readout : Serial<Positions, Flatten, Dense<1>> {};
struct Mean : Serial<Positions, GlobalAvgPool> {};
struct Plain : Serial<Dense<8>, Relu, Dense<1>> {};

static_assert(has_kernel<Readout, In> && has_kernel<Mean, In> && has_kernel<Flatten, In>);
static_assert(has_kernel<Plain, Vector<5>> && has_kernel<Plain, Vector<>> && has_kernel<Serial<>, Vector<5>>);
static_assert(accepts<Positions, In> && !has_kernel<Positions, In>);
static_assert(accepts<Serial<>, In> && !has_kernel<Serial<>, In>);
// What is not accepted has none, and what is no input.
static_assert(!has_kernel<Plain, In> && !has_kernel<Readout, Vector<5>> && !has_kernel<Plain, int>);
// The members of a family have kernels of images one by one.
static_assert(has_kernel<Family<Plain, Dense<2>>, Vector<5>>);
static_assert(accepts<Family<Readout, Mean>, In> && !has_kernel<Family<Readout, Mean>, In>);

template <class Net, class In>
concept Computable = requires { requires has_kernel<Net, In>; };
static_assert(Computable<Mean, In> && !Computable<Positions, In>);

template <class Net, class In, class Why, class Where, class What>
constexpr bool says = std::is_same_v<typename kernel_sentence<Net, In>::type, rejected<Why, Where, What>>;

static_assert(std::is_same_v<kernel_sentence<Readout, In>::type, accepted>);
static_assert(says<Positions, In, output_still_has_positions, at_layer<2, AvgPool<Window<2, 2>>>,
                   received<Image<3, 3, 8>>>);
static_assert(says<Serial<>, In, output_still_has_positions, at_layer<0, Serial<>>, received<In>>);
static_assert(says<Serial<Layer, Sum<Identity, Serial<Relu, Conv<8, Filter<1, 1>>>>>, In, output_still_has_positions,
                   at_layer<3, Sum<Identity, Serial<Relu, Conv<8, Filter<1, 1>>>>>, received<Image<4, 4, 8>>>);
static_assert(says<Family<Readout, Mean>, In, family_expects_vectors, at_layer<0, Family<Readout, Mean>>, received<In>>);
static_assert(says<Plain, In, layer_expects_a_vector, at_layer<0, Dense<8>>, received<In>>);
