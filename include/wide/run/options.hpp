#pragma once
// How a long computation is run. Everything is optional.
//
//     ntk<Net>(x, options{.threads = 2, .fill = fill::lower, .budget = 8_GiB, .progress = bar, .stop = token});
#include <concepts>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <utility>

namespace wide {

/// Which entries of a symmetric Gram are written: all of them, or the diagonal and what is below (the rest stays
/// zero).
enum class fill : unsigned char { both, lower };

/// How pairs go through the network. A net that is one function of the angle between two samples (homogeneous and without
/// bias, or any net on rows of one norm) may be collapsed to a polynomial in that angle; `cheapest` does so where that
/// costs less than the layers' duals, `direct` never does.
enum class schedule : unsigned char { cheapest, direct };

constexpr std::uint64_t operator""_GiB(unsigned long long n) { return n << 30; }
constexpr std::uint64_t operator""_MiB(unsigned long long n) { return n << 20; }

/// Called now and then, from one thread at a time, with the entries done and the entries in all; the last call has
/// done == total. Takes any callable of (done, total), or of the fraction done.
class Progress {
public:
    Progress() = default;

    template <class F>
    requires(!std::same_as<std::remove_cvref_t<F>, Progress> && std::invocable<F&, std::uint64_t, std::uint64_t>)
        Progress(F&& report)
        : report_{std::forward<F>(report)} {}

    template <class F>
    requires(!std::same_as<std::remove_cvref_t<F>, Progress> && !std::invocable<F&, std::uint64_t, std::uint64_t> &&
             std::invocable<F&, double>) Progress(F&& report)
        : report_{[report = std::forward<F>(report)](std::uint64_t done, std::uint64_t total) mutable {
              report(total == 0 ? 1.0 : static_cast<double>(done) / static_cast<double>(total));
          }} {}

    explicit operator bool() const { return static_cast<bool>(report_); }
    void operator()(std::uint64_t done, std::uint64_t total) const { report_(done, total); }

private:
    std::function<void(std::uint64_t, std::uint64_t)> report_;
};

struct options {
    int threads = 0;                     ///< 0: all cores
    wide::fill fill = wide::fill::both;  ///< symmetric Grams only
    wide::schedule schedule = wide::schedule::cheapest;
    std::uint64_t budget = 0;            ///< bytes this call may use, results included; 0: the machine's memory
    Progress progress = {};              ///< silent by default
    std::stop_token stop = {};           ///< throws `cancelled` soon after it is set
};

}  // namespace wide
