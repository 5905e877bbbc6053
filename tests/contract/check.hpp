#pragma once
// A test case for a word: it keeps its contract (wide/contract.hpp), and gets a line in docs/accuracy.md (table.cpp).
#include <wide/contract.hpp>

#include "../catch.hpp"

/// Appends the measured errors of one word.
void write_accuracy(const wide::Report& report);

inline void check(const wide::Report& report) {
    INFO(report.text());
    CHECK(report.kept());
    write_accuracy(report);
}

#define KEEPS_CONTRACT(...) \
    TEST_CASE(#__VA_ARGS__ " keeps its contract") { check(wide::contract<__VA_ARGS__>(#__VA_ARGS__)); }
