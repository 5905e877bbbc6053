#pragma once
// A kernel of distances as an operator: k(x, z) = profile(|x - z|^2), rows of the matrix at a time, never all of it. What
// kernels of networks are compared with.
//
//     auto K = radial_kernel(x, gaussian{5});          // x: Matrix<T>, n x d; it has to outlive K
//     auto fit = regress(K, y, eigenpro{.epochs = 5});
//     fit.predict(z);                                  // z: Matrix<T>, m x d
//     radial_matrix(z, x, gaussian{5})                 // m x n, all of it
//
// A profile is any function of the squared distance. Distances are |x|^2 + |z|^2 - 2 x z by BLAS: their error is a few
// ulps of the larger norm, so rows that are far from zero and near each other should be centred first. Time: 2 d flops and
// a profile for each pair; symmetry is not used. Memory: 64 MiB of values. Throws shape_mismatch, not_finite.
#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <wide/infer/kernel_operator.hpp>
#include <wide/infer/lapack.hpp>
#include <wide/infer/regress.hpp>
#include <wide/run/error.hpp>
#include <wide/run/matrix.hpp>
#include <wide/run/parallel.hpp>

namespace wide {

/// exp(-d^2 / 2 s^2)
struct gaussian {
    double width = 1;
    template <class T>
    T operator()(T squared) const {
        return std::exp(squared * static_cast<T>(-0.5 / (width * width)));
    }
};

/// exp(-d / s)
struct laplace {
    double width = 1;
    template <class T>
    T operator()(T squared) const {
        return std::exp(std::sqrt(squared) * static_cast<T>(-1 / width));
    }
};

/// 1 / (1 + d^2 / s^2)
struct cauchy {
    double width = 1;
    template <class T>
    T operator()(T squared) const {
        return 1 / (1 + squared * static_cast<T>(1 / (width * width)));
    }
};

/// Samples, one a row, and their squared norms.
template <std::floating_point T>
class Points {
public:
    explicit Points(const Matrix<T>& x) : x_{&x} {
        regression::require_finite(
            x, [&](std::size_t) { return x.cols(); }, "radial_kernel: the samples", "drop or repair that row");
        for (std::size_t i = 0; i < x.rows(); ++i) {
            double sum = 0;
            for (const T value : x.row(i)) sum += static_cast<double>(value) * static_cast<double>(value);
            squared_.push_back(static_cast<T>(sum));
        }
    }

    [[nodiscard]] std::size_t count() const { return x_->rows(); }
    [[nodiscard]] std::size_t width() const { return x_->cols(); }
    [[nodiscard]] const T* row(std::size_t i) const { return x_->data() + i * x_->cols(); }
    [[nodiscard]] T squared(std::size_t i) const { return squared_[i]; }

private:
    const Matrix<T>* x_;
    std::vector<T> squared_;
};

template <class T>
Matrix<T> gathered(const Points<T>& x, std::span<const std::size_t> places) {
    Matrix<T> some(places.size(), x.width());
    for (std::size_t i = 0; i < places.size(); ++i) {
        if (places[i] >= x.count())
            throw shape_mismatch{"there is no row " + std::to_string(places[i]) + " among " + std::to_string(x.count())};
        std::copy_n(x.row(places[i]), x.width(), some.row(i).data());
    }
    return some;
}

/// The kernel of samples [first, last) of z with all of x.
template <class T, class Profile>
Matrix<T> radial_values(const Points<T>& z, std::size_t first, std::size_t last, const Points<T>& x,
                        const Profile& profile) {
    Matrix<T> K(last - first, x.count());
    if (K.empty()) return K;
    const int width = lapack::size(x.width());
    lapack::gemm('T', 'N', lapack::size(x.count()), lapack::size(K.rows()), width, x.row(0), width, z.row(first), width,
                 K.data(), lapack::size(x.count()));
    run_blocks(K.rows(), 0, {}, [&](std::size_t i) -> std::uint64_t {
        for (std::size_t j = 0; j < K.cols(); ++j) {
            const T squared = z.squared(first + i) + x.squared(j) - 2 * K(i, j);
            K(i, j) = profile(std::max(squared, T(0)));
        }
        return 0;
    });
    return K;
}

/// The whole kernel of z with x.
template <std::floating_point T, class Profile>
[[nodiscard]] Matrix<T> radial_matrix(const Matrix<T>& z, const Matrix<T>& x, const Profile& profile) {
    if (z.cols() != x.cols())
        throw shape_mismatch{"radial_matrix: rows of " + std::to_string(z.cols()) + " numbers and rows of " +
                             std::to_string(x.cols()) + " have no distance"};
    return radial_values(Points(z), 0, z.rows(), Points(x), profile);
}

/// K V for the kernel of z with x: rows for 64 MiB at a time.
template <class T, class Profile>
Matrix<T> radial_product(const Points<T>& z, const Points<T>& x, const Profile& profile, const Matrix<T>& V) {
    if (V.rows() != x.count())
        throw shape_mismatch{"the kernel has " + std::to_string(x.count()) + " columns, but what it is to be multiplied " +
                             "with has " + std::to_string(V.rows()) + " rows"};
    const std::size_t together =
        std::max<std::size_t>((std::size_t{1} << 26) / sizeof(T) / std::max<std::size_t>(x.count(), 1), 1);
    Matrix<T> product(z.count(), V.cols());
    for (std::size_t first = 0; first < z.count(); first += together) {
        const std::size_t last = std::min(z.count(), first + together);
        const Matrix<T> part = product_of(radial_values(z, first, last, x, profile), V);
        std::copy_n(part.data(), part.size(), product.data() + first * V.cols());
    }
    return product;
}

/// The kernel of samples z with samples x, of which `own` keeps what nobody else has.
template <std::floating_point T, class Profile>
class RadialCross {
public:
    RadialCross(const Matrix<T>& z, std::shared_ptr<const Matrix<T>> own, Points<T> x, Profile profile)
        : z_{z}, own_{std::move(own)}, x_{std::move(x)}, profile_{std::move(profile)} {}
    [[nodiscard]] Matrix<T> multiply(const Matrix<T>& V) const { return radial_product(z_, x_, profile_, V); }

private:
    Points<T> z_;
    std::shared_ptr<const Matrix<T>> own_;
    Points<T> x_;
    Profile profile_;
};

/// The kernel of samples yet to come with all that are known, or with some, which are copied.
template <std::floating_point T, class Profile>
class RadialAgainst {
public:
    RadialAgainst(Points<T> x, Profile profile) : x_{std::move(x)}, profile_{std::move(profile)} {}
    RadialAgainst(Matrix<T> x, Profile profile)
        : own_{std::make_shared<const Matrix<T>>(std::move(x))}, x_{*own_}, profile_{std::move(profile)} {}

    [[nodiscard]] RadialCross<T, Profile> operator()(const Matrix<T>& z) const {
        if (z.cols() != x_.width() && z.rows() > 0 && x_.count() > 0)
            throw shape_mismatch{"the samples have " + std::to_string(z.cols()) + " columns, those trained on " +
                                 std::to_string(x_.width()) + ": they have to agree"};
        return {z, own_, x_, profile_};
    }

private:
    std::shared_ptr<const Matrix<T>> own_;
    Points<T> x_;
    Profile profile_;
};

template <std::floating_point T, class Profile>
class RadialKernel {
    using Places = std::span<const std::size_t>;

public:
    using value_type = T;

    RadialKernel(const Matrix<T>& x, Profile profile) : x_{x}, profile_{std::move(profile)} {}

    [[nodiscard]] std::size_t rows() const { return x_.count(); }
    [[nodiscard]] std::size_t cols() const { return x_.count(); }
    [[nodiscard]] std::vector<T> diagonal() const { return std::vector<T>(rows(), profile_(T(0))); }
    [[nodiscard]] Matrix<T> multiply(const Matrix<T>& V) const { return radial_product(x_, x_, profile_, V); }
    [[nodiscard]] Matrix<T> multiply_rows(Places places, const Matrix<T>& V) const {
        const Matrix<T> some = gathered(x_, places);
        return radial_product(Points<T>(some), x_, profile_, V);
    }
    [[nodiscard]] Matrix<T> columns(Places places) const {
        const Matrix<T> some = gathered(x_, places);
        return radial_values(x_, 0, rows(), Points<T>(some), profile_);
    }
    [[nodiscard]] Matrix<T> block(Places down, Places across) const {
        const Matrix<T> left = gathered(x_, down), right = gathered(x_, across);
        return radial_values(Points<T>(left), 0, left.rows(), Points<T>(right), profile_);
    }
    [[nodiscard]] RadialAgainst<T, Profile> against() const { return {x_, profile_}; }
    [[nodiscard]] RadialAgainst<T, Profile> against(Places places) const { return {gathered(x_, places), profile_}; }

private:
    Points<T> x_;
    Profile profile_;
};

template <std::floating_point T, class Profile>
[[nodiscard]] RadialKernel<T, Profile> radial_kernel(const Matrix<T>& x, Profile profile) {
    return {x, std::move(profile)};
}
template <std::floating_point T, class Profile>
RadialKernel<T, Profile> radial_kernel(Matrix<T>&&, Profile) = delete;

}  // namespace wide
