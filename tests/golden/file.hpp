#pragma once
// The file of golden values, the inputs that it speaks of, and how its matrices are compared.
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <wide/run/matrix.hpp>

#include "../catch.hpp"

/// Nets with the names that they have in the file.
template <class... Nets>
struct Said {
    static std::vector<std::string> names() { return {Nets::name...}; }
};

inline nlohmann::json golden_file(const std::string& path) {
    std::ifstream stream(path);
    if (!stream) FAIL(path << " can't be read: run from the project's root");
    return nlohmann::json::parse(stream);
}

inline const nlohmann::json& golden() {
    static const nlohmann::json file = golden_file("tests/golden/infinite.json");
    return file;
}

inline const nlohmann::json& case_of(const nlohmann::json& file, const std::string& name) {
    for (const auto& one : file.at("cases"))
        if (one.at("name") == name) return one;
    FAIL("the file has no case " << name);
    return file;
}
inline const nlohmann::json& golden_case(const std::string& name) { return case_of(golden(), name); }

/// The file's input rule: the minimal standard generator from 1000 + s, ten states dropped, mapped to (-1, 1).
template <class T>
wide::Matrix<T> inputs(const nlohmann::json& shape, std::uint64_t s) {
    std::size_t width = 1;
    for (std::size_t axis = 1; axis < shape.size(); ++axis) width *= shape.at(axis).get<std::size_t>();
    wide::Matrix<T> x(shape.at(0).get<std::size_t>(), width);
    std::uint64_t state = 1000 + s;
    const auto next = [&state] { return state = state * 48271 % 2147483647; };
    for (int k = 0; k < 10; ++k) next();
    for (std::size_t i = 0; i < x.rows() * x.cols(); ++i)
        x.data()[i] = static_cast<T>(2 * static_cast<double>(next()) / 2147483647 - 1);
    return x;
}

/// Whether `value(i, j)` is the reference within its tolerance, everywhere. In double 1e-10; 1e-8 where a sample
/// meets itself, as the reference is no better there, and what a case says of itself.
template <class Net, class T, class Value>
void agrees(const char* what, const nlohmann::json& expected, bool symmetric, Value value) {
    constexpr double in_double = [] {
        if constexpr (requires { Net::tolerance; }) return Net::tolerance;
        else return 1e-10;
    }();
    for (std::size_t i = 0; i < expected.size(); ++i)
        for (std::size_t j = 0; j < expected.at(i).size(); ++j) {
            const bool itself = symmetric && i == j;
            const double tolerance = sizeof(T) == sizeof(float) ? 2e-5 : itself ? 1e-8 : in_double;
            INFO(what << " (" << i << ", " << j << ")");
            CHECK_THAT(static_cast<double>(value(i, j)),
                       Catch::Matchers::WithinRel(expected.at(i).at(j).template get<double>(), tolerance));
        }
}

template <class Net, class T>
void agrees(const char* what, const nlohmann::json& expected, bool symmetric, const wide::Matrix<T>& kernel) {
    REQUIRE(kernel.rows() == expected.size());
    REQUIRE(kernel.cols() == expected.at(0).size());
    agrees<Net, T>(what, expected, symmetric, [&](std::size_t i, std::size_t j) { return kernel(i, j); });
}
