#pragma once
// K ~ F F^T of small rank, by Cholesky's factorisation of a few columns of K, chosen at random: each with a probability
// in proportion to its diagonal entry in what is left of K (Chen, Epperly, Tropp, Webber, "Randomly pivoted Cholesky",
// arXiv:2207.06503). Columns come in blocks; of a block's candidates, drawn before any of them is eliminated, each is
// kept with the probability that its entry has fallen to since: as if they had been drawn one by one (Epperly, Tropp,
// Webber, "Embrace rejection", arXiv:2410.03969). `pivots::uniform` takes every column alike, as Nystroem's method does.
//
//     const LowRank approximation = low_rank(K, {.rank = 1000, .seed = {1}});       // K: any KernelOperator
//     approximation.factor;              // n x rank, in double; F(pivots, :) is lower triangular
//     approximation.residual_trace;      // trace(K - F F^T), never negative for a positive semidefinite K
//
// Ends early when the trace has fallen to `tolerance` of what it was, or to rounding: the rank may be smaller than asked,
// and columns that others span are never taken. The same seed gives the same pivots.
//
// Time: n rank entries of K and 2 n rank^2 flops. Memory: 8 n rank bytes, and for a block of up to 128 columns some 20
// bytes an entry. Throws not_positive_definite where what is left of K has a negative diagonal entry beyond rounding,
// insufficient_memory, error for a senseless tolerance, and what K throws.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <wide/infer/cholesky.hpp>
#include <wide/infer/kernel_operator.hpp>
#include <wide/infer/lapack.hpp>
#include <wide/infer/regress.hpp>
#include <wide/run/error.hpp>
#include <wide/run/matrix.hpp>
#include <wide/run/memory.hpp>
#include <wide/run/options.hpp>
#include <wide/run/random.hpp>
#include <wide/run/readable_number.hpp>

namespace wide {

/// How columns are chosen: in proportion to what is left of the diagonal, or all alike.
enum class pivots : unsigned char { weighted, uniform };

struct low_rank_options {
    std::size_t rank = 100;  ///< at most
    double tolerance = 0;    ///< of the trace, where to end
    wide::seed seed = {};
    wide::pivots pivots = wide::pivots::weighted;
    std::uint64_t budget = 0;  ///< bytes; 0: the machine's memory
    Progress progress = {};    ///< flops done of those for the whole rank; may end early
};

struct LowRank {
    Matrix<double> factor;            ///< n x rank
    std::vector<std::size_t> pivots;  ///< the columns, in the order of elimination
    double trace = 0, residual_trace = 0;

    [[nodiscard]] std::size_t rank() const { return pivots.size(); }
};

namespace pivoting {

/// Candidates for pivots, each once, in the order in which they were drawn.
class Draws {
public:
    Draws(const low_rank_options& how, std::size_t count) : how_{how}, random_{how.seed} {
        if (how.pivots == pivots::weighted) return;
        order_ = all_places(count);
        for (std::size_t k = count; k > 1; --k) std::swap(order_[k - 1], order_[random_.below(k, drawn_++)]);
    }

    /// None are left where `left`, the diagonal, is zero, or where all have been asked.
    [[nodiscard]] std::vector<std::size_t> next(std::size_t many, std::span<const double> left) {
        std::vector<std::size_t> chosen;
        if (how_.pivots == pivots::uniform) {
            for (; chosen.size() < many && asked_ < order_.size(); ++asked_) chosen.push_back(order_[asked_]);
            return chosen;
        }
        std::vector<double> sums(left.size());
        double sum = 0;
        for (std::size_t i = 0; i < left.size(); ++i) sums[i] = sum += left[i];
        if (!(sum > 0)) return chosen;
        for (std::size_t k = 0; k < many; ++k) {
            const auto at = std::upper_bound(sums.begin(), sums.end(), sum * random_.uniform(drawn_++));
            const auto i = static_cast<std::size_t>(std::min(at, sums.end() - 1) - sums.begin());
            if (left[i] > 0 && std::find(chosen.begin(), chosen.end(), i) == chosen.end()) chosen.push_back(i);
        }
        return chosen;
    }

    /// Whether a candidate stays whose entry has fallen to this fraction.
    [[nodiscard]] bool keeps(double fraction) {
        return how_.pivots == pivots::uniform || random_.uniform(drawn_++) < fraction;
    }

private:
    const low_rank_options& how_;
    Random random_;
    std::uint64_t drawn_ = 0;
    std::size_t asked_ = 0;
    std::vector<std::size_t> order_;
};

/// Which of a block's candidates are taken, and the Cholesky factor of what is left of K between these.
struct Taken {
    std::vector<std::size_t> candidates;
    Matrix<double> L;
};

/// `A`: what is left of K between the candidates; used up. `least(a)`: below it an entry is rounding.
template <class Least>
[[nodiscard]] Taken choose(Matrix<double>& A, Draws& draws, std::size_t most, const Least& least) {
    const std::size_t count = A.rows();
    std::vector<double> before(count);
    for (std::size_t a = 0; a < count; ++a) before[a] = A(a, a);
    Taken taken;
    std::vector<std::vector<double>> lines;  // of L, of every candidate
    lines.resize(count);
    for (std::size_t a = 0; a < count && taken.candidates.size() < most; ++a) {
        if (!(A(a, a) > least(a)) || !draws.keeps(A(a, a) / before[a])) continue;
        taken.candidates.push_back(a);
        const double root = std::sqrt(A(a, a));
        lines[a].push_back(root);
        for (std::size_t b = a + 1; b < count; ++b) lines[b].push_back(A(b, a) / root);
        for (std::size_t b = a + 1; b < count; ++b)
            for (std::size_t c = a + 1; c <= b; ++c) A(b, c) -= lines[b].back() * lines[c].back();
    }
    const std::size_t rank = taken.candidates.size();
    taken.L = Matrix<double>(rank, rank);
    for (std::size_t r = 0; r < rank; ++r)
        for (std::size_t c = 0; c <= r; ++c) taken.L(r, c) = lines[taken.candidates[r]][c];
    return taken;
}

/// The first columns of a matrix, in place of all of them.
inline Matrix<double> first_columns(Matrix<double> all, std::size_t count) {
    if (count == all.cols()) return all;
    Matrix<double> some(all.rows(), count);
    for (std::size_t i = 0; i < all.rows(); ++i) std::copy_n(all.row(i).data(), count, some.row(i).data());
    return some;
}

}  // namespace pivoting

template <KernelOperator Kernel>
[[nodiscard]] LowRank low_rank(const Kernel& K, const low_rank_options& how = {}) {
    using T = typename Kernel::value_type;
    if (!(how.tolerance >= 0))
        throw error{"low_rank: a tolerance of " + readable_number(how.tolerance) + " is refused: pass zero or more"};
    const std::size_t n = K.rows(), most = std::min(how.rank, n);
    const std::size_t together = std::clamp<std::size_t>(most / 8, 16, 128);
    require_memory(saturated_product(n, saturated_sum(saturated_product(most, 8), together * (16 + sizeof(T)))),
                   how.budget, "a low-rank factor of " + regression::size_of(n, most));
    const std::vector<T> own = K.diagonal();
    std::vector<double> left(own.begin(), own.end());
    LowRank result{Matrix<double>(n, most), {}, 0, 0};
    // What is below an entry's own rounding is no pivot; what is below its root shows that K is indefinite.
    const auto rounding = [&](std::size_t i) { return cholesky::pivot_tolerance<T> * static_cast<double>(own[i]); };
    constexpr double noise = 4 * 0x1p-12, finer_noise = 4 * 0x1p-26;
    const auto require_semidefinite = [&](std::size_t i) {
        const double entry = std::max(0.0, static_cast<double>(own[i]));
        if (left[i] >= -(sizeof(T) == sizeof(float) ? noise : finer_noise) * entry && own[i] >= 0) return;
        throw not_positive_definite{"low_rank: K is not positive semidefinite: row " + std::to_string(i) +
                                        " has a diagonal entry of " + readable_number(left[i]) + " after " +
                                        std::to_string(result.rank()) + " pivots: add " +
                                        readable_number(-2 * left[i]) + " or more to the diagonal, or check the kernel",
                                    i, left[i], -2 * left[i]};
    };
    const auto trace_left = [&] {
        double sum = 0;
        for (std::size_t i = 0; i < n; ++i) {
            require_semidefinite(i);
            if (left[i] <= rounding(i)) left[i] = 0;
            sum += left[i];
        }
        return sum;
    };
    result.trace = result.residual_trace = trace_left();
    pivoting::Draws draws{how, n};
    std::vector<bool> is_pivot(n);
    const int stride = lapack::size(most);
    while (result.rank() < most && result.residual_trace > how.tolerance * result.trace) {
        const std::vector<std::size_t> places = draws.next(std::min(together, most - result.rank()), left);
        if (places.empty()) break;
        const std::size_t count = places.size(), done = result.rank();
        const Matrix<T> columns = K.columns(places);
        Matrix<double> rest(n, count), known(count, std::max<std::size_t>(done, 1));
        for (std::size_t k = 0; k < rest.size(); ++k) rest.data()[k] = static_cast<double>(columns.data()[k]);
        for (std::size_t a = 0; a < count; ++a) {
            rest(places[a], a) = static_cast<double>(own[places[a]]);
            std::copy_n(result.factor.row(places[a]).data(), done, known.row(a).data());
        }
        if (done > 0)
            lapack::gemm('T', 'N', lapack::size(count), lapack::size(n), lapack::size(done), known.data(),
                         lapack::size(done), result.factor.data(), stride, rest.data(), lapack::size(count), -1.0, 1.0);
        Matrix<double> between(count, count);
        for (std::size_t a = 0; a < count; ++a) std::copy_n(rest.row(places[a]).data(), count, between.row(a).data());
        const pivoting::Taken taken =
            pivoting::choose(between, draws, most - done, [&](std::size_t a) { return rounding(places[a]); });
        const std::size_t rank = taken.candidates.size();
        Matrix<double> fresh(n, rank);
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t r = 0; r < rank; ++r) fresh(i, r) = rest(i, taken.candidates[r]);
        if (rank > 0)
            lapack::trsm('L', 'U', 'T', lapack::size(rank), lapack::size(n), taken.L.data(), lapack::size(rank),
                         fresh.data(), lapack::size(rank));
        // A pivot's row is triangular: what stands behind its own place is rounding, and is left zero.
        for (std::size_t r = 0; r < rank; ++r) {
            const std::size_t i = places[taken.candidates[r]];
            result.pivots.push_back(i);
            is_pivot[i] = true;
            left[i] = 0;
            std::copy_n(fresh.row(i).data(), r + 1, result.factor.row(i).data() + done);
        }
        for (std::size_t i = 0; i < n; ++i) {
            if (is_pivot[i]) continue;
            double sum = 0;
            for (std::size_t r = 0; r < rank; ++r) sum += fresh(i, r) * fresh(i, r);
            // What has been reduced to rounding stays zero.
            if (left[i] != 0) left[i] -= sum;
            std::copy_n(fresh.row(i).data(), rank, result.factor.row(i).data() + done);
        }
        if (rank == 0)
            for (const std::size_t i : places) left[i] = 0;
        result.residual_trace = trace_left();
        // A column costs a part that is constant, entries of K, and one that grows.
        const auto cost = [](std::size_t rank_so_far) { return std::uint64_t{rank_so_far} * (rank_so_far + 400); };
        if (how.progress) how.progress(cost(result.rank()), cost(most));
    }
    result.factor = pivoting::first_columns(std::move(result.factor), result.rank());
    return result;
}

}  // namespace wide
