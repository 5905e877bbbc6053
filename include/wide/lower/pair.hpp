#pragma once
// What a network does to a pair of samples, on any Lane: the one place where kernels are computed.
//
// State of a value: the correlation rho, as a signed deficit t (dsl/meaning/deficit.hpp), and Theta, both in units of
// the two samples' standard deviations s1 = sqrt(q1) and s2, so that K = s1 s2 rho and NTK = s1 s2 theta.
//
// Affine layer with variances q' = w^2 q + b^2, per sample u = w sqrt(q/q') and v = b / sqrt(q') (u^2 + v^2 = 1):
//     1 - rho' = u1 u2 (1 - rho) + ((u1 - u2)^2 + (v1 - v2)^2) / 2           theta' = rho' + u1 u2 theta
// and from the other end, 1 + rho' = u1 u2 (1 + rho) + ((u1 - u2)^2 + (v1 + v2)^2) / 2. Sums of branches are the
// same.
#include <wide/dsl/grammar/lane.hpp>
#include <wide/dsl/grammar/nonlinearity.hpp>
#include <wide/dsl/meaning/deficit.hpp>
#include <wide/dsl/meaning/nonlinearities.hpp>
#include <wide/dsl/meaning/recursion.hpp>
#include <wide/lower/magnitudes.hpp>

namespace wide {

/// Walks a recursion for one lane of pairs. `Side` is a cursor over a sample's hoisted numbers: `side[k]` reads,
/// `side.advance(n)` moves on. `with_theta` false leaves the NTK out; `same_sample` true says that both samples of
/// every pair are one and the same, which dropout has to know.
template <Lane L, class NonlinearityList, int slots, bool with_theta, bool same_sample, class Left, class Right>
struct PairMachine {
    using T = typename L::value_type;

    L deficit[slots];
    L theta[slots];
    Left left;
    Right right;
    const Magnitude* magnitude;

    template <Step s>
    [[gnu::always_inline]] constexpr void step() {
        if constexpr (s.op == Op::affine) affine<s>();
        else if constexpr (s.op == Op::nonlinearity) nonlinearity<s>();
        else if constexpr (s.op == Op::product) product<s>();
        else if constexpr (s.op == Op::sum || s.op == Op::concat) sum<s>();
        else if constexpr (s.op == Op::dropout && !same_sample) dropout<s>();
        else keep<s>();
        ++magnitude;
    }

private:
    template <Step s>
    static constexpr bool left_theta = with_theta&& s.left_trained;
    template <Step s>
    static constexpr bool right_theta = with_theta&& s.right_trained;

    [[gnu::always_inline]] constexpr void advance(int numbers) {
        left.advance(numbers);
        right.advance(numbers);
    }

    template <Step s>
    [[gnu::always_inline]] constexpr void keep() {
        deficit[s.out] = deficit[s.left];
        if constexpr (left_theta<s>) theta[s.out] = theta[s.left];
    }

    template <Step s>
    [[gnu::always_inline]] constexpr void affine() {
        const L t = deficit[s.left];
        L scale(1), next = t;
        if constexpr (s.biased) {
            const L one_weight = left[0], two_weight = right[0], one_bias = left[1], two_bias = right[1];
            scale = one_weight * two_weight;
            const L weights = one_weight - two_weight;
            if constexpr (s.nonnegative) {
                const L biases = one_bias - two_bias;
                next = fma(scale, t, L(T(0.5)) * fma(weights, weights, biases * biases));
            } else {
                const auto negative = t < L(0);
                const L biases = one_bias - select(negative, L(0) - two_bias, two_bias);
                const L gap = fma(scale, abs(t), L(T(0.5)) * fma(weights, weights, biases * biases));
                next = select(negative, select(gap < L(1), opposite(gap), L(2) - gap), gap);
            }
        }
        deficit[s.out] = next;
        if constexpr (with_theta) {
            const L before = left_theta<s> ? (s.biased ? scale * theta[s.left] : theta[s.left]) : L(0);
            if constexpr (!s.trained) {
                if constexpr (left_theta<s>) theta[s.out] = before;
            } else {
                const L own = own_theta<s>(t, next, scale);
                theta[s.out] = left_theta<s> ? before + own : own;
            }
        }
        if constexpr (s.biased) advance(s.standard ? 3 : 2);
    }

    /// What the layer's own weights and biases add to theta.
    template <Step s>
    [[gnu::always_inline]] constexpr L own_theta(L before, L after, L scale) const {
        if constexpr (!s.standard) {
            return correlation<s.nonnegative>(after);
        } else {
            const L weights = L(T(magnitude->fan_in / (magnitude->weight * magnitude->weight)));
            const L own = weights * scale * correlation<s.nonnegative>(before);
            if constexpr (s.biased) return fma(left[2], right[2], own);
            else return own;
        }
    }

    template <Step s>
    [[gnu::always_inline]] constexpr void nonlinearity() {
        using N = typename nth_of<s.nonlinearity, NonlinearityList>::type;
        const Dual<L> dual = N::template dual<s.nonnegative>(deficit[s.left], left, right);
        deficit[s.out] = dual.deficit;
        if constexpr (left_theta<s>) theta[s.out] = theta[s.left] * dual.slope;
        advance(N::hoisted);
    }

    template <Step s>
    [[gnu::always_inline]] constexpr void sum() {
        const L one_left = left[0], two_left = right[0], one_right = left[1], two_right = right[1];
        const L from_left = one_left * two_left, from_right = one_right * two_right;
        const L lefts = one_left - two_left, rights = one_right - two_right;
        const L apart = L(T(0.5)) * fma(lefts, lefts, rights * rights);
        const L far = fma(from_left, distance<s.nonnegative>(deficit[s.left]),
                          fma(from_right, distance<s.nonnegative>(deficit[s.right]), apart));
        if constexpr (left_theta<s> && right_theta<s>)
            theta[s.out] = fma(from_left, theta[s.left], from_right * theta[s.right]);
        else if constexpr (left_theta<s>) theta[s.out] = from_left * theta[s.left];
        else if constexpr (right_theta<s>) theta[s.out] = from_right * theta[s.right];
        if constexpr (s.nonnegative) {
            deficit[s.out] = far;
        } else {
            const L one = deficit[s.left], two = deficit[s.right], none(0), other = signed_deficit(far);
            const L gap = fma(from_left, abs(one), fma(from_right, abs(two), apart));
            deficit[s.out] = select(one < none, select(two < none, opposite(gap), other), other);
        }
        advance(2);
    }

    template <Step s>
    [[gnu::always_inline]] constexpr void product() {
        const L one = deficit[s.left], two = deficit[s.right];
        const L one_gap = abs(one), two_gap = abs(two), gap = fma(one_gap, L(1) - two_gap, two_gap);
        const L one_rho = correlation<s.nonnegative>(one), two_rho = correlation<s.nonnegative>(two);
        if constexpr (left_theta<s> && right_theta<s>)
            theta[s.out] = fma(theta[s.left], two_rho, theta[s.right] * one_rho);
        else if constexpr (left_theta<s>) theta[s.out] = theta[s.left] * two_rho;
        else if constexpr (right_theta<s>) theta[s.out] = theta[s.right] * one_rho;
        deficit[s.out] = s.nonnegative ? gap : select(one_rho * two_rho < L(0), opposite(gap), gap);
    }

    /// Two different samples lose no covariance, but both variances grow: rho' = keep rho.
    template <Step s>
    [[gnu::always_inline]] constexpr void dropout() {
        const L t = deficit[s.left], stay(T(magnitude->keep));
        const L gap = fma(stay, abs(t), L(T(1 - magnitude->keep)));
        deficit[s.out] = s.nonnegative ? gap : select(t < L(0), opposite(gap), gap);
        if constexpr (left_theta<s>) theta[s.out] = theta[s.left] * stay;
    }
};

}  // namespace wide
