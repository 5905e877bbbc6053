#pragma once
// What a symmetric Gram is: the same bits on both sides, the diagonal of `diagonal`, and the cross Gram of the samples
// with themselves up to rounding.
#include <cmath>
#include <cstddef>

#include <wide/kernel/kernels.hpp>

#include "../catch.hpp"

template <class T>
void check_symmetric(const wide::Gram<T>& own, const wide::Gram<T>& cross, const wide::Diagonal<T>& D) {
    using Catch::Matchers::WithinAbs;
    const double rounding = sizeof(T) == sizeof(float) ? 4e-6 : 1e-13;
    for (std::size_t i = 0; i < own.nngp.rows(); ++i) {
        CHECK(own.nngp(i, i) == D.nngp[i]);
        CHECK(own.ntk(i, i) == D.ntk[i]);
        for (std::size_t j = 0; j < i; ++j) {
            if (own.nngp(i, j) != own.nngp(j, i) || own.ntk(i, j) != own.ntk(j, i)) FAIL(i << ", " << j);
            const double nngp = std::sqrt(static_cast<double>(D.nngp[i]) * static_cast<double>(D.nngp[j]));
            const double ntk = std::sqrt(static_cast<double>(D.ntk[i]) * static_cast<double>(D.ntk[j]));
            CHECK_THAT(static_cast<double>(cross.nngp(i, j) - own.nngp(i, j)), WithinAbs(0, rounding * nngp));
            CHECK_THAT(static_cast<double>(cross.nngp(j, i) - own.nngp(i, j)), WithinAbs(0, rounding * nngp));
            CHECK_THAT(static_cast<double>(cross.ntk(i, j) - own.ntk(i, j)), WithinAbs(0, rounding * ntk));
            CHECK_THAT(static_cast<double>(cross.ntk(j, i) - own.ntk(i, j)), WithinAbs(0, rounding * ntk));
        }
    }
}
