#pragma once
// What a call for kernels wants and returns.
#include <cstddef>
#include <vector>

#include <wide/run/matrix.hpp>

namespace wide {

/// Which kernels a call wants.
enum class Wanted : unsigned char { nngp, ntk, both };

/// Both kernels of all pairs.
template <class T>
struct Gram {
    Matrix<T> nngp, ntk;
};

/// Memory of the right size is written over; other memory is replaced.
template <class T>
void resize(Matrix<T>& matrix, std::size_t rows, std::size_t cols) {
    if (matrix.rows() == rows && matrix.cols() == cols) return;
    matrix = Matrix<T>();
    matrix = Matrix<T>(rows, cols);
}

/// Per-sample results: D.nngp[i], D.ntk[i].
template <class T>
struct Diagonal {
    std::vector<T> nngp, ntk;
};

}  // namespace wide
