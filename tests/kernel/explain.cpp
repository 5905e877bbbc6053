// What `explain` says: where duals come from, how long series are, what collapses, what a family shares.
#include <wide/kernel/explain.hpp>

#include <string>

#include "../catch.hpp"

using namespace wide;

namespace {

bool holds(const std::string& text, const char* words) { return text.find(words) != std::string::npos; }

}  // namespace

TEST_CASE("explain tells how long a series is, and what it leaves out") {
    struct Net : Serial<Dense<8>, Mish, Dense<8>, Tanh, Dense<8>, Elu<>, Dense<1>> {};
    const std::string text = explain<Net, Vector<10>>();
    INFO(text);
    CHECK(holds(text,
                "value 2: Mish, dual from 13 even and 12 odd Hermite coefficients at variance 1, which leave out "));
    CHECK(holds(text, "tanh, dual from 0 even and "));
    CHECK(holds(text, "as a polynomial in the angle"));
    CHECK(holds(text, "direct: 7 steps a pair"));
}

TEST_CASE("explain tells which schedule is chosen") {
    struct Deep : Serial<Repeat<20, Dense<8, He>, Relu>, Dense<1>> {};
    struct Shallow : Serial<Dense<8, He>, Relu, Dense<1>> {};
    struct Biased : Serial<Repeat<10, Dense<8, He, Bias<0.5>>, Relu>, Dense<1>> {};
    const std::string deep = explain<Deep, Vector<10>>(), shallow = explain<Shallow, Vector<10>>();
    const std::string biased = explain<Biased, Vector<10>>();
    INFO(deep << shallow << biased);
    CHECK(holds(deep, "collapsed (homogeneous, no bias): one function of the angle, polynomials of 1"));
    CHECK(holds(deep, "direct, if schedule::direct is asked for: 41 steps a pair"));
    CHECK(holds(deep, "ReLU, dual in closed form, full range"));
    CHECK(holds(deep, "half range (correlations are >= 0.6)"));
    CHECK(holds(shallow, "direct: 3 steps a pair"));
    CHECK(!holds(shallow, "collapsed"));
    CHECK(holds(biased, "collapsed on rows of one norm: one function of the angle"));
}

TEST_CASE("explain shows what members of a family share once") {
    struct One : Serial<Dense<8>, Relu, Dense<1>> {};
    struct Two : Serial<Dense<8>, Relu, Dense<8>, Relu, Dense<1>> {};
    struct FirstFrozen : Serial<Dense<8, Frozen>, Relu, Dense<1>> {};
    const std::string text = explain<Family<One, Two, FirstFrozen>, Vector<10>>();
    INFO(text);
    CHECK(holds(text, "another Theta of the same correlation"));
    CHECK(holds(text, "(2 duals)"));
}
