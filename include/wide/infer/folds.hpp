#pragma once
// Folds of a cross-validation, made from a seed: every row is held out once, and each class is spread over the folds as
// evenly as it can be. The same labels and seed give the same folds on every machine.
//
//     for (const Fold& fold : make_folds(labels, 5, 0)) ...      // fold.train, fold.held_out; both ascending
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <wide/run/error.hpp>
#include <wide/run/fold.hpp>

namespace wide {

/// Throws `shape_mismatch` unless 2 <= count <= rows. O(n count).
[[nodiscard]] inline std::vector<Fold> make_folds(std::span<const int> labels, std::size_t count, std::uint64_t seed) {
    const std::size_t n = labels.size();
    if (count < 2 || count > n)
        throw shape_mismatch{"make_folds: " + std::to_string(count) + " folds of " + std::to_string(n) +
                             " rows: take from 2 folds to as many as there are rows"};
    std::vector<std::size_t> order(n);
    for (std::size_t i = 0; i < n; ++i) order[i] = i;
    // Not std::shuffle: what it draws is left to each standard library.
    std::mt19937_64 random(seed);
    for (std::size_t i = n; i > 1; --i) std::swap(order[i - 1], order[static_cast<std::size_t>(random() % i)]);
    std::map<int, std::vector<std::size_t>> members;
    for (const std::size_t row : order) members[labels[row]].push_back(row);

    std::vector<std::size_t> fold_of(n);
    std::size_t next = 0;
    for (const auto& [label, of_class] : members)
        for (const std::size_t row : of_class) fold_of[row] = next++ % count;
    std::vector<Fold> folds(count);
    for (std::size_t f = 0; f < count; ++f)
        for (std::size_t i = 0; i < n; ++i) (fold_of[i] == f ? folds[f].held_out : folds[f].train).push_back(i);
    return folds;
}

}  // namespace wide
