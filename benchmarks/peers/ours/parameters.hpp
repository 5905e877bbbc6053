#pragma once
// Parameters in one row of a file: leaf after leaf, without the zeros between them.
#include <algorithm>
#include <cstddef>
#include <string>

#include <wide/finite/parameters.hpp>

namespace wide::peers {

template <class Net, class In, class T>
Parameters<Net, In, T> parameters_from(const Matrix<T>& row) {
    Parameters<Net, In, T> theta;
    if (row.size() != theta.count)
        throw shape_mismatch{"the file has " + std::to_string(row.size()) + " parameters, the network " +
                             std::to_string(theta.count)};
    const T* from = row.data();
    for (int i = 0; i < theta.leaves; ++i) {
        std::copy_n(from, theta.leaf(i).size(), theta.leaf(i).begin());
        from += theta.leaf(i).size();
    }
    return theta;
}

template <class Net, class In, class T>
Matrix<T> row_of(const Parameters<Net, In, T>& theta) {
    Matrix<T> row(1, theta.count);
    T* to = row.data();
    for (int i = 0; i < theta.leaves; ++i) to = std::ranges::copy(theta.leaf(i), to).out;
    return row;
}

}  // namespace wide::peers
