#pragma once
// A dense row-major matrix that owns its memory: 64-bit indices, 64-byte aligned rows start, movable, not copyable
// by accident (a Gram of 60,000 rows is 14 GB; say `copy()` when that is meant).
//
//     Matrix<float> K(n, m);     // zeros; untouched pages cost nothing
//     K(i, j); K.rows(); K.cols(); K.data(); K.row(i);
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <utility>

#include <wide/run/error.hpp>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace wide {

/// Row-major `rows x cols` elements, zero on construction.
/// Throws `insufficient_memory` if the size overflows the address space or the system refuses it.
template <class T>
class Matrix {
public:
    Matrix() = default;

    Matrix(std::size_t rows, std::size_t cols) : rows_{rows}, cols_{cols} {
        if (rows == 0 || cols == 0) return;
        if (cols > (SIZE_MAX - page) / sizeof(T) / rows) throw refused(rows, cols);
        const std::size_t bytes = rows * cols * sizeof(T);
        // calloc hands large blocks out as untouched zero pages; huge pages make their first touch cheap.
        const std::size_t alignment = bytes >= page ? page : line;
        block_.reset(std::calloc(bytes + alignment, 1));
        if (!block_) throw refused(rows, cols);
        const auto address = reinterpret_cast<std::uintptr_t>(block_.get());
        data_ = reinterpret_cast<T*>((address + alignment - 1) / alignment * alignment);
#if defined(__linux__)
        if (alignment == page) ::madvise(data_, bytes, MADV_HUGEPAGE);
#endif
    }

    Matrix(Matrix&& other) noexcept
        : block_{std::move(other.block_)},
          data_{std::exchange(other.data_, nullptr)},
          rows_{std::exchange(other.rows_, 0)},
          cols_{std::exchange(other.cols_, 0)} {}

    Matrix& operator=(Matrix&& other) noexcept {
        block_ = std::move(other.block_);
        data_ = std::exchange(other.data_, nullptr);
        rows_ = std::exchange(other.rows_, 0);
        cols_ = std::exchange(other.cols_, 0);
        return *this;
    }

    [[nodiscard]] Matrix copy() const {
        Matrix twin(rows_, cols_);
        for (std::size_t k = 0; k < size(); ++k) twin.data_[k] = data_[k];
        return twin;
    }

    T& operator()(std::size_t i, std::size_t j) { return data_[i * cols_ + j]; }
    const T& operator()(std::size_t i, std::size_t j) const { return data_[i * cols_ + j]; }

    [[nodiscard]] std::span<T> row(std::size_t i) { return {data_ + i * cols_, cols_}; }
    [[nodiscard]] std::span<const T> row(std::size_t i) const { return {data_ + i * cols_, cols_}; }

    std::size_t rows() const { return rows_; }
    std::size_t cols() const { return cols_; }
    std::size_t size() const { return rows_ * cols_; }
    [[nodiscard]] bool empty() const { return size() == 0; }
    T* data() { return data_; }
    const T* data() const { return data_; }

private:
    static constexpr std::size_t line = 64;
    static constexpr std::size_t page = std::size_t{1} << 21;

    static insufficient_memory refused(std::size_t rows, std::size_t cols) {
        return {"a matrix of " + std::to_string(rows) + " x " + std::to_string(cols) +
                    " elements does not fit into this machine's memory: compute it in row blocks",
                UINT64_MAX, UINT64_MAX};
    }

    struct Free {
        void operator()(void* block) const { std::free(block); }
    };

    std::unique_ptr<void, Free> block_;
    T* data_ = nullptr;
    std::size_t rows_ = 0, cols_ = 0;
};

}  // namespace wide
