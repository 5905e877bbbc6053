#include <wide/tile/contract.hpp>
#include <wide/tile/panels.hpp>

#include <cmath>
#include <limits>

#include "../catch.hpp"
#include "../random_rows.hpp"

using namespace wide;

namespace {

template <class T>
Panels<T> packed(const Matrix<T>& x, int height) {
    Panels<T> panels(x.rows(), x.cols(), height);
    for (std::size_t i = 0; i < x.rows(); ++i)
        for (std::size_t k = 0; k < x.cols(); ++k) panels.sample(i)[k * panels.height()] = x(i, k);
    return panels;
}

}  // namespace

TEMPLATE_TEST_CASE("panels hold samples side by side, and zeros after the last", "", float, double) {
    const auto x = random_rows<TestType>(17, 5, 1);
    const auto panels = packed(x, 6);
    REQUIRE(panels.count() == 3);
    CHECK((panels.depth() == 5 && panels.height() == 6));
    CHECK(Panels<TestType>::bytes(17, 5, 6) == 18 * 5 * sizeof(TestType));
    for (std::size_t p = 0; p < 3; ++p)
        for (std::size_t k = 0; k < 5; ++k)
            for (std::size_t s = 0; s < 6; ++s) {
                const TestType expected = p * 6 + s < 17 ? x(p * 6 + s, k) : TestType(0);
                CHECK(panels.panel(p)[k * 6 + s] == expected);
                CHECK(panels.panel(p, k)[s] == expected);
            }
}

TEMPLATE_TEST_CASE("contract is a plain loop over the depth, in one piece or in several", "", float, double) {
    using T = TestType;
    using Tile = TileShape<T>;
    constexpr auto rows = static_cast<std::size_t>(Tile::rows), columns = static_cast<std::size_t>(Tile::columns);
    for (const std::size_t depth : {0u, 1u, 2u, 7u, 64u, 501u}) {
        INFO("depth " << depth);
        const auto x = random_rows<T>(rows, depth, 3), z = random_rows<T>(columns, depth, 4);
        const auto left = packed(x, Tile::rows), right = packed(z, Tile::columns);
        alignas(64) T whole[Tile::size], pieces[Tile::size];
        for (T& number : whole) number = std::numeric_limits<T>::quiet_NaN();
        contract(left.panel(0), right.panel(0), depth, false, whole);
        const std::size_t third = depth / 3;
        contract(left.panel(0), right.panel(0), third, false, pieces);
        contract(left.panel(0, third), right.panel(0, third), depth - third, true, pieces);
        for (std::size_t r = 0; r < rows; ++r)
            for (std::size_t c = 0; c < columns; ++c) {
                double expected = 0, size = 0;
                for (std::size_t k = 0; k < depth; ++k) {
                    const double term = static_cast<double>(x(r, k)) * static_cast<double>(z(c, k));
                    expected += term;
                    size += std::abs(term);
                }
                const double tolerance = 1e-15 + size * static_cast<double>(std::numeric_limits<T>::epsilon()) * 8;
                CHECK(std::abs(static_cast<double>(whole[r * columns + c]) - expected) <= tolerance);
                CHECK(std::abs(static_cast<double>(pieces[r * columns + c]) - expected) <= tolerance);
            }
    }
}
