#pragma once
// The dual of an activation that has kinks elsewhere than at 0: phi = kappa + rest, where kappa is a sum of ramps
// (ramps.hpp). With the Hermite coefficients d_k of the rest and kappa_k of kappa,
//
//     rho' = sum_k (d_k d_k' + d_k kappa_k' + kappa_k d_k') rho^k + E kappa(u) kappa(v)
//
// where the primes belong to the second sample, and everything is scaled to E phi^2 = 1. The last term is exact
// (orthant.hpp), and what falls slowly, the product of two kappas, is not in the series: none of it is left of a
// piecewise linear phi, where the rest is linear, and as many terms as a smooth phi needs where the rest is smooth.
// Where the curvature jumps along with the slope, the k-th term falls like k^-3, and its part of the slope like k^-2.
//
// Ramps rise where phi may not: at variances that are large beside the kinks, they cancel. How much that leaves of
// the accuracy is known, and where it is too little, the kernel is refused.
//
//     error of the slope at variances up to 10:   hard sigmoid 7e-8 (float) 2e-14 (double)
#include <wide/dsl/grammar/nonlinearity.hpp>
#include <wide/dsl/meaning/deficit.hpp>
#include <wide/dsl/words/nonlinearities/hermite_coefficients.hpp>
#include <wide/dsl/words/nonlinearities/orthant.hpp>
#include <wide/dsl/words/nonlinearities/ramps.hpp>

namespace wide {

template <class N>
struct SplitKinks {
    /// Terms of the series, at most.
    template <class T>
    static constexpr int longest = sizeof(T) == sizeof(float) ? 512 : 1024;
    /// Half of the numbers that a sample has for pairs on lanes of T, at most.
    template <class T>
    static constexpr int capacity = longest<T> + 2 * Ramps<N>::count;
    /// What may be cut off the series for the dual's slope.
    template <class T>
    static constexpr double tolerance = sizeof(T) == sizeof(float) ? 5e-8 : 5e-12;
    /// What ramps may cancel, and what may be missing of a series that had no room: more is refused.
    template <class T>
    static constexpr double largest_rounding = sizeof(T) == sizeof(float) ? 3e-6 : 1e-10;
    static constexpr double largest_loss = 1e-3;

    static constexpr double flops = 400.0 * Ramps<N>::count * Ramps<N>::count;
    static constexpr Domain domain = domain_of<N>();

    static constexpr double lowest_correlation(double) { return -1; }

    /// Writes threshold, density, tail and strength of each ramp, then d_k and kappa_k + d_k / 2 of each k.
    template <class T, class L>
    static constexpr L variance(L q, L* numbers, HermiteUse& use, const Terms& settled) {
        constexpr int most = longest<T>;
        using Number = typename L::value_type;
        const L none(Number(0)), square = HermiteCoefficients<N, L, 1>(q, 1, 1).square;
        const L scale = select(none < square, L(Number(1)) / sqrt(select(none < square, square, L(Number(1)))), none);
        const L strength = sqrt(q) * scale;

        using Rest = HermiteCoefficients<WithoutRamps<N>, L, most>;
        // What is left out of the rest is multiplied with kappa, not with itself: twice as many terms leave out its
        // square.
        const bool open = settled.all() == 0;
        const Rest rest(q, 0, open ? 2 * Rest(q, 1e-13, 0).count : settled.longest());
        L kappa[most]{};
        double cancelled = 0;
        for (int i = 0; i < ramps; ++i, numbers += 4) {
            const Threshold<L> threshold = threshold_of(i, q);
            const L steep = strength * Ramps<N>::template jump<L>(i);
            numbers[0] = threshold.at;
            numbers[1] = threshold.density;
            numbers[2] = threshold.tail;
            numbers[3] = steep;
            add_coefficients(kappa, rest.count, threshold, steep, Ramps<N>::direction(i));
            cancelled += number_of(steep * steep * threshold.tail);
        }

        use = {.terms = settled, .missing = rest.use.missing * number_of(rest.square * scale * scale)};
        if (open) {
            use.missing = loss(rest, kappa, scale, rest.count / 2);
            int length = rest.count;
            while (length > 2 && loss(rest, kappa, scale, length - 2) < tolerance<T>) length -= 2;
            use.terms = {length / 2, length / 2, length + 4 * ramps};
        }
        const double rounding = cancelled * (sizeof(T) == sizeof(float) ? 0x1p-24 : 0x1p-53);
        use.beside_ramps = true;
        use.converged = use.missing <= largest_loss && rounding <= largest_rounding<T>;
        for (int k = 0; k < use.terms.longest(); ++k) {
            const L own = rest.coefficient[k] * scale;
            *numbers++ = own;
            *numbers++ = fma(L(Number(0.5)), own, kappa[k]);
        }
        return square;
    }

    template <double lowest, class Stored, class L, class Left, class Right>
    static constexpr Dual<L> dual(L t, Left left, Right right, const Terms& terms) {
        using T = typename L::value_type;
        L apart(0), value(0), slope(0);
        const auto compare = [&](int number) {
            const L difference = left[number] - right[number];
            apart = fma(difference, difference, apart);
        };
        const L rho = correlation<(lowest >= 0)>(t), gap = lowest >= 0 ? t : abs(t);
        for (int k = terms.longest() - 1; k >= 0; --k) {
            const int number = 4 * ramps + 2 * k;
            compare(number);
            compare(number + 1);
            const L one = left[number], two = right[number], three = left[number + 1], four = right[number + 1];
            slope = fma(slope, rho, value);
            value = fma(value, rho, fma(one, four, two * three));
        }
        for (int number = 0; number < 4 * ramps; ++number) compare(number);
        for (int i = 0; i < ramps; ++i)
            for (int j = 0; j < ramps; ++j) {
                if (!is_first(i, j)) continue;
                L strength(0);
                for (int k = 0; k < ramps; ++k)
                    for (int m = 0; m < ramps; ++m)
                        if (is_same(i, j, k, m)) strength = fma(L(left[4 * k + 3]), L(right[4 * m + 3]), strength);
                const T turned = static_cast<T>(turn(i, j));
                L sign(turned);
                if constexpr (lowest < 0) sign = select(t < L(0), L(-turned), sign);
                const Orthant<L> both = orthant(threshold_at<L>(left, i), threshold_at<L>(right, j), gap, sign);
                value = fma(strength, both.product, value);
                slope = fma(strength * L(turned), both.probability, slope);
            }
        // Equal samples stay equal; nearly equal ones are told apart to a rounding error of 1.
        const L alike = apart + distance<(lowest >= 0)>(t), one_minus = L(1) - value;
        return {select(alike < L(T(1e-25)), L(0), signed_deficit(select(one_minus < L(0), L(0), one_minus))), slope};
    }

private:
    static constexpr int ramps = Ramps<N>::count;

    static constexpr double turn(int i, int j) { return Ramps<N>::direction(i) * Ramps<N>::direction(j); }

    /// Whether two pairs of ramps have the same orthant: kinks at -c and c do.
    static constexpr bool is_same(int i, int j, int k, int m) {
        return Ramps<N>::distance(i) == Ramps<N>::distance(k) && Ramps<N>::distance(j) == Ramps<N>::distance(m) &&
               turn(i, j) == turn(k, m);
    }
    static constexpr bool is_first(int i, int j) {
        for (int k = 0; k < ramps; ++k)
            for (int m = 0; m < ramps; ++m)
                if (is_same(i, j, k, m)) return k == i && m == j;
        return true;
    }

    template <class L>
    static constexpr Threshold<L> threshold_of(int i, L q) {
        using Number = typename L::value_type;
        const L least(Threshold<L>::least), deviation = sqrt(q);
        const double place = Ramps<N>::distance(i), shortest = place > 0 ? place / Threshold<L>::most : 1;
        const L ratio = L(Number(place)) / select(L(Number(shortest)) < deviation, deviation, L(Number(shortest)));
        const L at = select(least < ratio, ratio, least);
        return {at, exp(L(Number(-0.5)) * at * at) * L(Number(0.39894228040143267794)), normal_tail(at)};
    }

    template <class L, class Numbers>
    [[gnu::always_inline]] static constexpr Threshold<L> threshold_at(const Numbers& numbers, int i) {
        return {numbers[4 * i], numbers[4 * i + 1], numbers[4 * i + 2]};
    }

    /// E max(g - h, 0) h_k(g) is pdf(h) - h tail(h), tail(h), then pdf(h) h_{k-2}(h) / sqrt(k (k - 1)).
    template <class L>
    static constexpr void add_coefficients(L* kappa, int count, const Threshold<L>& h, L strength, double direction) {
        using Number = typename L::value_type;
        const L sign{static_cast<Number>(direction)};
        kappa[0] = fma(strength, fnma(h.at, h.tail, h.density), kappa[0]);
        kappa[1] = fma(strength * sign, h.tail, kappa[1]);
        L before(Number(0)), now = strength * h.density, before_root(Number(0)), root(Number(1));
        for (int k = 2; k < count; ++k) {
            const L next_root = sqrt(L(Number(k))), next = fnma(before_root, before, h.at * now) / root;
            kappa[k] = kappa[k] + (k % 2 == 0 ? now : sign * now) / (root * next_root);
            before = now;
            now = next;
            before_root = root;
            root = next_root;
        }
    }

    /// The part of the dual's slope at rho = 1 that terms from `first` on have: those of the second half bound what
    /// would come after them.
    template <class Rest, class L, int most>
    static constexpr double loss(const Rest& rest, const L (&kappa)[most], L scale, int first) {
        double sum = 0;
        for (int k = first; k < rest.count; ++k) {
            const double own = number_of(rest.coefficient[k] * scale), term = own * (own + 2 * number_of(kappa[k]));
            sum += k * (term < 0 ? -term : term);
        }
        return sum;
    }
};

}  // namespace wide
