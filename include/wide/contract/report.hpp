#pragma once
// What came out of an examination: every promise, by how much it was missed at worst, and where.
//
//     const Report report = contract<Relu>();
//     report.kept();                             // whether all promises are
//     report.worst<float>("dual");               // 7.3e-08
//     std::puts(report.text().c_str());          // a table
#include <cstdarg>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace wide {

/// A promise on one element type.
struct Finding {
    bool examined = false;
    double worst = 0;   ///< the largest error found; infinite for what is no number or out of range
    double bound = 0;   ///< what it may be
    std::string where;  ///< of the largest error

    bool kept() const { return !examined || worst <= bound; }

    /// One measurement; the place is formatted as by printf. A NaN is the worst, and stays.
    [[gnu::format(printf, 3, 4)]] void note(double error, const char* place, ...) {
        const bool first = !examined;
        examined = true;
        if (!first && (error <= worst || worst != worst)) return;
        worst = error;
        char text[160];
        std::va_list numbers;
        va_start(numbers, place);
        std::vsnprintf(text, sizeof text, place, numbers);
        va_end(numbers);
        where = text;
    }
};

struct Promise {
    std::string name;
    Finding in_float{}, in_double{};
    std::string skipped{};  ///< why nothing was examined, if so

    bool kept() const { return in_float.kept() && in_double.kept(); }

    template <class T>
    const Finding& on() const {
        if constexpr (std::is_same_v<T, float>) return in_float;
        else return in_double;
    }
    template <class T>
    Finding& on() {
        return const_cast<Finding&>(static_cast<const Promise&>(*this).on<T>());
    }
};

struct Report {
    std::string word;
    std::vector<Promise> promises;

    bool kept() const {
        for (const Promise& promise : promises)
            if (!promise.kept()) return false;
        return true;
    }

    const Promise& promise(std::string_view name) const {
        for (const Promise& promise : promises)
            if (promise.name == name) return promise;
        throw std::out_of_range("the contract of nonlinearities has no promise '" + std::string(name) + "'");
    }

    /// The largest error on element type T.
    template <class T>
    double worst(std::string_view name) const {
        return promise(name).on<T>().worst;
    }

    /// A line for every promise: worst error and bound in float and in double, and where the worse of both happened.
    std::string text() const {
        std::string table = word + (kept() ? " keeps its contract\n" : " BREAKS its contract\n");
        table += line("", "float", "bound", "double", "bound", "worst at");
        for (const Promise& promise : promises) {
            const Finding &one = promise.in_float, &two = promise.in_double;
            const bool float_is_worse = one.examined && !(one.worst * two.bound <= two.worst * one.bound);
            const std::string& place = float_is_worse || !two.examined ? one.where : two.where;
            table += line((promise.kept() ? "  " : "! ") + promise.name, number(one, one.worst),
                          number(one, one.bound), number(two, two.worst), number(two, two.bound),
                          promise.skipped.empty() ? place : "skipped: " + promise.skipped);
        }
        return table;
    }

private:
    static std::string number(const Finding& finding, double value) {
        if (!finding.examined) return "-";
        char text[32];
        std::snprintf(text, sizeof text, "%.1e", value);
        return text;
    }

    static std::string line(const std::string& name, const std::string& one, const std::string& one_bound,
                            const std::string& two, const std::string& two_bound, const std::string& place) {
        char text[320];
        std::snprintf(text, sizeof text, "%-24s %8s %8s %8s %8s  %s\n", name.c_str(), one.c_str(), one_bound.c_str(),
                      two.c_str(), two_bound.c_str(), place.c_str());
        return text;
    }
};

}  // namespace wide
