// Sums over taps, against the sum written out, also where rows are written over what was read.
#include <wide/lower/plane_taps.hpp>
#include <wide/run/matrix.hpp>

#include <algorithm>
#include <vector>

#include "../catch.hpp"

using namespace wide;

namespace {

/// A plane of these extents, a zero behind every row.
template <class T>
struct Plane {
    Extents extents;
    std::ptrdiff_t row;
    Matrix<T> cells;

    explicit Plane(const Extents& of)
        : extents{of},
          row{(of[2] + 1) * lanes<T>},
          cells(1, static_cast<std::size_t>(row * of[0] * of[1])) {
        for (std::ptrdiff_t line = 0; line < of[0] * of[1]; ++line)
            for (std::ptrdiff_t k = 0; k < of[2] * lanes<T>; ++k)
                cells.data()[line * row + k] = static_cast<T>((line * 37 + k * 11) % 19 - 7);
    }
    [[nodiscard]] T at(std::ptrdiff_t z, std::ptrdiff_t y, std::ptrdiff_t x, std::ptrdiff_t l) const {
        const bool inside = z >= 0 && z < extents[0] && y >= 0 && y < extents[1] && x >= 0 && x < extents[2];
        return inside ? cells.data()[(z * extents[1] + y) * row + x * lanes<T> + l] : T(0);
    }
};

template <class T>
void sums_are_right(const Extents& in, const GridTaps& taps, bool in_place) {
    Extents out{};
    for (std::size_t a = 0; a < 3; ++a) out[a] = (in[a] - 1) / taps.stride[a] + 1;
    Plane<T> plane(in);
    const Plane<T> whole(in);
    PassRun<T> run{};
    run.in = in;
    run.out = out;
    run.taps = &taps;
    run.left_row = plane.row;
    run.sums_row = (in[2] + 1) * lanes<T>;
    Matrix<T> room(static_cast<std::size_t>(TapSums<T>::kept(taps, out)), static_cast<std::size_t>(run.sums_row));
    TapSums<T> sums(run, plane.cells.data(), room.data());
    CHECK(sums.size() == static_cast<std::ptrdiff_t>(room.size()));
    int wrong = 0;
    for (std::ptrdiff_t z = 0; z < out[0]; ++z)
        for (std::ptrdiff_t y = 0; y < out[1]; ++y) {
            const T* const row = sums.row(z, y);
            for (std::ptrdiff_t x = 0; x < out[2]; ++x)
                for (std::ptrdiff_t l = 0; l < lanes<T>; ++l) {
                    T expected(0);
                    for (std::ptrdiff_t c = 0; c < taps.size[0]; ++c)
                        for (std::ptrdiff_t b = 0; b < taps.size[1]; ++b)
                            for (std::ptrdiff_t a = 0; a < taps.size[2]; ++a)
                                expected += whole.at(z * taps.stride[0] + c - taps.first[0],
                                                     y * taps.stride[1] + b - taps.first[1],
                                                     x * taps.stride[2] + a - taps.first[2], l);
                    wrong += row[x * lanes<T> + l] != expected;
                }
            if (in_place) std::fill_n(plane.cells.data() + (z * out[1] + y) * plane.row, plane.row, T(1000));
        }
    CHECK(wrong == 0);
}

}  // namespace

/// First taps lie where paddings put them: nowhere before the window, or half of it.
TEMPLATE_TEST_CASE("taps are summed up, whatever the filter, its stride and its padding", "", float, double) {
    for (const std::ptrdiff_t size : {1, 2, 3, 4, 5})
        for (const std::ptrdiff_t first : {std::ptrdiff_t{0}, (size - 1) / 2})  // paddings say no others
            for (const std::ptrdiff_t stride : {1, 2, 3}) {
                INFO(size << " taps, " << first << " before, stride " << stride);
                sums_are_right<TestType>({1, 6, 7}, {{1, size, 3}, {1, stride, 1}, {0, first, 1}}, false);
                sums_are_right<TestType>({1, 6, 7}, {{1, 3, size}, {1, 1, stride}, {0, 1, first}}, false);
                sums_are_right<TestType>({3, 4, 5}, {{size, 2, size}, {stride, 1, 1}, {first, 1, first}}, false);
                sums_are_right<TestType>({1, 1, 9}, {{1, 1, size}, {1, 1, stride}, {0, 0, first}}, false);
            }
}

TEMPLATE_TEST_CASE("sums over taps may be written over what they were read from", "", float, double) {
    for (const std::ptrdiff_t size : {2, 3, 5})
        for (const std::ptrdiff_t first : {std::ptrdiff_t{0}, (size - 1) / 2}) {
            INFO(size << " taps, " << first << " before");
            sums_are_right<TestType>({1, 6, 5}, {{1, size, 3}, {1, 1, 1}, {0, first, 1}}, true);
            sums_are_right<TestType>({3, 4, 5}, {{2, size, 3}, {1, 1, 1}, {1, first, 1}}, true);
        }
}
