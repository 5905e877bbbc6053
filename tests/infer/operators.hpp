#pragma once
// What the tests of solvers over operators have in common: Grams with known spectra, and how far a solution is off.
#include <cmath>
#include <cstddef>
#include <exception>
#include <string>

#include <wide/infer/regress.hpp>
#include <wide/run/matrix.hpp>

#include "reference.hpp"

/// A Gram of fewer columns than rows, and a little on the diagonal: a fast and then a flat spectrum.
template <class T>
wide::Matrix<T> fast_spectrum(std::size_t n, std::size_t rank, double rest, unsigned seed) {
    wide::Matrix<T> X = normal<T>(n, rank, seed);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t k = 0; k < rank; ++k) X(i, k) /= static_cast<T>(k + 1);
    wide::Matrix<T> K = gram_of(X);
    for (std::size_t i = 0; i < n; ++i) K(i, i) += static_cast<T>(rest);
    return K;
}

/// max |A - B| / max |B|.
template <class T>
double relative_distance(const wide::Matrix<T>& A, const wide::Matrix<T>& B) {
    double most = 0, size = 0;
    if (A.rows() != B.rows() || A.cols() != B.cols()) return INFINITY;
    for (std::size_t k = 0; k < A.size(); ++k) {
        const double apart = std::abs(static_cast<double>(A.data()[k]) - static_cast<double>(B.data()[k]));
        if (std::isnan(apart)) return INFINITY;
        most = std::fmax(most, apart);
        size = std::fmax(size, std::abs(static_cast<double>(B.data()[k])));
    }
    return size > 0 ? most / size : most;
}

template <class T>
bool same_numbers(const wide::Matrix<T>& A, const wide::Matrix<T>& B) {
    return relative_distance(A, B) == 0;
}

/// |y - (K + lambda I) w| / |y| of the worst output, in double.
template <class T>
double residual_of(const wide::Matrix<T>& K, double lambda, const wide::Matrix<T>& w, const wide::Matrix<T>& y) {
    double worst = 0;
    for (std::size_t o = 0; o < y.cols(); ++o) {
        double missed = 0, size = 0;
        for (std::size_t i = 0; i < y.rows(); ++i) {
            double rest = static_cast<double>(y(i, o)) - lambda * static_cast<double>(w(i, o));
            for (std::size_t j = 0; j < y.rows(); ++j)
                rest -= static_cast<double>(K(i, j)) * static_cast<double>(w(j, o));
            missed += rest * rest;
            size += static_cast<double>(y(i, o)) * static_cast<double>(y(i, o));
        }
        if (size > 0) worst = std::fmax(worst, std::sqrt(missed / size));
    }
    return worst;
}
