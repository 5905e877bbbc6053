#pragma once
// The contract of nonlinearities, for the library's words and for your own. What a word says about itself
// (dsl/grammar/nonlinearity.hpp) is checked against what does not know it: its value against its slope, its dual
// against two-dimensional quadrature, its short formulas against the full one, SIMD against scalar against constant
// evaluation, its Grams against their eigenvalues; samples parallel, opposite, zero, and at the ends of the domain.
//
//     int main() { return keeps_contract<Mine>() ? 0 : 1; }          // alone: prints a table
//     TEST_CASE("Mine") { CHECK(contract<Mine>().kept()); }          // in a test
//     const Report report = contract<Mine>();                        // report.text(), report.worst<float>("dual")
//
// A word may say how exact it is, `static constexpr double promise_float, promise_double`: errors of its correlation,
// and of its slope relative to slopes above 1. Otherwise 1e-6 is asked in float; in double 1e-11 of closed forms and
// 1e-10 of duals made from an activation.
#include <cstdio>

#include <wide/contract/examination.hpp>
#include <wide/contract/report.hpp>
#include <wide/contract/subject.hpp>

namespace wide {

/// Examines W, under its own name or the one given. Half a second.
template <Nonlinearity W>
Report contract(const char* name = name_of<W>()) {
    const Subject word = subject_of<W>(name);
    return Examination(word).run();
}

/// Prints the table; whether all promises are kept.
template <Nonlinearity W>
bool keeps_contract(const char* name = name_of<W>()) {
    const Report report = contract<W>(name);
    std::fputs(report.text().c_str(), stdout);
    return report.kept();
}

}  // namespace wide
