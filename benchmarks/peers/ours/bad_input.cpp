// What this library does with what it should not be given: an outcome in words for each case, as outcome.py words it.
#include <cxxabi.h>

#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <typeinfo>

#include <wide/dsl.hpp>
#include <wide/finite/forward.hpp>
#include <wide/infer/radial_kernel.hpp>
#include <wide/infer/regress.hpp>
#include <wide/kernel/gram.hpp>

#include "case.hpp"
#include "parameters.hpp"

using namespace wide;

struct Net : Serial<Repeat<3, Dense<512, He>, Relu>, Dense<1>> {};
struct Mlp : Serial<Dense<64, He>, Relu, Dense<64, He>, Relu, Dense<1>> {};

/// "raises TYPE: SENTENCE", or what `work` says of its result.
std::string outcome(auto work) {
    try {
        return work();
    } catch (const std::exception& problem) {
        int status = 0;
        char* const name = abi::__cxa_demangle(typeid(problem).name(), nullptr, nullptr, &status);
        const std::string type = name ? name : "an exception";
        std::free(name);
        return "raises " + type + ": " + problem.what();
    }
}

template <class T>
std::string finiteness(const Matrix<T>& values) {
    std::size_t bad = 0;
    for (std::size_t k = 0; k < values.size(); ++k) bad += !std::isfinite(values.data()[k]);
    const std::string of = " of " + std::to_string(values.size()) + " values";
    return bad == 0 ? "all" + of + " finite" : "returns: " + std::to_string(bad) + of + " not finite, nothing said";
}

std::string brief(double number) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1e", number);
    return text;
}

/// |y - K w| / |y|
template <class T>
double unexplained(const Matrix<T>& K, const Matrix<T>& w, const Matrix<T>& y) {
    double left = 0, all = 0;
    for (std::size_t i = 0; i < K.rows(); ++i)
        for (std::size_t o = 0; o < y.cols(); ++o) {
            double rest = static_cast<double>(y(i, o));
            all += rest * rest;
            for (std::size_t j = 0; j < K.cols(); ++j) rest -= static_cast<double>(K(i, j)) * static_cast<double>(w(j, o));
            left += rest * rest;
        }
    return std::sqrt(left / all);
}

int main(int argc, char** argv) {
    return peers::in_both_precisions(argc, argv, []<class T>(peers::Case<T>& given) {
        nlohmann::json told;
        const auto ntk_of = [&](const Matrix<T>& x) { return ntk<Net>(rows<Vector<>>(x)); };
        told["Gram, NaN in row 3"] = outcome([&] { return finiteness(ntk_of(given.array("nan"))); });
        told["Gram, a row of zeros"] = outcome([&] { return finiteness(ntk_of(given.array("zero"))); });
        told["Gram of 3 layers, two equal rows"] = outcome([&] {
            const Matrix<T> x = given.array("equal");
            double square = 0;
            for (const T value : x.row(0)) square += static_cast<double>(value) * static_cast<double>(value);
            const double exact = square / static_cast<double>(x.cols()) * 4;
            return "off the exact value by " + brief(std::abs(static_cast<double>(ntk_of(x)(0, 1)) / exact - 1));
        });
        const Matrix<T> y = given.array("y");
        const auto solved = [&](const std::string& name) {
            return outcome([&] {
                const Matrix<T> K = given.array(name);
                return "returns, |y - K w| / |y| = " + brief(unexplained(K, regress(K, y, absolute_ridge{0}).weights(), y)) +
                       ", nothing said";
            });
        };
        told["regression, NaN in K"] = solved("k_nan");
        told["regression, K indefinite"] = solved("k_indefinite");
        told["regression, K singular (equal rows, different labels)"] = solved("k_singular");
        const auto theta = peers::parameters_from<Mlp, Vector<64>>(given.array("theta"));
        told["network, NaN in a sample"] =
            outcome([&] { return finiteness(forward<Mlp>(theta, rows<Vector<64>>(given.array("samples")))); });
        told["product, NaN in row 3"] = outcome([&] {
            const Matrix<T> x = given.array("nan");
            return finiteness(radial_kernel(x, gaussian{3}).multiply(y));
        });
        given.tell("outcomes", told);
    });
}
