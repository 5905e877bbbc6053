// You learn: to bring an activation of your own. Say what it does to a number; the library makes its kernels, a
// contract examines what you said, and a million random neurons agree.
#include <cmath>
#include <cstdio>
#include <random>
#include <string>

#include <wide/contract.hpp>
#include <wide/wide.hpp>
using namespace wide;

// x + sin^2 x (Ziyin et al. 2020, "Neural networks fail to learn periodic functions"). L is a number or a block of
// SIMD vectors. Optional are a name and the variances that it is meant for: of a wave, steeper is longer a series.
struct Snake {
    static constexpr char name[] = "snake";
    static constexpr Domain domain{.smallest = 1e-12, .largest = 10};
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
    std::printf("%s  kernel %.5f   a million neurons %.5f +- %.5f\n", what, kernel, neurons.value(), neurons.error());
    return std::fabs(kernel - neurons.value()) < 4 * neurons.error();
}

int main() {
    const bool kept = keeps_contract<Snake>();
    const std::string how = explain<Net, In>();
    std::printf("\n%s\n", how.c_str());

    // The kernels of x and z ...
    const double x[] = {1.0, -0.4}, z[] = {0.3, 1.2};
    const auto kernel = gram<Net>(rows<In>(x), rows<In>(z));

    // ... are means over hidden neurons of weights v ~ N(0, 1): of phi(a) phi(b) where they see a = v.x / sqrt(d) and
    // b = v.z / sqrt(d), and, where v learns, too, of x.z / d phi'(a) phi'(b) more.
    Mean nngp, ntk;
    std::mt19937 random(1);
    std::normal_distribution<double> normal;
    for (int neuron = 0; neuron < 1'000'000; ++neuron) {
        const double v[] = {normal(random), normal(random)};
        const Scalar a((v[0] * x[0] + v[1] * x[1]) / sqrt2), b((v[0] * z[0] + v[1] * z[1]) / sqrt2);
        const double values = (Snake::value(a) * Snake::value(b)).value;
        const double slopes = (Snake::slope(a) * Snake::slope(b)).value;
        nngp.add(values);
        ntk.add(values + (x[0] * z[0] + x[1] * z[1]) / 2 * slopes);
    }
    const bool agreed = agree("NNGP", kernel.nngp(0, 0), nngp) & agree("NTK ", kernel.ntk(0, 0), ntk);
    return kept && agreed && how.find("Hermite coefficients") != std::string::npos ? 0 : 1;
}
