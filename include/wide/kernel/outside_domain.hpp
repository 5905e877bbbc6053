#pragma once
// What a sample is refused with whose variance a layer can't take: one sentence, for vectors and for images.
#include <cstddef>
#include <cstdio>
#include <string>

#include <wide/run/error.hpp>

namespace wide {

/// A variance that a sample has somewhere on its way: " reaches layer 3, Tanh, with variance 1e+06".
struct MetVariance {
    std::size_t row;
    const char* role;
    std::string way;
    double variance;
    const char* place = "";  ///< where in the sample, if that is said
};

/// "0.83", "1e+40"
inline std::string short_number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%g", value);
    return text;
}

inline std::string way_to_layer(int layer, const char* name) {
    return " reaches layer " + std::to_string(layer) + ", " + name + ",";
}

/// "row 13 of the samples reaches layer 3, Tanh, with variance 1e+06 at one of its positions"
inline std::string said(const MetVariance& met) {
    return "row " + std::to_string(met.row) + " of " + met.role + met.way + " with variance " +
           short_number(met.variance) + met.place;
}

/// The dual of the layer reached holds up to `largest`, and its series, if it has one, converged or did not.
[[noreturn]] inline void report_domain(const MetVariance& met, double largest, bool converged) {
    throw outside_domain(
        said(met) +
            (converged ? ", but its dual holds up to " + short_number(largest)
                       : ", where the Hermite series of its dual is too long") +
            ": scale the data, or lower the weights before it" +
            (converged ? "" : "; of an activation of your own, state its kinks and check its slope"),
        met.row, met.variance);
}

/// Pairs would lose it in the element type.
[[noreturn]] inline void report_no_room(const MetVariance& met) {
    throw outside_domain(
        said(met) + ", for which the element type has no room: scale the data, or compute in double", met.row,
        met.variance);
}

}  // namespace wide
