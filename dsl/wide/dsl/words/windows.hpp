#pragma once
// The options that say where a layer looks: tags, in any order behind the filter or the window.
//
//     Conv<64, Filter<3, 3>, Stride<2, 2>, Same>     AvgPool<Window<2, 2>, Stride<2, 2>>
#include <cstddef>

#include <wide/dsl/words/options.hpp>

namespace wide {

inline constexpr unsigned filter_flag = 16, window_flag = 32, stride_flag = 64, padding_flag = 128,
                          edges_flag = 256;

/// One number for each axis, none of them zero.
template <std::size_t... sizes>
constexpr void set_taps(Inst& inst) {
    static_assert(sizeof...(sizes) >= 1 && sizeof...(sizes) <= 3, "a window has one, two or three axes");
    inst.taps.axes = static_cast<int>(sizeof...(sizes));
    int axis = 0;
    ((inst.taps.size[axis++] = sizes), ...);
    if (((sizes == 0) || ...)) inst.complaint = Reason::window_is_empty;
}

/// Taps of a convolution along each axis.
template <std::size_t... sizes>
struct Filter {
    static constexpr unsigned flag = filter_flag;
    static constexpr void apply(Inst& inst) { set_taps<sizes...>(inst); }
};

/// Positions that a pool puts together, along each axis.
template <std::size_t... sizes>
struct Window {
    static constexpr unsigned flag = window_flag;
    static constexpr void apply(Inst& inst) { set_taps<sizes...>(inst); }
};

/// How far apart neighbouring outputs look; 1 when not said.
template <std::size_t... steps>
struct Stride {
    static constexpr unsigned flag = stride_flag;
    static constexpr void apply(Inst& inst) {
        static_assert(sizeof...(steps) >= 1 && sizeof...(steps) <= 3, "a stride has one, two or three axes");
        int axis = 0;
        ((inst.taps.stride[axis++] = steps), ...);
        if (((steps == 0) || ...)) inst.complaint = Reason::stride_is_zero;
    }
};

template <class Option>
inline constexpr int stride_axes = 0;
template <std::size_t... steps>
inline constexpr int stride_axes<Stride<steps...>> = static_cast<int>(sizeof...(steps));

/// Once all options are known, in whatever order they were said.
template <class... Options>
constexpr void require_matching_stride(Inst& inst) {
    if (inst.complaint == Reason::none && ((stride_axes<Options> != 0 && stride_axes<Options> != inst.taps.axes) || ...))
        inst.complaint = Reason::stride_has_other_axes_than_its_window;
}

template <Padding how>
struct PaddingOption {
    static constexpr unsigned flag = padding_flag;
    static constexpr void apply(Inst& inst) { inst.taps.padding = how; }
};

/// Windows lie inside of the input. The default.
struct Valid : PaddingOption<Padding::valid> {};
/// As many outputs as the stride allows; zeros outside of the input.
struct Same : PaddingOption<Padding::same> {};
/// The same, on a torus.
struct Circular : PaddingOption<Padding::circular> {};

/// An average at an edge counts the positions inside only; with Same.
struct NormalizeEdges {
    static constexpr unsigned flag = edges_flag;
    static constexpr void apply(Inst& inst) { inst.normalize_edges = true; }
};

}  // namespace wide
