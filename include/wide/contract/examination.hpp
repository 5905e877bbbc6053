#pragma once
// The promises of a nonlinearity (dsl/grammar/nonlinearity.hpp), each checked on a grid of deficits and variances.
// Compiled once for float and double: a word comes as plain functions (subject.hpp).
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

#include <wide/contract/eigenvalues.hpp>
#include <wide/contract/grid.hpp>
#include <wide/contract/quadrature.hpp>
#include <wide/contract/report.hpp>
#include <wide/run/error.hpp>

namespace wide {

class Examination : Grid {
public:
    explicit Examination(const Subject& word) : Grid(word) { report_.word = word.name; }

    Report run() {
        if (word_.automatic) series_are_not_too_long();
        if (variances_.empty()) return report_;
        slope_is_the_derivative_of_value();
        variance_is_the_expected_square();
        dual_is_the_expected_product();
        dual_slope_is_the_derivative_of_the_dual();
        both("itself", &Examination::a_sample_is_parallel_to_itself<float>,
             &Examination::a_sample_is_parallel_to_itself<double>);
        the_ends_are_kept();
        both("half range", &Examination::half_ranges_are_the_full_range<float>,
             &Examination::half_ranges_are_the_full_range<double>);
        lowest_correlation_is_a_lower_bound();
        both("symmetry", &Examination::order_does_not_matter<float>, &Examination::order_does_not_matter<double>);
        both("extreme variances", &Examination::extremes_are_kept<float>, &Examination::extremes_are_kept<double>);
        both("variance 0", &Examination::zero_is_kept<float>, &Examination::zero_is_kept<double>);
        both("dual on lanes", &Examination::lanes_are_scalars<float>, &Examination::lanes_are_scalars<double>);
        value_on_lanes_is_value();
        constant_evaluation_is_run_time();
        both("positive Gram", &Examination::grams_are_positive_semidefinite<float>,
             &Examination::grams_are_positive_semidefinite<double>);
        return report_;
    }

private:
    /// Kernels refuse these variances (outside_domain), so that nothing is promised of them.
    void series_are_not_too_long() {
        Promise& added = promise("series", 0, 0);
        if (!refused_.empty()) added.skipped = "too long, and refused, for " + refused_;
        if (variances_.empty()) added.in_double.note(infinite, "no variance is accepted");
    }

    Promise& promise(const char* name, double in_float, double in_double) {
        Promise& added = report_.promises.emplace_back();
        added.name = name;
        added.in_float.bound = in_float;
        added.in_double.bound = in_double;
        return added;
    }

    void both(const char* name, void (Examination::*in_float)(Finding&), void (Examination::*in_double)(Finding&)) {
        Promise& added = promise(name, 0, 0);
        (this->*in_float)(added.in_float);
        (this->*in_double)(added.in_double);
    }

    static constexpr char place[] = "t = %.3g, q = %.3g, %.3g";
    static constexpr char slope_place[] = "slope at t = %.3g, q = %.3g, %.3g";

    bool has_no_function(Promise& promise) const {
        if (word_.value) return false;
        promise.skipped = "the word has no value";
        return true;
    }

    /// By a difference quotient of fourth order.
    void slope_is_the_derivative_of_value() {
        Promise& added = promise("slope", 0, 1e-8);
        if (has_no_function(added)) return;
        const double h = 1e-3;
        for (const double size : {0.01, 0.2, 0.7, 1.1, 1.9, 3.1})
            for (const double x : {-size, size}) {
                const bool at_kink = std::any_of(word_.kinks.begin(), word_.kinks.end(),
                                                 [&](double kink) { return std::abs(kink - x) < 3 * h; });
                if (at_kink) continue;
                const double near = word_.value(x + h) - word_.value(x - h);
                const double far = word_.value(x + 2 * h) - word_.value(x - 2 * h);
                added.in_double.note(slope_error(word_.slope(x), (8 * near - far) / (12 * h)), "x = %.3g", x);
            }
    }

    quadrature::Factor value(double q) const { return {word_.value, q, word_.kinks}; }
    quadrature::Factor slope(double q) const { return {word_.slope, q, word_.kinks}; }

    void variance_is_the_expected_square() {
        Promise& added = promise("variance", 0, word_.double_accuracy / (word_.automatic ? 1 : 10));
        if (has_no_function(added)) return;
        for (const double q : variances_) {
            const double expected = quadrature::expectation_of_square(value(q));
            added.in_double.note(std::abs(sample<double>(q).after - expected) / expected, "q = %.3g", q);
        }
    }

    /// The dual's correlation and slope factor, by quadrature.
    struct Reference {
        double q1, q2, scale;
        quadrature::Factor value1, value2, slope1, slope2;

        Reference(const Examination& all, double one, double two)
            : q1{one},
              q2{two},
              scale{std::sqrt(all.sample<double>(one).after) * std::sqrt(all.sample<double>(two).after)},
              value1{all.value(one)},
              value2{all.value(two)},
              slope1{all.slope(one)},
              slope2{all.slope(two)} {}

        double rho(double t) const { return quadrature::expectation(value1, value2, t) / scale; }
        double slope(double t) const {
            return quadrature::expectation(slope1, slope2, t) * std::sqrt(q1) * std::sqrt(q2) / scale;
        }
    };

    void dual_is_the_expected_product() {
        const std::size_t first = report_.promises.size();
        promise("dual", word_.float_accuracy, word_.double_accuracy);
        promise("dual's slope", word_.float_accuracy, word_.double_accuracy);
        Promise &rhos = report_.promises[first], &slopes = report_.promises[first + 1];
        const bool skipped = has_no_function(rhos);
        if (has_no_function(slopes) || skipped) return;
        const auto singles = samples<float>(variances_);
        const auto doubles = samples<double>(variances_);
        for (std::size_t i = 0; i < variances_.size(); ++i)
            for (std::size_t j = i; j < variances_.size(); ++j) {
                const Reference expected(*this, variances_[i], variances_[j]);
                for (const float t : deficits) {
                    const double rho = expected.rho(t), slope = expected.slope(t);
                    const auto note = [&](Dual<double> got, Finding& of_rho, Finding& of_slope) {
                        const double q1 = variances_[i], q2 = variances_[j];
                        of_rho.note(std::abs(correlation_of(got.deficit) - rho), place, double(t), q1, q2);
                        of_slope.note(slope_error(got.slope, slope), place, double(t), q1, q2);
                    };
                    note(dual<float>(0, t, singles[i], singles[j]), rhos.in_float, slopes.in_float);
                    note(dual<double>(0, double(t), doubles[i], doubles[j]), rhos.in_double, slopes.in_double);
                }
            }
    }

    /// Of a kernel that belongs to no function: its slope is the derivative of the correlation.
    void dual_slope_is_the_derivative_of_the_dual() {
        Promise& added = promise("slope of the dual", 0, 1e-8);
        if (word_.value) {
            added.skipped = "the word has a value: quadrature says more";
            return;
        }
        const double h = 1e-3;
        const auto all = samples<double>(variances_);
        for (const auto& one : all)
            for (const auto& two : all)
                for (const double t : {0.1, 0.3, 0.6, 0.95, -0.95, -0.6, -0.3, -0.1}) {
                    const auto rho = [&](double steps) {  // grows where t falls, on both sides
                        return correlation_of(dual<double>(0, t - steps * h, one, two).deficit);
                    };
                    const double quotient = (8 * (rho(1) - rho(-1)) - (rho(2) - rho(-2))) / (12 * h);
                    added.in_double.note(slope_error(dual<double>(0, t, one, two).slope, quotient), place, t,
                                         one.before, two.before);
                }
    }

    template <class T>
    void a_sample_is_parallel_to_itself(Finding& finding) {
        finding.bound = 8 * epsilon<T>;
        for (const auto& same : samples<T>(variances_)) {
            const auto got = dual<T>(0, T(0), same, same);
            finding.note(std::abs(got.deficit), "q = %.3g", same.before);
            if (!std::isfinite(got.slope)) finding.note(infinite, "q = %.3g: the slope is infinite", same.before);
        }
    }

    /// A sample with itself and with its opposite: slopes and correlations are those of quadrature, to rounding.
    void the_ends_are_kept() {
        const auto bound = [&](double rounding, double accuracy) {
            return word_.automatic ? std::fmax(rounding, accuracy) : rounding + 1e-11;
        };
        Promise& added = promise("ends", bound(8 * epsilon<float>, word_.float_accuracy),
                                 bound(8 * epsilon<double>, word_.double_accuracy));
        if (has_no_function(added)) return;
        for (const double q : variances_) {
            const Reference expected(*this, q, q);
            const double slope_at_one = expected.slope(0), slope_at_minus_one = expected.slope(-1e-300);
            const double rho_at_minus_one = expected.rho(-1e-300);
            const auto note = [&]<class T>(Finding& finding, T opposite) {
                const Sample<T> same = sample<T>(q);
                const auto at_one = dual<T>(0, T(0), same, same), at_minus_one = dual<T>(0, opposite, same, same);
                const double rho = correlation_of(at_minus_one.deficit);
                finding.note(slope_error(at_one.slope, slope_at_one), "slope at rho = 1, q = %.3g", q);
                finding.note(slope_error(at_minus_one.slope, slope_at_minus_one), "slope at rho = -1, q = %.3g", q);
                finding.note(std::abs(rho - rho_at_minus_one), "rho = -1, q = %.3g", q);
                if (!(rho >= -1)) finding.note(infinite, "rho = -1, q = %.3g: %.17g is no correlation", q, rho);
            };
            note(added.in_float, -smallest_gap<float>);
            note(added.in_double, -smallest_gap<double>);
        }
    }

    /// On correlations that are known to be large, shorter formulas give the same.
    template <class T>
    void half_ranges_are_the_full_range(Finding& finding) {
        finding.bound = word_.automatic ? word_.accuracy<T>() : 4 * epsilon<T>;
        const auto all = samples<T>(variances_);
        for (int range = 1; range < ranges; ++range)
            for (const float share : deficits) {
                const auto t = static_cast<T>(share * (1 - range_floor[range]));
                if (t < 0) continue;
                for (const auto& one : all)
                    for (const auto& two : all) {
                        const auto short_form = dual<T>(range, t, one, two), full = dual<T>(0, t, one, two);
                        finding.note(std::abs(short_form.deficit - full.deficit),
                                     "dual<%.3g>, t = %.3g, q = %.3g, %.3g", range_floor[range], double(t),
                                     one.before, two.before);
                        finding.note(slope_error(short_form.slope, full.slope),
                                     "slope of dual<%.3g>, t = %.3g, q = %.3g, %.3g", range_floor[range], double(t),
                                     one.before, two.before);
                    }
            }
    }

    /// No correlation falls below the bound that decides where the short formulas may be used.
    void lowest_correlation_is_a_lower_bound() {
        Promise& added = promise("lowest correlation", 0, 1e-15);
        const auto all = samples<double>(variances_);
        for (const double lowest : {-1.0, -0.7, -0.05, 0.0, 0.3, 0.4, 0.45, 0.6, 0.9}) {
            std::vector<double> reached(std::begin(deficits), std::end(deficits));
            reached.push_back(lowest < 0 ? -1 - lowest : 1 - lowest);
            for (const double t : reached) {
                if (correlation_of(t) < lowest || (t == 0 && lowest < 0)) continue;
                for (const auto& one : all)
                    for (const auto& two : all) {
                        const double rho = correlation_of(dual<double>(0, t, one, two).deficit);
                        added.in_double.note(word_.lowest_correlation(lowest) - rho,
                                             "rho = %.3g >= %.3g, q = %.3g, %.3g", correlation_of(t), lowest,
                                             one.before, two.before);
                    }
            }
        }
        added.in_double.worst = std::fmax(added.in_double.worst, 0);
    }

    template <class T>
    void order_does_not_matter(Finding& finding) {
        finding.bound = 8 * epsilon<T>;
        const auto all = samples<T>(variances_);
        for (const float t : deficits)
            for (const auto& one : all)
                for (const auto& two : all) {
                    const auto there = dual<T>(0, T(t), one, two), back = dual<T>(0, T(t), two, one);
                    finding.note(std::abs(there.deficit - back.deficit), place, double(t), one.before, two.before);
                    finding.note(slope_error(there.slope, back.slope), slope_place, double(t), one.before,
                                 two.before);
                }
    }

    /// A result that is finite and a deficit; else the worst error there is.
    static void note_range(Finding& finding, Dual<double> got, double t, double q1, double q2) {
        if (!(std::abs(got.deficit) <= 1 + finding.bound))
            finding.note(infinite, "t = %.3g, q = %.3g, %.3g: %.9g is no deficit", t, q1, q2, got.deficit);
        if (!std::isfinite(got.slope)) finding.note(infinite, "t = %.3g, q = %.3g, %.3g: no slope", t, q1, q2);
    }

    /// At the ends of the domain float agrees with double, and nothing leaves its range. Correlations are steep
    /// there: what rounds an exponent is multiplied.
    template <class T>
    void extremes_are_kept(Finding& finding) {
        finding.bound = 4 * word_.accuracy<T>();
        std::vector<double> variances = extremes_;
        variances.push_back(variances_.back());
        const auto all = samples<T>(variances);
        const auto in_double = samples<double>(variances);
        for (const float t : deficits)
            for (std::size_t i = 0; i < all.size(); ++i)
                for (std::size_t j = 0; j < all.size(); ++j) {
                    const double q1 = variances[i], q2 = variances[j];
                    const auto got = dual<T>(0, T(t), all[i], all[j]);
                    const auto expected = dual<double>(0, double(t), in_double[i], in_double[j]);
                    finding.note(std::abs(correlation_of(got.deficit) - correlation_of(expected.deficit)), place,
                                 double(t), q1, q2);
                    finding.note(slope_error(got.slope, expected.slope), slope_place, double(t), q1, q2);
                    note_range(finding, got, t, q1, q2);
                }
    }

    /// A row of zeros is a sample too.
    template <class T>
    void zero_is_kept(Finding& finding) {
        finding.bound = 8 * epsilon<T>;
        const Sample<T> zero = sample<T>(0);
        finding.note(zero.after >= 0 && std::isfinite(zero.after) ? 0 : infinite, "the new variance %.3g",
                     zero.after);
        for (const double q : {0.0, variances_.front(), variances_.back()})
            for (const double t : {0.0, 1.0}) {
                const Sample<T> other = sample<T>(q);
                note_range(finding, dual<T>(0, T(t), zero, other), t, 0, q);
                note_range(finding, dual<T>(0, T(t), other, zero), t, q, 0);
            }
    }

    /// Different samples and deficits in every lane. A machine that fuses operations rounds long sums otherwise.
    template <class T>
    void lanes_are_scalars(Finding& finding) {
        finding.bound = word_.automatic ? word_.accuracy<T>() : 8 * epsilon<T>;
        constexpr std::size_t count = examined_lanes<T>;
        const Behaviour<T>& does = word_.on<T>();
        const auto hoisted = static_cast<std::size_t>(does.hoisted);
        std::vector<Sample<T>> left, right;
        Matrix<T> t(1, count), left_numbers(hoisted + 1, count), right_numbers(hoisted + 1, count);
        Matrix<T> deficit(1, count), slope(1, count);
        Terms terms;
        for (std::size_t i = 0; i < count; ++i) {
            left.push_back(sample<T>(variances_[i * 7 % variances_.size()]));
            right.push_back(sample<T>(variances_[i * 3 % variances_.size()]));
            terms = terms_of_both(terms, terms_of_both(left[i].use.terms, right[i].use.terms));
            for (std::size_t k = 0; k < hoisted; ++k) {
                left_numbers(k, i) = left[i].numbers[k].value;
                right_numbers(k, i) = right[i].numbers[k].value;
            }
        }
        for (int range = 0; range < 2; ++range) {
            for (std::size_t i = 0; i < count; ++i) {
                const auto signed_t = static_cast<T>(deficits[i % 16]);
                t(0, i) = range == 0 ? signed_t : std::abs(signed_t);
            }
            does.dual_on_lanes[range](t.data(), left_numbers.data(), right_numbers.data(), terms, deficit.data(),
                                      slope.data());
            for (std::size_t i = 0; i < count; ++i) {
                const auto expected =
                    does.dual[range](Scalar<T>(t(0, i)), left[i].numbers.data(), right[i].numbers.data(), terms);
                const double q1 = left[i].before, q2 = right[i].before, at = double(t(0, i));
                finding.note(std::abs(double(deficit(0, i)) - double(expected.deficit.value)), place, at, q1, q2);
                finding.note(slope_error(double(slope(0, i)), double(expected.slope.value)), slope_place, at, q1, q2);
            }
        }
    }

    void value_on_lanes_is_value() {
        Promise& added = promise("value on lanes", 100 * epsilon<float>, 100 * epsilon<double>);
        if (!word_.in_float.value_on_lanes) {
            added.skipped = "the word has no value on lanes";
            return;
        }
        const auto note = [&]<class T>(Finding& finding, const Behaviour<T>& does) {
            constexpr std::size_t count = examined_lanes<T>;
            Matrix<T> x(1, count), value(1, count), slope(1, count), one_value(1, count), one_slope(1, count);
            for (std::size_t i = 0; i < count; ++i) x(0, i) = static_cast<T>(0.37 * (double(i % 15) - 7));
            does.value_on_lanes(x.data(), value.data(), slope.data(), one_value.data(), one_slope.data());
            for (std::size_t i = 0; i < count; ++i) {
                const double at = double(x(0, i));
                finding.note(slope_error(double(value(0, i)), double(one_value(0, i))), "x = %.3g", at);
                finding.note(slope_error(double(slope(0, i)), double(one_slope(0, i))), "slope at x = %.3g", at);
            }
        };
        note(added.in_float, word_.in_float);
        note(added.in_double, word_.in_double);
    }

    /// The compiler never fuses a multiplication with an addition, the machine may: a few units in the last place
    /// of 1.
    void constant_evaluation_is_run_time() {
        Promise& added = promise("constant evaluation", 0, 2e-15);
        if (!word_.constant) {
            added.skipped = "the word is not for constant evaluation";
            return;
        }
        const ConstantTable& constant = *word_.constant;
        const auto one = sample<double>(constant.first), two = sample<double>(constant.second);
        added.in_double.note(std::abs(one.after - constant.after) / constant.after, "variance %.3g", constant.first);
        for (int i = 0; i < ConstantTable::size; ++i) {
            const double t = ConstantTable::deficits[i];
            const auto now = dual<double>(0, t, one, two);
            added.in_double.note(std::abs(now.deficit - constant.deficit[i]), place, t, constant.first,
                                 constant.second);
            added.in_double.note(slope_error(now.slope, constant.slope[i]), slope_place, t, constant.first,
                                 constant.second);
        }
    }

    /// Rows of standard normal numbers, not outside the domain: the same everywhere.
    template <class T>
    Matrix<T> random_rows(std::size_t count, std::size_t width) const {
        std::uint64_t state = 20;
        const auto uniform = [&] {
            state = state * 48271 % 2147483647;
            return static_cast<double>(state) / 2147483647;
        };
        const auto normal = [&] {
            const double radius = std::sqrt(-2 * std::log(uniform()));
            return radius * std::cos(2 * std::numbers::pi * uniform());
        };
        Matrix<T> x(count, width);
        const double largest = std::sqrt(word_.automatic ? variances_.back() : word_.domain.largest);
        for (std::size_t i = 0; i < count; ++i) {
            double squares = 0;
            std::vector<double> row(width);
            for (double& number : row) number = normal(), squares += number * number;
            const double deviation = std::sqrt(squares / static_cast<double>(width));
            const double scale = std::fmin(1, 0.9 * largest / deviation);
            for (std::size_t k = 0; k < width; ++k) x(i, k) = static_cast<T>(scale * row[k]);
        }
        return x;
    }

    /// The smallest eigenvalue of Grams, against their trace.
    template <class T>
    void grams_are_positive_semidefinite(Finding& finding) {
        constexpr std::size_t count = 40;
        finding.bound = count * epsilon<T>;
        Gram<T> both;
        try {
            both = word_.on<T>().gram(random_rows<T>(count, 3));
        } catch (const error& refusal) {
            return finding.note(infinite, "refused: %s", refusal.what());
        }
        const auto note = [&](const Matrix<T>& K, const char* which) {
            double trace = 0;
            for (std::size_t i = 0; i < count; ++i) trace += static_cast<double>(K(i, i));
            if (!(trace > 0 && std::isfinite(trace)))
                return finding.note(infinite, "%s: the trace is %g", which, trace);
            const double smallest = smallest_eigenvalue(K) / trace;
            finding.note(std::isnan(smallest) ? infinite : std::fmax(0, -smallest), "%s, in units of its trace",
                         which);
        };
        note(both.nngp, "NNGP");
        note(both.ntk, "NTK");
    }

    Report report_;
};

}  // namespace wide
