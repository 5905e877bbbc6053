#pragma once
// The grid on which a nonlinearity is examined: deficits, variances in its domain, and its samples and duals there.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

#include <wide/contract/subject.hpp>

namespace wide {

class Grid {
protected:
    explicit Grid(const Subject& word) : word_{word} { choose_variances(); }

    /// Signed deficits: |t| = 1 - |rho|, the sign of t is that of rho. They are exact in float.
    static constexpr float deficits[] = {1e-9f,  1e-6f,  1e-3f,  0.1f,  0.3f,  0.6f,  0.95f,  1,
                                         -1e-9f, -1e-6f, -1e-3f, -0.1f, -0.3f, -0.6f, -0.95f, -1};

    template <class T>
    static constexpr double epsilon = static_cast<double>(std::numeric_limits<T>::epsilon());
    static constexpr double infinite = std::numeric_limits<double>::infinity();

    /// A sample as a pair sees it: its variance before and after the nonlinearity, and its hoisted numbers.
    template <class T>
    struct Sample {
        double before, after;
        HermiteUse use{};
        std::vector<Scalar<T>> numbers;

        Sample(const Subject& word, double q, const Terms& settled)
            : before{q}, after{}, numbers(static_cast<std::size_t>(word.on<T>().hoisted) + 1) {
            after = word.on<T>().variance(q, numbers.data(), use, settled);
        }
    };

    template <class T>
    Sample<T> sample(double q) const {
        return {word_, q, settled_[sizeof(T) == sizeof(double)]};
    }
    template <class T>
    std::vector<Sample<T>> samples(const std::vector<double>& variances) const {
        std::vector<Sample<T>> all;
        for (const double q : variances) all.push_back(sample<T>(q));
        return all;
    }

    static Terms terms_of_both(Terms one, const Terms& two) {
        one.widen(two);
        return one;
    }

    template <class T>
    Dual<double> dual(int range, T t, const Sample<T>& one, const Sample<T>& two) const {
        const Terms terms = terms_of_both(one.use.terms, two.use.terms);
        const auto got = word_.on<T>().dual[range](Scalar<T>(t), one.numbers.data(), two.numbers.data(), terms);
        return {static_cast<double>(got.deficit.value), static_cast<double>(got.slope.value)};
    }

    static std::string text_of(double number) {
        char text[32];
        std::snprintf(text, sizeof text, "%.3g", number);
        return text;
    }

    static double correlation_of(double t) { return correlation<false>(Scalar<double>(t)).value; }

    /// Errors of slopes are relative to slopes above 1, absolute below.
    static double slope_error(double got, double expected) {
        return std::abs(got - expected) / std::fmax(1, std::abs(expected));
    }

    const Subject& word_;
    Terms settled_[2];  ///< of series, in float and in double
    std::vector<double> variances_, extremes_;
    std::string refused_;  ///< variances whose series are too long

private:
    /// The variances of the grid: in the domain, and of the order of 1 where that is.
    void choose_variances() {
        const Domain domain = word_.domain;
        std::vector<double> wanted{1e-3, 0.5, 1, 4, 10}, ends{domain.smallest, 1e-6, 1e3, domain.largest};
        if (domain.largest < 10)
            for (const double share : {0.3, 0.6, 0.9}) wanted.push_back(share * domain.largest);
        if (domain.smallest > 1e-3) wanted.push_back(domain.smallest);
        if (word_.unit_variance) wanted = {1}, ends = {};
        std::sort(wanted.begin(), wanted.end());
        const auto keep = [&](const std::vector<double>& from, std::vector<double>& kept) {
            for (const double q : from) {
                if (q < domain.smallest || q > domain.largest) continue;
                if (sample<float>(q).use.converged && sample<double>(q).use.converged) kept.push_back(q);
                else refused_ += (refused_.empty() ? "q = " : ", ") + text_of(q);
            }
        };
        keep(wanted, variances_);
        keep(ends, extremes_);
        if (!word_.automatic) return;
        // As in a kernel, all samples have as many terms as any of them needs.
        Terms of_float, of_double;
        for (const auto* some : {&variances_, &extremes_})
            for (const double q : *some) {
                of_float.widen(sample<float>(q).use.terms);
                of_double.widen(sample<double>(q).use.terms);
            }
        settled_[0] = of_float;
        settled_[1] = of_double;
    }
};

}  // namespace wide
