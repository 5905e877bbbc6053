#pragma once
// Who may be fed to an architecture: anything that states its shape.
#include <concepts>

#include <wide/dsl/meaning/shape.hpp>

namespace wide {

template <class In>
concept Input = requires {
    { In::shape } -> std::convertible_to<Shape>;
};

}  // namespace wide
