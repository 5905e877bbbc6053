// Products of matrices against plain loops, in every small shape: rows that fill tiles and those that are left, any number
// of columns, factors as they lie, transposed and in panels, and sums of several products.
#include <wide/tile/product.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "../catch.hpp"
#include "../random_rows.hpp"

using namespace wide;

namespace {

template <class T>
Matrix<T> with_room_behind(const Matrix<T>& x) {
    Matrix<T> longer(1, x.size() + static_cast<std::size_t>(RightFactor<T>::width));
    std::copy_n(x.data(), x.size(), longer.data());
    return longer;
}

enum class Right { rows, panels, transposed };  // of one column, rows are numbers side by side

/// Largest error of two outputs: a b + c d, and d' alone. Every element must be handed over once.
template <class T>
double error_of(std::size_t rows, std::size_t columns, std::size_t depth, Right right) {
    const auto a = random_rows<T>(rows, depth, 1);
    const auto c = random_rows<T>(rows, depth + 2, 2);
    const auto b = random_rows<T>(right == Right::transposed ? columns : depth, right == Right::transposed ? depth : columns, 3);
    const auto d = random_rows<T>(depth + 2, columns, 4);
    const auto b_room = with_room_behind(b), d_room = with_room_behind(d);
    Matrix<T> panels(1, panel_elements<T>(depth, columns) + 1);
    const auto signed_of = [](std::size_t n) { return static_cast<std::ptrdiff_t>(n); };
    RightFactor<T> factor = RightFactor<T>::of_rows(b_room.data(), columns);
    if (right == Right::panels) factor = pack_panels(b.data(), signed_of(columns), 1, depth, columns, panels.data());
    if (right == Right::transposed) factor = pack_panels(b.data(), 1, signed_of(depth), depth, columns, panels.data());
    const auto second = RightFactor<T>::of_rows(d_room.data(), columns);
    const LeftFactor<T> left{a.data(), signed_of(depth), 1}, other{c.data(), signed_of(depth + 2), 1};
    const ProductTerm<T> terms[] = {{left, factor, depth, 0}, {other, second, depth + 2, 0}, {other, second, depth + 2, 1}};
    Matrix<T> found[2] = {Matrix<T>(rows, columns), Matrix<T>(rows, columns)};
    std::vector<int> times(rows * columns);
    multiply<2, T>(rows, columns, std::span<const ProductTerm<T>>(terms), [&](const ProductTile<T, 2>& made) {
        for (std::size_t r = 0; r < made.rows; ++r)
            for (std::size_t q = 0; q < made.columns; ++q) {
                ++times.at((made.first_row + r) * columns + made.first_column + q);
                for (std::size_t o = 0; o < 2; ++o) found[o](made.first_row + r, made.first_column + q) = made.tile[o][r * made.stride + q];
            }
    });
    double most = std::all_of(times.begin(), times.end(), [](int n) { return n == 1; }) ? 0 : 1e9;
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t q = 0; q < columns; ++q) {
            double one = 0, two = 0;
            for (std::size_t k = 0; k < depth; ++k)
                one += static_cast<double>(a(r, k)) * static_cast<double>(right == Right::transposed ? b(q, k) : b(k, q));
            for (std::size_t k = 0; k < depth + 2; ++k) two += static_cast<double>(c(r, k)) * static_cast<double>(d(k, q));
            for (const double apart : {static_cast<double>(found[0](r, q)) - one - two, static_cast<double>(found[1](r, q)) - two})
                if (!(std::abs(apart) <= most)) most = std::abs(apart);
        }
    return most;
}

}  // namespace

TEMPLATE_TEST_CASE("products are what plain loops say, in every small shape", "", float, double) {
    using T = TestType;
    const double tolerance = sizeof(T) == 4 ? 1e-5 : 1e-13;
    const std::size_t tall = static_cast<std::size_t>(TileShape<T>::rows), wide_ = static_cast<std::size_t>(TileShape<T>::columns);
    for (std::size_t rows = 1; rows <= 2 * tall + 3; ++rows)
        for (const std::size_t columns : {std::size_t{1}, std::size_t{3}, wide_ - 1, wide_, wide_ + 1, 2 * wide_ + 5, 4 * wide_, 5 * wide_ + 2, 9 * wide_})
            for (const std::size_t depth : {0u, 1u, 2u, 5u})
                for (const Right right : {Right::rows, Right::panels, Right::transposed}) {
                    const double error = error_of<T>(rows, columns, depth, right);
                    if (!(error < tolerance))
                        FAIL(rows << " x " << columns << ", depth " << depth << ", right " << static_cast<int>(right) << ": "
                                  << error);
                }
    SUCCEED();
}

TEMPLATE_TEST_CASE("products of deep factors are what plain loops say", "", float, double) {
    for (const std::size_t depth : {255u, 256u, 511u, 1030u, 2500u})
        for (const std::size_t rows : {1u, 13u, 70u})
            for (const Right right : {Right::rows, Right::panels, Right::transposed})
                for (const std::size_t columns : {1u, 83u})
                    CHECK(error_of<TestType>(rows, columns, depth, right) < (sizeof(TestType) == 4 ? 1e-3 : 1e-11));
}

TEST_CASE("a product of nothing hands nothing over") {
    const ProductTerm<float> term{};
    int tiles = 0;
    multiply<1, float>(0, 9, std::span<const ProductTerm<float>>(&term, 1), [&](const ProductTile<float, 1>&) { ++tiles; });
    multiply<1, float>(9, 0, std::span<const ProductTerm<float>>(&term, 1), [&](const ProductTile<float, 1>&) { ++tiles; });
    CHECK(tiles == 0);
}
