// Deep nets on few-dimensional data, where the layers cost more than the dot products: layer by layer, with what the
// range of the correlations saves, and collapsed to one function of the angle.
#include <fmt/core.h>

#include <cmath>
#include <cstddef>
#include <string>
#include <type_traits>
#include <vector>

#include <wide/kernel/gram.hpp>

#include "../measure.hpp"
#include "../report.hpp"
#include "registers.hpp"
#include "samples.hpp"

using namespace wide;
using namespace wide::benchmark_table;

namespace {

template <std::size_t layers>
struct Net : Serial<Repeat<layers, Dense<512, He>, Relu>, Dense<1>> {};
template <std::size_t layers>
struct Biased : Serial<Repeat<layers, Dense<512, He, Bias<0.1>>, Relu>, Dense<1>> {};

constexpr std::size_t n = 4096, width = 10;
constexpr double pairs = n * (n + 1) / 2.0;
const options direct{.threads = 1, .fill = fill::lower, .schedule = schedule::direct};
const options cheapest{.threads = 1, .fill = fill::lower};

/// The same rows, each of norm 1.
template <class T>
std::vector<T> on_the_sphere(std::vector<T> x) {
    for (std::size_t i = 0; i < x.size(); i += width) {
        double square = 0;
        for (std::size_t k = 0; k < width; ++k)
            square += static_cast<double>(x[i + k]) * static_cast<double>(x[i + k]);
        for (std::size_t k = 0; k < width; ++k)
            x[i + k] = static_cast<T>(static_cast<double>(x[i + k]) / std::sqrt(square));
    }
    return x;
}

/// Both kernels, into memory that is there already.
template <class T>
Gram<T> memory;
template <class Net, class T>
void into(const std::vector<T>& x, const options& how) {
    gram_into<Net>(memory<T>, rows<Vector<width>>(x), how);
}

/// One net both ways.
template <class Net, class T>
class Case {
public:
    Case(Measure& measure, const char* what, const std::vector<T>& x) : measure_{measure}, what_{what}, x_{&x} {
        measure.time(what_ + " direct", [&x] { into<Net>(x, direct); });
        measure.time(what_ + " cheapest", [&x] { into<Net>(x, cheapest); });
        measure.time(what_ + " fit", [] { benchmark::DoNotOptimize(fit()); });
    }

    [[nodiscard]] double direct_seconds() const { return measure_.seconds(what_ + " direct"); }

    void report(Report& to, Goal goal) const {
        const double cheapest_seconds = measure_.seconds(what_ + " cheapest");
        to.row(what_, "direct / collapsed", direct_seconds() / cheapest_seconds, "times", goal);
        to.row(what_, "direct", 1e9 * direct_seconds() / pairs, "ns a pair");
        to.row(what_, "collapsed", 1e9 * cheapest_seconds / pairs, "ns a pair");
        to.row(what_, "terms of its polynomials", fit().terms, "");
        to.row(what_, "fitting them", 1e6 * measure_.seconds(what_ + " fit"), "us");
        const auto one = gram<Net>(rows<Vector<width>>(*x_), direct),
                   two = gram<Net>(rows<Vector<width>>(*x_), cheapest);
        const double promise = std::is_same_v<T, float> ? 2.4e-6 : 1.7e-14;
        to.row(what_, "disagreement / diagonal, NNGP", difference(n, two.nngp, one.nngp), "relative",
               at_most(promise));
        to.row(what_, "disagreement / diagonal, NTK", difference(n, two.ntk, one.ntk), "relative", at_most(promise));
    }

private:
    static Collapsed<T, 1> fit() {
        return collapse<T, Net>(magnitudes_of<Net>(default_scales<Net>(), Vector<width>::shape), 1);
    }

    Measure& measure_;
    std::string what_;
    const std::vector<T>* x_;
};

}  // namespace

int main(int argc, char** argv) {
    Report report("collapse", argc, argv);
    Measure measure(report.repetitions());
    const auto x = gaussian_rows<float>(n, width), sphere = on_the_sphere(x);
    const auto x64 = gaussian_rows<double>(n, width);
    measure.time("duals", [] { duals_only<Relu, float>(); });
    measure.time("half-range duals", [] { duals_only<Relu, float, 0.0>(); });
    measure.time("no layers", [&x] { into<Net<0>>(x, direct); });
    const Case<Net<3>, float> three(measure, "3 layers", x);
    const Case<Net<10>, float> ten(measure, "10 layers", x);
    const Case<Net<20>, float> twenty(measure, "20 layers", x);
    const Case<Net<50>, float> fifty(measure, "50 layers", x);
    const Case<Net<20>, double> twenty_in_double(measure, "20 layers, f64", x64);
    const Case<Biased<10>, float> biased(measure, "10 layers with bias, norm 1", sphere);
    measure.run();

    report.section(
        fmt::format("{}, {}: N = {}, d = {}, lower triangle, one thread's CPU time: the range of "
                    "correlations",
                    instruction_set(), compiler(), n, width));
    const double layer = ten.direct_seconds() / (10 * pairs);
    const double dual = measure.seconds("duals") / elements<float>;
    report.row("registers only", "ReLU dual, both kernels", 1e9 * dual, "ns/element");
    report.row("registers only", "the same, correlation >= 0",
               1e9 * measure.seconds("half-range duals") / elements<float>, "ns/element");
    report.row("10 layers, direct", "per pair and layer", 1e9 * layer, "ns");
    report.row("10 layers, direct", "per pair and layer / dual alone", layer / dual, "ratio", at_most(1.1));

    report.section(
        "Collapsed to one function of the angle (bias-free ReLU nets on any rows; with bias on rows of norm 1)");
    report.row("no layers", "dot products and stores alone", 1e9 * measure.seconds("no layers") / pairs, "ns a pair");
    three.report(report, at_least(1.2));
    ten.report(report, {});
    twenty.report(report, at_least(5));
    fifty.report(report, {});
    twenty_in_double.report(report, {});
    biased.report(report, {});
    return report.finish();
}
