// Several architectures in one: every member is read from the input on, and has a result of its own.
#include <type_traits>

#include <wide/dsl.hpp>

using namespace wide;

struct One : Serial<Dense<8, He>, Relu, Dense<1>> {};
struct Two : Serial<Dense<8, He>, Relu, Dense<8, He>, Relu, Dense<1>> {};
struct Both : Family<One, Two> {};
static_assert(results_of<One> == 1 && results_of<Both> == 2 && results_of<Family<One>> == 1);
static_assert(program<Both>.size == 3 + 5 && program<Both>.result[0] == 3 && program<Both>.result[1] == 8);
static_assert(program<Both>.inst[3].left == 0 && program<Both>.inst[3].position == 0);
static_assert(program<Family<One, Identity>>.result[1] == 0);
static_assert(accepts<Both, Vector<3>> && !accepts<Both, Image<2, 2, 2>>);
static_assert(std::is_same_v<nonlinearities_of<Family<One, Serial<Dense<2>, Erf>>>, Nonlinearities<Relu, Erf>>);

// One member that makes no sense is a family that makes none, and the place is told within that member.
struct Wrong : Serial<Dense<8>, Relu, Relu> {};
static_assert(!accepts<Family<One, Wrong>, Vector<3>>);
static_assert(
    std::is_same_v<sentence<Family<One, Wrong>, Vector<3>>::type,
                   rejected<nonlinearity_expects_an_affine_layer_before_it, at_layer<2, Relu>, received<Vector<8>>>>);

// What members share is a step once: two duals, not three.
static_assert(cost_of<Both, Vector<3>>.duals == 2 && cost_of<Both, Vector<3>>.bytes == 16);
static_assert(schedule_of<Both, Vector<3>>.steps == 6);
static_assert(cost_of<Family<One, One>, Vector<3>>.duals == 1);
struct FirstFrozen : Serial<Dense<8, He, Frozen>, Relu, Dense<1>> {};
static_assert(cost_of<Family<One, FirstFrozen>, Vector<3>>.duals == 1);
struct Other : Serial<Dense<8, Weight<1.2>>, Relu, Dense<1>> {};
static_assert(cost_of<Family<One, Other>, Vector<3>>.duals == 2);

// Every affine word of every member has its scales.
static_assert(affine_words<Both> == 5 && affine_words<Family<One, One>> == 4);
