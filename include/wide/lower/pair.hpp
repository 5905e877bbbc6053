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
/// every pair are one and the same, which dropout has to know. `Stored` is the element type that numbers were hoisted
/// for.
///
/// Every step makes a correlation and the factors of one rule, Theta' = left_factor Theta_left + right_factor
/// Theta_right + own; a step whose correlation is `known` reuses those of the step before.
template <Lane L, class Stored, class NonlinearityList, int slots, int theta_slots, bool with_theta, bool same_sample,
          class Left, class Right>
struct PairMachine {
    using T = typename L::value_type;

    L deficit[slots];
    L small[slots];  ///< correlations that are kept apart (keeps_small), else without meaning
    L theta[theta_slots];
    Left left;
    Right right;
    const PairMagnitude* magnitude;
    L left_factor, right_factor, own;

    template <Step s>
    [[gnu::always_inline]] constexpr void step() {
        if constexpr (s.known) void();
        else if constexpr (s.op == Op::affine) affine<s>();
        else if constexpr (s.op == Op::nonlinearity) nonlinearity<s>();
        else if constexpr (s.op == Op::product) product<s>();
        else if constexpr (s.op == Op::sum || s.op == Op::concat) sum<s>();
        else if constexpr (s.op == Op::dropout && !same_sample) dropout<s>();
        else {
            static_assert(s.op == Op::normalize || s.op == Op::flatten || s.op == Op::dropout,
                          "a pair without positions has no such step");
            keep<s>();
        }
        if constexpr (with_theta && s.makes_theta()) theta[s.theta_out] = next_theta<s>();
        ++magnitude;
    }

    /// The correlation that a step, or whoever wants a result, reads from a slot.
    template <bool nonnegative, bool kept_apart>
    [[gnu::always_inline]] constexpr L correlation_at(int slot) const {
        if constexpr (kept_apart) return small[slot];
        else return correlation<nonnegative>(deficit[slot]);
    }

private:
    template <Step s>
    [[gnu::always_inline]] constexpr void keep() {
        deficit[s.out] = deficit[s.left];
        if constexpr (s.small) small[s.out] = small[s.left];
    }

    /// Whether the left Theta goes on as it is.
    template <Step s>
    static constexpr bool passes_on = (s.op == Op::affine && !s.biased) || s.op == Op::normalize ||
                                      s.op == Op::flatten || (s.op == Op::dropout && same_sample);

    template <Step s>
    [[gnu::always_inline]] constexpr L next_theta() const {
        if constexpr (s.left_trained && s.right_trained)
            return fma(left_factor, theta[s.theta_left], right_factor * theta[s.theta_right]);
        else if constexpr (s.right_trained) return right_factor * theta[s.theta_right];
        else if constexpr (!s.left_trained) return own;
        else if constexpr (passes_on<s>) return s.trained ? theta[s.theta_left] + own : theta[s.theta_left];
        else if constexpr (s.trained) return fma(left_factor, theta[s.theta_left], own);
        else return left_factor * theta[s.theta_left];
    }

    [[gnu::always_inline]] constexpr void advance(int numbers) {
        left.advance(numbers);
        right.advance(numbers);
    }

    template <Step s>
    [[gnu::always_inline]] constexpr void affine() {
        const L t = deficit[s.left];
        L next = t;
        if constexpr (s.biased) {
            const L one_weight = left[0], two_weight = right[0], one_bias = left[1], two_bias = right[1];
            left_factor = one_weight * two_weight;
            const L weights = one_weight - two_weight;
            if constexpr (s.nonnegative()) {
                const L biases = one_bias - two_bias;
                next = fma(left_factor, t, L(T(0.5)) * fma(weights, weights, biases * biases));
            } else {
                const auto negative = t < L(0);
                const L biases = one_bias - select(negative, L(0) - two_bias, two_bias);
                const L gap = fma(left_factor, abs(t), L(T(0.5)) * fma(weights, weights, biases * biases));
                next = select(negative, select(gap < L(1), opposite(gap), L(2) - gap), gap);
            }
            advance(2);
        }
        const L before = correlation_at<s.nonnegative(), s.small>(s.left);
        deficit[s.out] = next;
        if constexpr (!s.biased && s.small) small[s.out] = before;
        if constexpr (with_theta && (s.trained || s.shares_own)) {
            if constexpr (s.standard) own = standard_own<s>(before);
            else if constexpr (!s.biased) own = before;
            else own = correlation<s.nonnegative()>(next);
        }
        if constexpr (s.standard) advance(s.biased ? 2 : 1);
    }

    /// In standard parameterisation the layer's own part is fan-in K + [bias], K before the layer.
    template <Step s>
    [[gnu::always_inline]] constexpr L standard_own(L before) const {
        const L sum = left[0] * right[0] * before;
        if constexpr (s.biased) return fma(left[1], right[1], sum);
        else return sum;
    }

    template <Step s>
    [[gnu::always_inline]] constexpr void nonlinearity() {
        using Form = kernel_form<typename nth_of<s.nonlinearity, NonlinearityList>::type>;
        const auto dual = [&] {
            if constexpr (is_automatic<Form>)
                return Form::template dual<s.lowest(), Stored>(deficit[s.left], left, right, magnitude->terms);
            else return Form::template dual<s.lowest()>(deficit[s.left], left, right);
        }();
        deficit[s.out] = dual.deficit;
        if constexpr (keeps_small<Form>()) small[s.out] = dual.correlation;
        left_factor = dual.slope;
        if constexpr (is_automatic<Form>) advance(magnitude->terms.all());
        else advance(Form::hoisted);
    }

    template <Step s>
    [[gnu::always_inline]] constexpr void sum() {
        const L one_left = left[0], two_left = right[0], one_right = left[1], two_right = right[1];
        left_factor = one_left * two_left, right_factor = one_right * two_right;
        const L lefts = one_left - two_left, rights = one_right - two_right;
        const L apart = L(T(0.5)) * fma(lefts, lefts, rights * rights);
        const L far = fma(left_factor, distance<s.nonnegative()>(deficit[s.left]),
                          fma(right_factor, distance<s.nonnegative()>(deficit[s.right]), apart));
        if constexpr (s.nonnegative()) {
            deficit[s.out] = far;
        } else {
            const L one = deficit[s.left], two = deficit[s.right], none(0), other = signed_deficit(far);
            const L gap = fma(left_factor, abs(one), fma(right_factor, abs(two), apart));
            deficit[s.out] = select(one < none, select(two < none, opposite(gap), other), other);
        }
        advance(2);
    }

    template <Step s>
    [[gnu::always_inline]] constexpr void product() {
        const L one = deficit[s.left], two = deficit[s.right];
        const L one_gap = abs(one), two_gap = abs(two), gap = fma(one_gap, L(1) - two_gap, two_gap);
        left_factor = correlation<s.nonnegative()>(two), right_factor = correlation<s.nonnegative()>(one);
        deficit[s.out] = s.nonnegative() ? gap : select(left_factor * right_factor < L(0), opposite(gap), gap);
    }

    /// Two different samples lose no covariance, but both variances grow: rho' = keep rho.
    template <Step s>
    [[gnu::always_inline]] constexpr void dropout() {
        const L t = deficit[s.left];
        left_factor = L(T(magnitude->keep));
        const L gap = fma(left_factor, abs(t), L(T(1 - magnitude->keep)));
        deficit[s.out] = s.nonnegative() ? gap : select(t < L(0), opposite(gap), gap);
    }
};

}  // namespace wide
