#pragma once
// How well a kernel at the network's parameters knows the labels (Baratin et al. 2021, "Implicit regularization via neural
// feature alignment"):
//
//     y^T Theta y / y^T y = |J^T y|^2 / |y|^2
//
// one gradient, no kernel. Theta has a row for every sample and output, as full_empirical_ntk keeps it; with one output it is
// empirical_ntk. At most Theta's largest eigenvalue.
//
//     double a = alignment<Net>(theta, x, y);       // y: samples x outputs
//
// Throws as vjp does, and error where all labels are zero.
#include <cstddef>

#include <wide/finite/vjp.hpp>

namespace wide {

template <class Net, class In, class X, class T>
[[nodiscard]] double alignment(const Parameters<Net, In, T>& theta, const Rows<X, T>& x, const Matrix<T>& y,
                               const options& how = {}) {
    const Parameters<Net, In, T> along = vjp<Net>(theta, x, y, how);
    double square = 0;
    for (std::size_t k = 0; k < y.size(); ++k) square += static_cast<double>(y.data()[k]) * static_cast<double>(y.data()[k]);
    if (!(square > 0)) throw error{"labels that are all zero have no alignment with a kernel"};
    return dot(along, along) / square;
}

}  // namespace wide
