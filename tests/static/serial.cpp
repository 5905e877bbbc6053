// One layer after the other: what is written, and where every layer stands.
#include <wide/dsl.hpp>

using namespace wide;

struct Net : Serial<Dense<512, He>, Relu, Dense<1>> {};
static_assert(program<Net>.size == 3 && program<Net>.result[0] == 3);
static_assert(program<Net>.inst[0].op == Op::affine && program<Net>.inst[0].width == 512);
static_assert(program<Net>.inst[1].op == Op::nonlinearity && program<Net>.inst[1].word == &identity<Relu>);
static_assert(program<Net>.inst[2].op == Op::affine && program<Net>.inst[2].width == 1);
static_assert(program<Net>.inst[0].left == 0 && program<Net>.inst[1].left == 1 && program<Net>.inst[2].left == 2);
static_assert(affine_words<Net> == 2);

template <class One, class Two>
constexpr bool same_program() {
    if (program<One>.size != program<Two>.size || program<One>.result[0] != program<Two>.result[0]) return false;
    for (int i = 0; i < program<One>.size; ++i) {
        const Inst &one = program<One>.inst[i], &two = program<Two>.inst[i];
        if (one.op != two.op || one.word != two.word || one.position != two.position || one.left != two.left ||
            one.right != two.right)
            return false;
    }
    return true;
}

// Serial is associative, with Serial<> as its unit; Repeat is Serial written out.
static_assert(same_program<Net, Serial<Serial<Dense<512, He>, Relu>, Dense<1>>>());
static_assert(same_program<Net, Serial<Serial<>, Dense<512, He>, Serial<Relu, Serial<Dense<1>>>>>());
static_assert(same_program<Serial<Repeat<3, Dense<8>, Relu>, Dense<1>>,
                           Serial<Dense<8>, Relu, Dense<8>, Relu, Dense<8>, Relu, Dense<1>>>());
static_assert(same_program<Serial<Repeat<0, Dense<8>, Relu>, Dense<1>>, Dense<1>>());
static_assert(same_program<Repeat<2, Repeat<3, Dense<8>>>, Repeat<6, Dense<8>>>());

// Nothing said means the input itself.
static_assert(program<Serial<>>.size == 0 && program<Serial<>>.result[0] == 0);
static_assert(program<Identity>.size == 0 && program<Identity>.result[0] == 0);

// Layers are counted in reading order, words that do nothing included.
struct Counted : Serial<Dense<4>, Identity, Repeat<2, Relu, Dense<4>>, Dropout<.5>, Dense<1>> {};
static_assert(program<Counted>.size == 6);
static_assert(program<Counted>.inst[0].position == 0);
static_assert(program<Counted>.inst[1].position == 2);
static_assert(program<Counted>.inst[4].position == 5);
static_assert(program<Counted>.inst[5].position == 7 && program<Counted>.inst[5].left == 5);

// A deep net is accepted as a flat one is.
static_assert(program<Serial<Repeat<200, Dense<8>, Relu>, Dense<1>>>.size == 401);
static_assert(accepts<Serial<Repeat<200, Dense<8>, Relu>, Dense<1>>, Vector<3>>);
