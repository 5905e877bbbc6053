// What is above the diagonal: copied in pieces of any size, and known for what it is.
#include <wide/store/upper_triangle.hpp>

#include <string>

#include "../catch.hpp"
#include "files.hpp"

using namespace wide;

namespace {

constexpr std::size_t n = 61;

/// Entry (i, j) of a symmetric matrix without equal entries.
float entry_at(std::size_t i, std::size_t j) { return static_cast<float>(i < j ? j * n + i : i * n + j); }

/// Block b as it is computed; the NTK is the NNGP's negative.
GramBlock<float> block_at(const GramLayout& layout, std::size_t b) {
    const std::size_t first = layout.first(b), height = layout.height(b);
    GramBlock<float> block{{Matrix<float>(height, first), Matrix<float>(height, first)},
                           {Matrix<float>(height, height), Matrix<float>(height, height)}};
    for (std::size_t r = 0; r < height; ++r) {
        for (std::size_t j = 0; j < first; ++j)
            block.left.ntk(r, j) = -(block.left.nngp(r, j) = entry_at(first + r, j));
        for (std::size_t j = 0; j < height; ++j)
            block.own.ntk(r, j) = -(block.own.nngp(r, j) = entry_at(first + r, first + j));
    }
    return block;
}

}  // namespace

TEST_CASE("pieces of any size make the same upper triangle") {
    for (const std::size_t height : {1u, 13u, 20u, 61u, 100u})
        for (const std::size_t together : {1u, 2u, 3u, 1000u}) {
            INFO(height << " rows a block, " << together << " blocks at once");
            const test::Directory directory;
            const GramLayout layout{n, n, true, fill::both, height};
            MatrixFile<float> file[2]{{directory.path() + "/nngp", n, n, open_for::updating},
                                      {directory.path() + "/ntk", n, n, open_for::updating}};
            UpperTriangle<float> above(layout);
            for (MatrixFile<float>& matrix : file) matrix.prepare(false);
            for (std::size_t b = 0; b < layout.blocks(); ++b) {
                const auto block = block_at(layout, b);
                for (std::size_t which = 0; which < 2; ++which)
                    for (std::size_t r = 0; r < layout.height(b); ++r) {
                        const auto &left = matrix_of(block.left, which), &own = matrix_of(block.own, which);
                        file[which].write(layout.first(b) + r, 0, left.row(r).data(), left.cols());
                        file[which].write(layout.first(b) + r, left.cols(), own.row(r).data(), own.cols());
                    }
                above.add(b, block);
            }
            for (std::size_t b = 0; b < layout.blocks(); ++b)
                CHECK(above.is_there(b, file) == (b + 1 == layout.blocks()));
            for (std::size_t b = 0; b < layout.blocks(); b += together)
                above.copy(b, std::min(layout.blocks(), b + together), file);
            for (std::size_t b = 0; b < layout.blocks(); ++b) CHECK(above.is_there(b, file));
            const auto nngp = npy_matrix<float>(directory.path() + "/nngp"),
                       ntk = npy_matrix<float>(directory.path() + "/ntk");
            bool right = true;
            for (std::size_t i = 0; i < n; ++i)
                for (std::size_t j = 0; j < n; ++j)
                    right = right && nngp(i, j) == entry_at(i, j) && ntk(i, j) == -entry_at(i, j);
            CHECK(right);
            if (layout.blocks() == 1) continue;
            const float wrong = 0.5f;
            file[1].write(layout.last(0) - 1, n - 1, &wrong, 1);
            CHECK(!above.is_there(0, file));
        }
}

TEST_CASE("as many blocks are copied at once as have room, but one at least") {
    const GramLayout layout{1000, 1000, true, fill::both, 16};
    const UpperTriangle<float> above(layout);
    CHECK(above.copied_at_once(0, 0) == 1);
    CHECK(above.copied_at_once(0, 16 * 4000) == 1);
    CHECK(above.copied_at_once(0, 16 * 4000 * 3 + 3999) == 3);
    CHECK(above.copied_at_once(60, 1_GiB) == 3);
}
