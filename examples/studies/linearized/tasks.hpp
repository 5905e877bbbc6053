#pragma once
// The networks, what they learn, and how: the recipe of the paper, for a network and for its linearisation.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <wide/wide.hpp>

#include "../data.hpp"
#include "../study.hpp"

namespace wide::examples {

/// 317,501 parameters, and 136,121.
struct Perceptron
    : Serial<Dense<100, Standard, Bias<0>>, Relu, Dense<100, Standard, Bias<0>>, Relu, Dense<1, Standard, Bias<0>>> {
};
template <class Phi>
struct LeNet
    : Serial<Conv<6, Filter<5, 5>, Same, Standard, Bias<0>>, Phi, AvgPool<Window<2, 2>, Stride<2, 2>>,
             Conv<16, Filter<5, 5>, Same, Standard, Bias<0>>, Phi, AvgPool<Window<2, 2>, Stride<2, 2>>, Flatten,
             Dense<120, Standard, Bias<0>>, Phi, Dense<84, Standard, Bias<0>>, Phi, Dense<1, Standard, Bias<0>>> {};
static_assert(parameters_of<Perceptron, Vector<3072>> == 317'501);
static_assert(parameters_of<LeNet<Relu>, Image<32, 32, 3>> == 136'121);

/// Training and test samples, one behind the other; a label of -1 or 1 for each.
struct Task {
    const Matrix<float>& samples;
    std::size_t train;
    Matrix<float> labels;

    template <class In>
    [[nodiscard]] Rows<In, float> train_rows() const {
        return rows<In>(samples.data(), train);
    }
    template <class In>
    [[nodiscard]] Rows<In, float> test_rows() const {
        return rows<In>(samples.row(train).data(), samples.rows() - train);
    }
    [[nodiscard]] Matrix<float> train_labels() const {
        Matrix<float> some(train, 1);
        std::copy_n(labels.data(), train, some.data());
        return some;
    }
    /// Per cent of test samples on the right side.
    [[nodiscard]] double accuracy(const Matrix<float>& outputs) const {
        std::size_t right = 0;
        for (std::size_t i = 0; i < outputs.rows(); ++i) right += outputs(i, 0) * labels(train + i, 0) > 0;
        return 100 * static_cast<double>(right) / static_cast<double>(outputs.rows());
    }
};

/// CIFAR2: the first five classes against the others.
inline Matrix<float> two_halves(const std::vector<int>& classes) {
    Matrix<float> labels(classes.size(), 1);
    for (std::size_t i = 0; i < classes.size(); ++i) labels(i, 0) = classes[i] <= 4 ? 1.0f : -1.0f;
    return labels;
}

/// Descent with momentum 0.9 in batches of 128, the rate falling to zero step by step.
inline auto recipe(std::size_t samples, std::size_t epochs, double rate = 0.05) {
    constexpr std::size_t batch = 128;
    const auto steps = static_cast<double>(epochs * ((samples + batch - 1) / batch));
    const auto falling = [rate, steps](TrainingStep at) { return rate * (1 - static_cast<double>(at.step) / steps); };
    return training{.epochs = epochs, .batch = batch, .rate = falling, .momentum = 0.9, .loss = logistic{}};
}

/// A network and its linearisation, trained on the same task in the same way.
template <class Net, class In>
struct Both {
    Parameters<Net, In> trained;
    double network = 0, linearised = 0;  ///< test accuracies
};

template <class Net, class In>
Both<Net, In> learn(const Parameters<Net, In>& theta, const Task& task, std::size_t epochs, const Study& study,
                    const std::string& name) {
    const auto x = task.train_rows<In>(), z = task.test_rows<In>();
    const auto y = task.train_labels();
    auto run = train<Net>(theta, x, y, recipe(x.count, epochs), study.options(name + ", network"));
    const auto line =
        train_linearized<Net>(theta, x, y, recipe(x.count, epochs), study.options(name + ", linearised"));
    const double network = task.accuracy(forward<Net>(run.parameters, z)),
                 linearised = task.accuracy(linearize<Net>(theta)(line.parameters, z));
    return {std::move(run.parameters), network, linearised};
}

/// Accuracies of both, beside each other.
struct Curves {
    Curve network{.name = "network", .points = true}, linearised{.name = "linearised", .points = true};

    template <class Net, class In>
    void add(std::size_t at, const Both<Net, In>& both) {
        network.add(static_cast<double>(at), both.network);
        linearised.add(static_cast<double>(at), both.linearised);
    }
    [[nodiscard]] Plot plot(std::string title, std::string x) const {
        return {.title = std::move(title),
                .x = std::move(x),
                .y = "test accuracy, %",
                .log_x = true,
                .curves = {network, linearised}};
    }
};

/// Spearman's rank correlation: that of ranks, equal values sharing theirs.
inline double rank_correlation(const std::vector<double>& a, const std::vector<double>& b) {
    const auto ranks = [](const std::vector<double>& of) {
        std::vector<double> rank;
        for (const double one : of) {
            double below = 0;
            for (const double other : of) below += other < one ? 1 : other == one ? 0.5 : 0;
            rank.push_back(below - static_cast<double>(of.size()) / 2);
        }
        return rank;
    };
    const auto p = ranks(a), q = ranks(b);
    double pq = 0, pp = 0, qq = 0;
    for (std::size_t k = 0; k < p.size(); ++k) pq += p[k] * q[k], pp += p[k] * p[k], qq += q[k] * q[k];
    return pq / std::sqrt(pp * qq);
}

}  // namespace wide::examples
