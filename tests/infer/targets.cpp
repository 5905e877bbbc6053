#include <wide/infer/targets.hpp>

#include <array>
#include <span>
#include <vector>

#include "../catch.hpp"

using namespace wide;

namespace {
template <class T>
Matrix<T> taken(const Matrix<T>&, const targets_of<T>& y) {
    return y.values().copy();
}
}  // namespace

TEST_CASE("a matrix is taken as it is, what is a span as a column") {
    const Matrix<float> K(2, 2);
    Matrix<float> y(2, 3);
    y(1, 2) = 5;
    CHECK((taken(K, y).cols() == 3 && taken(K, y)(1, 2) == 5));
    const std::vector<float> vector{1, 2};
    const std::array<float, 2> array{3, 4};
    CHECK((taken(K, vector).rows() == 2 && taken(K, vector).cols() == 1 && taken(K, vector)(1, 0) == 2));
    CHECK(taken(K, array)(1, 0) == 4);
    CHECK(taken(K, std::span<const float>(vector))(0, 0) == 1);
    static_assert(!std::convertible_to<std::vector<double>, Targets<float>>);
}
