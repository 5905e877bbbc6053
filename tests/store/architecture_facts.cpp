// An architecture in words: the same words from every compiler, and other words for every other kernel.
#include <wide/lower/architecture_facts.hpp>

#include <clocale>
#include <cmath>
#include <string>

#include "../catch.hpp"

using namespace wide;

namespace {

template <class Net, class In = Vector<5>>
std::string words_of(const Scales<affine_words<Net>>& scales = default_scales<Net>()) {
    std::string words;
    for (const Fact& fact : architecture_facts<Net>(scales, In::shape)) words += fact.name + ": " + fact.text + "\n";
    return words;
}

template <class N>
using After = Serial<Dense<8>, N, Dense<1>>;

template <Number auto c>
struct Bent {  // an activation of one's own, without a name
    template <class L>
    static constexpr L value(L x) {
        return tanh(x) + L(static_cast<typename L::value_type>(c)) * x;
    }
    template <class L>
    static constexpr L slope(L x) {
        return value(x);
    }
};

struct TwoLines {
    static constexpr char name[] = "two\nlines";
    template <class L>
    static constexpr L value(L x) {
        return x;
    }
    template <class L>
    static constexpr L slope(L) {
        return L(1);
    }
};

struct Measured {  // what no compiler evaluates
    static constexpr char name[] = "measured";
    static double value(double x) { return std::sin(x) / 3; }
    static double slope(double x) { return std::cos(x) / 3; }
};

}  // namespace

TEST_CASE("the words are these, from every compiler") {
    struct Net : Serial<Dense<8, Weight<1.5>, Bias<0.1>>, Repeat<2, Residual<LeakyRelu<0.25>, Dense<8, Frozen>>>,
                        Relu, Dense<1, Standard>> {};
    CHECK(words_of<Net>() ==
          "input: 5\n"
          "nonlinearity 1: leaky ReLU, -0.575 0.25 -0.1825 0.25 0.41 1 1.9 1 0.31875 0.903125 0.27348154804238556 "
          "0.8659617764729579 -0.7587016535234479 0.6268532422181058\n"
          "nonlinearity 2: ReLU, -0 0 -0 0 0.41 1 1.9 1 0.3 0.85 0.2499095907467283 0.746816688893365 "
          "0.9224524322334874 0.2951672353008666\n"
          "value 1: affine of value 0, width 8, biased\n"
          "scale 1: weight 1.5, bias 0.1\n"
          "value 2: nonlinearity 1 of value 1\n"
          "value 3: affine of value 2, width 8, frozen\n"
          "scale 2: weight 1, no bias\n"
          "value 4: sum of values 1 and 3\n"
          "value 5: nonlinearity 1 of value 4\n"
          "value 6: affine of value 5, width 8, frozen\n"
          "scale 3: weight 1, no bias\n"
          "value 7: sum of values 4 and 6\n"
          "value 8: nonlinearity 2 of value 7\n"
          "value 9: affine of value 8, width 1, standard\n"
          "scale 4: weight 1, no bias\n"
          "result: value 9\n");
    // A word with a series of digits from elementary functions: changes when their formulas do, and with it go the
    // journals of earlier versions.
    CHECK(word_text<Sigmoid>() ==
          "sigmoid, 0.09112296101485617 0.08281956699074115 0.3251947274176865 0.21944311667742306 "
          "0.6010878788483698 0.23978124074993737 0.8698915256370021 0.11318025926193098");
}

TEST_CASE("sums, products, norms and dropout have words") {
    struct Net : Serial<Dense<8>, LayerNorm, Hermite<2>, Dropout<0.75, Train>, Dense<4>,
                        Concat<Serial<Relu, Dense<2>>, Product<Serial<Erf, Dense<3>>, Serial<Relu, Dense<3>>>>,
                        Dropout<0.5>, Relu, Dense<1>> {};
    const std::string words = words_of<Net>();
    INFO(words);
    for (const char* line : {"value 2: normalisation of value 1\n", "value 3: nonlinearity 1 of value 2\n",
                             "value 4: dropout of value 3, keeps 0.75\n", "value 7: affine of value 6, width 2\n",
                             ": product of values 9 and 11\n", ": concatenation of values 7 and 12\n"})
        CHECK(words.find(line) != std::string::npos);
}

TEST_CASE("convolutions and pools tell where they look") {
    using In = Image<9, 8, 3>;
    struct Net : Serial<Conv<64, Filter<3, 5>, Stride<1, 2>, Same, Bias<0.1>>, Relu, AvgPool<Window<2, 2>>,
                        Conv<4, Filter<1, 1>>, LayerNormAll, SumPool<Window<2, 3>, Stride<1, 1>, Circular>,
                        Conv<16, Filter<1, 1>, Frozen>, Relu, AvgPool<Window<2, 2>, Same, NormalizeEdges>,
                        Conv<8, Filter<2, 2>>, GlobalAvgPool, Dense<1>> {};
    struct Flat : Serial<Conv<8, Filter<3, 3>>, Relu, Flatten, Dense<1>> {};
    struct Summed : Serial<Conv<8, Filter<3, 3>>, Relu, GlobalSumPool, Dense<1>> {};
    STATIC_REQUIRE((accepts<Net, In> && accepts<Flat, In> && accepts<Summed, In>));
    const std::string words = words_of<Net, In>();
    INFO(words);
    for (const char* line :
         {"input: 9 x 8 x 3\n", "value 1: affine of value 0, width 64, taps 3 x 5, stride 1 x 2, same, biased\n",
          "value 3: averages of value 2, taps 2 x 2, stride 1 x 1, valid\n",
          "value 5: normalisation of value 4, over all positions\n",
          "value 6: sums of value 5, taps 2 x 3, stride 1 x 1, circular\n",
          "value 7: affine of value 6, width 16, taps 1 x 1, stride 1 x 1, valid, frozen\n",
          "value 9: averages of value 8, taps 2 x 2, stride 1 x 1, same, edges normalised\n",
          "value 11: average over all positions of value 10\n"})
        CHECK(words.find(line) != std::string::npos);
    CHECK(words_of<Flat, In>().find("value 3: flattening of value 2\n") != std::string::npos);
    CHECK(words_of<Summed, In>().find("value 3: sum over all positions of value 2\n") != std::string::npos);
}

TEST_CASE("every parameter of every kind of nonlinearity shows") {
    const std::string words[] = {words_of<After<Relu>>(),
                                 words_of<After<LeakyRelu<0.1>>>(),
                                 words_of<After<LeakyRelu<0.2>>>(),
                                 words_of<After<LeakyRelu<0.10000000000000002>>>(),
                                 words_of<After<Abs>>(),
                                 words_of<After<ABRelu<1, 0>>>(),
                                 words_of<After<Sign>>(),
                                 words_of<After<Erf>>(),
                                 words_of<After<ScaledErf<1, 2, 0>>>(),
                                 words_of<After<ScaledErf<1, 1, 1>>>(),
                                 words_of<After<SigmoidLike>>(),
                                 words_of<After<Gelu>>(),
                                 words_of<After<Sin<1, 2>>>(),
                                 words_of<After<Sin<1, 3>>>(),
                                 words_of<After<Sin<1, 2, .5>>>(),
                                 words_of<After<Cos<1, 2>>>(),
                                 words_of<After<Rbf<.5>>>(),
                                 words_of<After<Rbf<.25>>>(),
                                 words_of<After<Exp<1, .5>>>(),
                                 words_of<After<Exp<2, .5>>>(),
                                 words_of<After<Gaussian<1, -1>>>(),
                                 words_of<After<Gaussian<1, -2>>>(),
                                 words_of<After<Gabor>>(),
                                 words_of<After<ExpNormalized<1>>>(),
                                 words_of<After<ExpNormalized<2>>>(),
                                 words_of<After<ExpNormalized<1, 0>>>(),
                                 words_of<Serial<Dense<8>, LayerNorm, Hermite<2>, Dense<1>>>(),
                                 words_of<Serial<Dense<8>, LayerNorm, Hermite<3>, Dense<1>>>(),
                                 words_of<After<Monomial<2>>>(),
                                 words_of<After<Monomial<3>>>(),
                                 words_of<After<RectifiedMonomial<0>>>(),
                                 words_of<After<RectifiedMonomial<2>>>(),
                                 words_of<After<Polynomial<0, 1, .5>>>(),
                                 words_of<After<Polynomial<0, 1, .25>>>(),
                                 words_of<After<Tanh>>(),
                                 words_of<After<Sigmoid>>(),
                                 words_of<After<Silu>>(),
                                 words_of<After<Softplus>>(),
                                 words_of<After<Mish>>(),
                                 words_of<After<Elu<1>>>(),
                                 words_of<After<Elu<.5>>>(),
                                 words_of<After<Selu>>(),
                                 words_of<After<HardSigmoid>>(),
                                 words_of<After<Bent<1>>>(),
                                 words_of<After<Bent<2>>>(),
                                 words_of<After<Measured>>()};
    for (const std::string& one : words)
        for (const std::string& two : words) {
            INFO(one << "and\n" << two);
            CHECK((&one == &two || one != two));
        }
}

TEST_CASE("the compiler evaluates every word of the language, and not what it cannot") {
    STATIC_REQUIRE(KnownToTheCompiler<Relu>);
    STATIC_REQUIRE(KnownToTheCompiler<Gelu>);
    STATIC_REQUIRE(KnownToTheCompiler<Sin<1, 2, .5>>);
    STATIC_REQUIRE(KnownToTheCompiler<ScaledErf<1, 2, 3>>);
    STATIC_REQUIRE(KnownToTheCompiler<Gaussian<1, -2>>);
    STATIC_REQUIRE(KnownToTheCompiler<Exp<1, .5>>);
    STATIC_REQUIRE(KnownToTheCompiler<ExpNormalized<2>>);
    STATIC_REQUIRE(KnownToTheCompiler<Polynomial<0, 1, .5>>);
    STATIC_REQUIRE(KnownToTheCompiler<Hermite<5>>);
    STATIC_REQUIRE(KnownToTheCompiler<Mish>);
    STATIC_REQUIRE(KnownToTheCompiler<HardSigmoid>);
    STATIC_REQUIRE(KnownToTheCompiler<Bent<1>>);
    STATIC_REQUIRE(!KnownToTheCompiler<Measured>);
    CHECK(word_text<Measured>() ==
          "measured, -0.248568404 -0.222092007 -0.222289878 0.248391467 0.132869776 0.305706941 0.315433363 "
          "-0.107763189");
}

TEST_CASE("a fact is one line, whatever a word is called") {
    CHECK(word_text<TwoLines>() == "two lines, -2.3 1 -0.73 1 0.41 1 1.9 1");
}

TEST_CASE("names of types say nothing, structure and deviations everything") {
    struct One : Serial<Dense<8, He>, Relu, Dense<1>> {};
    struct Two : Serial<Dense<8, Weight<sqrt2>>, Serial<Relu, Dense<1>>> {};
    CHECK(words_of<One>() == words_of<Two>());
    CHECK(words_of<One>() == words_of<Serial<Dense<8>, Relu, Dense<1>>>(default_scales<One>()));
    CHECK(words_of<One>() != words_of<One, Vector<6>>());
    CHECK(words_of<One>() != words_of<Serial<Dense<9, He>, Relu, Dense<1>>>());
    CHECK(words_of<One>() != words_of<Serial<Dense<8, He, Bias<0>>, Relu, Dense<1>>>());
    CHECK(words_of<One>() != words_of<Serial<Dense<8, He, Standard>, Relu, Dense<1>>>());
    CHECK(words_of<One>() != words_of<Serial<Dense<8, He>, Relu, Dense<1, Frozen>>>());
    auto scales = default_scales<One>();
    scales[0].bias = 5;  // there is no bias
    CHECK(words_of<One>() == words_of<One>(scales));
    scales[1].weight = std::nextafter(1.0, 2.0);
    CHECK(words_of<One>() != words_of<One>(scales));
}

TEST_CASE("numbers are written in full, in every locale") {
    CHECK(number_text(0.1) == "0.1");
    CHECK(number_text(1.0 / 3) == "0.3333333333333333");
    CHECK(number_text(std::nextafter(0.1, 1.0)) != "0.1");
    CHECK(number_text(1e300) == "1e+300");
    CHECK(number_text(-std::nan("")) == "nan");
    CHECK(number_text(2.0 / 3, 9) == "0.666666667");
    const std::string before = std::setlocale(LC_ALL, nullptr);
    for (const char* name : {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8"})
        if (std::setlocale(LC_ALL, name)) CHECK(number_text(0.5) == "0.5");
    std::setlocale(LC_ALL, before.c_str());
}
