#pragma once
// One case of a task, as the programs here are given it: a folder with case.json and the arrays in NumPy's files. What comes
// out goes to the same folder: result.json, and the answers.
//
//     int main(int argc, char** argv) {
//         return in_both_precisions(argc, argv, []<class T>(Case<T>& given) {
//             const Matrix<T> x = given.array("x");
//             given.time([&] { return ntk<Net>(rows<Vector<>>(x)); }, [&](const Matrix<T>& K) { given.answer("ntk", K); });
//         });
//     }
#include <cblas.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <ctime>
#include <exception>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include <wide/io/npy.hpp>
#include <wide/run/error.hpp>
#include <wide/run/matrix.hpp>
#include <wide/simd/batch.hpp>

namespace wide::peers {

/// Resident memory of this process in MiB: now ("VmRSS"), or the most since forget_peak ("VmHWM").
inline double resident(const std::string& field) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(field + ":")) return std::stod(line.substr(field.size() + 1)) / 1024;
    return 0;
}
inline void forget_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }

template <class T>
class Case {
public:
    // Braces would make an array of what is said.
    Case(std::string folder, nlohmann::json said) : folder_(std::move(folder)), said_(std::move(said)) {}

    [[nodiscard]] Matrix<T> array(const std::string& name) const { return npy_matrix<T>(folder_ + "/" + name + ".npy"); }

    template <class Value>
    [[nodiscard]] Value parameter(const std::string& name) const {
        return said_.at("parameters").at(name).get<Value>();
    }

    /// Runs work(prepare()) once, hands what it made to `look`, then times it as measure.py does: the fastest counts, and what
    /// `prepare` takes does not.
    void time(auto prepare, auto work, auto look) {
        using Times = std::pair<double, double>;  // of the clock, and of the processors in all threads
        const auto timed = [&](int calls) {
            // One look at each clock for all calls: a look at the processor's takes as long as a call of a small network.
            std::vector<decltype(prepare())> prepared;
            for (int c = 0; c < calls; ++c) prepared.push_back(prepare());
            const std::clock_t busy = std::clock();
            const auto start = now();
            for (auto& given : prepared) [[maybe_unused]] const auto made = work(given);
            const double seconds = since(start);
            return Times{seconds / calls, busy_since(busy) / calls};
        };
        forget_peak();
        result_["before"] = resident("VmRSS");
        Times fastest;
        {
            auto prepared = prepare();
            const std::clock_t busy = std::clock();
            const auto start = now();
            const auto made = work(prepared);
            const double seconds = since(start);
            fastest = {seconds, busy_since(busy)};
            look(made);
        }
        if (const int repetitions = said_.at("repetitions"); repetitions > 0) {
            const double budget = said_.at("budget"), shortest = 0.01;
            forget_peak();
            const auto begun = now();
            fastest = timed(1);
            const int calls = static_cast<int>(std::clamp(std::ceil(shortest / std::max(fastest.first, 1e-9)), 1.0, 1e5));
            for (int r = 1; r < repetitions && since(begun) < budget; ++r) fastest = std::min(fastest, timed(calls));
        }
        result_["seconds"] = fastest.first;
        result_["busy"] = fastest.second / fastest.first;
        result_["peak"] = resident("VmHWM");
    }
    void time(auto work, auto look) {
        time([] { return 0; }, [&](int) { return work(); }, look);
    }

    void answer(const std::string& name, const Matrix<T>& values) const {
        const std::size_t rows = values.rows(), kept = std::min<std::size_t>(rows, said_.at("rows_compared"));
        Matrix<T> some(kept, values.cols());
        for (std::size_t i = 0; i < kept; ++i) std::ranges::copy(values.row(i * rows / kept), some.row(i).begin());
        write_npy(folder_ + "/answer_" + name + ".npy", some);
    }

    /// Anything else that the table is to tell.
    void tell(const std::string& name, nlohmann::json value) { result_[name] = std::move(value); }

    void finish() {
        result_["kernels"] = std::string(instruction_set()) + "; OpenBLAS's kernels: " + openblas_get_corename();
        std::ofstream(folder_ + "/result.json") << result_.dump(1) << '\n';
    }

private:
    using Clock = std::chrono::steady_clock;
    static Clock::time_point now() { return Clock::now(); }
    static double since(Clock::time_point start) { return std::chrono::duration<double>(now() - start).count(); }
    static double busy_since(std::clock_t start) {
        return static_cast<double>(std::clock() - start) / static_cast<double>(CLOCKS_PER_SEC);
    }

    std::string folder_;
    nlohmann::json said_, result_;
};

int in_both_precisions(int argc, char** argv, auto task) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: %s FOLDER\nRuns the case in FOLDER; ./dev bench peers makes them.\n", argv[0]);
        return 2;
    }
    try {
        const std::string folder = argv[1];
        const auto said = nlohmann::json::parse(std::ifstream(folder + "/case.json"));
        const auto run = [&](auto given) {
            task(given);
            given.finish();
        };
        if (said.at("precision") == "float64") run(Case<double>(folder, said));
        else run(Case<float>(folder, said));
        return 0;
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "%s: %s\n", argv[0], problem.what());
        return 1;
    }
}

}  // namespace wide::peers
