// You learn: to fit an architecture's scales instead of searching for them: uphill to those that make the labels most
// likely. No validation set, no grid.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <numbers>
#include <random>
#include <utility>
#include <vector>

#include <wide/kernel/scale_gradient.hpp>
#include <wide/wide.hpp>
using namespace wide;

// Of a Relu net without biases only the product of all weights matters: one number. With biases there is more to fit.
struct DeepRelu : Serial<Repeat<3, Dense<512, He, Bias<0.1>>, Relu>, Dense<1, Bias<0.1>>> {};
struct DeepErf : Serial<Repeat<2, Dense<512, Bias<0.1>>, Erf>, Dense<1, Bias<0.1>>> {};
using In = Vector<3>;

struct Data {
    std::vector<double> x, y;
};

// Labels with noise of deviation 0.1.
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

// What is fitted: the logarithms of each layer's weight and bias, then that of the noise's variance.
using Logarithms = std::vector<double>;

template <class Net>
Logarithms given_by_type() {
    Logarithms at;
    for (const Scale& scale : default_scales<Net>())
        at.insert(at.end(), {std::log(scale.weight), std::log(scale.bias)});
    at.push_back(std::log(0.1));
    return at;
}

template <class Net>
Scales<affine_words<Net>> scales_at(const Logarithms& at) {
    Scales<affine_words<Net>> scales;
    auto next = at.begin();
    for (Scale& scale : scales) scale.weight = std::exp(*next++), scale.bias = std::exp(*next++);
    return scales;
}

absolute_ridge noise_at(const Logarithms& at) { return {std::exp(at.back())}; }

struct Likelihood {
    double log;
    Logarithms slope;
};

// How likely the labels are under the covariance NNGP + noise; and the slope, as d / d log s = s d / d s.
template <class Net>
Likelihood likelihood_at(const Logarithms& at, const Data& data) {
    const auto D = scale_gradient<Net>(rows<In>(data.x), scales_at<Net>(at));
    const auto evidence = marginal_likelihood(D.kernel.nngp, data.y, noise_at(at));
    Likelihood result{evidence.value, {}};
    for (std::size_t k = 0; k < D.weight.size(); ++k) {
        result.slope.push_back(std::exp(at[2 * k]) * evidence.slope(D.weight[k].nngp));
        result.slope.push_back(std::exp(at[2 * k + 1]) * evidence.slope(D.bias[k].nngp));
    }
    result.slope.push_back(evidence.ridge * evidence.ridge_slope);
    return result;
}

// Uphill, by longer steps as long as that goes well, by shorter ones where it does not.
template <class Net>
Logarithms fit(Logarithms at, const Data& data) {
    Likelihood here = likelihood_at<Net>(at, data);
    double step = 0.01;
    for (int k = 0; k < 300; ++k) {
        Logarithms next = at;
        for (std::size_t p = 0; p < at.size(); ++p) next[p] += std::clamp(step * here.slope[p], -1.0, 1.0);
        Likelihood there = likelihood_at<Net>(next, data);
        const bool higher = there.log > here.log;
        step *= higher ? 1.5 : 0.3;
        if (higher) at = std::move(next), here = std::move(there);
    }
    return at;
}

// How far the slopes are from differences of fourth order, at worst: in double, as exact as the differences can tell.
template <class Net>
double largest_error(const Logarithms& at, const Data& data) {
    const double h = 1e-3;
    const Logarithms slope = likelihood_at<Net>(at, data).slope;
    double largest = 0;
    for (std::size_t p = 0; p < at.size(); ++p) {
        const auto log = [&](double by) {
            Logarithms moved = at;
            moved[p] += by;
            return likelihood_at<Net>(moved, data).log;
        };
        const double difference = (8 * (log(h) - log(-h)) - (log(2 * h) - log(-2 * h))) / (12 * h);
        largest = std::fmax(largest, std::fabs(slope[p] - difference));
    }
    return largest;
}

// The log evidence of the training labels; of labels held out, the root mean square error and the mean log density.
struct Score {
    double evidence, error = 0, density = 0;
};

template <class Net>
Score score(const Logarithms& at, const Data& train, const Data& test) {
    const auto x = rows<In>(train.x), z = rows<In>(test.x);
    const auto scales = scales_at<Net>(at);
    const auto [mean, variance] = gaussian_process(nngp<Net>(x, scales), train.y, noise_at(at))
                                      .at(nngp<Net>(z, x, scales), diagonal<Net>(z, scales).nngp);
    const double count = static_cast<double>(test.y.size());
    Score sum{likelihood_at<Net>(at, train).log};
    for (std::size_t j = 0; j < test.y.size(); ++j) {
        const double squared = (test.y[j] - mean(j, 0)) * (test.y[j] - mean(j, 0)), of_label = variance[j] + noise_at(at).value;
        sum.error += squared;
        sum.density -= (squared / of_label + std::log(2 * std::numbers::pi * of_label)) / 2;
    }
    return {sum.evidence, std::sqrt(sum.error / count), sum.density / count};
}

void print(const char* name, const char* scales, const Score& of) {
    std::printf("%-4s  %-6s  %12.2f  %14.3f  %11.3f\n", name, scales, of.evidence, of.error, of.density);
}

template <class Net>
bool improves(const char* name, const Data& train, const Data& test) {
    const Logarithms given = given_by_type<Net>(), fitted = fit<Net>(given, train);
    const Score before = score<Net>(given, train, test), after = score<Net>(fitted, train, test);
    const double error = largest_error<Net>(given, train);
    print(name, "given", before);
    print(name, "fitted", after);
    for (const Scale& scale : scales_at<Net>(fitted))
        std::printf("      weight %6.3f, bias %.3f\n", scale.weight, scale.bias);
    std::printf("      noise %.3f; slopes are within %.0e of differences\n", std::sqrt(noise_at(fitted).value),
                error);
    return after.evidence > before.evidence && after.error <= before.error && after.density >= before.density &&
           error < 1e-8;
}

int main() {
    const Data train = draw(60, 1), test = draw(200, 2);
    std::puts("net   scales  log evidence  held-out error  log density");
    const bool relu = improves<DeepRelu>("Relu", train, test), erf = improves<DeepErf>("Erf", train, test);
    return relu && erf ? 0 : 1;
}
