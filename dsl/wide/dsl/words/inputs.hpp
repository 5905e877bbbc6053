#pragma once
// What an architecture may be fed with. Axis order is (positions..., channels).
//
//     Vector<784>  Vector<>  Image<32, 32, 3>  Signal<100, 4>  Volume<8, 8, 8, 1>
#include <cstddef>

#include <wide/dsl/meaning/shape.hpp>

namespace wide {

template <std::size_t width = dynamic>
struct Vector {
    static constexpr Shape shape{0, {1, 1, 1}, width};
};

template <std::size_t length, std::size_t channels>
struct Signal {
    static constexpr Shape shape{1, {length, 1, 1}, channels};
};

template <std::size_t height, std::size_t width, std::size_t channels>
struct Image {
    static constexpr Shape shape{2, {height, width, 1}, channels};
};

template <std::size_t depth, std::size_t height, std::size_t width, std::size_t channels>
struct Volume {
    static constexpr Shape shape{3, {depth, height, width}, channels};
};

/// The input type that has this shape: the way back from a value to a type.
template <int axes, std::size_t a, std::size_t b, std::size_t c, std::size_t channels>
struct input_with;
template <std::size_t a, std::size_t b, std::size_t c, std::size_t channels>
struct input_with<0, a, b, c, channels> {
    using type = Vector<channels>;
};
template <std::size_t a, std::size_t b, std::size_t c, std::size_t channels>
struct input_with<1, a, b, c, channels> {
    using type = Signal<a, channels>;
};
template <std::size_t a, std::size_t b, std::size_t c, std::size_t channels>
struct input_with<2, a, b, c, channels> {
    using type = Image<a, b, channels>;
};
template <std::size_t a, std::size_t b, std::size_t c, std::size_t channels>
struct input_with<3, a, b, c, channels> {
    using type = Volume<a, b, c, channels>;
};

}  // namespace wide
