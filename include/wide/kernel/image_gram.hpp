#pragma once
// The pairs of two sets of samples with positions, or of one with itself.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <wide/kernel/image_hoist.hpp>
#include <wide/kernel/image_side.hpp>
#include <wide/kernel/kernels.hpp>

namespace wide {

template <class T>
inline constexpr auto largest_of = static_cast<double>(std::numeric_limits<T>::max());

/// Throws not_finite if T has no room for the kernels of row i with itself.
template <class T>
void require_room(double nngp, double ntk, std::size_t i, const char* role) {
    if (nngp <= largest_of<T> && ntk <= largest_of<T>) return;
    throw not_finite("the kernel of row " + std::to_string(i) + " of " + role +
                         " with itself overflows the element type: scale the data, or compute in double",
                     i, 0);
}

/// What a thread computes pairs in.
template <class Kernel, class T>
struct PairRoom {
    explicit PairRoom(const Kernel& kernel) : runner(kernel.pair, kernel.facts, kernel.input, kernel.side_by_side) {}
    typename Kernel::PairRunner runner;
    std::vector<PlaneSamples<T>> side_by_side;
    std::vector<LaneKernels<T>> kernels;
};

/// The Gram of images z against x, or of x alone (z null).
template <class Net, Wanted want, class InZ, class InX, class T>
class ImageGram {
    static constexpr bool with_theta = want != Wanted::nngp;
    using Kernel = ImageKernel<Net, with_theta, T>;
    static constexpr auto lane = Kernel::lane;

public:
    ImageGram(const Kernel& kernel, Gram<T>& result, const Rows<InZ, T>* z, const Rows<InX, T>& x, const options& how)
        : kernel_{kernel},
          result_{result},
          z_{z},
          x_{x},
          how_{how},
          rows_{z ? z->count : x.count},
          alone_(kernel.cut.row_panel, kernel.facts.numbers, kernel.pixels()),
          in_lanes_(kernel.cut.column_panel, kernel.facts.numbers, kernel.pixels()) {}

    /// Panel after panel of rows. Of a symmetric Gram the pairs among these come first, while they are columns as well.
    void compute() {
        const std::size_t down = kernel_.cut.row_panel, side = kernel_.cut.column_panel;
        const bool once = z_ && side >= x_.count;
        if (once) hoist_columns(0, x_.count);
        for (std::size_t row = 0; row < rows_; row += down) {
            hoist_rows(row, std::min(down, rows_ - row));
            if (!z_) pairs_of(row, row);
            for (std::size_t column = 0; column < (z_ ? x_.count : row); column += side) {
                if (!once) hoist_columns(column, std::min(side, x_.count - column));
                pairs_of(row, column);
            }
        }
    }

private:
    [[nodiscard]] options quiet() const { return {.threads = how_.threads, .stop = how_.stop}; }

    /// Of a symmetric Gram the rows' own kernels come with their numbers, and they are hoisted as columns as well.
    void hoist_rows(std::size_t first, std::size_t count) {
        const auto nothing = [](const auto&) {};
        if (z_) {
            hoist_images(kernel_, kernel_.numbers, *z_, first, count, "the first set of samples", quiet(), nothing,
                         [&](std::size_t i, std::size_t many, const auto& room, const auto&) {
                             alone_.put(i - first, many, room.numbers.data(), room.pixels.data());
                         });
            return;
        }
        hoist_images(kernel_, kernel_.itself, x_, first, count, "the samples", quiet(), nothing,
                     [&](std::size_t i, std::size_t many, const auto& room, const auto& kernels) {
                         for (std::size_t l = 0; l < many; ++l) {
                             require_room<T>(kernels.nngp[l], kernels.theta[l], i + l, "the samples");
                             store(i + l, i + l, kernels.nngp[l], kernels.theta[l]);
                         }
                         alone_.put(i - first, many, room.numbers.data(), room.pixels.data());
                         in_lanes_.put(i - first, many, room.numbers.data(), room.pixels.data());
                     });
    }

    /// By the plan that rows are hoisted by: another one adds up in another order.
    void hoist_columns(std::size_t first, std::size_t count) {
        hoist_images(kernel_, z_ ? kernel_.numbers : kernel_.itself, x_, first, count,
                     z_ ? "the second set of samples" : "the samples", quiet(), [](const auto&) {},
                     [&](std::size_t i, std::size_t many, const auto& room, const auto&) {
                         in_lanes_.put(i - first, many, room.numbers.data(), room.pixels.data());
                     });
    }

    /// The pairs of the hoisted rows with the hoisted columns.
    void pairs_of(std::size_t first_row, std::size_t first_column) {
        const bool symmetric = !z_ && first_row == first_column;
        const PairBlocks blocks{std::min(kernel_.cut.row_panel, rows_ - first_row),
                                std::min(kernel_.cut.column_panel, x_.count - first_column), kernel_.cut.side,
                                symmetric, kernel_.cut.height};
        Workspaces<PairRoom<Kernel, T>> rooms(how_);
        options part = quiet();
        const PairBlocks all{rows_, x_.count, 1, !z_};
        if (how_.progress)
            part.progress = [&](std::uint64_t done, std::uint64_t) { how_.progress(done_ + done, all.pairs()); };
        run_blocks(blocks.count(), blocks.pairs(), part, [&](std::size_t b) {
            return block_of(blocks, blocks.place(b), first_row, first_column, rooms.mine(kernel_));
        });
        done_ += blocks.pairs();
    }

    /// Lanes of columns one after the other, as they are more memory than the rows. Returns how many pairs there were.
    std::uint64_t block_of(const PairBlocks& blocks, PairBlocks::Place place, std::size_t first_row,
                           std::size_t first_column, PairRoom<Kernel, T>& room) {
        const std::size_t first = place.row * blocks.height, last = std::min(blocks.rows, first + blocks.height);
        const std::size_t begin = place.column * blocks.side, end = std::min(blocks.columns, begin + blocks.side);
        std::uint64_t done = 0;
        for (std::size_t i = first; blocks.symmetric && i < last; ++i) done += i >= begin && i < end;
        for (std::size_t j = begin; j < end; j += lane)
            for (std::size_t i = first; i < last; i += kernel_.side_by_side) {
                const std::size_t next = std::min(last, i + kernel_.side_by_side);
                if (blocks.symmetric && j + 1 >= next) continue;
                room.side_by_side.clear();
                for (std::size_t k = i; k < next; ++k) room.side_by_side.push_back(alone_.sample(k));
                room.runner.run(room.side_by_side, in_lanes_.lane_of(j / lane), room.kernels);
                for (std::size_t k = i; k < next; ++k)
                    for (std::size_t l = j; l < std::min(j + lane, blocks.symmetric ? std::min(k, end) : end);
                         ++l, ++done)
                        store(first_row + k, first_column + l, room.kernels[k - i].nngp[l - j],
                              room.kernels[k - i].theta[l - j]);
            }
        return done;
    }

    void store(std::size_t i, std::size_t j, double nngp, double ntk) {
        if (!(std::abs(nngp) <= largest_of<T> && std::abs(ntk) <= largest_of<T>))
            throw not_finite("the kernel of row " + std::to_string(i) + " and row " + std::to_string(j) +
                                 " overflows the element type: scale the data, or compute in double",
                             i, j);
        const bool both = !z_ && how_.fill == fill::both;
        if constexpr (want != Wanted::ntk) {
            result_.nngp(i, j) = static_cast<T>(nngp);
            if (both) result_.nngp(j, i) = static_cast<T>(nngp);
        }
        if constexpr (want != Wanted::nngp) {
            result_.ntk(i, j) = static_cast<T>(ntk);
            if (both) result_.ntk(j, i) = static_cast<T>(ntk);
        }
    }

    const Kernel& kernel_;
    Gram<T>& result_;
    const Rows<InZ, T>* z_;
    const Rows<InX, T>& x_;
    const options& how_;
    std::size_t rows_;
    std::uint64_t done_ = 0;
    SamplesAlone<T> alone_;
    SamplesInLanes<T> in_lanes_;
};

}  // namespace wide
