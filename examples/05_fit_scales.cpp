// You learn: to choose an architecture's scales by the data: those that make the labels most likely, found by following
// the gradient of the log evidence. No validation set, no grid.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numbers>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include <wide/kernel/scale_gradient.hpp>
#include <wide/wide.hpp>
using namespace wide;

// Without biases only the product of all weights would matter to a Relu net; with them their ratios do, too.
struct DeepRelu
    : Serial<Repeat<3, Dense<512, He, Bias<0.1>>, Relu>, Dense<1, Bias<0.1>>> {};
struct DeepErf : Serial<Repeat<2, Dense<512, Bias<0.1>>, Erf>, Dense<1, Bias<0.1>>> {};
using In = Vector<3>;

struct Data {
    std::vector<double> x, y;
};

Data draw(int count, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<double> normal;
    Data data;
    for (int i = 0; i < count; ++i) {
        const double a = normal(random), b = normal(random), c = normal(random);
        data.x.insert(data.x.end(), {a, b, c});
        data.y.push_back(std::sin(2 * a) + b * c / 2 + 0.1 * normal(random));
    }
    return data;
}

// What is fitted: the logarithm of every weight's deviation, of every bias's, and of the variance of the noise.
using Logarithms = std::vector<double>;

template <class Net>
Scales<affine_words<Net>> scales_of(const Logarithms& at) {
    Scales<affine_words<Net>> scales;
    for (int k = 0; k < scales.size(); ++k)
        scales[k] = {std::exp(at[static_cast<std::size_t>(2 * k)]), std::exp(at[static_cast<std::size_t>(2 * k + 1)])};
    return scales;
}

absolute_ridge noise_of(const Logarithms& at) { return {std::exp(at.back())}; }

template <class Net>
Logarithms defaults() {
    Logarithms at;
    for (const Scale& scale : default_scales<Net>()) at.insert(at.end(), {std::log(scale.weight), std::log(scale.bias)});
    at.push_back(std::log(0.1));
    return at;
}

struct Ascent {
    double value;
    Logarithms slope;
};

// The log evidence of the covariance NNGP + noise, and its slope: d / d log s = s d / d s.
template <class Net>
Ascent evidence(const Data& data, const Logarithms& at) {
    const auto scales = scales_of<Net>(at);
    const auto D = scale_gradient<Net>(rows<In>(data.x), scales);
    const auto evidence = marginal_likelihood(D.kernel.nngp, data.y, noise_of(at));
    Ascent result{evidence.value, {}};
    for (int k = 0; k < scales.size(); ++k) {
        const auto word = static_cast<std::size_t>(k);
        result.slope.push_back(scales[k].weight * evidence.slope(D.weight[word].nngp));
        result.slope.push_back(scales[k].bias * evidence.slope(D.bias[word].nngp));
    }
    result.slope.push_back(evidence.ridge * evidence.ridge_slope);
    return result;
}

// Uphill, with longer steps while that goes well, with shorter ones where it does not.
template <class Net>
Logarithms fit(const Data& data, Logarithms at) {
    Ascent here = evidence<Net>(data, at);
    double step = 1e-2;
    for (int k = 0; k < 300; ++k) {
        Logarithms next = at;
        for (std::size_t p = 0; p < at.size(); ++p) next[p] += std::clamp(step * here.slope[p], -1.0, 1.0);
        Ascent there = evidence<Net>(data, next);
        const bool higher = there.value > here.value;
        step *= higher ? 1.5 : 0.3;
        if (higher) at = std::move(next), here = std::move(there);
    }
    return at;
}

// How far the slopes are from differences of fourth order, at worst.
template <class Net>
double largest_error(const Data& data, const Logarithms& at) {
    double worst = 0;
    for (std::size_t p = 0; p < at.size(); ++p) {
        const auto value = [&](double by) {
            Logarithms moved = at;
            moved[p] += by;
            return evidence<Net>(data, moved).value;
        };
        const double h = 1e-3;
        const double slope = (8 * (value(h) - value(-h)) - (value(2 * h) - value(-2 * h))) / (12 * h);
        worst = std::fmax(worst, std::fabs(slope - evidence<Net>(data, at).slope[p]));
    }
    return worst;
}

struct Score {
    double evidence, error, density;
};

// On data held out: the root mean square error, and the mean log density that the Gaussian process gives to labels.
template <class Net>
Score score(const Data& train, const Data& test, const Logarithms& at) {
    const auto x = rows<In>(train.x), z = rows<In>(test.x);
    const auto scales = scales_of<Net>(at);
    const auto Kxz = nngp<Net>(x, z, scales);
    const auto weights = regress(nngp<Net>(x, scales), Kxz, noise_of(at));  // (K + noise)^-1 Kxz
    const auto prior = diagonal<Net>(z, scales).nngp;
    Score result{evidence<Net>(train, at).value, 0, 0};
    const double share = 1 / static_cast<double>(test.y.size());
    for (std::size_t j = 0; j < test.y.size(); ++j) {
        double mean = 0, variance = prior[j] + noise_of(at).value;
        for (std::size_t i = 0; i < train.y.size(); ++i) {
            mean += weights.weights()(i, j) * train.y[i];
            variance -= weights.weights()(i, j) * Kxz(i, j);
        }
        const double squared = (test.y[j] - mean) * (test.y[j] - mean);
        result.error += share * squared;
        result.density -= share * (squared / variance + std::log(2 * std::numbers::pi * variance)) / 2;
    }
    result.error = std::sqrt(result.error);
    return result;
}

template <class Net>
bool improves(const char* name, const Data& train, const Data& test) {
    const Logarithms start = defaults<Net>(), end = fit<Net>(train, start);
    const Score before = score<Net>(train, test, start), after = score<Net>(train, test, end);
    const double error = largest_error<Net>(train, start);
    for (const auto& [when, it] : {std::pair{"as said", before}, {"fitted", after}})
        std::printf("%-5s %-8s %12.2f %15.3f %12.3f\n", name, when, it.evidence, it.error, it.density);
    for (const Scale& scale : scales_of<Net>(end)) std::printf("      weight %.3f, bias %.3f\n", scale.weight, scale.bias);
    std::printf("      noise %.3f; slopes are within %.0e of differences\n", std::sqrt(noise_of(end).value), error);
    return after.evidence > before.evidence + 1 && after.error < before.error && after.density > before.density &&
           error < 1e-7;
}

int main() {
    const Data train = draw(60, 1), test = draw(200, 2);
    std::puts("net   scales   log evidence  held-out error  log density");
    const bool relu = improves<DeepRelu>("Relu", train, test), erf = improves<DeepErf>("Erf", train, test);
    return relu && erf ? 0 : 1;
}
