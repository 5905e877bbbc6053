#pragma once
// The fastest of several runs, in processor time of one thread.
#include <algorithm>
#include <ctime>
#include <limits>

namespace wide::benchmark_table {

class Fastest {
public:
    void time(const auto& work) {
        const std::clock_t start = std::clock();
        work();
        seconds_ = std::min(seconds_, static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
    }
    [[nodiscard]] double seconds() const { return seconds_; }

private:
    double seconds_ = std::numeric_limits<double>::infinity();
};

}  // namespace wide::benchmark_table
