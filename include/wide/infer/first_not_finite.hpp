#pragma once
// Where a NaN or an infinity is. Asked of every number that enters a solve, because Cholesky factorisations report
// success on NaN; so it has to cost one pass at memory speed.
//
// An exponent of all ones is what makes a number not finite; adding one to that exponent carries into the sign bit.
// So and, add, or over a row, and the sign bit says whether to look closer. Integer arithmetic vectorises at the
// baseline and means the same under -ffast-math, where std::isfinite does not.
//
//     if (auto j = first_not_finite(K.row(i))) throw not_finite{"...", i, *j};
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <type_traits>

namespace wide {

/// The index of the first element that is NaN or infinite.
template <std::floating_point T>
[[nodiscard]] std::optional<std::size_t> first_not_finite(std::span<const T> values) {
    using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    static_assert(sizeof(T) == sizeof(Bits) && std::numeric_limits<T>::is_iec559);
    constexpr Bits exponent = std::bit_cast<Bits>(std::numeric_limits<T>::infinity());
    constexpr Bits one = Bits{1} << (std::numeric_limits<T>::digits - 1);
    constexpr Bits sign = Bits{1} << (8 * sizeof(T) - 1);
    const auto carry = [](T value) -> Bits { return (std::bit_cast<Bits>(value) & exponent) + one; };

    Bits any = 0;
    for (const T value : values) any |= carry(value);
    if (!(any & sign)) return std::nullopt;
    std::size_t at = 0;
    while (!(carry(values[at]) & sign)) ++at;
    return at;
}

}  // namespace wide
