// You learn: what an infinitely wide network predicts while it is trained, at any time, without training it; and how
// sure an ensemble of such networks is of it.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <vector>

#include <wide/infer/ensemble.hpp>
#include <wide/infer/loss_flow.hpp>
#include <wide/infer/max_learning_rate.hpp>
#include <wide/wide.hpp>
using namespace wide;

struct Net : Serial<Repeat<2, Dense<512, Weight<2.5>, Bias<1>>, Erf>, Dense<1, Weight<1.5>>> {};
using In = Vector<1>;

double truth(double x) { return std::sin(3 * x) + x / 2; }

// Labels on both sides of a gap, with a little noise that is the same every time.
struct Data {
    std::vector<double> x, y;
};

Data known() {
    Data data;
    for (int k = 0; k < 11; ++k) data.x.push_back(-2 + 0.14 * k), data.x.push_back(0.6 + 0.14 * k);
    for (std::size_t k = 0; k < data.x.size(); ++k) data.y.push_back(truth(data.x[k]) + 0.05 * std::cos(40.0 * static_cast<double>(k)));
    return data;
}

double error_of(const Matrix<double>& f, const std::vector<double>& y) {
    double sum = 0;
    for (std::size_t k = 0; k < y.size(); ++k) sum += (f(k, 0) - y[k]) * (f(k, 0) - y[k]);
    return std::sqrt(sum / static_cast<double>(y.size()));
}

int main() {
    const Data data = known();
    std::vector<double> asked, answers;
    for (int k = 0; k <= 16; ++k) asked.push_back(-2 + 0.25 * k), answers.push_back(truth(asked.back()));
    const auto x = rows<In>(data.x), z = rows<In>(asked);

    // Both kernels: the NNGP is what networks are before training, the NTK is how they learn.
    const auto K = gram<Net>(x), Kz = gram<Net>(z, x);
    const auto prior = diagonal<Net>(z).nngp;

    // As fast as gradient descent with this momentum may go.
    const heavy_ball law{0.9 * max_learning_rate(K.ntk, 1, 0.9), 0.9};
    const auto networks = ntk_ensemble(K, data.y, law, ridge{1e-3});
    const auto& flow = networks.mean();

    std::printf("learning rate %.3g, momentum %g\n\n", law.rate, law.momentum);
    std::puts("   steps   error: training    held out   spread of the ensemble");
    double spread = 0;
    for (const std::uint64_t k : {0u, 10u, 100u, 1000u, 10'000u, 100'000u, 1'000'000u}) {
        const auto [mean, variance] = networks.test(Kz, prior, steps{k});
        spread = 0;
        for (const double one : variance) spread += std::sqrt(one) / static_cast<double>(variance.size());
        std::printf("%8llu  %16.4f  %10.4f  %23.4f\n", static_cast<unsigned long long>(k),
                    error_of(flow.train(steps{k}), data.y), error_of(mean, answers), spread);
    }

    // The end of training is a posterior, and the network that learns in its last layer alone has one, too.
    const auto [mean, variance] = networks.test(Kz, prior, forever);
    const auto [bayes, bayes_variance] = gaussian_process(K.nngp, data.y, ridge{1e-3}).at(Kz.nngp, prior);
    std::puts("\n     x    truth   trained networks    Bayesian network     (mean, two deviations)");
    bool covered = true;
    for (std::size_t k = 0; k < asked.size(); ++k) {
        const double two = 2 * std::sqrt(variance[k]), bayes_two = 2 * std::sqrt(bayes_variance[k]);
        std::printf("%6.2f  %7.3f   %7.3f +- %5.3f    %7.3f +- %5.3f\n", asked[k], answers[k], mean(k, 0), two, bayes(k, 0), bayes_two);
        covered = covered && std::fabs(bayes(k, 0) - answers[k]) < bayes_two + 0.2;
    }

    // Where no closed form exists, the same is integrated: here logistic loss on the signs of the labels.
    Matrix<double> zero(data.y.size(), 1), sign(data.y.size(), 1);
    for (std::size_t k = 0; k < data.y.size(); ++k) sign(k, 0) = data.y[k] < 0 ? -1 : 1;
    const auto path = loss_flow(K.ntk, zero, logistic{}, sign, learning_rate{1}, {10, 100, 1000});
    std::puts("\n    time   logistic loss");
    double last = 1;
    bool falls = true;
    for (std::size_t k = 0; k < path.times.size(); ++k) {
        const double loss = loss_and_cotangent(logistic{}, path.train[k], sign).value;
        std::printf("%8g  %14.5f\n", path.times[k], loss);
        falls = falls && loss < last;
        last = loss;
    }
    return covered && falls && error_of(flow.train(steps{1'000'000}), data.y) < 0.1 ? 0 : 1;
}
