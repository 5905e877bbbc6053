#pragma once
// Whether the kernels of an architecture are what the formulas on whole tensors say.
#include <cmath>
#include <cstddef>
#include <vector>

#include <wide/kernel/gram.hpp>

#include "../catch.hpp"
#include "image_reference.hpp"
#include "image_rows.hpp"

/// All pairs of seven samples, and of seven against two others; `tolerance` relative to both samples' own kernels.
template <class Net, class In, class T = double>
void agrees_with_formulas(const char* name, double tolerance = 1e-9) {
    const auto x = mixed_images<In, T>(7, 3), z = random_rows<T>(2, wide::width_of<In>, 4);
    const auto own = wide::gram<Net>(wide::rows<In>(x)),
               cross = wide::gram<Net>(wide::rows<In>(z), wide::rows<In>(x));
    const auto expected = [](const wide::Matrix<T>& a, std::size_t i, const wide::Matrix<T>& b, std::size_t j,
                             bool same) {
        return image_reference::kernels<Net, In>(a.data() + i * a.cols(), b.data() + j * b.cols(), same);
    };
    const auto close = [&](const image_reference::Kernels& right, const wide::Gram<T>& found, std::size_t i,
                           std::size_t j, double nngp, double ntk) {
        INFO(name << " (" << i << ", " << j << ")");
        CHECK_THAT(static_cast<double>(found.nngp(i, j)),
                   Catch::Matchers::WithinAbs(right.nngp, tolerance * std::sqrt(nngp)));
        CHECK_THAT(static_cast<double>(found.ntk(i, j)),
                   Catch::Matchers::WithinAbs(right.ntk, tolerance * std::sqrt(ntk)));
    };
    std::vector<image_reference::Kernels> self;
    for (std::size_t i = 0; i < 7; ++i) self.push_back(expected(x, i, x, i, true));
    for (std::size_t i = 0; i < 7; ++i)
        for (std::size_t j = 0; j <= i; ++j)
            close(i == j ? self[i] : expected(x, i, x, j, false), own, i, j, self[i].nngp * self[j].nngp,
                  self[i].ntk * self[j].ntk);
    for (std::size_t i = 0; i < 2; ++i) {
        const auto one = expected(z, i, z, i, true);
        for (std::size_t j = 0; j < 7; ++j)
            close(expected(z, i, x, j, false), cross, i, j, one.nngp * self[j].nngp, one.ntk * self[j].ntk);
    }
}
