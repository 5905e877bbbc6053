#pragma once
// A view of samples, one a row: from a pointer, a span, a vector, a Matrix, or any matrix type that tells its strides
// as Eigen's do (both storage orders). Nothing is copied; the data has to outlive the call.
//
//     rows<Vector<784>>(pointer, n)     rows<Vector<>>(pointer, n, width)     rows<In>(matrix)     rows<In>(vector)
#include <concepts>
#include <cstddef>
#include <iterator>
#include <span>
#include <string>

#include <wide/dsl/grammar/input.hpp>
#include <wide/dsl/words/inputs.hpp>
#include <wide/run/error.hpp>
#include <wide/run/matrix.hpp>

namespace wide {

/// Numbers in one sample of `In`; `dynamic` for Vector<>.
template <Input In>
inline constexpr std::size_t width_of =
    In::shape.channels == dynamic
        ? dynamic
        : In::shape.extents[0] * In::shape.extents[1] * In::shape.extents[2] * In::shape.channels;

/// `count` samples of `width` elements; element (i, k) is data[i * row_stride + k * column_stride].
template <Input In, std::floating_point T>
struct Rows {
    const T* data;
    std::size_t count, width;
    std::ptrdiff_t row_stride, column_stride;
};

/// Throws shape_mismatch unless samples of `In` are `width` numbers wide.
template <Input In>
void require_width(std::size_t width) {
    if (width == 0) throw shape_mismatch("the rows have width 0: a sample needs at least one number");
    if (width_of<In> != dynamic && width != width_of<In>)
        throw shape_mismatch("the rows have width " + std::to_string(width) + ", but the input type says " +
                             std::to_string(width_of<In>) +
                             ": pass the matching input type, or Vector<> for any width");
}

template <Input In, std::floating_point T>
Rows<In, T> rows(const T* data, std::size_t count, std::size_t width) {
    require_width<In>(width);
    return {data, count, width, static_cast<std::ptrdiff_t>(width), 1};
}

template <Input In, std::floating_point T>
requires(width_of<In> != dynamic) Rows<In, T> rows(const T* data, std::size_t count) {
    return rows<In>(data, count, width_of<In>);
}

/// A matrix that tells its strides, as Eigen's do.
template <class Dense>
concept Strided = requires(const Dense& matrix) {
    Dense::IsRowMajor;
    matrix.outerStride();
    matrix.innerStride();
    matrix.data();
};

/// Contiguous numbers of known size.
template <class Range>
concept Numbers = !Strided<Range> && requires(const Range& range) {
    { *std::data(range) } -> std::convertible_to<double>;
    { std::size(range) } -> std::convertible_to<std::size_t>;
}
&&std::floating_point<std::remove_cvref_t<decltype(*std::data(std::declval<const Range&>()))>>;

/// From contiguous numbers, sample after sample; for Vector<> the width is said along.
template <Input In, Numbers Range>
requires(width_of<In> == dynamic) auto rows(const Range& range, std::size_t width) {
    require_width<In>(width);
    const std::size_t size = std::size(range);
    if (size % width != 0)
        throw shape_mismatch(std::to_string(size) + " numbers are not a whole number of samples of width " +
                             std::to_string(width));
    return rows<In>(std::data(range), size / width, width);
}

template <Input In, Numbers Range>
requires(width_of<In> != dynamic) auto rows(const Range& range) {
    const auto any_width = rows<Vector<>>(range, width_of<In>);
    return rows<In>(any_width.data, any_width.count);
}

template <Input In, std::floating_point T>
Rows<In, T> rows(const Matrix<T>& matrix) {
    if (matrix.rows() == 0 && matrix.cols() == 0)
        return {nullptr, 0, width_of<In> == dynamic ? 1 : width_of<In>, 1, 1};
    return rows<In>(matrix.data(), matrix.rows(), matrix.cols());
}

template <Input In, Strided Dense>
auto rows(const Dense& matrix) {
    using T = std::remove_cvref_t<decltype(*matrix.data())>;
    const auto outer = static_cast<std::ptrdiff_t>(matrix.outerStride());
    const auto inner = static_cast<std::ptrdiff_t>(matrix.innerStride());
    const auto width = static_cast<std::size_t>(matrix.cols());
    require_width<In>(width);
    return Rows<In, T>{matrix.data(), static_cast<std::size_t>(matrix.rows()), width,
                       Dense::IsRowMajor ? outer : inner, Dense::IsRowMajor ? inner : outer};
}

/// The samples [first, last).
template <class In, class T>
Rows<In, T> rows_between(const Rows<In, T>& x, std::size_t first, std::size_t last) {
    return {x.data + static_cast<std::ptrdiff_t>(first) * x.row_stride, last - first, x.width, x.row_stride,
            x.column_stride};
}

/// A copy of the samples at these places. Throws shape_mismatch where there is no such place.
template <class In, class T>
Matrix<T> gather(const Rows<In, T>& x, std::span<const std::size_t> places) {
    Matrix<T> some(places.size(), x.width);
    for (std::size_t i = 0; i < places.size(); ++i) {
        if (places[i] >= x.count)
            throw shape_mismatch("there is no sample " + std::to_string(places[i]) + " among " +
                                 std::to_string(x.count));
        const T* number = x.data + static_cast<std::ptrdiff_t>(places[i]) * x.row_stride;
        for (T& to : some.row(i)) {
            to = *number;
            number += x.column_stride;
        }
    }
    return some;
}

/// The shape of these samples: their type's, with the width that is known now.
template <Input In, std::floating_point T>
Shape shape_of(const Rows<In, T>& x) {
    Shape shape = In::shape;
    if (shape.channels == dynamic) shape.channels = x.width;
    return shape;
}

}  // namespace wide
