// What compiling costs in processor seconds: each source of cases/ by g++ and by clang, -O3 and this machine's flags,
// the median. Limits are stated for g++ 12.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <sys/resource.h>

#include "../report.hpp"

using namespace wide::benchmark_table;

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

/// Compiles every case `rounds` times.
void measure(const Compiler& compiler, const std::string& version, Report& report) {
    std::map<std::string, std::vector<double>> seconds;
    for (int round = 0; round < report.repetitions(); ++round)
        for (const Case& one : cases) seconds[one.name].push_back(compile(compiler.program, one.name));
    report.section(fmt::format("{}, -O3 {}: processor seconds for one translation unit, median", version, WIDE_FLAGS));
    for (const Case& one : cases) {
        const double whole = median(seconds[one.name]);
        const double value = one.without ? whole - median(seconds[one.without]) : whole;
        report.row(one.what, one.without ? "seconds over the headers" : "seconds", value, "s",
                   compiler.limited && one.limit < none ? at_most(one.limit) : Goal{}, 1, version);
    }
}

}  // namespace

int main(int argc, char** argv) {
    try {
        Report report("compile", argc, argv);
        for (const Compiler& compiler : compilers)
            if (const std::string version = version_of(compiler); !version.empty())
                measure(compiler, version, report);
            else
                fmt::print("{}: not installed\n", compiler.program);
        return report.finish();
    } catch (const std::exception& problem) {
        fmt::print(stderr, "bench_compile: {}\n", problem.what());
        return 1;
    }
}
