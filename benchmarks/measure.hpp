#pragma once
// What every benchmark shares: named cases timed by Google Benchmark in random interleaving, so that a noisy neighbour
// hits all of them alike; the fastest repetition counts; a table of figures with their goals; rows as JSON.
//
//     Measure measure("gram", argc, argv);
//     measure.time("fused", [&] { gram_into<Net>(G, x); });
//     measure.run();
//     measure.row("784, L=3", "fused / sgemm", measure.seconds("fused") / measure.seconds("sgemm"), "ratio", at_most(1.2));
#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <wide/simd/batch.hpp>

namespace wide::benchmark_table {

inline std::string compiler() {
#if defined(__clang__)
    return "clang++ " + std::to_string(__clang_major__);
#else
    return "g++ " + std::to_string(__GNUC__);
#endif
}

struct Goal {
    double bound = 0;
    bool upper = true, stated = false;
    [[nodiscard]] bool met(double value) const { return !stated || (upper ? value <= bound : value >= bound); }
};
inline Goal at_most(double bound) { return {bound, true, true}; }
inline Goal at_least(double bound) { return {bound, false, true}; }

class Measure {
public:
    Measure(std::string name, int argc, char** argv) : name_{std::move(name)} {
        CLI::App app{name_ + " benchmark: every figure is a ratio inside this run, or says its unit"};
        app.add_option("--json", json_, "also write the figures as rows to this file");
        app.add_option("--markdown", markdown_, "also append the figures as a table to this file");
        app.add_option("--repetitions", repetitions_, "timed repetitions of each case; the fastest counts");
        try {
            app.parse(argc, argv);
        } catch (const CLI::ParseError& e) {
            std::exit(app.exit(e));
        }
        say(fmt::format("{}: {}, {}", name_, instruction_set(), compiler()));
    }

    /// A line that explains the table.
    void say(const std::string& line) {
        fmt::print("{}\n", line);
        said_.push_back(line);
    }

    /// `one_thread`: the calling thread's CPU time; otherwise wall-clock time.
    void time(const std::string& what, std::function<void()> run, bool one_thread = true) {
        benchmark::RegisterBenchmark(what.c_str(), [run = std::move(run)](benchmark::State& state) {
            for (auto _ : state) run();
        })->Repetitions(repetitions_)->MinTime(0.05);
        one_thread_[what] = one_thread;
    }

    void run() {
        char program[] = "bench", interleave[] = "--benchmark_enable_random_interleaving=true";
        char* arguments[] = {program, interleave, nullptr};
        int count = 2;
        benchmark::Initialize(&count, arguments);
        Collector collector(*this);
        benchmark::RunSpecifiedBenchmarks(&collector);
    }

    [[nodiscard]] double seconds(const std::string& what) const { return fastest_.at(what); }

    void row(const std::string& what, const std::string& metric, double value, const std::string& unit, Goal goal = {},
             int threads = 1) {
        if (rows_.empty()) fmt::print("{:<34} {:<38} {:>10}  {:<12} goal\n", "case", "metric", "value", "unit");
        std::string said;
        if (goal.stated)
            said = fmt::format("{} {:g}{}", goal.upper ? "<=" : ">=", goal.bound, goal.met(value) ? "" : "   MISSED");
        fmt::print("{:<34} {:<38} {:>10.4g}  {:<12} {}\n", what, metric, value, unit, said);
        rows_.push_back({{"bench", name_},
                         {"case", what},
                         {"metric", metric},
                         {"value", value},
                         {"unit", unit},
                         {"isa", instruction_set()},
                         {"compiler", compiler()},
                         {"threads", threads}});
        goals_.push_back(said);
    }

    /// Writes the rows where asked; the exit code of main.
    int finish() const {
        return written(json_, std::ios::trunc, nlohmann::json(rows_).dump(1) + "\n") &&
                       written(markdown_, std::ios::app, table())
                   ? 0
                   : 1;
    }

private:
    class Collector : public benchmark::BenchmarkReporter {
    public:
        explicit Collector(Measure& measure) : measure_{measure} {}
        bool ReportContext(const Context&) override { return true; }
        void ReportRuns(const std::vector<Run>& runs) override {
            for (const Run& run : runs) {
                if (run.run_type != Run::RT_Iteration) continue;
                const std::string& what = run.run_name.function_name;
                const double total =
                    measure_.one_thread_.at(what) ? run.cpu_accumulated_time : run.real_accumulated_time;
                const double seconds = total / static_cast<double>(run.iterations);
                const auto [at, first] = measure_.fastest_.try_emplace(what, seconds);
                if (!first && seconds < at->second) at->second = seconds;
            }
        }

    private:
        Measure& measure_;
    };

    [[nodiscard]] std::string table() const {
        std::string text;
        for (const std::string& line : said_) text += (text.empty() ? "\n### " : "\n") + line + "\n";
        text += "\n| case | metric | value | unit | goal |\n|---|---|---|---|---|\n";
        for (std::size_t i = 0; i < rows_.size(); ++i)
            text += fmt::format("| {} | {} | {:.4g} | {} | {} |\n", rows_[i]["case"].get<std::string>(),
                                rows_[i]["metric"].get<std::string>(), rows_[i]["value"].get<double>(),
                                rows_[i]["unit"].get<std::string>(), goals_[i]);
        return text;
    }

    static bool written(const std::string& path, std::ios::openmode mode, const std::string& text) {
        if (path.empty()) return true;
        std::ofstream file(path, mode);
        file << text;
        if (file.good()) return true;
        fmt::print(stderr, "cannot write {}\n", path);
        return false;
    }

    std::string name_, json_, markdown_;
    std::vector<std::string> said_, goals_;
    int repetitions_ = 7;
    std::map<std::string, bool> one_thread_;
    std::map<std::string, double> fastest_;
    std::vector<nlohmann::json> rows_;
};

}  // namespace wide::benchmark_table
