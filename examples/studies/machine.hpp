#pragma once
// What a study ran on, and the bound on how much of it may be used.
#include <cblas.h>

#include <cstddef>
#include <fstream>
#include <string>

#include <oneapi/tbb/global_control.h>

namespace wide::examples {

/// As the system names it.
inline std::string processor() {
    std::ifstream told("/proc/cpuinfo");
    const std::string mark = "model name";
    for (std::string line; std::getline(told, line);)
        if (line.starts_with(mark)) return line.substr(line.find(": ") + 2);
    return "an unnamed processor";
}

/// Who compiled this program.
inline std::string compiler() {
#if defined(__clang__)
    return "clang++ " __clang_version__;
#else
    return "g++ " __VERSION__;
#endif
}

/// While one of these lives, nothing in the process uses more threads: not TBB, not OpenBLAS.
class ThreadBound {
public:
    explicit ThreadBound(int threads)
        : of_tbb_{oneapi::tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads)} {
        openblas_set_num_threads(threads);
    }

private:
    oneapi::tbb::global_control of_tbb_;
};

}  // namespace wide::examples
