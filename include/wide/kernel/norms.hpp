#pragma once
// The pass over the samples that comes before all pairs: norms in double, and a check of every number on the way. It
// is O(n d) beside the pairs' O(n^2 d).
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <wide/kernel/rows.hpp>
#include <wide/run/parallel.hpp>

namespace wide {

/// Throws not_finite naming the first element of the row that is no number, or says that its norm overflows.
template <class In, class T>
[[noreturn]] void report_not_finite(const Rows<In, T>& x, std::size_t row, const char* role) {
    const std::string where = std::string("row ") + std::to_string(row) + " of " + role;
    for (std::size_t k = 0; k < x.width; ++k) {
        const T value = x.data[static_cast<std::ptrdiff_t>(row) * x.row_stride +
                               static_cast<std::ptrdiff_t>(k) * x.column_stride];
        if (!std::isfinite(value))
            throw not_finite(where + " holds " + (std::isnan(value) ? "NaN" : "Inf") + " in column " +
                                 std::to_string(k) + ": drop or repair that row",
                             row, k);
    }
    throw not_finite(where + " is so large that its squared norm overflows: scale the data", row, 0);
}

/// Sum of squares in double: eight sums side by side, which a compiler may vectorise.
template <class T>
double squared_norm(const T* row, std::size_t width, std::ptrdiff_t stride) {
    double partial[8] = {};
    std::size_t k = 0;
    for (; k + 8 <= width; k += 8)
        for (std::size_t lane = 0; lane < 8; ++lane) {
            const auto value = static_cast<double>(row[static_cast<std::ptrdiff_t>(k + lane) * stride]);
            partial[lane] += value * value;
        }
    for (; k < width; ++k) {
        const auto value = static_cast<double>(row[static_cast<std::ptrdiff_t>(k) * stride]);
        partial[0] += value * value;
    }
    return ((partial[0] + partial[1]) + (partial[2] + partial[3])) +
           ((partial[4] + partial[5]) + (partial[6] + partial[7]));
}

/// The same where squares would underflow: every number is first divided by the largest.
template <class T>
double tiny_norm(const T* row, std::size_t width, std::ptrdiff_t stride) {
    double largest = 0, sum = 0;
    for (std::size_t k = 0; k < width; ++k)
        largest = std::max(largest, std::abs(static_cast<double>(row[static_cast<std::ptrdiff_t>(k) * stride])));
    if (largest == 0) return 0;
    for (std::size_t k = 0; k < width; ++k) {
        const double share = static_cast<double>(row[static_cast<std::ptrdiff_t>(k) * stride]) / largest;
        sum += share * share;
    }
    return largest * std::sqrt(sum);
}

/// Euclidean norms, in double. Throws not_finite.
template <class In, class T>
std::vector<double> norms_of(const Rows<In, T>& x, const char* role, const options& how) {
    constexpr std::size_t rows_a_block = 256;
    std::vector<double> norms(x.count);
    const options quiet{.threads = how.threads, .stop = how.stop};
    run_blocks((x.count + rows_a_block - 1) / rows_a_block, x.count, quiet, [&](std::size_t b) {
        const std::size_t last = std::min(x.count, (b + 1) * rows_a_block);
        for (std::size_t i = b * rows_a_block; i < last; ++i) {
            const T* row = x.data + static_cast<std::ptrdiff_t>(i) * x.row_stride;
            norms[i] = std::sqrt(x.column_stride == 1 ? squared_norm(row, x.width, 1)
                                                      : squared_norm(row, x.width, x.column_stride));
            if (norms[i] < 1e-140) norms[i] = tiny_norm(row, x.width, x.column_stride);
            if (!std::isfinite(norms[i])) report_not_finite(x, i, role);
        }
        return last - b * rows_a_block;
    });
    return norms;
}

}  // namespace wide
