#pragma once
// Random features of digits: a network whose first layer stays as it was drawn, and least squares on top of it.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <wide/infer/product.hpp>
#include <wide/wide.hpp>

#include "../data.hpp"
#include "../study.hpp"

namespace wide::examples {

using In = Vector<784>;
inline constexpr std::size_t classes = 10;

/// Units that are drawn together: the width of a type. More are several blocks, fewer a part of one.
inline constexpr std::size_t block = 1000;

/// exp(i <v, x>) as cosine and sine, v ~ N(0, 1/25): at infinity the Gaussian kernel exp(-|x - z|^2 / 50).
struct Fourier : Serial<Dense<block, Weight<28.0 / 5>>, Concat<Cos<sqrt2>, Sin<sqrt2>>> {
    static constexpr std::size_t features_of_a_unit = 2;
};
/// max(0, <v, x>), v ~ N(0, 1/784), about as long as one: at infinity the arc-cosine kernel.
struct Rectified : Serial<Dense<block>, Relu> {
    static constexpr std::size_t features_of_a_unit = 1;
};

struct Digits {
    Matrix<double> x, z, y;  ///< training and test images; one-hot
    std::vector<int> train, test;
};

inline Digits digits(const Study& study) {
    // Of MNIST only the test images are here; the published number of training images is had from Fashion-MNIST.
    auto images = study.run() == Study::Run::full ? fashion<double>(study, 10'000, 10'000)
                                                  : mnist_halves<double>(study, 1000, 1000, 2000);
    Matrix<double> y = one_hot<double>(images.train.labels, classes);
    return {std::move(images.train.images), std::move(images.test.images), std::move(y),
            std::move(images.train.labels), std::move(images.test.labels)};
}

/// Errors in per cent, and the norm of W.
struct Outcome {
    double test = 0, train = 0, norm = 0;
};

/// phi of `count` units, the first of which is `first`; products of phi tend to the NNGP as `all` units grow.
template <class Net>
Matrix<double> features(const Matrix<double>& images, std::size_t first, std::size_t count, std::size_t all,
                        std::uint64_t draw, const options& how) {
    constexpr std::size_t branches = Net::features_of_a_unit;
    const double factor = 1 / std::sqrt(static_cast<double>(branches * all));
    Matrix<double> phi(images.rows(), branches * count);
    for (std::size_t begin = 0; begin < count; begin += block) {
        const auto theta = initial<Net, In, double>(seed{(draw << 32) + (first + begin) / block});
        const Matrix<double> outputs = forward<Net>(theta, rows<In>(images), how);
        for (std::size_t i = 0; i < phi.rows(); ++i)
            for (std::size_t u = 0; u < std::min(block, count - begin); ++u)
                for (std::size_t b = 0; b < branches; ++b)
                    phi(i, branches * (begin + u) + b) = factor * outputs(i, b * block + u);
    }
    return phi;
}

/// A kernel that fits all samples: |W|^2 = Y^T K^-1 Y.
inline Outcome interpolant(const Matrix<double>& K, const Matrix<double>& Kz, const Digits& of) {
    const auto fit = regress(K, of.y);
    return {100 - accuracy(fit.predict(Kz), of.test), 100 - accuracy(fit.predict(K), of.train),
            norm_of_fit(of.y, fit.weights(), 0, of.y.cols())};
}

template <class Net>
Outcome with_features(const Digits& of, std::size_t units, std::uint64_t draw, const options& how) {
    using namespace rowmajor;
    const std::size_t n = of.x.rows();
    if (units * Net::features_of_a_unit <= n) {
        const Matrix<double> phi = features<Net>(of.x, 0, units, units, draw, how),
                             phi_z = features<Net>(of.z, 0, units, units, draw, how);
        const Matrix<double> W = least_norm(phi, of.y);
        return {100 - accuracy(product(phi_z, W), of.test), 100 - accuracy(product(phi, W), of.train),
                std::sqrt(mean_square(W) * static_cast<double>(W.rows()))};
    }
    // Beyond the threshold phi phi^T says the same, and never are more features kept than a block.
    const auto add = [](Matrix<double>& sum, const Matrix<double>& term) {
        for (std::size_t k = 0; k < term.size(); ++k) sum.data()[k] += term.data()[k];
    };
    Matrix<double> K(n, n), Kz(of.z.rows(), n);
    for (std::size_t first = 0; first < units; first += block) {
        const std::size_t count = std::min(block, units - first);
        const Matrix<double> phi = features<Net>(of.x, first, count, units, draw, how);
        add(K, product_transposed(phi, phi));
        add(Kz, product_transposed(features<Net>(of.z, first, count, units, draw, how), phi));
    }
    return interpolant(K, Kz, of);
}

/// Infinitely many features are the NNGP of the same type.
template <class Net>
Outcome at_infinity(const Digits& of, const options& how) {
    const auto x = rows<In>(of.x), z = rows<In>(of.z);
    return interpolant(nngp<Net>(x, how), nngp<Net>(z, x, how), of);
}

}  // namespace wide::examples
