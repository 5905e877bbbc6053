#pragma once
// A product with a kernel that is not stored, beside one evaluation of its Gram: the same pairs, one thread. In the time of
// a product the samples have been prepared; what that takes is told apart.
//
//     OperatorCases operators;
//     operators.time(measure);
//     measure.run();
//     operators.tell(report, measure);
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <wide/kernel/operator.hpp>

#include "../kernel/samples.hpp"
#include "../measure.hpp"
#include "../report.hpp"

namespace wide::benchmark_table {

class OperatorCases {
    struct Net : Serial<Repeat<3, Dense<512, He>, Relu>, Dense<1>> {};
    static constexpr std::size_t n = 20'000, few = 4096;

    struct Case {
        std::string name;
        std::size_t count, width;
        std::vector<float> samples;
        std::unique_ptr<NetKernel<Net, Wanted::ntk, Vector<>, float>> kernel = {};

        [[nodiscard]] Rows<Vector<>, float> rows() const { return wide::rows<Vector<>>(samples.data(), count, width); }
    };

public:
    OperatorCases() {
        for (const auto& [count, width] : {std::pair{n, std::size_t{784}}, {few, std::size_t{64}}, {few, std::size_t{10}}}) {
            Case one{"n=" + std::to_string(count) + ", d=" + std::to_string(width) + ", L=3", count, width,
                     gaussian_rows<float>(count, width)};
            one.kernel = std::make_unique<NetKernel<Net, Wanted::ntk, Vector<>, float>>(kernel_of<Net>(one.rows(), alone()));
            cases_.push_back(std::move(one));
        }
        for (const std::size_t outputs : {std::size_t{1}, std::size_t{10}}) {
            factors_.emplace_back(n, outputs);
            for (std::size_t k = 0; k < factors_.back().size(); ++k)
                factors_.back().data()[k] = static_cast<float>(k % 17) - 8;
        }
    }

    void time(Measure& measure) {
        for (const Case& one : cases_) {
            measure.time("operator Gram, " + one.name, [this, &one] { gram_as<Net, Wanted::ntk>(&gram_, one.rows(), alone()); });
            measure.time("operator prepared, " + one.name,
                         [&one] { benchmark::DoNotOptimize(kernel_of<Net>(one.rows(), alone())); });
            for (const Matrix<float>& V : factors_)
                measure.time(said(one, V), [&one, part = std::make_shared<Matrix<float>>(first_rows(V, one.count))] {
                    benchmark::DoNotOptimize(one.kernel->multiply(*part));
                });
        }
    }

    void tell(Report& report, const Measure& measure) const {
        report.section("K V, K not stored: NTK, float, one thread's CPU time, beside one Gram of the same pairs");
        for (const Case& one : cases_) {
            const double gram = measure.seconds("operator Gram, " + one.name),
                         pairs = static_cast<double>(one.count) * static_cast<double>(one.count + 1) / 2;
            report.row(one.name, "Gram, lower triangle", 1e9 * gram / pairs, "ns/pair");
            report.row(one.name, "samples prepared / Gram", measure.seconds("operator prepared, " + one.name) / gram,
                       "ratio");
            for (const Matrix<float>& V : factors_)
                report.row(one.name, "product, " + std::to_string(V.cols()) + " outputs / Gram",
                           measure.seconds(said(one, V)) / gram, "ratio", one.width == 784 ? at_most(1.25) : Goal{});
        }
    }

private:
    static options alone() { return {.threads = 1, .fill = fill::lower}; }

    static std::string said(const Case& one, const Matrix<float>& V) {
        return "operator product " + std::to_string(V.cols()) + ", " + one.name;
    }

    static Matrix<float> first_rows(const Matrix<float>& all, std::size_t count) {
        Matrix<float> some(count, all.cols());
        std::copy_n(all.data(), some.size(), some.data());
        return some;
    }

    std::vector<Case> cases_;
    std::vector<Matrix<float>> factors_;
    Gram<float> gram_;
};

}  // namespace wide::benchmark_table
