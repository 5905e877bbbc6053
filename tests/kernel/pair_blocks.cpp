// Blocks of pairs cover every pair of a Gram once, and nothing that only lies above its diagonal.
#include <wide/kernel/pair_blocks.hpp>

#include <algorithm>
#include <vector>

#include "../catch.hpp"

using namespace wide;

TEST_CASE("blocks cover every pair once") {
    for (const std::size_t rows : {1u, 7u, 16u, 33u})
        for (const std::size_t columns : {1u, 16u, 35u})
            for (const std::size_t side : {1u, 4u, 16u, 40u})
                for (const std::size_t height : {1u, 3u, 4u, 64u})
                    for (const bool symmetric : {false, true}) {
                        const PairBlocks blocks{rows, symmetric ? rows : columns, side, symmetric, height};
                        INFO(rows << " x " << blocks.columns << " in " << height << " x " << side << symmetric);
                        std::vector<int> met(rows * blocks.columns);
                        bool idle = false;
                        for (std::size_t b = 0; b < blocks.count(); ++b) {
                            const auto [r, c] = blocks.place(b);
                            std::size_t pairs = 0;
                            for (std::size_t i = r * height; i < std::min(rows, (r + 1) * height); ++i)
                                for (std::size_t j = c * side; j < std::min(blocks.columns, (c + 1) * side); ++j)
                                    if (!symmetric || j <= i) ++met[i * blocks.columns + j], ++pairs;
                            idle = idle || pairs == 0;
                        }
                        CHECK(!idle);
                        std::uint64_t all = 0;
                        bool once = true;
                        for (std::size_t i = 0; i < rows; ++i)
                            for (std::size_t j = 0; j < blocks.columns; ++j) {
                                once = once && met[i * blocks.columns + j] == (!symmetric || j <= i);
                                all += !symmetric || j <= i;
                            }
                        CHECK(once);
                        CHECK(all == blocks.pairs());
                    }
}

TEST_CASE("blocks are square unless something else is said") {
    const PairBlocks blocks{.rows = 100, .columns = 100, .side = 30, .symmetric = true};
    CHECK((blocks.height == 30 && blocks.count() == 10));
    CHECK((blocks.place(4).row == 2 && blocks.place(4).column == 1));
}
