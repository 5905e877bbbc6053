// The duals that are made from activations, both kernels, in registers, beside ReLU's, and beside the sum over 25 x
// 25 points that one would write without this library.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <type_traits>

#include <wide/dsl.hpp>

#include "../naive/quadrature.hpp"
#include "../report.hpp"
#include "words.hpp"

using namespace wide;
using namespace wide::benchmark_table;
using naive::quadrature::Rule;

namespace {

using Made = Words<Tanh, Sigmoid, Silu, Softplus, Mish, Elu<>, Selu, HardSigmoid>;

template <class W, class T>
void quadrature_only(const Rule<T>& rule) {
    for (int i = 0; i < few; ++i)
        benchmark::DoNotOptimize(naive::quadrature::pair<W>(rule, static_cast<T>(one_variance),
                                                            few_correlations<T>(i), static_cast<T>(two_variance)));
}

template <class W, class T>
void time_word(Measure& measure) {
    time_dual<W, T>(measure);
    measure.time(label<W, T>(" by points"), [rule = Rule<T>()] { quadrature_only<W, T>(rule); });
}

/// Largest difference of both kernels between a word's dual and the sum.
template <class W>
double disagreement() {
    const Numbers<double> numbers = numbers_of<W, double>(), plain = plain_numbers<W, double>();
    const double scale = *plain.left.panel(0, 2) * *plain.right.panel(0, 2);
    const Rule<double> rule;
    double largest = 0;
    for (int i = 0; i < few; ++i) {
        const double rho = few_correlations<double>(i);
        const auto ours = kernels_of<W>(numbers, rho);
        const auto sum = naive::quadrature::pair<W>(rule, one_variance, rho, two_variance);
        largest = std::max({largest, std::abs(ours.correlation - scale * sum.value),
                            std::abs(ours.slope - scale * std::sqrt(one_variance * two_variance) * sum.slope)});
    }
    return largest;
}

template <class W, class T>
void report_word(Report& report, const Measure& measure) {
    const double ours = seconds<W, T>(measure), plain = measure.seconds(label<W, T>(" by points")) / few;
    const bool promised = std::is_same_v<W, Tanh> && std::is_same_v<T, float>;
    report.row(label<W, T>(), "dual, both kernels", 1e9 * ours, "ns/element");
    report.row(label<W, T>(), "dual / ReLU's", ours / seconds<Relu, T>(measure), "ratio",
               promised ? at_most(6) : Goal{});
    report.row(label<W, T>(), "faster than 25 x 25 points", plain / ours, "times");
}

}  // namespace

int main(int argc, char** argv) {
    Report report("activations", argc, argv);
    Measure measure(report.repetitions());
    time_dual<Relu, float>(measure);
    time_dual<Relu, double>(measure);
    Made::each([&]<class W>() {
        time_word<W, float>(measure);
        time_word<W, double>(measure);
    });
    measure.run();

    report.section(
        fmt::format("{}, {}: one dual after the other in registers, four vectors in flight, one thread; "
                    "variances {} and {}",
                    instruction_set(), compiler(), one_variance, two_variance));
    Made::each([&]<class W>() {
        report_word<W, float>(report, measure);
        report_word<W, double>(report, measure);
        report.row(label<W, double>(), "25 x 25 points, off by", disagreement<W>(), "absolute");
    });
    return report.finish();
}
