#pragma once
// What a pass over an offset plane is told: where the plane lies, and the numbers of the pass.
#include <cstddef>

#include <wide/dsl/meaning/nonlinearities.hpp>
#include <wide/lower/positions.hpp>
#include <wide/simd/block.hpp>

namespace wide {

/// Vectors in flight: columns of one row, or half as many of two.
inline constexpr int cells_at_once = 4;

/// Samples that go through the planes together against one lane of others, at most.
inline constexpr std::size_t most_side_by_side = 4;

/// The numbers of a pass that are the same everywhere.
template <class T>
struct PassMagnitude {
    T weight = 1, bias = 0;         ///< K = weight * taps + bias
    T theta_weight = 1;             ///< of the Theta before
    T own_weight = 0, own_bias = 0; ///< standard parameterisation: what the layer's parameters add to Theta
    T left_share = 1, right_share = 1;
    T itself = 1;                   ///< dropout: of a sample with itself at one position
    Terms terms{};
};

/// One plane through one pass. Rows and numbers are counted in elements of T.
template <class T>
struct PassRun {
    T *left_nngp, *left_theta;  ///< with a row before the first and one behind the last that may be written
    const T *right_nngp, *right_theta;
    std::ptrdiff_t left_row, right_row;
    T *nngp, *theta;
    std::ptrdiff_t row;
    Extents in, out;          ///< extents of the planes read and written
    const GridTaps* taps;  ///< null: none
    T* sums;               ///< room for rows of sums over taps
    std::ptrdiff_t sums_row;
    bool upwards;          ///< from the last row to the first
    const T *left_number, *right_number;  ///< of the plane's first positions
    std::ptrdiff_t number_rows, number_layers, numbers_apart;  ///< in positions
    const PassMagnitude<T>* magnitude;
    bool itself;  ///< a sample with itself at one position
};

/// Vectors of a plane that go through a pass together: some columns of one row, or of two rows.
template <class T, int rows>
struct Cells {
    static constexpr int columns = cells_at_once / rows;
    using L = Block<T, rows * columns>;
    /// Where vector i lies, in positions of a plane with this distance between rows.
    static constexpr std::ptrdiff_t place(int i, std::ptrdiff_t row) { return i / columns * row + i % columns; }
};

}  // namespace wide
