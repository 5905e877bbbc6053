// What `explain` says: where duals come from, how long series are, what collapses, what a family shares.
#include <wide/kernel/explain.hpp>

#include <string>

#include "../catch.hpp"

using namespace wide;

namespace {

bool holds(const std::string& text, const std::string& words) { return text.find(words) != std::string::npos; }

/// Planes of both kernels through two pools and a Flatten.
struct TwoPools : Serial<Conv<8, Filter<3, 3>, Same, He>, Relu, AvgPool<Window<2, 2>, Stride<2, 2>>,
                         Conv<8, Filter<3, 3>, Same, He>, Relu, AvgPool<Window<2, 2>, Stride<2, 2>>, Flatten, Dense<1>> {};

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

TEST_CASE("explain tells how many planes the result does not depend on") {
    // Along an axis, only offsets of less than 2 meet in a window of the second pool's: 4 + 2 * 3 pairs of 4 positions;
    // and of less than 4 in what these windows see: 8 + 2 (7 + 6 + 5) pairs of 8.
    const std::string text = explain<TwoPools, Image<8, 8, 3>>();
    INFO(text);
    const double duals = 10 * 10 + 44 * 44, all = 16 * 16 + 64 * 64;
    CHECK(holds(text, "duals a pair: " + explain_number(duals) +
                          ", as only planes are made that the result depends on; all planes would take " +
                          explain_number(all / duals) + " times as many"));
    struct AllPlanes : Serial<Conv<8, Filter<3, 3>, Same, He>, Relu, GlobalAvgPool, Dense<1>> {};
    CHECK(!holds(explain<AllPlanes, Image<8, 8, 3>>(), "all planes would take"));
}

TEST_CASE("explain tells what a pair of images costs, and what bounds it") {
    using In = Image<8, 8, 3>;
    const ImageKernel<TwoPools, true, float> kernel(default_scales<TwoPools>(), In::shape);
    const ImageCost cost = cost_of_pair(kernel);
    CHECK(cost.duals == static_cast<double>(kernel.pair.elements));
    // A Theta is multiplied by each slope.
    CHECK(cost.dual_flops == cost.duals * (Relu::flops + 1));
    const std::string text = explain<TwoPools, In>();
    INFO(text);
    CHECK(holds(text, explain_number(cost.dual_flops) + " flops of duals, " + explain_number(cost.other_flops) +
                          " besides; " + explain_number(cost.bytes) + " bytes of planes and numbers"));

    struct Deep : Serial<Repeat<20, Conv<8, Filter<3, 3>, Same, He>, Relu>, GlobalAvgPool, Dense<1>> {};
    struct Wide : Serial<Conv<8, Filter<13, 13>, Same, He>, Relu, Conv<8, Filter<13, 13>, Same>, Flatten> {};
    CHECK(holds(explain<Deep, In>(), "bound by the duals"));
    CHECK(holds(explain<Wide, In>(), "bound by sums over windows"));
}

TEST_CASE("explain states the memory that image_memory states") {
    using In = Image<8, 8, 3>;
    for (const std::size_t samples : {1u, 100u, 1000u}) {
        const std::string text = explain<TwoPools, In>(samples);
        INFO(text);
        CHECK(holds(text, "one thread in all: " + readable_bytes(image_memory<TwoPools, In>(samples)) + ";"));
    }
}

TEST_CASE("explain leaves open what the samples' variances decide, and counts a normalisation of planes") {
    struct Net : Serial<Conv<8, Filter<3, 3>>, LayerNorm, Tanh, Conv<8, Filter<3, 3>>, LayerNormAll, Elu<>, Flatten> {};
    const std::string text = explain<Net, Image<8, 8, 3>>();
    INFO(text);
    CHECK(holds(text, "tanh, dual from Hermite coefficients, as many as the variances of the samples need ->"));
    CHECK(holds(text, "value 2: normalisation: every element of a plane is multiplied ->"));
    CHECK(holds(text, "normalisation over channels and positions: every element of a plane is multiplied ->"));
    CHECK(!holds(text, "nothing for pairs"));
    CHECK(!holds(text, "at variance"));
    struct OfVectors : Serial<Dense<8>, LayerNorm, Tanh, Dense<1>> {};
    CHECK(holds(explain<OfVectors, Vector<3>>(), "normalisation: variances only, nothing for pairs"));
}
