#pragma once
// The shape of what travels between two layers: `positions` axes of extents, and channels at every position.
// A vector has no position axis; its width is its number of channels.
#include <cstddef>

namespace wide {

/// A width that is known at run time only.
inline constexpr std::size_t dynamic = static_cast<std::size_t>(-1);

struct Shape {
    int axes = 0;  ///< 0 vector, 1 signal, 2 image, 3 volume
    std::size_t extents[3] = {1, 1, 1};
    std::size_t channels = dynamic;

    friend constexpr bool operator==(const Shape&, const Shape&) = default;
};

}  // namespace wide
