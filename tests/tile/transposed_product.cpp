// Products whose left factor lies in columns against plain loops: rows and columns that fill tiles and those that are left.
#include <wide/tile/transposed_product.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "../catch.hpp"
#include "../random_rows.hpp"

using namespace wide;

TEMPLATE_TEST_CASE("products of a transposed left factor are what plain loops say", "", float, double) {
    using T = TestType;
    for (const std::size_t depth : {std::size_t{1}, std::size_t{2}, std::size_t{37}, deepest_transposed<T>})
        for (std::size_t rows = 1; rows <= 27; ++rows)
            for (const std::size_t columns : {1u, 7u, 8u, 33u, 70u}) {
                const auto a = random_rows<T>(depth, rows, 1), b = random_rows<T>(depth, columns, 2);
                Matrix<T> room(1, b.size() + static_cast<std::size_t>(RightFactor<T>::width));
                std::copy_n(b.data(), b.size(), room.data());
                Matrix<T> found(rows, columns);
                multiply_transposed<T>(rows, columns, [&](std::size_t k) { return a.data() + k * rows; },
                                       RightFactor<T>::of_rows(room.data(), columns), depth, [&](const ProductTile<T, 1>& made) {
                                           for (std::size_t r = 0; r < made.rows; ++r)
                                               for (std::size_t q = 0; q < made.columns; ++q)
                                                   found(made.first_row + r, made.first_column + q) += made.tile[0][r * made.stride + q];
                                       });
                double most = 0;
                for (std::size_t r = 0; r < rows; ++r)
                    for (std::size_t q = 0; q < columns; ++q) {
                        double sum = 0;
                        for (std::size_t k = 0; k < depth; ++k) sum += static_cast<double>(a(k, r)) * static_cast<double>(b(k, q));
                        if (const double apart = std::abs(static_cast<double>(found(r, q)) - sum); !(apart <= most)) most = apart;
                    }
                if (!(most < (sizeof(T) == 4 ? 1e-4 : 1e-12))) FAIL(rows << " x " << columns << ", depth " << depth << ": " << most);
            }
    SUCCEED();
}
