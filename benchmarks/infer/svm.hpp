#pragma once
// Support vector machines for a grid of C on one kernel: trained one by one by libsvm, and along the grid. The kernel
// is a network's; half of the rows train, the others are decided.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include <wide/infer/cross_validation.hpp>
#include <wide/infer/svm.hpp>
#include <wide/infer/svm_path.hpp>
#include <wide/kernel/gram.hpp>
#include <wide/run/options.hpp>

#include "../kernel/samples.hpp"
#include "../report.hpp"
#include "fastest.hpp"

namespace wide::benchmark_table {

/// Normal rows, of the class of the sign of a product, but for noise: classes that overlap, and no line between them.
inline void support_vector_rows(Report& report, std::size_t n, std::size_t width) {
    struct Net : Serial<Repeat<2, Dense<512, He>, Relu>, Dense<1>> {};
    const auto x = gaussian_rows<double>(n, width);
    std::mt19937 random(3);
    std::normal_distribution<double> noise(0, 0.5);
    std::vector<int> labels;
    Fold halves;
    for (std::size_t i = 0; i < n; ++i) {
        labels.push_back(x[i * width] * x[i * width + 1] + noise(random) > 0);
        (i < n / 2 ? halves.train : halves.held_out).push_back(i);
    }
    const Matrix<double> K = ntk<Net>(rows<Vector<>>(x.data(), n, width), options{.threads = 1});
    const SvmRows machines(K);
    const std::vector<double> grid{1e-2, 1e-1, 1, 1e1, 1e2, 1e3, 1e4};

    Fastest one_by_one, along, alone;
    SvmPath path;
    std::vector<std::vector<int>> decided(grid.size());
    for (int repetition = 0; repetition < report.repetitions(); ++repetition) {
        along.time([&] { path = svm_path(K, labels, halves, grid, {.threads = 1}); });
        alone.time([&] {
            for (const double C : grid) (void)svm_path(K, labels, halves, {C}, {.threads = 1});
        });
        one_by_one.time([&] {
            for (std::size_t c = 0; c < grid.size(); ++c)
                decided[c] = machines.predict(machines.train(labels, halves.train, {.C = grid[c]}), halves.held_out);
        });
    }
    double same = 100;
    for (std::size_t c = 0; c < grid.size(); ++c) same = std::min(same, accuracy(path.decided[c], decided[c]));

    const std::string what = fmt::format("{} rows, {} values of C", n / 2, grid.size());
    report.section(compiler() + ": support vector machines for all C of a grid, one thread's CPU time");
    report.row(what, "libsvm, one by one", 1e3 * one_by_one.seconds(), "ms");
    report.row(what, "svm_path, one by one", 1e3 * alone.seconds(), "ms");
    report.row(what, "svm_path", 1e3 * along.seconds(), "ms");
    report.row(what, "libsvm / svm_path", one_by_one.seconds() / along.seconds(), "times", at_least(5));
    report.row(what, "same decisions, at the worst C", same, "%", at_least(99));
}

}  // namespace wide::benchmark_table
