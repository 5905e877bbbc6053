// You learn: to bring an activation of your own. Say what it does to a number: the library makes its kernels of that,
// a contract examines it, and a million random neurons agree.
#include <cmath>
#include <cstdio>
#include <random>
#include <string>

#include <wide/contract.hpp>
#include <wide/wide.hpp>
using namespace wide;

// x + sin^2 x, for what is periodic (Ziyin et al. 2020). Nothing else has to be said, and nothing registered. L is a
// number or several SIMD vectors. The dual comes from Hermite coefficients; at variances that would take too many (of
// Snake, a thousand) kernels are refused. Whoever knows a closed form says it, too: see Square in
// wide/dsl/grammar/nonlinearity.hpp.
struct Snake {
    static constexpr char name[] = "snake";  // for explain; may be left out
    template <class L>
    static constexpr L value(L x) {
        return fma(sin(x), sin(x), x);
    }
    template <class L>
    static constexpr L slope(L x) {
        return L(1) + sin(x + x);
    }
};

struct Net : Serial<Dense<512>, Snake, Dense<1>> {};
using In = Vector<2>;

// The mean of what is counted, and its standard error.
struct Mean {
    double count = 0, sum = 0, squares = 0;
    void add(double number) { ++count, sum += number, squares += number * number; }
    double value() const { return sum / count; }
    double error() const { return std::sqrt((squares / count - value() * value()) / count); }
};

bool agree(const char* what, double kernel, const Mean& neurons) {
    std::printf("%s  %.5f, a million neurons %.5f +- %.5f\n", what, kernel, neurons.value(), neurons.error());
    return std::fabs(kernel - neurons.value()) < 4 * neurons.error();
}

int main() {
    const bool kept = keeps_contract<Snake>();
    const std::string explained = explain<Net, In>();  // how many coefficients are used
    std::printf("\n%s\n", explained.c_str());

    const double x[] = {1, -0.4}, z[] = {1.3, 0.2};
    const double K = nngp<Net>(rows<In>(x), rows<In>(z))(0, 0), theta = ntk<Net>(rows<In>(x), rows<In>(z))(0, 0);

    // Kernels are means over the neurons of a hidden layer. With random weights v a neuron reads a = v.x / sqrt(d) of
    // x and b = v.z / sqrt(d) of z, and says phi(a) and phi(b); where it learns, phi'(a) phi'(b) x.z / d is added.
    Mean of_nngp, of_ntk;
    std::mt19937 random(1);
    std::normal_distribution<double> normal;
    for (int neuron = 0; neuron < 1'000'000; ++neuron) {
        const double v[] = {normal(random), normal(random)};
        const Scalar a((v[0] * x[0] + v[1] * x[1]) / sqrt2), b((v[0] * z[0] + v[1] * z[1]) / sqrt2);
        const double values = (Snake::value(a) * Snake::value(b)).value;
        const double slopes = (Snake::slope(a) * Snake::slope(b)).value;
        of_nngp.add(values);
        of_ntk.add(values + slopes * (x[0] * z[0] + x[1] * z[1]) / 2);
    }
    const bool nngp_agrees = agree("NNGP", K, of_nngp), ntk_agrees = agree("NTK ", theta, of_ntk);
    return kept && nngp_agrees && ntk_agrees && explained.find("Hermite coefficients") != std::string::npos ? 0 : 1;
}
