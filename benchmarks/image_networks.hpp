#pragma once
// The convolutional networks that are timed, on 32 x 32 x 3 images: 21 layers (Arora et al. 2019), and Myrtle-5 and -10
// (Shankar et al. 2020).
#include <cstddef>

#include <wide/dsl.hpp>

namespace wide::image_networks {

using In = Image<32, 32, 3>;
using Layer = Conv<64, Filter<3, 3>, Same, He>;
using Halve = AvgPool<Window<2, 2>, Stride<2, 2>>;

struct Gap21 : Serial<Repeat<21, Layer, Relu>, GlobalAvgPool, Dense<1>> {};
struct Flat21 : Serial<Repeat<21, Layer, Relu>, Flatten, Dense<1>> {};
template <std::size_t first, std::size_t later>
struct Myrtle : Serial<Repeat<first, Layer, Relu>, Halve, Repeat<later, Layer, Relu>, Halve, Repeat<later, Layer, Relu>,
                       Repeat<3, Halve>, Flatten, Dense<1>> {};
using Myrtle5 = Myrtle<2, 1>;
using Myrtle10 = Myrtle<3, 3>;

}  // namespace wide::image_networks
