#pragma once
// One block of rows of a Gram on its way between the computation and the files.
#include <cstddef>
#include <string>

#include <wide/io/fingerprint.hpp>
#include <wide/kernel/kernels.hpp>
#include <wide/run/matrix.hpp>

namespace wide {

/// The computed part of a block: left of the square on the diagonal, and that square. Of two sets of samples all is
/// `left`, and `own` has no columns.
template <class T>
struct GramBlock {
    Gram<T> left, own;
};

/// NNGP or NTK.
template <class T>
Matrix<T>& matrix_of(Gram<T>& gram, std::size_t which) {
    return which == 0 ? gram.nngp : gram.ntk;
}
template <class T>
const Matrix<T>& matrix_of(const Gram<T>& gram, std::size_t which) {
    return which == 0 ? gram.nngp : gram.ntk;
}

/// The fingerprint of a block's rows, one after the other.
template <class T>
std::string print_of_rows(const GramBlock<T>& block, std::size_t which) {
    Fingerprint print;
    const Matrix<T>&left = matrix_of(block.left, which), &own = matrix_of(block.own, which);
    for (std::size_t r = 0; r < left.rows(); ++r) {
        print.add(left.row(r).data(), left.cols() * sizeof(T));
        print.add(own.row(r).data(), own.cols() * sizeof(T));
    }
    return print.text();
}

}  // namespace wide
