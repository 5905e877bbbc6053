#pragma once
// Labels as a solver takes them, one row for each training row: a matrix with a column for each output, or, of one
// output, anything that is a std::span<const T>, a std::vector<T> for instance. The values are copied.
//
//     template <class T> void solve(const Matrix<T>& K, const targets_of<T>& y);
//     solve(K, Y);  solve(K, std::vector<float>{1, 2, 3});
#include <algorithm>
#include <concepts>
#include <span>
#include <type_traits>
#include <utility>

#include <wide/run/matrix.hpp>

namespace wide {

template <std::floating_point T>
class Targets {
public:
    Targets(const Matrix<T>& y) : values_{y.copy()} {}

    template <class Y>
    requires(std::constructible_from<std::span<const T>, const Y&>) Targets(const Y& y) {
        const std::span<const T> column{y};
        values_ = Matrix<T>(column.size(), 1);
        std::copy(column.begin(), column.end(), values_.data());
    }

    [[nodiscard]] const Matrix<T>& values() const { return values_; }

private:
    Matrix<T> values_;
};

/// As a parameter that converts what it is given, and leaves it to others to say what T is.
template <class T>
using targets_of = Targets<std::type_identity_t<T>>;

}  // namespace wide
