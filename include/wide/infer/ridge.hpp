#pragma once
// How much is added to the diagonal of a Gram before it is inverted.
//
//     ridge{r}            lambda = r * trace(K) / n     the same r means the same for every scale of K
//     absolute_ridge{l}   lambda = l
//
// Another rule is another type with a member `on(mean_diagonal)`.
#include <concepts>

namespace wide {

/// Relative to the mean of the diagonal.
struct ridge {
    double value = 0;
    [[nodiscard]] constexpr double on(double mean_diagonal) const { return value * mean_diagonal; }
};

/// In the units of the kernel.
struct absolute_ridge {
    double value = 0;
    [[nodiscard]] constexpr double on(double) const { return value; }
};

template <class R>
concept Ridge = requires(const R& rule, double mean_diagonal) {
    { rule.value } -> std::convertible_to<double>;
    { rule.on(mean_diagonal) } -> std::convertible_to<double>;
};

}  // namespace wide
