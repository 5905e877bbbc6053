#pragma once
// The golden cases of samples with positions, each by its name in the file.
#include <wide/dsl.hpp>

#include "file.hpp"

namespace images {

using namespace wide;

template <class... Options>
using Layer = Conv<16, Filter<3, 2>, Weight<sqrt2>, Bias<0.70710678118654752440>, Options...>;

using Small = Image<8, 6, 2>;
struct ValidFlat : Serial<Repeat<2, Layer<Valid>, Relu>, Flatten, Dense<1>> {
    static constexpr const char* name = "conv_valid_flat";
    using In = Small;
};
struct SameFlat : Serial<Repeat<2, Layer<Same>, Relu>, Flatten, Dense<1>> {
    static constexpr const char* name = "conv_same_flat";
    using In = Small;
};
struct CircularFlat : Serial<Repeat<2, Layer<Circular>, Relu>, Flatten, Dense<1>> {
    static constexpr const char* name = "conv_circ_flat";
    using In = Small;
};
struct StrideFlat : Serial<Layer<Stride<2, 1>, Same>, Relu, Layer<Stride<1, 2>, Same>, Relu, Flatten, Dense<1>> {
    static constexpr const char* name = "conv_stride_flat";
    using In = Small;
};
struct SameGap : Serial<Repeat<2, Layer<Same>, Relu>, GlobalAvgPool, Dense<1>> {
    static constexpr const char* name = "conv_same_gap";
    using In = Small;
};
struct ValidGapItself : Serial<Repeat<2, Layer<Valid>, Relu>, GlobalAvgPool, Dense<1>> {
    static constexpr const char* name = "conv_valid_gap_same";
    using In = Small;
};
struct SummedFlat : Serial<Layer<Same>, Relu, SumPool<Window<2, 3>, Stride<2, 2>>, Flatten, Dense<1>> {
    static constexpr const char* name = "conv_sumpool";
    using In = Small;
};
struct CircularPoolFlat : Serial<Layer<Same>, Relu, AvgPool<Window<2, 3>, Circular>, Flatten, Dense<1>> {
    static constexpr const char* name = "conv_avgpool_circ";
    using In = Small;
};
struct SignalGap
    : Serial<Conv<16, Filter<3>, Same, Weight<1.2>, Bias<.1>>, Relu,
             Conv<16, Filter<4>, Stride<2>, Same, Weight<1.2>, Bias<.1>>, Relu, GlobalAvgPool, Dense<1>> {
    static constexpr const char* name = "conv1d_gap";
    using In = Signal<11, 4>;
};

using HeConv = Conv<16, Filter<3, 3>, Same, He>;
using Halve = AvgPool<Window<2, 2>, Stride<2, 2>>;
struct Myrtle5 : Serial<Repeat<2, HeConv, Relu>, Halve, HeConv, Relu, Halve, HeConv, Relu, Repeat<3, Halve>, Flatten,
                        Dense<1, He>> {
    static constexpr const char* name = "myrtle5_32";
    using In = Image<32, 32, 3>;
};

using PlainConv = Conv<16, Filter<3, 3>, Same>;
template <std::size_t step>
using StridedConv = Conv<16, Filter<3, 3>, Same, Stride<step, step>>;
template <std::size_t step>
struct Group : Serial<Sum<Serial<Relu, StridedConv<step>, Relu, PlainConv>, StridedConv<step>>,
                      Residual<Relu, PlainConv, Relu, PlainConv>> {};
struct WideResidual : Serial<PlainConv, Group<1>, Group<2>, Group<2>, AvgPool<Window<2, 2>>, Flatten, Dense<1>> {
    static constexpr const char* name = "wrn_bs2_8";
    using In = Image<8, 8, 3>;
};

struct DeepFlat : Serial<Repeat<21, PlainConv, Relu>, Flatten> {
    static constexpr const char* name = "cnn21_flat_32";
    using In = Image<32, 32, 3>;
};
struct DeepGap : Serial<Repeat<21, PlainConv, Relu>, GlobalAvgPool> {
    static constexpr const char* name = "cnn21_gap_32";
    using In = Image<32, 32, 3>;
};

}  // namespace images

using ImageCases =
    Said<images::ValidFlat, images::SameFlat, images::CircularFlat, images::StrideFlat, images::SameGap,
         images::ValidGapItself, images::SummedFlat, images::CircularPoolFlat, images::SignalGap, images::Myrtle5,
         images::WideResidual, images::DeepFlat, images::DeepGap>;
