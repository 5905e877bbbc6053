#pragma once
// A number as a message says it: four digits, an exponent where that is shorter.
//
//     "a ridge of " + readable_number(1e-9)          // a ridge of 1e-09
#include <array>
#include <charconv>
#include <string>

namespace wide {

inline std::string readable_number(double value) {
    std::array<char, 32> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::general, 4);
    return {buffer.data(), end.ptr};
}

}  // namespace wide
