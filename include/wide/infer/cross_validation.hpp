#pragma once
// Which C a support vector machine should have: each is tried on each fold, and judged by the rows held out.
//
//     const auto tried = cross_validate(SvmRows(K), labels, make_folds(labels, 5, 0), {0.01, 0.1, 1, 10, 100});
//     tried.accuracy(c, f);  tried.mean(c);                        // per cent
//     const auto machine = train_svm(K, labels, soft_margin{.C = tried.C[tried.best()]});
//
// A machine that libsvm gave up on (svm.hpp) is judged as it is, and marked in `gave_up`. One machine a C and fold, over all cores; the result does not depend on how many. Folds are made by `make_folds`, or given. Throws
// what `train_svm` throws, `shape_mismatch` for no C, no fold, or a fold that holds nothing out, `cancelled`.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <wide/infer/classes.hpp>
#include <wide/infer/svm.hpp>
#include <wide/run/error.hpp>
#include <wide/run/fold.hpp>
#include <wide/run/matrix.hpp>
#include <wide/run/options.hpp>
#include <wide/run/parallel.hpp>

namespace wide {

struct CrossValidation {
    std::vector<double> C;
    Matrix<double> accuracy;        ///< per cent of the rows held out: C x folds
    Matrix<unsigned char> gave_up;  ///< C x folds; 1: the machine is not the optimum

    /// Over folds.
    [[nodiscard]] double mean(std::size_t c) const {
        double sum = 0;
        for (const double value : accuracy.row(c)) sum += value;
        return sum / static_cast<double>(accuracy.cols());
    }

    /// The first C with the largest mean.
    [[nodiscard]] std::size_t best() const {
        std::size_t best = 0;
        for (std::size_t c = 1; c < C.size(); ++c)
            if (mean(c) > mean(best)) best = c;
        return best;
    }
};

/// `how`: threads, progress in machines, stop.
[[nodiscard]] inline CrossValidation cross_validate(const SvmRows& rows, std::span<const int> labels, std::span<const Fold> folds,
                                                    std::vector<double> C, const options& how = {}) {
    if (C.empty() || folds.empty())
        throw shape_mismatch{"cross_validate: " + std::to_string(C.size()) + " C and " + std::to_string(folds.size()) +
                             " folds: give one of each at least"};
    for (std::size_t f = 0; f < folds.size(); ++f)
        if (folds[f].held_out.empty())
            throw shape_mismatch{"cross_validate: fold " + std::to_string(f) + " holds no row out: leave it away"};
    Matrix<double> found(C.size(), folds.size());
    Matrix<unsigned char> gave_up(C.size(), folds.size());
    run_blocks(found.size(), found.size(), how, [&](std::size_t at) -> std::uint64_t {
        const Fold& fold = folds[at % folds.size()];
        const Svm machine = rows.train(labels, fold.train, {.C = C[at / folds.size()]});
        gave_up.data()[at] = machine.gave_up();
        const std::vector<int> decided = rows.predict(machine, fold.held_out);
        std::vector<int> truth;
        for (const std::size_t row : fold.held_out) truth.push_back(labels[row]);
        found.data()[at] = wide::accuracy(decided, truth);
        return 1;
    });
    return {std::move(C), std::move(found), std::move(gave_up)};
}

}  // namespace wide
