#pragma once
// What belongs to one sample alone, at every position: its variance after every layer, and the numbers that pairs read.
// In double, several samples side by side.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include <wide/dsl/words/norm.hpp>
#include <wide/lower/plane_cells.hpp>
#include <wide/lower/plane_taps.hpp>
#include <wide/lower/variance_room.hpp>
#include <wide/simd/scalar.hpp>

namespace wide {

/// A pass of an architecture for one input: its taps, its numbers, what it does to variances.
struct PassFact {
    GridTaps taps;
    bool has_taps = false;
    Extents in{1, 1, 1}, grid{1, 1, 1};   ///< positions of what it reads and of what it makes
    std::size_t numbers = 0, base = 0; ///< per position; before them, in positions times numbers
    double weight = 1, bias = 0;       ///< variance' = weight * taps + bias
    double left_share = 1, right_share = 1, keep = 1;
    bool all_positions = false, series = false;  ///< series: the dual's length depends on the samples
    Terms terms{};
    Domain domain{};
    VarianceRoom room{};
};

/// The first sample whose variance a pass can't take.
struct Misfit {
    int lane = -1;
    double variance = 0;
    bool converged = true, fits = true;
};

/// Notes the first lane with a variance that is neither 0 nor in [least, most], by what it `met`.
inline void judge(const Block<double, 1>& variance, double least, double most, const Block<double, 1>& met,
                  Misfit& misfit) {
    using L = Block<double, 1>;
    if (!any(variance < L(least)) && !any(L(most) < variance)) [[likely]]
        return;
    alignas(64) double each[lanes<double>], there[lanes<double>];
    variance.store(each);
    met.store(there);
    for (int l = 0; l < lanes<double>; ++l)
        if (misfit.lane < 0 && each[l] != 0 && !(each[l] >= least && each[l] <= most))
            misfit = {l, there[l], true, false};
}

inline double inverse_or_zero(double deviation) { return deviation > 0 ? 1 / deviation : 0; }

/// Variances of one position, scalar lane after scalar lane: writes the numbers of position `at`.
template <class Form, class Stored>
void hoist_position(const double* before, double* after, const PassFact& fact, double* number, Misfit& misfit) {
    constexpr int lane = lanes<double>;
    constexpr int kept = deviations_kept<Form>;
    const auto apart = static_cast<std::ptrdiff_t>(volume(fact.grid)) * lane;
    constexpr int most_hoisted = hoisted_in<Form, Stored> + 1;
    Scalar<double> hoisted[most_hoisted];
    for (int l = 0; l < lane; ++l) {
        const double q = before[l];
        HermiteUse use{};
        double next = 0;
        int count = 0;
        if constexpr (is_automatic<Form>) {
            next = Form::template variance<Stored>(Scalar<double>(q), hoisted, use, fact.terms).value;
            count = fact.terms.all();
        } else {
            next = Form::variance(Scalar<double>(q), hoisted).value;
            count = Form::hoisted;
        }
        const bool taken = q <= fact.domain.largest && use.converged;
        const VarianceRoom& room = fact.room;
        const bool fits = !taken || q == 0 || (q >= room.least && q <= room.most && next <= room.made);
        if (misfit.lane < 0 && !(taken && fits)) misfit = {l, q, use.converged, fits};
        const double deviation = std::sqrt(next);
        const double inverse = inverse_or_zero(degree_of<Form>() == 1 ? deviation : std::sqrt(q));
        number[l] = inverse;
        number[apart + l] = deviation;
        if constexpr (kept > 2) number[2 * apart + l] = deviation * inverse;
        for (int k = 0; k < count; ++k) number[(kept + k) * apart + l] = hoisted[k].value;
        after[l] = next;
    }
}

/// The same for a positively homogeneous word: all lanes at once.
template <class Form>
void hoist_homogeneous(const double* before, double* after, const PassFact& fact, double* number, Misfit& misfit) {
    using L = Block<double, 1>;
    const L none(0.0), next = Form::variance(L::load(before), static_cast<L*>(nullptr)), deviation = sqrt(next);
    const auto positive = none < next;
    const L inverse = select(positive, L(1.0) / select(positive, deviation, L(1.0)), none);
    inverse.store(number);
    deviation.store(number + static_cast<std::ptrdiff_t>(volume(fact.grid)) * lanes<double>);
    next.store(after);
    judge(next, fact.room.least, std::min(fact.room.most, fact.room.made), L::load(before), misfit);
}

/// All variances of a pass, from those before it. `run` has no Thetas; its numbers are not read.
template <PlanePass pass, class NonlinearityList, class Stored>
void run_variance_pass(const PassRun<double>& run, const PassFact& fact, double* number, Misfit& misfit) {
    constexpr std::ptrdiff_t lane = lanes<double>;
    using L = Block<double, 1>;
    TapSums<double> sums(run, run.left_nngp, run.sums);
    L total(0.0);
    for (std::ptrdiff_t z = 0; z < run.out[0]; ++z)
        for (std::ptrdiff_t y = 0; y < run.out[1]; ++y) {
            const std::ptrdiff_t line = z * run.out[1] + y;
            const double* before = run.taps ? sums.row(z, y) : run.left_nngp + line * run.left_row;
            double* after = run.nngp + line * run.row;
            for (std::ptrdiff_t x = 0; x < run.out[2]; ++x) {
                const std::ptrdiff_t at = x * lane, position = line * run.out[2] + x;
                alignas(64) double here[lane];
                L q = L::load(before + at);
                if constexpr (joins(pass.op)) {
                    const L other = L::load(run.right_nngp + line * run.right_row + at);
                    if constexpr (pass.op == Op::product) {
                        judge(q, fact.room.least, fact.room.most, q, misfit);
                        judge(other, fact.room.least, fact.room.most, other, misfit);
                        q = q * other;
                    }
                    else q = fma(q, L(fact.left_share), other * L(fact.right_share));
                } else {
                    q = fma(q, L(fact.weight), L(fact.bias));
                }
                if constexpr (pass.op == Op::nonlinearity) {
                    using Form = kernel_form<typename nth_of<pass.nonlinearity, NonlinearityList>::type>;
                    q.store(here);
                    if constexpr (degree_of<Form>() == 1)
                        hoist_homogeneous<Form>(here, after + at, fact, number + position * lane, misfit);
                    else
                        hoist_position<Form, Stored>(here, after + at, fact, number + position * lane, misfit);
                } else if constexpr (pass.op == Op::normalize) {
                    judge(q, fact.room.least, fact.room.most, q, misfit);
                    total = total + q;
                    if (!fact.all_positions) {
                        const L scale = L(1.0) / sqrt(q + L(LayerNorm::epsilon));
                        scale.store(number + position * lane);
                        q = q * scale * scale;
                    }
                    q.store(after + at);
                } else if constexpr (pass.op == Op::dropout) {
                    q = q * L(1 / fact.keep);
                    judge(q, 0, fact.room.made, q, misfit);
                    q.store(after + at);
                } else {
                    judge(q, 0, fact.room.made, q, misfit);
                    q.store(after + at);
                }
            }
        }
    if constexpr (pass.op == Op::normalize) {
        if (!fact.all_positions) return;
        const L mean = total * L(1 / static_cast<double>(volume(run.out)));
        const L scale = L(1.0) / sqrt(mean + L(LayerNorm::epsilon));
        for (std::ptrdiff_t line = 0; line < run.out[0] * run.out[1]; ++line)
            for (std::ptrdiff_t x = 0; x < run.out[2]; ++x) {
                double* const after = run.nngp + line * run.row + x * lane;
                (L::load(after) * scale * scale).store(after);
                scale.store(number + (line * run.out[2] + x) * lane);
            }
    }
}

/// Makes the series of a pass as long as some of these variances need them: 17 of them, from the least to the largest.
template <PlanePass pass, class NonlinearityList, class Stored>
void settle_pass([[maybe_unused]] std::vector<double>& variances, [[maybe_unused]] PassFact& fact) {
    if constexpr (pass.op == Op::nonlinearity) {
        using Form = kernel_form<typename nth_of<pass.nonlinearity, NonlinearityList>::type>;
        if constexpr (is_automatic<Form>) {
            if (variances.empty()) return;
            std::sort(variances.begin(), variances.end());
            constexpr std::size_t intervals = 16;
            Scalar<double> hoisted[hoisted_in<Form, Stored> + 1];
            for (std::size_t k = 0; k <= intervals; ++k) {
                HermiteUse use{};
                const double q = variances[k * (variances.size() - 1) / intervals];
                Form::template variance<Stored>(Scalar<double>(q), hoisted, use, Terms{});
                fact.terms.widen(use.terms);
            }
        }
    }
}

}  // namespace wide
