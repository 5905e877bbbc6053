// The kernel of one pair as the compiler computes it, against published values and against formulas written down
// here.
#include <wide/kernel_at.hpp>

#include "../by_hand.hpp"

using namespace wide;
using by_hand::agree;
using by_hand::Real;

// The lines of the first page.
struct Net : Serial<Dense<512, He>, Relu, Dense<512, He>, Relu, Dense<1>> {};
// clang-format off
constexpr auto k = kernel_at<Net>(Moments{.xx = 1.0, .xz = 0.9, .zz = 2.25});   // k.nngp, k.ntk: the recursion itself, constexpr
static_assert(near(k.ntk, 2.3166, 1e-4));      // golden values can be asserted by the compiler
// clang-format on

constexpr Moments pair{.xx = 1.0, .xz = 0.9, .zz = 2.25};

/// `depth` hidden ReLU layers whose first `fixed` affine words stay as they were initialised.
template <std::size_t depth, std::size_t fixed>
struct Fixed : Serial<Repeat<fixed, Dense<8, Frozen>, Relu>, Repeat<depth - fixed, Dense<8>, Relu>, Dense<1>> {};

// |x| = 1, |z| = 1.5, cos = .6, weights of variance 1: Theta[depth][fixed], and the NNGP, in which only the last word
// acts.
static_assert(agree(kernel_at<Fixed<0, 0>>(pair).ntk, 0.900000000000000L));
static_assert(agree(kernel_at<Fixed<1, 0>>(pair).ntk, 0.825335419939494L));
static_assert(agree(kernel_at<Fixed<1, 1>>(pair).ntk, 0.508160675824884L));
static_assert(agree(kernel_at<Fixed<2, 0>>(pair).ntk, 0.579156112753954L));
static_assert(agree(kernel_at<Fixed<2, 1>>(pair).ntk, 0.462284005934484L));
static_assert(agree(kernel_at<Fixed<2, 2>>(pair).ntk, 0.275037669684586L));
static_assert(agree(kernel_at<Fixed<3, 0>>(pair).ntk, 0.366053753472122L));
static_assert(agree(kernel_at<Fixed<3, 1>>(pair).ntk, 0.321520598697321L));
static_assert(agree(kernel_at<Fixed<3, 2>>(pair).ntk, 0.250171922780047L));
static_assert(agree(kernel_at<Fixed<3, 3>>(pair).ntk, 0.145371081533263L));
static_assert(agree(kernel_at<Fixed<4, 0>>(pair).ntk, 0.218918602552963L));
static_assert(agree(kernel_at<Fixed<4, 1>>(pair).ntk, 0.201497063230382L));
static_assert(agree(kernel_at<Fixed<4, 2>>(pair).ntk, 0.173585190168781L));
static_assert(agree(kernel_at<Fixed<4, 3>>(pair).ntk, 0.132586702950589L));
static_assert(agree(kernel_at<Fixed<4, 4>>(pair).ntk, 0.075716983612158L));
static_assert(agree(kernel_at<Fixed<1, 0>>(pair).nngp, 0.508160675824884L));
static_assert(agree(kernel_at<Fixed<2, 0>>(pair).nngp, 0.275037669684586L));
static_assert(agree(kernel_at<Fixed<3, 0>>(pair).nngp, 0.145371081533263L));
static_assert(agree(kernel_at<Fixed<4, 0>>(pair).nngp, 0.075716983612158L));

// He weights: 2^depth times as much.
template <std::size_t depth>
struct Scaled : Serial<Repeat<depth, Dense<8, He>, Relu>, Dense<1>> {};
static_assert(agree(kernel_at<Scaled<1>>(pair).ntk, 1.65067083987899L));
static_assert(agree(kernel_at<Scaled<2>>(pair).ntk, 2.31662445101582L));
static_assert(agree(kernel_at<Scaled<3>>(pair).ntk, 2.92843002777698L));
static_assert(agree(kernel_at<Scaled<4>>(pair).ntk, 3.50269764084740L));
static_assert(agree(kernel_at<Scaled<4>>(pair).nngp, 16 * 0.075716983612158L));

/// What stands in the papers: covariances of a pair and its NTK, layer by layer, without any of the library's forms.
struct State {
    Real xx, xz, zz, theta = 0;

    constexpr State affine(Real weight, Real bias = 0) const {
        const Real w = weight * weight, b = bias * bias;
        return {w * xx + b, w * xz + b, w * zz + b, w * xz + b + w * theta};
    }
    constexpr State standard(Real fan_in, Real weight, Real bias) const {
        const State next = affine(weight, bias);
        return {next.xx, next.xz, next.zz, fan_in * xz + weight * weight * theta + 1};
    }
    constexpr State rectified(Real a, Real b) const {
        const Real size = by_hand::root(xx * zz), rho = xz / size, angle = by_hand::arccosine(rho);
        const Real c = (a - b) * (a - b) / (2 * by_hand::pi), half = (a * a + b * b) / 2;
        return {half * xx, size * c * by_hand::root((1 - rho) * (1 + rho)) + (half - c * angle) * xz, half * zz,
                theta * (half - c * angle)};
    }
    constexpr State erf() const {
        const auto product = [](Real one, Real both, Real two) {
            return 2 / by_hand::pi * by_hand::arcsine(2 * both / by_hand::root((1 + 2 * one) * (1 + 2 * two)));
        };
        const Real rest = (1 + 2 * xx) * (1 + 2 * zz) - 4 * xz * xz;
        return {product(xx, xx, xx), product(xx, xz, zz), product(zz, zz, zz),
                theta * 4 / (by_hand::pi * by_hand::root(rest))};
    }
    constexpr State normalised() const {
        const Real one = xx + 1e-12L, two = zz + 1e-12L, size = by_hand::root(one * two);
        return {xx / one, xz / size, zz / two, theta / size};
    }
    constexpr State dropped(Real keep) const { return {xx / keep, xz, zz / keep, theta}; }
    constexpr State times(Real share) const { return {share * xx, share * xz, share * zz, share * theta}; }
    friend constexpr State operator+(const State& a, const State& b) {
        return {a.xx + b.xx, a.xz + b.xz, a.zz + b.zz, a.theta + b.theta};
    }
    friend constexpr State operator*(const State& a, const State& b) {
        return {a.xx * b.xx, a.xz * b.xz, a.zz * b.zz, a.theta * b.xz + b.theta * a.xz};
    }
};

constexpr bool same(const KernelValue& value, const State& by_hand) {
    return agree(value.nngp, by_hand.xz) && agree(value.ntk, by_hand.theta);
}

// Three pairs: near, nearly orthogonal, far beyond a right angle.
template <class Word, class Hand>
constexpr bool same_on_all(Hand hand) {
    for (const Moments& m : {pair, Moments{.5, -.01, .125}, Moments{1.5, -1.25, 2}})
        if (!same(kernel_at<Word, Vector<3>>(m), hand(State{m.xx, m.xz, m.zz}))) return false;
    return true;
}

static_assert(same_on_all<Dense<1, Weight<1.5>, Bias<.25>>>([](State s) { return s.affine(1.5L, .25L); }));
static_assert(same_on_all<Serial<Dense<8, Weight<1.5>, Bias<.25>>, Relu, Dense<8, Bias<.5>>, Relu, Dense<1>>>(
    [](State s) { return s.affine(1.5L, .25L).rectified(0, 1).affine(1, .5L).rectified(0, 1).affine(1); }));
static_assert(same_on_all<Serial<Dense<8, Bias<.25>>, LeakyRelu<.125>, Dense<8>, Abs, Dense<8>, ABRelu<-.5, 2>,
                                 Dense<1>>>([](State s) {
    return s.affine(1, .25L).rectified(.125L, 1).affine(1).rectified(-1, 1).affine(1).rectified(-.5L, 2).affine(1);
}));
static_assert(same_on_all<Serial<Dense<8, Weight<1.5>, Bias<.25>>, Erf, Dense<8, Weight<1.5>>, Erf, Dense<1>>>(
    [](State s) { return s.affine(1.5L, .25L).erf().affine(1.5L).erf().affine(1); }));

// Standard parameterisation: the layer's fan-in, 3 and then 5, weighs its NTK.
static_assert(same_on_all<Serial<Dense<5, Standard, Weight<1.5>, Bias<.25>>, Relu, Dense<1, Standard, Bias<.5>>>>(
    [](State s) { return s.standard(3, 1.5L, .25L).rectified(0, 1).standard(5, 1, .5L); }));

// Frozen: covariances as ever, nothing added to the NTK.
static_assert(same_on_all<Serial<Dense<8, Frozen, Bias<.25>>, Relu, Dense<8>, Relu, Dense<1, Frozen, Weight<1.5>>>>(
    [](State s) {
        State first = s.affine(1, .25L);
        first.theta = 0;
        const State second = first.rectified(0, 1).affine(1).rectified(0, 1);
        return State{2.25L * second.xx, 2.25L * second.xz, 2.25L * second.zz, 2.25L * second.theta};
    }));
static_assert(kernel_at<Serial<Dense<8, Frozen>, Relu, Dense<1, Frozen>>>(pair).ntk == 0);

// Branches. Concat weighs by widths: 8 and 24 of 32.
struct Branched : Serial<Dense<8, Bias<.25>>, Relu, Sum<Serial<Dense<8>, Relu, Dense<8>>, Dense<8, Bias<.5>>>> {};
static_assert(same_on_all<Branched>([](State s) {
    const State stem = s.affine(1, .25L).rectified(0, 1);
    return stem.affine(1).rectified(0, 1).affine(1) + stem.affine(1, .5L);
}));
static_assert(same_on_all<Serial<Dense<8>, Residual<Relu, Dense<8, Bias<.5>>>, Relu, Dense<1>>>([](State s) {
    const State stem = s.affine(1);
    return (stem + stem.rectified(0, 1).affine(1, .5L)).rectified(0, 1).affine(1);
}));
static_assert(
    same_on_all<Serial<Dense<8>, Product<Serial<Relu, Dense<8, Bias<.5>>>, Dense<8>, Erf>, Dense<1>>>([](State s) {
        const State stem = s.affine(1);
        return (stem.rectified(0, 1).affine(1, .5L) * stem.affine(1) * stem.erf()).affine(1);
    }));
static_assert(
    same_on_all<Serial<Dense<8>, Concat<Serial<Relu, Dense<8>>, Serial<Erf, Dense<24, Bias<.5>>>>, Dense<1>>>(
        [](State s) {
            const State stem = s.affine(1);
            return (stem.rectified(0, 1).affine(1).times(.25L) + stem.erf().affine(1, .5L).times(.75L)).affine(1);
        }));

static_assert(same_on_all<Serial<Dense<8, Weight<3>>, LayerNorm, Relu, Dense<8>, LayerNorm, Dense<1>>>([](State s) {
    return s.affine(3).normalised().rectified(0, 1).affine(1).normalised().affine(1);
}));
static_assert(same_on_all<Serial<Dense<8>, Relu, Dropout<.5, Train>, Dense<8>, Relu, Dense<1>>>([](State s) {
    return s.affine(1).rectified(0, 1).dropped(.5L).affine(1).rectified(0, 1).affine(1);
}));
static_assert(same_on_all<Serial<Dense<8>, Relu, Dropout<.5>, Dense<1>>>([](State s) {
    return s.affine(1).rectified(0, 1).affine(1);
}));

// A loop computes what the written-out layers do: depth 30 against thirty times the textbook's step.
static_assert(same_on_all<Scaled<30>>([](State s) {
    for (int layer = 0; layer < 30; ++layer) s = s.affine(by_hand::root(2)).rectified(0, 1);
    return s.affine(1);
}));

// Scales override the type's magnitudes; a bias that the type does not have stays absent.
constexpr double overridden = [] {
    auto scales = default_scales<Net>();
    scales[0] = {1, 5};
    scales[1] = {1, 5};
    return kernel_at<Net>(pair, scales).ntk;
}();
static_assert(agree(overridden, 0.579156112753954L));

// Duplicates, opposites and zero samples, exactly: Theta(x, x) = (L+1) |x|^2 for He ReLU nets.
static_assert(agree(kernel_at<Scaled<4>>({2, 2, 2}).ntk, 10, 1e-15L));
static_assert(agree(kernel_at<Scaled<4>>({2, 2, 2}).nngp, 2, 1e-15L));
static_assert(kernel_at<Scaled<4>>({0, 0, 2}).ntk == 0 && kernel_at<Scaled<4>>({0, 0, 0}).nngp == 0);
static_assert(near(kernel_at<Scaled<1>>({1, -1, 1}).nngp, 0, 1e-15) &&
              near(kernel_at<Scaled<1>>({1, -1, 1}).ntk, 0, 1e-15));
