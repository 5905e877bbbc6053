#pragma once
// The figures of a benchmark: printed as a table with their goals, and written as JSON rows or as a Markdown table.
//
//     Report report("gram", argc, argv);
//     report.row("784, L=3", "fused / sgemm", 1.07, "ratio", at_most(1.2));
//     return report.finish();
#include <fmt/core.h>

// g++ 12 sees an overlap in `"-" + std::string` where there is none (its bug 105651).
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wrestrict"
#endif
#include <CLI/CLI.hpp>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <wide/simd/batch.hpp>

namespace wide::benchmark_table {

/// Who compiled this program.
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
    [[nodiscard]] std::string said(double value) const {
        return stated ? fmt::format("{} {:g}{}", upper ? "<=" : ">=", bound, met(value) ? "" : "   MISSED") : "";
    }
};
inline Goal at_most(double bound) { return {bound, true, true}; }
inline Goal at_least(double bound) { return {bound, false, true}; }

class Report {
public:
    /// Reads --json, --markdown and --repetitions from the command line; exits on --help and on what it does not know.
    Report(std::string name, int argc, char** argv) : name_{std::move(name)} {
        CLI::App app{name_ + " benchmark: every figure is a ratio inside this run, or says its unit"};
        app.add_option("--json", json_, "also write the figures as rows to this file");
        app.add_option("--markdown", markdown_, "also append the figures as a table to this file");
        app.add_option("--repetitions", repetitions_, "how often each case is timed")->check(CLI::Range(1, 1000));
        try {
            app.parse(argc, argv);
        } catch (const CLI::ParseError& e) {
            std::exit(app.exit(e));
        }
    }

    [[nodiscard]] int repetitions() const { return repetitions_; }

    /// A new table, under this line.
    void section(const std::string& line) {
        fmt::print("\n{}\n{:<34} {:<38} {:>10}  {:<12} goal\n", line, "case", "metric", "value", "unit");
        table_ += "\n### " + line + "\n\n| case | metric | value | unit | goal |\n|---|---|---|---|---|\n";
    }

    void row(const std::string& what, const std::string& metric, double value, const std::string& unit, Goal goal = {},
             int threads = 1, const std::string& compiled_by = compiler()) {
        const std::string said = goal.said(value);
        fmt::print("{:<34} {:<38} {:>10.4g}  {:<12} {}\n", what, metric, value, unit, said);
        table_ += fmt::format("| {} | {} | {:.4g} | {} | {} |\n", what, metric, value, unit, said);
        rows_.push_back({{"bench", name_},
                         {"case", what},
                         {"metric", metric},
                         {"value", value},
                         {"unit", unit},
                         {"isa", instruction_set()},
                         {"compiler", compiled_by},
                         {"threads", threads}});
    }

    /// Writes the figures where asked; the exit code of main.
    [[nodiscard]] int finish() const {
        const bool all = written(json_, std::ios::trunc, nlohmann::json(rows_).dump(1) + "\n") &&
                         written(markdown_, std::ios::app, table_);
        return all ? 0 : 1;
    }

private:
    static bool written(const std::string& path, std::ios::openmode mode, const std::string& text) {
        if (path.empty()) return true;
        std::ofstream file(path, mode);
        if (file << text << std::flush) return true;
        fmt::print(stderr, "cannot write {}\n", path);
        return false;
    }

    std::string name_, json_, markdown_, table_;
    int repetitions_ = 7;
    std::vector<nlohmann::json> rows_;
};

}  // namespace wide::benchmark_table
