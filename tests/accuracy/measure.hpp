#pragma once
// Measures nets against the reference on random, nearly parallel, equal and opposite rows. With
// WIDE_ACCURACY_TABLE=FILE in the environment the measured table is appended to FILE.
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include <wide/kernel/gram.hpp>
#include <wide/simd/batch.hpp>

#include "../catch.hpp"
#include "reference.hpp"

namespace accuracy {

using namespace wide;

enum Kind { random_rows, threshold, close_3, close_6, close_9, equal, scaled, opposite, nearly_opposite, kinds };
/// `threshold`: as near as pairs can be without being recomputed from differences.
constexpr std::array<const char*, kinds> kind_names{"random", "threshold", "1-rho=1e-3", "1e-6",      "1e-9",
                                                    "equal",  "z=3x",      "z=-x",       "1+rho=1e-6"};

/// A row z whose relation to x is of the given kind.
template <class T>
std::vector<T> partner(const std::vector<T>& x, int kind, double above_threshold, std::mt19937& generator) {
    std::normal_distribution<double> normal;
    std::vector<T> z(x.size());
    double along = 0, squared = 0;
    std::vector<double> other(x.size());
    for (std::size_t k = 0; k < x.size(); ++k) {
        other[k] = normal(generator);
        along += other[k] * x[k];
        squared += static_cast<double>(x[k]) * x[k];
    }
    double rest = 0;
    for (std::size_t k = 0; k < x.size(); ++k) {
        other[k] -= along / squared * x[k];
        rest += other[k] * other[k];
    }
    const double distance = kind == threshold ? above_threshold
                            : kind == close_3 ? 1e-3
                            : kind == close_9 ? 1e-9
                                              : 1e-6;
    const double sine = std::sqrt(distance * (2 - distance) * squared / rest), cosine = 1 - distance;
    for (std::size_t k = 0; k < x.size(); ++k) {
        const double near = 1.7 * (cosine * x[k] + sine * other[k]);
        const double value = kind == random_rows       ? other[k]
                             : kind == equal           ? x[k]
                             : kind == scaled          ? 3.0 * x[k]
                             : kind == opposite        ? -1.0 * x[k]
                             : kind == nearly_opposite ? -near
                                                       : near;
        z[k] = static_cast<T>(value);
    }
    return z;
}

struct Errors {
    std::array<double, kinds> worst{};
};

/// The largest error of NNGP and NTK, relative to the geometric mean of the two diagonal entries.
template <class Net, class T>
Errors measure(std::size_t width, int pairs) {
    const double above_threshold = 1.05 * static_cast<double>(closeness<T>(cost_of<Net, Vector<>>.duals, width));
    std::mt19937 generator(5);
    std::normal_distribution<double> normal;
    Errors errors;
    for (int kind = 0; kind < kinds; ++kind) {
        std::vector<T> rows_of_both;
        for (int p = 0; p < pairs; ++p) {
            std::vector<T> x(width);
            for (T& value : x) value = static_cast<T>(normal(generator) + 0.3);
            const std::vector<T> z = partner(x, kind, above_threshold, generator);
            rows_of_both.insert(rows_of_both.end(), x.begin(), x.end());
            rows_of_both.insert(rows_of_both.end(), z.begin(), z.end());
        }
        const Gram<T> fused = gram<Net>(rows<Vector<>>(rows_of_both, width));
        const auto row = [&](std::size_t i) { return std::span<const T>(&rows_of_both[i * width], width); };
        for (std::size_t p = 0; p < static_cast<std::size_t>(pairs); ++p) {
            const std::size_t i = 2 * p, j = i + 1;
            const Pair exact = kernel<Net>(row(i), row(j));
            const Pair one = kernel<Net>(row(i), row(i)), two = kernel<Net>(row(j), row(j));
            const auto error = [](T value, const quad& truth, const quad& a, const quad& b) {
                return static_cast<double>(abs(quad(value) - truth) / sqrt(a * b));
            };
            double& worst = errors.worst[static_cast<std::size_t>(kind)];
            for (const double each : {error(fused.nngp(i, j), exact.q12, one.q12, two.q12),
                                      error(fused.ntk(i, j), exact.theta, one.theta, two.theta),
                                      error(fused.ntk(j, i), exact.theta, one.theta, two.theta),
                                      error(fused.ntk(i, i), one.theta, one.theta, one.theta)})
                worst = std::isnan(worst) || each <= worst ? worst : each;  // a NaN is the worst, and stays
        }
    }
    return errors;
}

class Table {
public:
    Table() {
        if (const char* path = std::getenv("WIDE_ACCURACY_TABLE")) file_ = std::fopen(path, "a");
    }
    Table(const Table&) = delete;
    Table& operator=(const Table&) = delete;
    ~Table() {
        if (file_) std::fclose(file_);
    }

    void title(const std::string& text) {
        if (!file_) return;
        std::fprintf(file_, "\n### %s\n\n| layers |", text.c_str());
        for (const char* name : kind_names) std::fprintf(file_, " %s |", name);
        std::fprintf(file_, "\n|---|");
        for (int kind = 0; kind < kinds; ++kind) std::fprintf(file_, "---|");
        std::fprintf(file_, "\n");
    }

    void row(int layers, const Errors& errors) {
        if (!file_) return;
        std::fprintf(file_, "| %d |", layers);
        for (const double worst : errors.worst) std::fprintf(file_, " %.1e |", worst);
        std::fprintf(file_, "\n");
    }

private:
    std::FILE* file_ = nullptr;
};

/// A table of nets of growing depth, each held against a bound.
template <template <std::size_t> class Nets, class T>
class Measurement {
public:
    Measurement(const std::string& name, std::size_t width) : name_{name}, width_{width} {
        table_.title(name + ", " + (sizeof(T) == 4 ? "float" : "double") + " rows of width " + std::to_string(width));
    }

    template <std::size_t... layers>
    void check(double bound) {
        (check_one(layers, measure<Nets<layers>, T>(width_, 24), bound), ...);
    }

private:
    void check_one(std::size_t layers, const Errors& errors, double bound) {
        table_.row(static_cast<int>(layers), errors);
        for (std::size_t kind = 0; kind < kinds; ++kind) {
            INFO(name_ << ", " << layers << " layers, " << kind_names[kind] << ": " << errors.worst[kind]);
            CHECK(errors.worst[kind] <= bound);
        }
    }

    std::string name_;
    std::size_t width_;
    Table table_;
};

template <template <std::size_t> class Nets, class T>
void check_family(const std::string& name, std::size_t width, double up_to_30, double at_100) {
    Measurement<Nets, T> measurement(name, width);
    measurement.template check<1, 3, 10, 30>(up_to_30);
    measurement.template check<100>(at_100);
}

}  // namespace accuracy
