// You learn: to ask for many architectures in one call: what they have in common, dot products and layers, is
// computed once. Here they are the 15 that Arora et al. (2020, "Harnessing the power of infinitely wide deep nets on
// small-data tasks") choose from.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <random>
#include <vector>

#include <wide/wide.hpp>
using namespace wide;

// `depth` hidden layers; the first `frozen` of them are not trained. Without He each Relu halves the variance.
template <int depth, int frozen>
struct Net : Serial<Repeat<frozen, Dense<512, Frozen>, Relu>, Repeat<depth - frozen, Dense<512>, Relu>, Dense<1>> {};

struct Kernels : Family<Net<0, 0>, Net<1, 0>, Net<1, 1>, Net<2, 0>, Net<2, 1>, Net<2, 2>, Net<3, 0>, Net<3, 1>,
                        Net<3, 2>, Net<3, 3>, Net<4, 0>, Net<4, 1>, Net<4, 2>, Net<4, 3>, Net<4, 4>> {};

// By depth and frozen layers, for |x| = 1, |z| = 1.5 and a cosine of 0.6.
constexpr double golden[5][5] = {
    {0.900000000000000},
    {0.825335419939494, 0.508160675824884},
    {0.579156112753954, 0.462284005934484, 0.275037669684586},
    {0.366053753472122, 0.321520598697321, 0.250171922780047, 0.145371081533263},
    {0.218918602552963, 0.201497063230382, 0.173585190168781, 0.132586702950589, 0.075716983612158},
};

// Each member by a call of its own.
template <class In, class... Nets>
std::vector<Matrix<double>> one_by_one(const Rows<In, double>& x, Family<Nets...>) {
    std::vector<Matrix<double>> kernels;
    (kernels.push_back(ntk<Nets>(x)), ...);
    return kernels;
}

// The shortest of twenty runs, in milliseconds.
template <class Work>
double milliseconds(Work work) {
    double shortest = INFINITY;
    for (int run = 0; run < 20; ++run) {
        const auto start = std::chrono::steady_clock::now();
        work();
        const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - start;
        shortest = std::min(shortest, taken.count());
    }
    return shortest;
}

int main() {
    // A kernel reads x.z / d: samples times sqrt(d) count at their full length.
    const double x[] = {sqrt2, 0}, z[] = {sqrt2 * 1.5 * 0.6, sqrt2 * 1.5 * 0.8};
    const auto K = ntk<Kernels>(rows<Vector<2>>(z), rows<Vector<2>>(x));
    double error = 0;
    std::puts("depth  K(z, x) with the first 0, 1, ... layers frozen");
    for (std::size_t depth = 0, k = 0; depth <= 4; ++depth) {
        std::printf("%5zu", depth);
        for (std::size_t frozen = 0; frozen <= depth; ++frozen, ++k) {
            std::printf("  %.12f", K[k](0, 0));
            error = std::fmax(error, std::fabs(K[k](0, 0) / golden[depth][frozen] - 1));
        }
        std::puts("");
    }
    std::printf("largest relative error %.1e\n", error);

    std::mt19937 random(1);
    std::normal_distribution<double> normal;
    std::vector<double> numbers(300 * 60);
    for (double& number : numbers) number = normal(random);
    const auto data = rows<Vector<60>>(numbers);
    const auto together = ntk<Kernels>(data);
    const auto alone = one_by_one(data, Kernels{});
    double apart = 0;
    for (std::size_t k = 0; k < alone.size(); ++k)
        for (std::size_t i = 0; i < 300; ++i)
            for (std::size_t j = 0; j < 300; ++j)
                apart = std::fmax(apart, std::fabs(together[k](i, j) / alone[k](i, j) - 1));
    std::printf("300 rows: one call %.1f ms, 15 calls %.1f ms; relative difference %.1e\n",
                milliseconds([&] { ntk<Kernels>(data); }), milliseconds([&] { one_by_one(data, Kernels{}); }), apart);
    return error < 1e-12 && apart < 1e-10 ? 0 : 1;
}
