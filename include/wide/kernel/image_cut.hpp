#pragma once
// How the pairs of a Gram of images are cut up. To hoist a sample takes as long as some pairs, so both sets are hoisted
// once, into panels that all threads share; where there is no room for that, into panels as large as the room is, and
// some samples again and again. The pairs of two panels are then cut into blocks for the threads.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <wide/kernel/pair_blocks.hpp>

namespace wide {

struct ImagePairs {
    std::size_t rows, columns;
    bool symmetric;
    std::size_t lane;        ///< columns come in so many
    std::size_t fitting;     ///< samples that there is room for, on both sides together
    std::uint64_t elements;  ///< of a pair
    std::size_t threads;
};

struct ImageCut {
    std::size_t row_panel = 1, column_panel = 1;  ///< samples hoisted at a time
    std::size_t height = 1, side = 1;             ///< rows and columns of a block
};

/// The panels. Results don't depend on them.
inline void choose_panels(const ImagePairs& pairs, ImageCut& cut) {
    const auto lanes_of = [&](std::size_t count) { return std::max<std::size_t>(count / pairs.lane, 1) * pairs.lane; };
    const std::size_t columns = lanes_of(pairs.columns + pairs.lane - 1), rows = std::max<std::size_t>(pairs.rows, 1);
    const std::size_t fitting = std::max(pairs.fitting, 2 * pairs.lane), half = lanes_of(fitting / 2);
    cut.row_panel = std::min(rows, half);
    cut.column_panel = std::min(columns, half);
    if (pairs.symmetric && (rows > half || columns > half)) cut.row_panel = cut.column_panel;
    if (pairs.symmetric) return;
    // What one side leaves is the other's.
    if (rows <= half) cut.column_panel = std::min(columns, lanes_of(fitting - rows));
    if (columns <= half) cut.row_panel = std::min(rows, fitting - columns);
}

/// The blocks: four for a thread, and none that takes more than about a second, so that a call may be stopped.
inline void choose_blocks(const ImagePairs& pairs, ImageCut& cut) {
    constexpr std::size_t largest = 128, rows_at_least = 4;
    constexpr std::uint64_t elements_of_a_second = std::uint64_t{1} << 31;
    const std::uint64_t most = std::max<std::uint64_t>(elements_of_a_second / (pairs.elements + 1), 1);
    const std::size_t wanted = pairs.threads > 1 ? 4 * pairs.threads : 1;
    cut.height = cut.side = std::max(largest / pairs.lane, std::size_t{1}) * pairs.lane;
    const auto blocks = [&] {
        return PairBlocks{cut.row_panel, cut.column_panel, cut.side, pairs.symmetric, cut.height}.count();
    };
    while (blocks() < wanted || cut.height * cut.side > most) {
        if (cut.height > rows_at_least && (cut.height >= cut.side || cut.side == pairs.lane)) cut.height /= 2;
        else if (cut.side > pairs.lane) cut.side = cut.side / 2 / pairs.lane * pairs.lane;
        else break;
    }
    // Rows that go through the planes together save less than a core does.
    while (cut.height > 1 && blocks() < pairs.threads) cut.height /= 2;
}

inline ImageCut cut_images(const ImagePairs& pairs) {
    ImageCut cut;
    choose_panels(pairs, cut);
    choose_blocks(pairs, cut);
    return cut;
}

}  // namespace wide
