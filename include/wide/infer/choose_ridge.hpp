#pragma once
// Which ridge: that of the least leave-one-out error, or that under which the outputs are most likely; from a grid, or
// from a range. Ridges are relative to mean(diag K).
//
//     const auto path = ridge_path(K, y);
//     const auto chosen = choose_ridge(path, criterion::leave_one_out, {1e-6, 1e-4, 1e-2, 1});
//     const auto likely = choose_ridge(path, criterion::marginal_likelihood, ridge_range{1e-8, 10});
//     path.fit(chosen.rule).predict(Kz);
//
// Of a grid the first best is taken. A range is searched at two ridges a decade and then, between the neighbours of the best of
// those, by Brent's method (Brent, "Algorithms for minimization without derivatives", 5) in the logarithm of the ridge: a dip
// narrower than that may be missed. A ridge with which K is not positive definite is infinitely bad; where all are,
// `not_positive_definite` is thrown, and for an empty grid, a range that is none, or a K without a positive diagonal, `error`. Each
// ridge tried costs what `path` takes for it: O(n^2 outputs), or O(n) for the likelihood.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <vector>

#include <boost/math/tools/minima.hpp>

#include <wide/infer/regress.hpp>
#include <wide/infer/ridge.hpp>
#include <wide/infer/ridge_path.hpp>
#include <wide/run/error.hpp>
#include <wide/run/readable_number.hpp>

namespace wide {

enum class criterion : unsigned char {
    leave_one_out,       ///< mean squared error: less is better
    marginal_likelihood  ///< its logarithm: more is better
};

/// Of relative ridges, both above zero.
struct ridge_range {
    double least = 1e-12, largest = 1e3;
};

struct ChosenRidge {
    ridge rule;
    double value;   ///< of the criterion
    bool at_limit;  ///< the rule is the smallest or the largest that was looked at: better ones may lie beyond
};

namespace choice {

/// What is minimised. Infinite where K with this ridge is not positive definite.
template <class T>
[[nodiscard]] double cost(const RidgePath<T>& path, criterion by, double relative) {
    try {
        return by == criterion::leave_one_out ? path.leave_one_out_error(ridge{relative})
                                              : -path.log_marginal_likelihood(ridge{relative});
    } catch (const not_positive_definite&) {
        return std::numeric_limits<double>::infinity();
    }
}

/// The first best of a grid.
struct Best {
    std::size_t at = 0;
    double cost = std::numeric_limits<double>::infinity();
};

template <class T>
[[nodiscard]] Best best_of(const RidgePath<T>& path, criterion by, const std::vector<double>& grid) {
    if (grid.empty()) throw error{"choose_ridge: an empty grid: give the ridges to choose from"};
    Best best;
    for (std::size_t k = 0; k < grid.size(); ++k)
        if (const double here = cost(path, by, grid[k]); here < best.cost) best = {k, here};
    // None is good enough: the path says so of the largest, and what would be.
    if (std::isinf(best.cost)) (void)path.fit(ridge{*std::ranges::max_element(grid)});
    return best;
}

[[nodiscard]] inline double value_of(criterion by, double cost) { return by == criterion::leave_one_out ? cost : -cost; }

}  // namespace choice

/// From a grid, in any order.
template <std::floating_point T>
[[nodiscard]] ChosenRidge choose_ridge(const RidgePath<T>& path, criterion by, const std::vector<double>& grid) {
    const choice::Best best = choice::best_of(path, by, grid);
    const auto [least, largest] = std::ranges::minmax(grid);
    const double chosen = grid[best.at];
    return {{chosen}, choice::value_of(by, best.cost), chosen == least || chosen == largest};
}

/// The same; and {1e-3, 1} is a grid of two, not a range.
template <std::floating_point T>
[[nodiscard]] ChosenRidge choose_ridge(const RidgePath<T>& path, criterion by, std::initializer_list<double> grid) {
    return choose_ridge(path, by, std::vector<double>(grid));
}

/// From a range.
template <std::floating_point T>
[[nodiscard]] ChosenRidge choose_ridge(const RidgePath<T>& path, criterion by, ridge_range among = {}) {
    if (!(among.least > 0) || !(among.largest >= among.least) || !std::isfinite(among.largest))
        throw error{"choose_ridge: from " + readable_number(among.least) + " to " + readable_number(among.largest) +
                    " is no range: give two finite ridges above zero, the smaller first"};
    if (!(path.mean_diagonal() > 0))
        throw error{"choose_ridge: a relative ridge of a K whose mean diagonal is " + readable_number(path.mean_diagonal()) +
                    " means nothing: look at K"};
    const double first = std::log(among.least), last = std::log(among.largest), half_a_decade = std::log(10) / 2;
    const auto steps = static_cast<std::size_t>(std::ceil((last - first) / half_a_decade));
    std::vector<double> grid{among.least};
    for (std::size_t k = 1; k < steps; ++k)
        grid.push_back(std::exp(first + (last - first) * static_cast<double>(k) / static_cast<double>(steps)));
    if (steps > 0) grid.push_back(among.largest);

    const choice::Best best = choice::best_of(path, by, grid);
    if (best.at == 0 || best.at + 1 == grid.size())
        return {{grid[best.at]}, choice::value_of(by, best.cost), true};
    // A minimum is flat: half the digits of its place are all that its value tells.
    constexpr int bits = std::numeric_limits<double>::digits / 2;
    std::uintmax_t most = 100;
    const auto [logarithm, cost] = boost::math::tools::brent_find_minima(
        [&](double at) { return choice::cost(path, by, std::exp(at)); }, std::log(grid[best.at - 1]),
        std::log(grid[best.at + 1]), bits, most);
    if (!(cost < best.cost)) return {{grid[best.at]}, choice::value_of(by, best.cost), false};
    return {{std::exp(logarithm)}, choice::value_of(by, cost), false};
}

}  // namespace wide
