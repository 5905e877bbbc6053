#pragma once
// Independent blocks of work over the cores, with progress and cancellation. What a block computes never depends on
// which thread runs it, so results are the same bits for any number of threads.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <wide/run/error.hpp>
#include <wide/run/options.hpp>

namespace wide {

/// Serialises progress reports and keeps them apart by a tenth of a second.
class ProgressMeter {
public:
    ProgressMeter(const Progress& report, std::uint64_t total) : report_{report}, total_{total} {}

    void add(std::uint64_t work) {
        if (!report_) return;
        const std::scoped_lock lock{mutex_};
        done_ += work;
        const auto now = std::chrono::steady_clock::now();
        if (done_ < total_ && now - last_ < std::chrono::milliseconds{100}) return;
        last_ = now;
        report_(done_, total_);
    }

private:
    const Progress& report_;
    std::uint64_t total_, done_ = 0;
    std::mutex mutex_;
    std::chrono::steady_clock::time_point last_{};
};

/// How many threads a call may use. Throws error for a negative number of them.
inline int threads_of(const options& how) {
    if (how.threads < 0)
        throw error("options::threads is " + std::to_string(how.threads) + ": pass a number of threads, or 0 for all cores");
    const int cores = oneapi::tbb::info::default_concurrency();
    return how.threads > 0 && how.threads < cores ? how.threads : cores;
}

/// Runs block(0) .. block(count - 1); `block` returns how much work it did, of `total` in all.
/// Throws `cancelled` if a block did not run because the stop token was set, and whatever a block throws.
inline void run_blocks(std::size_t count, std::uint64_t total, const options& how,
                       const std::function<std::uint64_t(std::size_t)>& block) {
    ProgressMeter meter{how.progress, total};
    if (total == 0) meter.add(0);
    std::atomic<bool> skipped = false;
    const auto one = [&](std::size_t b) {
        if (how.stop.stop_requested()) skipped = true;
        else meter.add(block(b));
    };
    if (how.threads == 1) {
        for (std::size_t b = 0; b < count; ++b) one(b);
    } else {
        oneapi::tbb::task_arena arena{threads_of(how)};
        arena.execute([&] { oneapi::tbb::parallel_for(std::size_t{0}, count, one); });
    }
    if (skipped) throw cancelled("cancelled: options::stop was set; no result is returned");
}

}  // namespace wide
