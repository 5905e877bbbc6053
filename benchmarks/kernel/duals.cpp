// The dual of every word that has one in closed form, both kernels, in registers, beside what one would write without
// this library: the formula of the papers on xsimd's functions. And the accuracy of both for ReLU.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numbers>
#include <string>
#include <type_traits>

#include <wide/dsl.hpp>

#include "../naive/duals.hpp"
#include "../report.hpp"
#include "words.hpp"

using namespace wide;
using namespace wide::benchmark_table;
using naive::duals::Formula;

namespace {

using Closed = Words<Relu, LeakyRelu<0.1>, Abs, Sign, RectifiedMonomial<2>, Erf, ScaledErf<1.5, 0.5, 0.2>,
                     SigmoidLike, Gelu, Sin<1, 1, 0>, Cos<1, 1, 0>, Rbf<1>, Exp<1, 0.5>, ExpNormalized<1, -1>,
                     Gaussian<1, -0.5>, Gabor, Hermite<3>, Monomial<3>, Polynomial<0.5, 1, 0.25>>;
/// One formula after the other, as `duals_only`.
template <class Formula, class T>
void formulas_only(const T* left = nullptr, const T* right = nullptr) {
    Block<T, 4> rho(T(0.7)), theta(T(1));
    for (int i = 0; i < turns; ++i) {
        const auto kernels = Formula::of(rho, RowNumbers<T, 2>{left}, ColumnNumbers<T, 2>{right});
        rho = kernels.correlation;
        theta = fma(theta, kernels.slope, rho);
        keep_in_registers(rho);
        keep_in_registers(theta);
        forget(left);
        forget(right);
    }
}

template <class W, class T>
void time_word(Measure& measure) {
    time_dual<W, T>(measure);
    const auto numbers = std::make_shared<const Numbers<T>>(plain_numbers<W, T>());
    measure.time(label<W, T>(" plainly"),
                 [numbers] { formulas_only<Formula<W>, T>(numbers->left.panel(0), numbers->right.panel(0)); });
}

template <class W, class T>
void report_word(Report& report, const Measure& measure) {
    const double ours = seconds<W, T>(measure), plain = measure.seconds(label<W, T>(" plainly")) / elements<T>;
    const bool promised = std::is_same_v<W, Relu> && std::is_same_v<T, float>;
    report.row(label<W, T>(), "dual, both kernels", 1e9 * ours, "ns/element");
    report.row(label<W, T>(), fmt::format("the papers' formula, {}", Formula<W>::with), 1e9 * plain, "ns/element");
    report.row(label<W, T>(), "times faster", plain / ours, "times", promised ? at_least(1.8) : Goal{});
}

/// Largest difference of both kernels between a word's dual and the formula.
template <class W>
double disagreement() {
    const Numbers<double> numbers = numbers_of<W, double>(), plain = plain_numbers<W, double>();
    double largest = 0;
    for (int i = 0; i < few; ++i) {
        const double rho = few_correlations<double>(i);
        const auto ours = kernels_of<W>(numbers, rho);
        const auto other = Formula<W>::of(Block<double, 4>(rho), RowNumbers<double, 2>{plain.left.panel(0)},
                                          ColumnNumbers<double, 2>{plain.right.panel(0)});
        largest = std::max({largest, std::abs(ours.correlation - first(other.correlation)),
                            std::abs(ours.slope - first(other.slope))});
    }
    return largest;
}

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
        const auto one = dual_of<Relu, T, -1.0, 2>(L(rho < 0 ? std::min(-1 - rho, -smallest_gap<T>) : 1 - rho),
                                                   nullptr, nullptr, {});
        const auto two = Formula<Relu>::of(L(rho), nullptr, nullptr);
        const auto three = ReluByAtan2::of(L(rho), nullptr, nullptr);
        ours.add(rho, first(correlation<false>(one.deficit)), first(one.slope));
        plain.add(rho, first(two.correlation), first(two.slope));
        by_atan2.add(rho, first(three.correlation), first(three.slope));
    }
};

/// Largest relative error of 1 - kappa_1 at correlations 1 - 2^-k: what the next layer, steep there, lives on.
template <class Deficit>
double error_near_parallel(Deficit deficit) {
    double largest = 0;
    for (int k = 1; k < std::numeric_limits<float>::digits; ++k) {
        const long double gap = std::ldexp(1.0L, -k), angle = std::acos(1 - gap);
        const long double right =
            gap + (angle * (1 - gap) - std::sqrt(gap * (2 - gap))) / std::numbers::pi_v<long double>;
        const auto error = std::abs(deficit(static_cast<float>(gap)) - right) / right;
        largest = std::max(largest, static_cast<double>(error));
    }
    return largest;
}

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
    Closed::each([&]<class W>() {
        time_word<W, float>(measure);
        time_word<W, double>(measure);
    });
    measure.time("half range", [] { duals_only<Relu, float, 0.0>(); });
    measure.time("above 0.6", [] { duals_only<Relu, float, 0.6>(); });
    measure.time("atan2", [] { formulas_only<ReluByAtan2, float>(); });
    measure.run();

    report.section(fmt::format("{}, {}: one dual after the other in registers, four vectors in flight, one thread",
                               instruction_set(), compiler()));
    Closed::each([&]<class W>() {
        report_word<W, float>(report, measure);
        report_word<W, double>(report, measure);
    });
    const auto row = [&](const char* what, const char* metric, const char* measured) {
        report.row(what, metric, 1e9 * measure.seconds(measured) / elements<float>, "ns/element");
    };
    row("ReLU, f32", "the papers' formula, xsimd atan2", "atan2");
    row("ReLU, f32, correlation >= 0", "dual, both kernels", "half range");
    row("ReLU, f32, correlation >= 0.6", "dual, both kernels", "above 0.6");

    report.section("Largest errors against long double, and what the formulas and the duals disagree by");
    report_accuracy<float>(report, "f32");
    report_accuracy<double>(report, "f64");
    using L = Block<float, 4>;
    report.row("ReLU, f32: 1 - correlation", "largest error near 1, dual", error_near_parallel([](float t) {
                   return first(dual_of<Relu, float, -1.0, 2>(L(t), nullptr, nullptr, {}).deficit);
               }),
               "relative", at_most(1e-6));
    report.row("ReLU, f32: 1 - correlation", "xsimd acos", error_near_parallel([](float t) {
                   return 1 - first(Formula<Relu>::of(L(1 - t), nullptr, nullptr).correlation);
               }),
               "relative");
    double apart = 0;
    Closed::each([&]<class W>() { apart = std::max(apart, disagreement<W>()); });
    report.row("all formulas, f64", "disagreement with the duals", apart, "absolute", at_most(1e-9));
    const int written = report.finish();
    return apart <= 1e-9 ? written : 1;
}
