#pragma once
// Sums over the taps of a convolution, along an offset plane: K'[p, q] = sum_a K[s p + a, s q + a] never leaves it, so
// that a plane is filtered as an image is.
#include <cstddef>

#include <wide/lower/plane_run.hpp>

namespace wide {

/// Adds up the taps of one row of outputs: `rows` rows of `in` columns each.
template <int rows, class T>
void sum_three_taps(const T* const* row, std::ptrdiff_t in, std::ptrdiff_t out, std::ptrdiff_t first, T* sums) {
    constexpr std::ptrdiff_t lane = lanes<T>;
    using V = Block<T, 1>;
    const auto column = [&](std::ptrdiff_t x) __attribute__((always_inline)) {
        V sum = V::load(row[0] + x * lane);
        if constexpr (rows > 1) sum = sum + V::load(row[1] + x * lane);
        if constexpr (rows > 2) sum = sum + V::load(row[2] + x * lane);
        return sum;
    };
    const V none(T(0));
    V before = first > 0 ? none : column(0);
    V here = 1 - first < in ? column(1 - first) : none;
    const std::ptrdiff_t whole = in - 2 + first < out ? in - 2 + first : out;
    std::ptrdiff_t x = 0;
    for (; x < whole; ++x) {
        const V next = column(x + 2 - first);
        (before + here + next).store(sums + x * lane);
        before = here;
        here = next;
    }
    for (; x < out; ++x) {
        (before + here).store(sums + x * lane);
        before = here;
        here = none;
    }
}

/// Whether sums over taps are made while rows go through their pass: filters of three by three that keep the grid. Two
/// rows go together, as they share two of the four that they read. A pass may write over what it reads, one row further
/// up or down: what lies there has been read some columns before.
inline bool three_by_three(const GridTaps& taps) {
    const Extents &size = taps.size, &stride = taps.stride;
    return size[0] == 1 && size[1] == 3 && size[2] == 3 && stride[0] == 1 && stride[1] == 1 && stride[2] == 1 &&
           taps.first[1] == 1 && taps.first[2] == 1;
}

/// The sums over the taps of one row, or of two, a few columns at a time from left to right.
template <class T, int rows>
class TapsOfRows {
    using L = typename Cells<T, rows>::L;
    using V = Block<T, 1>;
    static constexpr int columns = Cells<T, rows>::columns;

public:
    /// The rows lie `apart` elements from each other.
    [[gnu::always_inline]] TapsOfRows(const T* first_row, std::ptrdiff_t apart)
        : row_{first_row + lanes<T>}, apart_{apart}, before_{V(T(0)), V(T(0))}, here_{column(-1)} {}

    [[gnu::always_inline]] L next() {
        Two v[columns + 2];
        v[0] = before_, v[1] = here_;
        for (int j = 0; j < columns; ++j) v[j + 2] = column(j);
        row_ += columns * lanes<T>;
        before_ = v[columns], here_ = v[columns + 1];
        return L([&](int i) __attribute__((always_inline)) {
            const Two* one = v + i % columns;
            return i < columns ? (one[0].up + (one[1].up + one[2].up)).v[0]
                               : (one[0].down + (one[1].down + one[2].down)).v[0];
        });
    }

private:
    struct Two {
        V up, down;
    };

    [[gnu::always_inline]] Two column(std::ptrdiff_t x) const {
        const T* const at = row_ + x * lanes<T>;
        const V shared = V::load(at + apart_) + V::load(at + 2 * apart_), up = V::load(at) + shared;
        if constexpr (rows == 1) return {up, up};
        else return {up, shared + V::load(at + 3 * apart_)};
    }

    const T* row_;
    std::ptrdiff_t apart_;
    Two before_, here_;
};

/// Sums over taps, row by row and a few rows ahead, so that a pass may write where it reads.
template <class T>
class TapSums {
public:
    TapSums(const PassRun<T>& run, const T* plane, T* room)
        : run_{run}, plane_{plane}, room_{room}, ahead_{run.taps ? kept(*run.taps, run.out) - 1 : 0} {}

    /// Elements of the room.
    [[nodiscard]] std::ptrdiff_t size() const { return (ahead_ + 1) * run_.sums_row; }

    /// Row (z, y) of the sums.
    const T* row(std::ptrdiff_t z, std::ptrdiff_t y) {
        const std::ptrdiff_t at = z * run_.out[1] + y, rows = run_.out[0] * run_.out[1];
        for (; next_ < rows && next_ <= at + ahead_; ++next_)
            sum(next_ / run_.out[1], next_ % run_.out[1], place(next_));
        return place(at);
    }

    /// How many rows are kept at a time.
    static std::ptrdiff_t kept(const GridTaps& taps, const Extents& out) {
        return taps.first[0] * out[1] + taps.first[1] + 1;
    }

private:
    T* place(std::ptrdiff_t row) const { return room_ + row % (ahead_ + 1) * run_.sums_row; }

    void sum(std::ptrdiff_t z, std::ptrdiff_t y, T* sums) {
        constexpr std::ptrdiff_t lane = lanes<T>;
        const GridTaps& taps = *run_.taps;
        constexpr std::ptrdiff_t most = 3;
        const T* row[most];
        std::ptrdiff_t rows = 0;
        bool begun = false;
        for (std::ptrdiff_t c = 0; c < taps.size[0]; ++c)
            for (std::ptrdiff_t b = 0; b < taps.size[1]; ++b) {
                const std::ptrdiff_t iz = z * taps.stride[0] + c - taps.first[0];
                const std::ptrdiff_t iy = y * taps.stride[1] + b - taps.first[1];
                if (iz < 0 || iz >= run_.in[0] || iy < 0 || iy >= run_.in[1]) continue;
                row[rows++] = plane_ + (iz * run_.in[1] + iy) * run_.left_row;
                if (rows < most) continue;
                add(row, rows, begun, sums);
                begun = true;
                rows = 0;
            }
        if (rows > 0) add(row, rows, begun, sums);
        else if (!begun)
            for (std::ptrdiff_t x = 0; x < run_.out[2] * lane; ++x) sums[x] = 0;
    }

    void add(const T* const* row, std::ptrdiff_t rows, bool begun, T* sums) const {
        using V = Block<T, 1>;
        constexpr std::ptrdiff_t lane = lanes<T>;
        const GridTaps& taps = *run_.taps;
        const std::ptrdiff_t in = run_.in[2], out = run_.out[2];
        if (taps.size[2] == 3 && taps.stride[2] == 1 && !begun && in > 1) {
            if (rows == 3) sum_three_taps<3>(row, in, out, taps.first[2], sums);
            else if (rows == 2) sum_three_taps<2>(row, in, out, taps.first[2], sums);
            else sum_three_taps<1>(row, in, out, taps.first[2], sums);
            return;
        }
        for (std::ptrdiff_t x = 0; x < out; ++x) {
            const std::ptrdiff_t begin = x * taps.stride[2] - taps.first[2];
            const std::ptrdiff_t from = begin < 0 ? 0 : begin;
            const std::ptrdiff_t to = begin + taps.size[2] < in ? begin + taps.size[2] : in;
            V sum = begun ? V::load(sums + x * lane) : V(T(0));
            for (std::ptrdiff_t i = from; i < to; ++i)
                for (std::ptrdiff_t k = 0; k < rows; ++k) sum = sum + V::load(row[k] + i * lane);
            sum.store(sums + x * lane);
        }
    }

    const PassRun<T>& run_;
    const T* plane_;
    T* room_;
    std::ptrdiff_t ahead_, next_ = 0;
};

}  // namespace wide
