// What compiling costs in processor seconds: each source of cases/ by g++ and by clang, -O3 and this machine's flags,
// the median of five rounds. Limits are stated for g++ 12.
//
//     bench_compile [--rounds N] [--json FILE]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <sys/resource.h>

#include <fmt/core.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <wide/simd/batch.hpp>

namespace {

struct Case {
    const char* name;
    const char* what;
    const char* without;  ///< a case to subtract, or null
    double limit;         ///< seconds, for g++
};

constexpr double none = std::numeric_limits<double>::infinity();
constexpr Case cases[] = {
    {"includes", "<wide/dsl.hpp>, nothing asked", nullptr, none},
    {"questions", "compile-time questions only", nullptr, 0.1},
    {"deep", "accepts, output_of of 256 layers", "includes", 0.3},
    {"kernel_at", "kernel_at<Net> as a constant", nullptr, none},
    {"ntk", "one call of ntk<Net>, 10 layers", nullptr, 6},
};

struct Compiler {
    const char* name;
    const char* program;
    bool limited;
};
constexpr Compiler compilers[] = {{"g++", "g++", true}, {"clang++", "clang++-19", false}};

std::string include_flags() {
    std::string flags, folders = WIDE_FOLDERS;
    for (std::size_t from = 0; from < folders.size();) {
        const std::size_t end = std::min(folders.find(':', from), folders.size());
        // The compiler's own folder would lose its place in the order of search.
        if (const auto folder = folders.substr(from, end - from); !folder.empty() && folder != "/usr/include")
            flags += " -isystem '" + folder + "'";
        from = end + 1;
    }
    return flags;
}

/// "g++ 12"; empty where it is not installed.
std::string version_of(const Compiler& compiler) {
    const std::string command = std::string(compiler.program) + " -dumpversion 2>/dev/null";
    std::FILE* pipe = popen(command.c_str(), "r");
    int major = 0;
    const bool known = pipe && std::fscanf(pipe, "%d", &major) == 1;
    if (pipe) pclose(pipe);
    return known ? fmt::format("{} {}", compiler.name, major) : "";
}

/// Processor seconds of all children that have ended: what others do on the machine counts less than by the clock.
double children_seconds() {
    rusage used{};
    getrusage(RUSAGE_CHILDREN, &used);
    return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           1e-6 * static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

/// Seconds that `program` takes for the case.
double compile(const char* program, const char* name) {
    const std::string command = std::string(program) + " -std=c++20 -O3 " + WIDE_FLAGS + include_flags() + " -c '" +
                                WIDE_CASES + "/" + name + ".cpp' -o /dev/null";
    const double start = children_seconds();
    if (std::system(command.c_str()) != 0) throw std::runtime_error("the compiler failed: " + command);
    return children_seconds() - start;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

/// Compiles every case `rounds` times, prints a table, and adds its rows to `rows`.
void measure(const Compiler& compiler, const std::string& version, int rounds, nlohmann::json& rows) {
    std::map<std::string, std::vector<double>> seconds;
    for (int round = 0; round < rounds; ++round)
        for (const Case& one : cases) seconds[one.name].push_back(compile(compiler.program, one.name));
    fmt::print("{}, -O3 {}, {}: processor seconds, median of {}\n", version, WIDE_FLAGS, wide::instruction_set(),
               rounds);
    for (const Case& one : cases) {
        const double whole = median(seconds[one.name]);
        const double value = one.without ? whole - median(seconds[one.without]) : whole;
        const bool limited = compiler.limited && one.limit < none;
        fmt::print(
            "  {:<10} {:<34} {:7.3f}{}\n", one.name,
            one.without ? std::string(one.what) + "*" : std::string(one.what), value,
            limited ? fmt::format("  limit {:.1f}  {}", one.limit, value <= one.limit ? "kept" : "BROKEN") : "");
        rows.push_back({{"bench", "compile"},
                        {"case", one.name},
                        {"metric", one.without ? "time over the headers" : "time"},
                        {"value", value},
                        {"unit", "s"},
                        {"isa", wide::instruction_set()},
                        {"compiler", version},
                        {"threads", 1}});
    }
    fmt::print("  * over `includes`\n");
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"What compiling costs, in seconds"};
    int rounds = 5;
    std::string json;
    app.add_option("--rounds", rounds, "how often each case is compiled")->check(CLI::Range(1, 1000));
    app.add_option("--json", json, "also write the rows to this file");
    CLI11_PARSE(app, argc, argv);
    try {
        nlohmann::json rows = nlohmann::json::array();
        for (const Compiler& compiler : compilers)
            if (const std::string version = version_of(compiler); !version.empty())
                measure(compiler, version, rounds, rows);
            else fmt::print("{}: not installed\n", compiler.program);
        if (!json.empty()) {
            std::ofstream file(json);
            file << rows.dump(1) << '\n';
            if (!file.flush()) throw std::runtime_error("can't write " + json);
        }
    } catch (const std::exception& problem) {
        fmt::print(stderr, "bench_compile: {}\n", problem.what());
        return 1;
    }
}
