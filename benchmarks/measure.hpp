#pragma once
// Named cases timed by Google Benchmark in random interleaving, so that a noisy neighbour hits all of them alike; the
// fastest repetition counts.
//
//     Measure measure(report.repetitions());
//     measure.time("fused", [&] { gram_into<Net>(G, x); });
//     measure.run();
//     measure.seconds("fused");
#include <benchmark/benchmark.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace wide::benchmark_table {

class Measure {
public:
    explicit Measure(int repetitions) : repetitions_{repetitions} {}

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

    int repetitions_;
    std::map<std::string, bool> one_thread_;
    std::map<std::string, double> fastest_;
};

}  // namespace wide::benchmark_table
