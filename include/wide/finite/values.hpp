#pragma once
// What the layers of a finite network read and write: the values of some samples, each value's samples one behind the
// other. Where a network moves along a direction, every value is a few Taylor coefficients; those of what does not move
// are absent.
#include <cstddef>
#include <utility>

#include <wide/finite/network.hpp>
#include <wide/run/matrix.hpp>
#include <wide/tile/product.hpp>

namespace wide {

/// Room that a thread keeps between calls: networks are called often, and on small batches an allocation would show. Whoever
/// has it has it alone: a call within a call gets room of its own.
enum class RoomFor { values, weights, windows };
template <class T, RoomFor use>
class Room {
public:
    explicit Room(std::size_t elements) : matrix_{std::move(kept())} {
        if (matrix_.size() < elements) matrix_ = Matrix<T>(1, elements);
    }
    Room(const Room&) = delete;
    Room& operator=(const Room&) = delete;
    ~Room() {
        if (kept().size() < matrix_.size()) kept() = std::move(matrix_);
    }

    [[nodiscard]] T* data() { return matrix_.data(); }

private:
    static Matrix<T>& kept() {
        thread_local Matrix<T> matrix;
        return matrix;
    }

    Matrix<T> matrix_;
};

/// Samples as layers read them: `row` elements from one to the next.
template <class T>
struct SampleRows {
    const T* data = nullptr;
    std::size_t row = 0;
};

/// Parameters as a run reads them: all leaves by their offsets, and weights ready for products.
template <class T>
struct RunParameters {
    const T* block = nullptr;                 ///< null: all zero
    const RightFactor<T>* weights = nullptr;  ///< per leaf
};

/// Some samples, `count` from `first` on, of the `capacity` that the values have room for.
template <class T>
struct NetworkRun {
    SampleRows<T> input;
    const Leaf* leaf = nullptr;
    const std::size_t *offset = nullptr, *size = nullptr;  ///< of values, in elements a sample
    const bool* moves = nullptr;
    std::size_t values_size = 0;  ///< elements of all values of a sample
    std::size_t capacity = 0, first = 0, count = 0;
    T* values = nullptr;      ///< coefficients one behind the other
    T* slopes = nullptr;      ///< where a backward pass follows: of every nonlinearity, laid out as values
    T* cotangents = nullptr;  ///< the same
    T* windows = nullptr;     ///< room for frames
    RunParameters<T> theta, direction;

    [[nodiscard]] const T* read(int value, int coefficient) const {
        if (value == 0) return coefficient == 0 ? input.data + first * input.row : nullptr;
        return coefficient == 0 || moves[value] ? write(value, coefficient) : nullptr;
    }
    [[nodiscard]] T* write(int value, int coefficient) const {
        return place(values + static_cast<std::size_t>(coefficient) * values_size * capacity, value);
    }
    [[nodiscard]] T* slope(int value) const { return slopes ? place(slopes, value) : nullptr; }
    [[nodiscard]] T* cotangent(int value) const { return place(cotangents, value); }
    /// Elements from one sample of a value to the next.
    [[nodiscard]] std::size_t stride(int value) const { return value == 0 ? input.row : size[value]; }

private:
    [[nodiscard]] T* place(T* from, int value) const { return from + offset[value] * capacity + first * size[value]; }
};

}  // namespace wide
