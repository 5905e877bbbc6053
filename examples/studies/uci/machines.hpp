#pragma once
// The protocol: which kernels are tried on a set, and what is kept of them.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <wide/infer/radial_kernel.hpp>
#include <wide/infer/svm_path.hpp>
#include <wide/io/uci.hpp>
#include <wide/wide.hpp>

#include "networks.hpp"

namespace wide::examples {

struct Candidate {
    std::string name;
    Matrix<double> K;
};

/// All fifteen on one pass over the pairs of rows; "3 1" has three hidden layers, the first of them fixed.
inline std::vector<Candidate> network_kernels(const Uci<double>& set, const options& how) {
    const Matrix<double> samples = as_published(set.samples.copy());
    auto K = ntk<Networks>(rows<Vector<>>(samples), how);
    std::vector<Candidate> made;
    for (std::size_t k = 0; k < K.size(); ++k) made.push_back({network_names[k], std::move(K[k])});
    return made;
}

/// Widths around the distance between two samples, the square of which is about twice the number of features.
inline std::vector<Candidate> gaussian_kernels(const Uci<double>& set) {
    std::vector<Candidate> made;
    for (const double part : {0.25, 0.5, 1.0, 2.0, 4.0}) {
        const gaussian profile{part * std::sqrt(static_cast<double>(set.samples.cols()))};
        made.push_back({fmt::format("{}", part), radial_matrix(set.samples, set.samples, profile)});
    }
    return made;
}

/// Machines, of any number of classes, and how many of them have a pair of classes that was no optimum after ten million
/// steps.
struct Count {
    std::size_t trained = 0, gave_up = 0;

    Count& operator+=(const Count& more) {
        trained += more.trained, gave_up += more.gave_up;
        return *this;
    }
    Count& operator+=(const SvmPath& path) {
        return *this += {path.C.size(), std::accumulate(path.gave_up.begin(), path.gave_up.end(), std::size_t{0})};
    }
};

struct Choice {
    std::string kernel;
    double C = 0, validation = -1, test = 0;
    Count machines = {};  ///< that tell the accuracy: one a split
};

/// Every C on every kernel, judged by the validation rows.
class Tried {
public:
    Tried(const Uci<double>& set, std::vector<Candidate> kernels, options how)
        : set_{set}, kernels_{std::move(kernels)}, paths_(kernels_.size()), how_{std::move(how)} {
        run_blocks(kernels_.size(), kernels_.size(), how_, [&](std::size_t k) -> std::uint64_t {
            paths_[k] = svm_path(kernels_[k].K, set_.labels, set_.validation, prices, how_);
            return 1;
        });
    }

    /// The first best of the first `count` kernels, with its mean accuracy over the splits.
    [[nodiscard]] Choice best_of(std::size_t count) const {
        Choice best;
        std::size_t place = 0;
        for (std::size_t k = 0; k < count; ++k)
            for (std::size_t c = 0; c < prices.size(); ++c)
                if (const double right = paths_[k].accuracy[c]; right > best.validation)
                    best = {kernels_[k].name, prices[c], right}, place = k;
        std::vector<SvmPath> by_split(set_.splits.size());
        run_blocks(by_split.size(), by_split.size(), how_, [&](std::size_t s) -> std::uint64_t {
            by_split[s] = svm_path(kernels_[place].K, set_.labels, set_.splits[s], {best.C}, how_);
            return 1;
        });
        for (const SvmPath& path : by_split) {
            best.test += path.accuracy[0] / static_cast<double>(by_split.size());
            best.machines += path;
        }
        return best;
    }
    [[nodiscard]] Choice best() const { return best_of(kernels_.size()); }

    /// One for every C on every kernel.
    [[nodiscard]] Count machines() const {
        Count sum;
        for (const SvmPath& path : paths_) sum += path;
        return sum;
    }

private:
    const Uci<double>& set_;
    std::vector<Candidate> kernels_;
    std::vector<SvmPath> paths_;
    options how_;
};

}  // namespace wide::examples
