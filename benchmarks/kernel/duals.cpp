// Every word's dual, both kernels, in registers, beside what one would write without this library: the formula of the
// papers on xsimd's functions, or, for an activation without one, a sum over 25 x 25 points. And the accuracy of both
// for ReLU.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <numbers>
#include <string>
#include <type_traits>

#include <wide/kernel/gram.hpp>

#include "../measure.hpp"
#include "../naive/duals.hpp"
#include "../naive/quadrature.hpp"
#include "../report.hpp"
#include "registers.hpp"

using namespace wide;
using namespace wide::benchmark_table;

namespace {

constexpr double one_variance = 0.9, two_variance = 1.1;

template <class W>
struct Alone : Serial<Dense<1>, W, Dense<1>> {};

template <class T>
T first(const Block<T, 4>& block) {
    return block.v[0].get(0);
}

/// What the duals read of two samples: those of the rows of a tile, those of its columns.
template <class T>
struct Numbers {
    static constexpr int height = TileShape<T>::rows, width = TileShape<T>::columns;
    Panels<T> left, right;
    Terms terms{};

    explicit Numbers(std::size_t count) : left(height, count, height), right(width, count, width) {}

    void put(std::size_t k, double of_left, double of_right) {
        for (std::size_t i = 0; i < height; ++i) left.sample(i)[k * height] = static_cast<T>(of_left);
        for (std::size_t i = 0; i < width; ++i) right.sample(i)[k * width] = static_cast<T>(of_right);
    }
};

template <class W>
struct Traces {
    Magnitudes<Alone<W>> magnitudes = magnitudes_of<Alone<W>>(default_scales<Alone<W>>(), Shape{});
    double one = needs_unit_variance<W>() ? 1 : one_variance, two = needs_unit_variance<W>() ? 1 : two_variance;
};

template <class W, class T>
Numbers<T> numbers_of() {
    Traces<W> of;
    settle_series<Alone<W>, T>(of.magnitudes, {of.one, of.two});
    const auto one = trace_sample<Alone<W>, T>(of.magnitudes, Scalar<double>(of.one));
    const auto two = trace_sample<Alone<W>, T>(of.magnitudes, Scalar<double>(of.two));
    const auto count = static_cast<std::size_t>(numbers_read(of.magnitudes));
    Numbers<T> numbers(count + 1);
    for (std::size_t k = 0; k < count; ++k) numbers.put(k, one.hoisted[k].value, two.hoisted[k].value);
    for (const PairMagnitude& pair : of.magnitudes.pair) numbers.terms.widen(pair.terms);
    return numbers;
}

/// What a formula reads: variances, deviations, and what the new deviations divide.
template <class W, class T>
Numbers<T> plain_numbers() {
    const Traces<W> of;
    const auto one = trace_sample<Alone<W>, T>(of.magnitudes, Scalar<double>(of.one));
    const auto two = trace_sample<Alone<W>, T>(of.magnitudes, Scalar<double>(of.two));
    Numbers<T> numbers(3);
    numbers.put(0, of.one, of.two);
    numbers.put(1, std::sqrt(of.one), std::sqrt(of.two));
    numbers.put(2, 1 / std::sqrt(one.variance[0].value), 1 / std::sqrt(two.variance[0].value));
    return numbers;
}

/// One formula after the other, as `duals_only`.
template <class Formula, class T>
void formulas_only(const T* left = nullptr, const T* right = nullptr) {
    Block<T, 4> rho(T(0.7)), theta(T(1));
    for (int i = 0; i < turns; ++i) {
        const auto kernels = Formula::of(rho, RowNumbers<T>{left}, ColumnNumbers<T>{right});
        rho = kernels.correlation;
        theta = fma(theta, kernels.slope, rho);
        keep_in_registers(rho);
        keep_in_registers(theta);
        forget(left);
        forget(right);
    }
}

constexpr int few = 16;
template <class T>
T few_correlations(int i) {
    return static_cast<T>(2 * i + 1) / few - 1;
}

template <class W, class T>
void quadrature_only(const naive::quadrature::Rule<T>& rule) {
    for (int i = 0; i < few; ++i)
        benchmark::DoNotOptimize(naive::quadrature::pair<W>(rule, static_cast<T>(one_variance),
                                                            few_correlations<T>(i), static_cast<T>(two_variance)));
}

template <class W, class T>
std::string label(const char* more = "") {
    return fmt::format("{}, {}{}", W::name, sizeof(T) == sizeof(float) ? "f32" : "f64", more);
}

template <class W, class T>
void time_word(Measure& measure) {
    const auto numbers = std::make_shared<const Numbers<T>>(numbers_of<W, T>());
    measure.time(label<W, T>(),
                 [numbers] { duals_only<W, T>(numbers->left.panel(0), numbers->right.panel(0), numbers->terms); });
    if constexpr (ClosedForm<W>) {
        const auto plain = std::make_shared<const Numbers<T>>(plain_numbers<W, T>());
        measure.time(label<W, T>(" plainly"), [plain] {
            formulas_only<naive::duals::Formula<W>, T>(plain->left.panel(0), plain->right.panel(0));
        });
    } else {
        measure.time(label<W, T>(" plainly"), [rule = naive::quadrature::Rule<T>()] { quadrature_only<W, T>(rule); });
    }
}

template <class W, class T>
double seconds(const Measure& measure) {
    return measure.seconds(label<W, T>()) / elements<T>;
}

template <class W, class T>
void report_word(Report& report, const Measure& measure) {
    const double ours = seconds<W, T>(measure);
    const double plain = measure.seconds(label<W, T>(" plainly")) / (ClosedForm<W> ? elements<T> : few);
    const char* with = "25 x 25 points";
    if constexpr (ClosedForm<W>) with = naive::duals::Formula<W>::with;
    const bool promised = std::is_same_v<W, Relu> && std::is_same_v<T, float>;
    report.row(label<W, T>(), "dual, both kernels", 1e9 * ours, "ns/element");
    report.row(label<W, T>(), fmt::format("the papers' formula, {}", with), 1e9 * plain, "ns/element");
    report.row(label<W, T>(), "times faster", plain / ours, "times", promised ? at_least(1.8) : Goal{});
}

/// Largest difference of both kernels between a word's dual and what it is compared with.
template <class W>
double disagreement() {
    using L = Block<double, 4>;
    const Numbers<double> numbers = numbers_of<W, double>(), plain = plain_numbers<W, double>();
    const naive::quadrature::Rule<double> rule;
    double largest = 0;
    for (int i = 0; i < few; ++i) {
        const double rho = few_correlations<double>(i);
        const auto ours = dual_of<W, double, -1.0>(L(rho < 0 ? -1 - rho : 1 - rho), numbers.left.panel(0),
                                                   numbers.right.panel(0), numbers.terms);
        const double value = first(correlation<false>(ours.deficit)), slope = first(ours.slope);
        double other_value, other_slope;
        if constexpr (ClosedForm<W>) {
            const auto other = naive::duals::Formula<W>::of(L(rho), RowNumbers<double>{plain.left.panel(0)},
                                                            ColumnNumbers<double>{plain.right.panel(0)});
            other_value = first(other.correlation), other_slope = first(other.slope);
        } else {
            const double scale = *plain.left.panel(0, 2) * *plain.right.panel(0, 2);
            const auto other = naive::quadrature::pair<W>(rule, one_variance, rho, two_variance);
            other_value = scale * other.value;
            other_slope = scale * std::sqrt(one_variance * two_variance) * other.slope;
        }
        largest = std::max({largest, std::abs(value - other_value), std::abs(slope - other_slope)});
    }
    return largest;
}

template <class... Ws>
struct Words {
    template <class F>
    static void each(F f) {
        (f.template operator()<Ws>(), ...);
    }
};

using Closed = Words<Relu, LeakyRelu<0.1>, Abs, Sign, RectifiedMonomial<2>, Erf, ScaledErf<1.5, 0.5, 0.2>,
                     SigmoidLike, Gelu, Sin<1, 1, 0>, Cos<1, 1, 0>, Rbf<1>, Exp<1, 0.5>, ExpNormalized<1, -1>,
                     Gaussian<1, -0.5>, Gabor, Hermite<3>, Monomial<3>, Polynomial<0.5, 1, 0.25>>;
using Made = Words<Tanh, Sigmoid, Silu, Softplus, Mish, Elu<>, Selu, HardSigmoid>;

/// ReLU with other vector functions than acos.
struct ReluByAtan2 {
    template <class L, class Numbers, class Others>
    [[gnu::always_inline]] static naive::duals::Kernels<L> of(L correlation, const Numbers&, const Others&) {
        const L rho = naive::duals::clamped(correlation), sine = naive::duals::cosine_of_arcsine(rho);
        const L angle([&](int i) { return xsimd::atan2(sine.v[i], rho.v[i]); });
        return naive::duals::sector(0, 1, rho, angle, sine);
    }
};

/// Largest error of ReLU's two kernels, kappa_1 (the correlation) and kappa_0 (the slope), against long double: over
/// all of [-1, 1], and at distances 2^-k from its ends.
struct Errors {
    double correlation = 0, slope = 0;

    void add(long double rho, double of_correlation, double of_slope) {
        constexpr long double exact_pi = std::numbers::pi_v<long double>;
        const long double angle = std::acos(rho), sine = std::sqrt((1 - rho) * (1 + rho));
        const long double kappa_1 = (sine + (exact_pi - angle) * rho) / exact_pi, kappa_0 = 1 - angle / exact_pi;
        correlation = std::max(correlation, static_cast<double>(std::abs(of_correlation - kappa_1)));
        slope = std::max(slope, static_cast<double>(std::abs(of_slope - kappa_0)));
    }
};

template <class T>
struct ReluErrors {
    Errors ours, plain, by_atan2;

    ReluErrors() {
        constexpr int grid = 1 << 16, digits = std::numeric_limits<T>::digits;
        for (int i = -grid; i <= grid; ++i) add(static_cast<T>(i) / grid);
        for (int k = 1; k <= digits; ++k)
            for (const T rho : {1 - std::ldexp(T(1), -k), std::ldexp(T(1), -k) - 1}) add(rho);
    }

private:
    void add(T rho) {
        using L = Block<T, 4>;
        const auto one =
            dual_of<Relu, T, -1.0>(L(rho < 0 ? std::min(-1 - rho, -smallest_gap<T>) : 1 - rho), nullptr, nullptr, {});
        const auto two = naive::duals::Formula<Relu>::of(L(rho), nullptr, nullptr);
        const auto three = ReluByAtan2::of(L(rho), nullptr, nullptr);
        ours.add(rho, first(correlation<false>(one.deficit)), first(one.slope));
        plain.add(rho, first(two.correlation), first(two.slope));
        by_atan2.add(rho, first(three.correlation), first(three.slope));
    }
};

template <class T>
void report_accuracy(Report& report, const char* precision) {
    const ReluErrors<T> errors;
    const auto rows = [&](const char* what, double ours, double plain, double by_atan2) {
        const std::string of = fmt::format("ReLU, {}: {}", precision, what);
        report.row(of, "largest error, dual", ours, "absolute");
        report.row(of, "xsimd acos", plain, "absolute");
        report.row(of, "xsimd atan2", by_atan2, "absolute");
        report.row(of, "error of acos / dual's", plain / ours, "times", at_least(1));
    };
    rows("correlation", errors.ours.correlation, errors.plain.correlation, errors.by_atan2.correlation);
    rows("slope", errors.ours.slope, errors.plain.slope, errors.by_atan2.slope);
}

}  // namespace

int main(int argc, char** argv) {
    Report report("duals", argc, argv);
    Measure measure(report.repetitions());
    const auto time = [&]<class W>() {
        time_word<W, float>(measure);
        time_word<W, double>(measure);
    };
    Closed::each(time);
    Made::each(time);
    measure.time("half range", [] { duals_only<Relu, float, 0.0>(); });
    measure.time("above 0.6", [] { duals_only<Relu, float, 0.6>(); });
    measure.time("atan2", [] { formulas_only<ReluByAtan2, float>(); });
    measure.run();

    report.section(fmt::format("{}, {}: one dual after the other in registers, {} vectors in flight, one thread",
                               instruction_set(), compiler(), 4));
    const auto report_both = [&]<class W>() {
        report_word<W, float>(report, measure);
        report_word<W, double>(report, measure);
    };
    Closed::each(report_both);
    const double relu = seconds<Relu, float>(measure);
    report.row("ReLU, f32", "the papers' formula, xsimd atan2", 1e9 * measure.seconds("atan2") / elements<float>,
               "ns/element");
    report.row("ReLU, f32, correlation >= 0", "dual, both kernels",
               1e9 * measure.seconds("half range") / elements<float>, "ns/element");
    report.row("ReLU, f32, correlation >= 0.6", "dual, both kernels",
               1e9 * measure.seconds("above 0.6") / elements<float>, "ns/element");

    report.section(fmt::format("{}, {}: duals made from activations, variances {} and {}", instruction_set(),
                               compiler(), one_variance, two_variance));
    Made::each(report_both);
    const auto beside_relu = [&]<class W>() {
        report.row(label<W, float>(), "dual / ReLU's", seconds<W, float>(measure) / relu, "ratio",
                   std::is_same_v<W, Tanh> ? at_most(6) : Goal{});
    };
    Made::each(beside_relu);

    report.section("Largest errors against long double, and what the formulas and the duals disagree by");
    report_accuracy<float>(report, "f32");
    report_accuracy<double>(report, "f64");
    double formulas = 0, quadrature = 0;
    Closed::each([&]<class W>() { formulas = std::max(formulas, disagreement<W>()); });
    Made::each([&]<class W>() { quadrature = std::max(quadrature, disagreement<W>()); });
    report.row("all formulas, f64", "disagreement with the duals", formulas, "absolute", at_most(1e-9));
    report.row("25 x 25 points, f64", "disagreement with the duals", quadrature, "absolute");
    const int written = report.finish();
    return formulas <= 1e-9 ? written : 1;
}
