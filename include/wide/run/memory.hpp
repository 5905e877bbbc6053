#pragma once
// The memory a computation may use, and the refusal of one that needs more: before anything is allocated.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <wide/run/error.hpp>

#if defined(__unix__)
#include <unistd.h>
#endif

namespace wide {

/// Bytes of physical memory; unlimited where the system does not say.
inline std::uint64_t machine_memory() {
    // Asked once: a call to the system takes longer than a small network.
    static const std::uint64_t bytes = [] {
#if defined(__unix__)
        const long pages = ::sysconf(_SC_PHYS_PAGES), size = ::sysconf(_SC_PAGE_SIZE);
        if (pages > 0 && size > 0) return static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(size);
#endif
        return UINT64_MAX;
    }();
    return bytes;
}

/// Bytes of a core's second-level cache, or half a megabyte where the system does not say.
inline std::size_t second_level_cache() {
    static const std::size_t bytes = [] {
#if defined(_SC_LEVEL2_CACHE_SIZE)
        if (const long size = ::sysconf(_SC_LEVEL2_CACHE_SIZE); size > 0) return static_cast<std::size_t>(size);
#endif
        return std::size_t{1} << 19;
    }();
    return bytes;
}

/// "3.5 GiB"
inline std::string readable_bytes(std::uint64_t bytes) {
    const char* const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    int unit = 0;
    std::uint64_t tenths = bytes * 10;
    if (bytes > UINT64_MAX / 10) tenths = bytes / 1024 * 10, unit = 1;
    while (tenths >= 10240 && unit < 6) tenths /= 1024, ++unit;
    std::string text = std::to_string(tenths / 10);
    if (unit > 0 && tenths % 10 != 0) (text += '.') += std::to_string(tenths % 10);
    return text + " " + units[unit];
}

/// Products and sums of sizes that stay at the largest number instead of wrapping around.
constexpr std::uint64_t saturated_product(std::uint64_t a, std::uint64_t b) {
    return b != 0 && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}
constexpr std::uint64_t saturated_sum(std::uint64_t a, std::uint64_t b) {
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/// Throws `insufficient_memory` if `needed` exceeds `budget` (0: the machine's memory).
inline void require_memory(std::uint64_t needed, std::uint64_t budget, std::string_view what) {
    const std::uint64_t allowed = budget == 0 ? machine_memory() : budget;
    if (needed <= allowed) return;
    const char* const advice = ": ask for fewer rows at a time, or for float where this is double";
    throw insufficient_memory(std::string(what) + " needs " + readable_bytes(needed) + ", but " +
                                  (budget == 0 ? "this machine has " : "the budget is ") + readable_bytes(allowed) + advice +
                                  (budget == 0 ? "" : ", or raise options::budget"),
                              needed, allowed);
}

}  // namespace wide
