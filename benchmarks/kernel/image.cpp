// Exact convolutional kernels, pair by pair: beside the dual alone in registers, which bounds them, and beside the naive
// run-time implementation. And what liveness, symmetry, two threads and the stated memory come to.
#include <fmt/core.h>

#include <cmath>
#include <cstddef>
#include <fstream>
#include <string>
#include <vector>

#include <wide/kernel/explain.hpp>
#include <wide/kernel/gram.hpp>

#include "../image_networks.hpp"
#include "../measure.hpp"
#include "../naive/images.hpp"
#include "../report.hpp"
#include "registers.hpp"
#include "samples.hpp"

using namespace wide;
using namespace wide::benchmark_table;
using namespace wide::image_networks;

namespace {

struct Myrtle7 : Serial<Repeat<2, Layer, Relu>, Halve, Repeat<2, Layer, Relu>, Halve, Repeat<2, Layer, Relu>,
                        Repeat<3, Halve>, Flatten, Dense<1>> {};
template <class Readout>
struct TwoPools : Serial<Repeat<2, Layer, Relu, Halve>, Readout, Dense<1>> {};
struct Small : Serial<Repeat<3, Layer, Relu>, GlobalAvgPool, Dense<1>> {};

const options alone{.threads = 1};

/// Seconds of one pair, of a cross Gram of `rows` by `columns`.
template <class Net>
struct Pairs {
    std::string name;
    std::size_t rows, columns;
    std::vector<float> samples = gaussian_rows<float>(rows + columns, width_of<In>);
    Gram<float> result{};

    [[nodiscard]] const float* z() const { return samples.data(); }
    [[nodiscard]] const float* x() const { return samples.data() + rows * width_of<In>; }

    void time(Measure& measure) {
        measure.time(name, [this] {
            gram_into<Net>(result, wide::rows<In>(z(), rows), wide::rows<In>(x(), columns), alone);
        });
    }
    [[nodiscard]] double seconds(const Measure& measure) const {
        return measure.seconds(name) / static_cast<double>(rows * columns);
    }
};

template <class Net>
double elements_of_a_pair() {
    return static_cast<double>(ImageKernel<Net, true, float>(default_scales<Net>(), In::shape).pair.elements);
}

/// Resident memory of this process in bytes: now ("VmRSS"), or the most since `forget_peak` ("VmHWM").
double resident(const std::string& field) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(field + ":")) return 1024 * std::stod(line.substr(field.size() + 1));
    return 0;
}
void forget_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }

}  // namespace

int main(int argc, char** argv) {
    Report report("image", argc, argv);

    // Before anything else has left memory behind.
    constexpr std::size_t many = 200;
    const auto two_hundred = gaussian_rows<float>(many, width_of<Image<16, 16, 3>>);
    forget_peak();
    const double before = resident("VmRSS");
    {
        const auto G = gram<Gap21>(rows<Image<16, 16, 3>>(two_hundred), alone);
        static_cast<void>(G);
    }
    const double peak = resident("VmHWM") - before;
    const double stated = static_cast<double>(image_memory<Gap21, Image<16, 16, 3>>(many)) +
                          2.0 * many * many * sizeof(float);

    Measure measure(report.repetitions());
    measure.time("dual", [] { duals_only<Relu, float>(); });
    measure.time("dual >= 0", [] { duals_only<Relu, float, 0.0>(); });
    // As many columns as fill every lane: pairs lie in lanes.
    constexpr std::size_t full = lanes<float>;
    Pairs<Gap21> gap{"21 layers, GAP", 2, full};
    Pairs<Flat21> flat{"21 layers, Flatten", 64, 64};
    Pairs<Myrtle5> five{"Myrtle-5", 8, full};
    Pairs<Myrtle7> seven{"Myrtle-7", 8, full};
    Pairs<Myrtle10> ten{"Myrtle-10", 8, full};
    Pairs<TwoPools<Flatten>> live{"two pools, Flatten", 64, 64};
    Pairs<TwoPools<GlobalAvgPool>> whole{"two pools, GAP", 8, full};
    gap.time(measure), flat.time(measure), five.time(measure), seven.time(measure), ten.time(measure);
    live.time(measure), whole.time(measure);
    const auto small = gaussian_rows<float>(256, width_of<Image<6, 6, 3>>);
    const auto x = rows<Image<6, 6, 3>>(small);
    Gram<float> square, cross;
    measure.time("symmetric", [&] { gram_into<Small>(square, x, alone); });
    measure.time("cross", [&] { gram_into<Small>(cross, x, x, alone); });
    Gram<float> one_thread, two_threads;
    measure.time("one thread", [&] { gram_into<Small>(one_thread, x, options{.threads = 1}); }, false);
    measure.time("two threads", [&] { gram_into<Small>(two_threads, x, options{.threads = 2}); }, false);
    const auto layers = naive::images::relu_network<float>(21);
    const naive::images::Images<float> first{gap.z(), 1, {32, 32}, 3}, second{gap.x(), 1, {32, 32}, 3};
    const auto first_variances = naive::images::variances(layers, first);
    const auto second_variances = naive::images::variances(layers, second);
    naive::images::Kernels<float> plain{};
    measure.time("naive", [&] {
        plain = naive::images::kernels(layers, first, first_variances, second, second_variances);
    });
    measure.run();

    constexpr bool avx512 = vector_registers == 32;
    const double dual = measure.seconds("dual") / elements<float>;
    report.section(fmt::format("{}, {}: images of 32 x 32 x 3, NNGP and NTK, one thread's CPU time a pair",
                               instruction_set(), compiler()));
    report.row("registers only", "ReLU dual, both kernels", 1e9 * dual, "ns/element");
    report.row("registers only", "the same, correlation >= 0", 1e9 * measure.seconds("dual >= 0") / elements<float>,
               "ns/element");
    const auto rows_of = [&]<class Net>(const Pairs<Net>& pairs, Goal goal) {
        const double seconds = pairs.seconds(measure), element = seconds / elements_of_a_pair<Net>();
        report.row(pairs.name, "a pair", 1e6 * seconds, "us");
        report.row(pairs.name, "an element and layer", 1e9 * element, "ns");
        report.row(pairs.name, "an element and layer / dual alone", element / dual, "ratio", goal);
    };
    rows_of(gap, at_most(avx512 ? 1.5 : 1.3));
    rows_of(five, at_most(2.2));
    rows_of(seven, at_most(2.2));
    rows_of(ten, at_most(2.2));
    report.row(flat.name, "a pair", 1e6 * flat.seconds(measure), "us", at_most(avx512 ? 15 : 30));
    const double ours = gap.seconds(measure);
    report.row(gap.name, "faster than naive objects", measure.seconds("naive") / ours, "times", at_least(40));
    const double apart = std::abs(static_cast<double>(plain.ntk) / static_cast<double>(gap.result.ntk(0, 0)) - 1);
    report.row(gap.name, "disagreement with naive objects", apart, "relative", at_most(1e-5));

    report.section("What is not computed");
    const ImageKernel<TwoPools<Flatten>, true, float> kernel(default_scales<TwoPools<Flatten>>(), In::shape);
    report.row(live.name, "duals of all planes / of live ones",
               static_cast<double>(kernel.pair.all_planes) / static_cast<double>(kernel.pair.elements), "times");
    report.row(live.name, "time of all planes (GAP) / live ones", whole.seconds(measure) / live.seconds(measure),
               "times");
    report.row("256 images of 6 x 6 x 3", "symmetric / cross", measure.seconds("symmetric") / measure.seconds("cross"),
               "ratio", at_most(0.55));
    report.row("256 images of 6 x 6 x 3", "speed of two threads / one",
               measure.seconds("one thread") / measure.seconds("two threads"), "ratio", at_least(1.8), 2);
    report.row("200 images of 16 x 16 x 3, 21 layers", "peak memory / stated", peak / stated, "ratio", at_most(1.2));
    const int written = report.finish();
    return apart <= 1e-5 ? written : 1;
}
