#pragma once
// K V for samples with positions: the Gram of some rows at a time, by the engine of images, multiplied and forgotten. Of a
// symmetric kernel every pair is computed once, and serves twice.
//
//     Matrix<T> product = multiply_images<Net, Wanted::ntk>(&z, x, V, settings);     // z null: x with itself
//
// A pair of images takes milliseconds, its multiplication nanoseconds: one thread does that. Where there are series, their
// lengths are those that the rows at hand need, within the same accuracy. Memory: rows for 64 MiB, at least 96, and what a
// Gram of images works in.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <wide/kernel/images.hpp>
#include <wide/kernel/tile_product.hpp>

namespace wide {

/// sums(first_row + i, :) += K(i, :) V(first_column ..., :), and where asked what the transposed K adds.
template <class T>
void add_stored(const Matrix<T>& K, std::size_t first_row, std::size_t first_column, bool both_ways,
                const Matrix<T>& filled, Matrix<double>& sums) {
    using Held = KernelBlock<T>;
    const std::size_t line = filled.cols();
    Held block;
    for (std::size_t i = 0; i < K.rows(); i += Held::height)
        for (std::size_t j = 0; j < K.cols(); j += Held::width) {
            const std::size_t rows = std::min(Held::height, K.rows() - i), columns = std::min(Held::width, K.cols() - j);
            for (std::size_t k = 0; k < rows; ++k)
                std::copy_n(&K(i + k, j), columns, block.entry + k * Held::width);
            const std::size_t row = first_row + i, column = first_column + j;
            add_product<false>(block, rows, columns, filled.data() + column * line, line, sums.data() + row * line);
            if (both_ways)
                add_product<true>(block, columns, rows, filled.data() + row * line, line, sums.data() + column * line);
        }
}

template <Wanted want, class T>
const Matrix<T>& only_matrix(const Gram<T>& gram) {
    if constexpr (want == Wanted::nngp) return gram.nngp;
    else return gram.ntk;
}

template <class Net, Wanted want, class InZ, class InX, class T>
Matrix<T> multiply_images(const Rows<InZ, T>* z, const Rows<InX, T>& x, const Matrix<T>& V,
                          const KernelSettings<Net>& settings) {
    const std::size_t rows = z ? z->count : x.count;
    const Matrix<T> filled = filled_up(V, x.count);
    Matrix<double> sums(rows, filled.cols());
    constexpr std::size_t room = std::size_t{1} << 26, step = KernelBlock<T>::height;
    const std::size_t height = std::max(room / sizeof(T) / std::max<std::size_t>(x.count, 1) / step, std::size_t{1}) * step;
    const std::uint64_t pairs = PairBlocks{rows, x.count, 1, z == nullptr}.pairs();
    std::uint64_t done = 0;
    KernelSettings<Net> part = settings;
    part.how.fill = fill::both;
    if (settings.how.progress)
        part.how.progress = [&](std::uint64_t here, std::uint64_t) { settings.how.progress(done + here, pairs); };
    Gram<T> K;
    const auto add = [&](const auto* left, const auto& right, std::size_t first_row, bool both_ways) {
        compute_image_gram<Net, want>(&K, left, right, part);
        add_stored(only_matrix<want>(K), first_row, left ? 0 : first_row, both_ways, filled, sums);
        done += PairBlocks{left ? left->count : right.count, right.count, 1, left == nullptr}.pairs();
    };
    if (pairs == 0) run_blocks(0, 0, settings.how, nullptr);
    for (std::size_t first = 0; first < rows && x.count > 0; first += height) {
        const std::size_t last = std::min(rows, first + height);
        if (z) {
            const auto some = rows_between(*z, first, last);
            add(&some, x, first, false);
            continue;
        }
        const auto some = rows_between(x, first, last);
        if (first > 0) add(&some, rows_between(x, 0, first), first, true);
        add(static_cast<const Rows<InX, T>*>(nullptr), some, first, false);
    }
    return rounded<T>(sums, V.cols());
}

}  // namespace wide
