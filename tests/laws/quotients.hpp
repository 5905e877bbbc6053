#pragma once
// The derivatives of both kernels by every deviation, against difference quotients of the kernels themselves, one
// pair at a time.
#include <algorithm>
#include <cmath>

#include <wide/kernel/scale_gradient.hpp>

#include "../catch.hpp"
#include "../random_rows.hpp"
#include "reference.hpp"

namespace quotients {

using namespace wide;

/// Row 4 is row 0 again, so that an exact deficit of 0 is among the pairs.
template <class T>
Matrix<T> some_rows(std::size_t count, std::uint64_t seed) {
    auto x = random_rows<T>(count, 6, seed);
    for (std::size_t k = 0; k < 6; ++k) x(4, k) = x(0, k);
    return x;
}

template <class T>
double largest(const Matrix<T>& of) {
    double found = 0;
    for (std::size_t k = 0; k < of.size(); ++k) found = std::max(found, std::abs(static_cast<double>(of.data()[k])));
    return found;
}

/// Relative to the largest entry.
template <class One, class Two>
double largest_difference(const Matrix<One>& got, const Matrix<Two>& expected) {
    REQUIRE((got.rows() == expected.rows() && got.cols() == expected.cols()));
    double worst = 0;
    for (std::size_t k = 0; k < got.size(); ++k) {
        const auto apart = std::abs(static_cast<double>(got.data()[k]) - static_cast<double>(expected.data()[k]));
        worst = std::isnan(worst) || apart <= worst ? worst : apart;
    }
    const double size = largest(expected);
    return size > 0 ? worst / size : worst;
}

/// The kernels of z against x, or of x with itself (z null).
template <class Net>
Gram<double> kernels(const Matrix<double>* z, const Matrix<double>& x, const Scales<affine_words<Net>>& scales) {
    const Matrix<double>& left = z ? *z : x;
    Gram<double> result{Matrix<double>(left.rows(), x.rows()), Matrix<double>(left.rows(), x.rows())};
    const auto put = [&](std::size_t i, std::size_t j, const KernelValue& value) {
        result.nngp(i, j) = value.nngp;
        result.ntk(i, j) = value.ntk;
    };
    for (std::size_t i = 0; i < left.rows(); ++i)
        for (std::size_t j = 0; j < x.rows(); ++j)
            put(i, j, kernel_at<Net, Vector<6>>(moments(left, i, x, j), scales));
    if (z) return result;
    const auto self = diagonal<Net>(rows<Vector<6>>(x), scales);
    for (std::size_t i = 0; i < x.rows(); ++i) put(i, i, {self.nngp[i], self.ntk[i]});
    return result;
}

/// By a quotient of fourth order.
template <class Kernel>
Gram<double> quotient(Kernel kernel_at_step) {
    constexpr double h = 1e-3;
    Gram<double> up = kernel_at_step(h);
    const Gram<double> down = kernel_at_step(-h), far_up = kernel_at_step(2 * h), far_down = kernel_at_step(-2 * h);
    for (Matrix<double> Gram<double>::*which : {&Gram<double>::nngp, &Gram<double>::ntk})
        for (std::size_t k = 0; k < (up.*which).size(); ++k)
            (up.*which).data()[k] = (8 * ((up.*which).data()[k] - (down.*which).data()[k]) -
                                     ((far_up.*which).data()[k] - (far_down.*which).data()[k])) /
                                    (12 * h);
    return up;
}

template <class Net>
void agrees_with_quotients(const ScaleGradient<double>& D, const Matrix<double>* z, const Matrix<double>& x) {
    const auto scales = default_scales<Net>();
    const auto G = kernels<Net>(z, x, scales);
    CHECK(largest_difference(D.kernel.nngp, G.nngp) <= 1e-10);
    CHECK(largest_difference(D.kernel.ntk, G.ntk) <= 1e-10);
    REQUIRE(D.weight.size() == static_cast<std::size_t>(affine_words<Net>));
    REQUIRE(D.bias.size() == D.weight.size());
    for (int word = 0, i = 0; i < program<Net>.size; ++i) {
        const Inst& inst = program<Net>.inst[i];
        if (inst.op != Op::affine) continue;
        INFO("affine word " << word);
        const auto moved = [&](double Scale::*which) {
            return [&, which](double step) {
                auto there = scales;
                there[word].*which += step;
                return kernels<Net>(z, x, there);
            };
        };
        const auto at = static_cast<std::size_t>(word);
        const auto check = [&](const Gram<double>& got, const Gram<double>& expected, const char* which) {
            INFO(which);
            CHECK(largest_difference(got.nngp, expected.nngp) <= 1e-6);
            CHECK(largest_difference(got.ntk, expected.ntk) <= 1e-6);
        };
        check(D.weight[at], quotient(moved(&Scale::weight)), "weight");
        if (inst.biased) check(D.bias[at], quotient(moved(&Scale::bias)), "bias");
        else CHECK((D.bias[at].nngp.empty() && D.bias[at].ntk.empty()));
        ++word;
    }
}

template <class Net>
void agrees_with_quotients_on_both_shapes() {
    const auto x = some_rows<double>(13, 3), z = some_rows<double>(5, 4);
    agrees_with_quotients<Net>(scale_gradient<Net>(rows<Vector<6>>(x)), nullptr, x);
    agrees_with_quotients<Net>(scale_gradient<Net>(rows<Vector<6>>(z), rows<Vector<6>>(x)), &z, x);
}

}  // namespace quotients
