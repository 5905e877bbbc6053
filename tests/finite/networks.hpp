#pragma once
// Networks that between them use every word of the language that has a finite sibling, and how two results are compared.
#include <wide/dsl.hpp>
#include <wide/finite/forward.hpp>
#include <wide/finite/initial.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <utility>

#include "../catch.hpp"
#include "../random_rows.hpp"

/// x + sin x / 2, as a user writes it who needs no other numbers than double.
struct OwnForDouble {
    static constexpr char name[] = "own for double";
    static double value(double x) { return x + 0.5 * std::sin(x); }
    static double slope(double x) { return 1 + 0.5 * std::cos(x); }
};

/// x^2 + x for any lane.
struct OwnForAnyLane {
    static constexpr char name[] = "own for any lane";
    template <class L>
    static constexpr L value(L x) {
        return fma(x, x, x);
    }
    template <class L>
    static constexpr L slope(L x) {
        return fma(L(2), x, L(1));
    }
};

/// A network and the inputs that it reads.
template <class N, class I>
struct On {
    using Net = N;
    using In = I;
};

// Structure: layers and branches of vectors.
struct Vectors : wide::Serial<wide::Dense<16, wide::He, wide::Bias<0.3>>, wide::Tanh, wide::Dense<13, wide::Weight<1.3>>,
                              wide::Erf, wide::Dense<3, wide::Bias<0.1>>> {};
struct StandardVectors : wide::Serial<wide::Dense<17, wide::Standard, wide::Bias<1>>, wide::Gelu,
                                      wide::Dense<2, wide::Standard>> {};
struct FrozenVectors : wide::Serial<wide::Dense<9, wide::Frozen, wide::Bias<0.3>>, wide::Tanh, wide::Dense<11>, wide::Erf,
                                    wide::Dense<7, wide::Frozen>, wide::Sin<1, 0.7, 0.3>, wide::Dense<3>> {};
struct Normed : wide::Serial<wide::Dense<12, wide::Bias<0.2>>, wide::LayerNorm, wide::Gelu, wide::Dense<10>, wide::LayerNormAll,
                             wide::Tanh, wide::Dense<2>> {};
struct Branches
    : wide::Serial<wide::Dense<10, wide::Bias<0.3>>, wide::Residual<wide::Tanh, wide::Dense<10, wide::He>>,
                   wide::Concat<wide::Serial<wide::Erf, wide::Dense<4>>, wide::Serial<wide::Gelu, wide::Dense<7, wide::Bias<0.2>>>>,
                   wide::Dense<6>, wide::Tanh,
                   wide::Product<wide::Dense<6, wide::Bias<0.5>>, wide::Serial<wide::Dense<5>, wide::Erf, wide::Dense<6, wide::He>>>,
                   wide::Sum<wide::Dense<4>, wide::Dense<4, wide::Frozen>, wide::Dense<4>>, wide::Erf, wide::Dense<2>> {};
struct Repeated : wide::Serial<wide::Repeat<5, wide::Dense<8, wide::Weight<1.2>, wide::Bias<0.05>>, wide::Erf>, wide::Dense<1>> {};
struct Linear3 : wide::Serial<wide::Dense<3, wide::Bias<0.2>>> {};

// Positions: convolutions and pools.
struct Signals : wide::Serial<wide::Conv<5, wide::Filter<4>, wide::Same, wide::Bias<0.3>>, wide::Erf,
                              wide::Conv<6, wide::Filter<3>, wide::Stride<2>, wide::Circular>, wide::Tanh,
                              wide::AvgPool<wide::Window<2>, wide::Stride<2>>, wide::Conv<3, wide::Filter<2>>, wide::Erf,
                              wide::Flatten, wide::Dense<2>> {};
struct Images : wide::Serial<wide::Conv<5, wide::Filter<3, 3>, wide::Same, wide::He, wide::Bias<0.3>>, wide::Gelu,
                             wide::Conv<6, wide::Filter<2, 4>, wide::Stride<2, 1>, wide::Same, wide::Weight<1.2>>, wide::Tanh,
                             wide::AvgPool<wide::Window<3, 3>, wide::Stride<2, 2>, wide::Same, wide::NormalizeEdges>,
                             wide::Conv<4, wide::Filter<2, 2>, wide::Circular>, wide::Erf, wide::Flatten, wide::Dense<2>> {};
/// Much work in few samples.
struct Convolutions : wide::Serial<wide::Conv<64, wide::Filter<3, 3>, wide::Same>, wide::Relu, wide::Conv<64, wide::Filter<1, 1>>,
                                   wide::Relu, wide::Flatten, wide::Dense<3>> {};
struct Pooled : wide::Serial<wide::Conv<5, wide::Filter<3, 3>>, wide::LayerNorm, wide::Erf,
                             wide::SumPool<wide::Window<2, 3>, wide::Stride<1, 2>>, wide::Conv<4, wide::Filter<1, 1>, wide::Bias<0.2>>,
                             wide::LayerNormAll, wide::Tanh, wide::GlobalAvgPool, wide::Dense<3>> {};
struct Summed : wide::Serial<wide::Conv<4, wide::Filter<1, 1>, wide::Stride<2, 2>, wide::Standard, wide::Bias<1>>, wide::Tanh,
                             wide::Residual<wide::Conv<4, wide::Filter<3, 3>, wide::Same>, wide::Erf,
                                            wide::Conv<4, wide::Filter<3, 3>, wide::Circular>>,
                             wide::Concat<wide::Conv<2, wide::Filter<1, 1>>, wide::Conv<3, wide::Filter<3, 3>, wide::Same>>,
                             wide::Conv<4, wide::Filter<1, 1>>, wide::Erf,
                             wide::SumPool<wide::Window<2, 2>, wide::Same>, wide::GlobalSumPool, wide::Dense<2>> {};
struct Volumes : wide::Serial<wide::Conv<3, wide::Filter<2, 3, 2>, wide::Same, wide::Bias<0.3>>, wide::Tanh,
                              wide::Conv<4, wide::Filter<2, 2, 2>, wide::Stride<1, 2, 1>, wide::Circular>, wide::Erf,
                              wide::AvgPool<wide::Window<2, 1, 2>>, wide::Flatten, wide::Dense<2>> {};

using Structures =
    std::tuple<On<Vectors, wide::Vector<7>>, On<StandardVectors, wide::Vector<33>>, On<FrozenVectors, wide::Vector<5>>,
               On<Normed, wide::Vector<6>>, On<Branches, wide::Vector<9>>, On<Repeated, wide::Vector<1>>,
               On<Linear3, wide::Vector<20>>, On<Signals, wide::Signal<13, 2>>, On<Images, wide::Image<7, 6, 3>>,
               On<Pooled, wide::Image<6, 7, 2>>, On<Summed, wide::Image<8, 6, 2>>, On<Volumes, wide::Volume<3, 4, 3, 2>>>;

// Every nonlinearity that is a function; the last two are a user's own.
template <class Phi>
using With = On<wide::Serial<wide::Dense<10, wide::Bias<0.2>>, Phi, wide::Dense<9, wide::Bias<0.1>>, Phi, wide::Dense<2>>, wide::Vector<5>>;
template <class Phi>
using AfterNorm = On<wide::Serial<wide::Dense<10>, wide::LayerNorm, Phi, wide::Dense<2>>, wide::Vector<5>>;

using Smooth = std::tuple<With<wide::Erf>, With<wide::ScaledErf<1.2, 0.7, 0.1>>, With<wide::SigmoidLike>, With<wide::Gelu>,
                          With<wide::Sin<1, 0.7, 0.3>>, With<wide::Cos<1.1, 0.6, 0.2>>, With<wide::Rbf<0.5>>, With<wide::Exp<0.5, 0.3>>,
                          With<wide::Gaussian<1, -0.5>>, With<wide::Gabor>, AfterNorm<wide::Hermite<3>>, With<wide::Monomial<2>>,
                          With<wide::RectifiedMonomial<3>>, With<wide::Polynomial<0.2, 1.0, 0.3>>, With<wide::Tanh>,
                          With<wide::Sigmoid>, With<wide::Silu>, With<wide::Softplus>, With<wide::Mish>, With<OwnForAnyLane>>;
using Kinked = std::tuple<With<wide::Relu>, With<wide::LeakyRelu<0.1>>, With<wide::Abs>, With<wide::ABRelu<-0.5, 0.8>>,
                          With<wide::Sign>, With<wide::RectifiedMonomial<1>>, With<wide::Elu<1>>, With<wide::Selu>,
                          With<wide::HardSigmoid>, With<OwnForDouble>>;

template <class... Lists>
using Joined = decltype(std::tuple_cat(std::declval<Lists>()...));
using Everything = Joined<Structures, Smooth, Kinked>;

template <class Case, class T>
wide::Parameters<typename Case::Net, typename Case::In, T> parameters(std::uint64_t seed) {
    return wide::initial<typename Case::Net, typename Case::In, T>(wide::seed{seed});
}
/// A direction in which what is frozen stays.
template <class Case, class T>
wide::Parameters<typename Case::Net, typename Case::In, T> trained_direction(std::uint64_t seed) {
    auto direction = parameters<Case, T>(seed);
    for (int i = 0; i < direction.leaves; ++i)
        if (!direction.plan.leaf[i].trained) std::fill(direction.leaf(i).begin(), direction.leaf(i).end(), T(0));
    return direction;
}
template <class Case, class T>
wide::Matrix<T> samples(std::size_t count, std::uint64_t seed) {
    return random_rows<T>(count, wide::Network<typename Case::Net, typename Case::In>::inputs, seed);
}

/// Largest difference, relative to the largest number.
template <class A, class B>
double apart(const A& one, const B& two) {
    REQUIRE(one.rows() == two.rows());
    REQUIRE(one.cols() == two.cols());
    double most = 0, scale = 1e-300;
    for (std::size_t k = 0; k < one.size(); ++k) {
        const double difference = std::abs(static_cast<double>(one.data()[k]) - static_cast<double>(two.data()[k]));
        if (!(difference <= most)) most = difference;
        scale = std::max(scale, std::abs(static_cast<double>(two.data()[k])));
    }
    return most / scale;
}

template <class T>
double product_of(const wide::Matrix<T>& a, const wide::Matrix<T>& b) {
    double sum = 0;
    for (std::size_t k = 0; k < a.size(); ++k) sum += static_cast<double>(a.data()[k]) * static_cast<double>(b.data()[k]);
    return sum;
}
template <class T>
bool same_bits(const wide::Matrix<T>& a, const wide::Matrix<T>& b) {
    return a.rows() == b.rows() && a.cols() == b.cols() && std::equal(a.data(), a.data() + a.size(), b.data());
}
