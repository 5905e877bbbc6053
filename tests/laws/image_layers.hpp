#pragma once
// The small layers that architectures in the laws of images are made of.
#include <cstddef>

#include <wide/dsl.hpp>

namespace image_layers {

using Odd = wide::Image<5, 4, 3>;
template <std::size_t channels = 4, class... Options>
using Keeps = wide::Conv<channels, wide::Filter<3, 3>, wide::Same, wide::He, Options...>;
template <std::size_t channels = 4, class... Options>
using Pixels = wide::Conv<channels, wide::Filter<1, 1>, Options...>;

}  // namespace image_layers
