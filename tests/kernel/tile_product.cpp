#include <wide/kernel/tile_product.hpp>

#include <set>
#include <utility>
#include <vector>

#include "../catch.hpp"

using namespace wide;

TEST_CASE("every two strips meet once, and none has two partners in a round") {
    for (std::size_t strips = 1; strips <= 33; ++strips) {
        std::set<std::pair<std::size_t, std::size_t>> met;
        for (std::size_t round = 0; round < strips; ++round) {
            const Meetings meetings{strips, round};
            std::vector<int> times(strips);
            for (std::size_t k = 0; k < meetings.count(); ++k) {
                const auto [p, q] = meetings.pair(k);
                REQUIRE(p < strips);
                REQUIRE(q <= p);
                REQUIRE(met.insert({p, q}).second);
                ++times[p];
                if (p != q) ++times[q];
            }
            for (const int once : times) REQUIRE(once == 1);
        }
        CHECK(met.size() == strips * (strips + 1) / 2);
    }
}

TEMPLATE_TEST_CASE("a block is multiplied as it is and transposed, whatever stands behind its edges", "", float, double) {
    KernelBlock<TestType> block;
    const std::size_t rows = 37, columns = 53;
    for (std::size_t k = 0; k < block.height * block.width; ++k) {
        const std::size_t i = k / block.width, j = k % block.width;
        block.entry[k] = i < rows && j < columns ? static_cast<TestType>((i * 7 + j * 3) % 11) - 5
                                                 : std::numeric_limits<TestType>::quiet_NaN();
    }
    for (const std::size_t outputs : {std::size_t{1}, std::size_t{10}, std::size_t{33}, std::size_t{70}}) {
        const std::size_t filled = in_lanes<TestType>(outputs);
        CHECK(filled >= outputs);
        CHECK(filled % static_cast<std::size_t>(lanes<TestType>) == 0);
        Matrix<TestType> V(columns, filled), U(rows, filled);
        for (std::size_t k = 0; k < V.size(); ++k) V.data()[k] = static_cast<TestType>(k % 13) - 6;
        for (std::size_t k = 0; k < U.size(); ++k) U.data()[k] = static_cast<TestType>(k % 17) - 8;
        Matrix<double> down(rows, filled), across(columns, filled);
        add_product<false>(block, rows, columns, V.data(), filled, down.data());
        add_product<true>(block, columns, rows, U.data(), filled, across.data());
        for (std::size_t o = 0; o < filled; ++o) {
            for (std::size_t i = 0; i < rows; ++i) {
                double sum = 0;
                for (std::size_t j = 0; j < columns; ++j)
                    sum += static_cast<double>(block.entry[i * block.width + j]) * static_cast<double>(V(j, o));
                REQUIRE(down(i, o) == sum);  // small whole numbers: exact
            }
            for (std::size_t j = 0; j < columns; ++j) {
                double sum = 0;
                for (std::size_t i = 0; i < rows; ++i)
                    sum += static_cast<double>(block.entry[i * block.width + j]) * static_cast<double>(U(i, o));
                REQUIRE(across(j, o) == sum);
            }
        }
    }
}
