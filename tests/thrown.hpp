#pragma once
// What a call throws, and what that says.
#include <exception>
#include <stdexcept>
#include <string>

/// The error of type E that `f` throws.
template <class E, class F>
E thrown_by(F f) {
    try {
        f();
    } catch (const E& caught) {
        return caught;
    }
    throw std::logic_error("nothing was thrown");
}

inline bool says(const std::exception& e, const std::string& words) {
    return std::string(e.what()).find(words) != std::string::npos;
}
