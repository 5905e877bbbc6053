#pragma once
// Pools put positions together, channel by channel: averages or sums over windows, or over all positions. They have no
// parameters. With M[o, p] = 1 / F (average) or 1 (sum) for p in the window of o (layers_and_duals, section 2):
//
//     K'[o, o'] = sum_{p, p'} M[o, p] K[p, p'] M[o', p']        Theta' = M Theta M^T
//
//     AvgPool<Window<2, 2>, Stride<2, 2>>     SumPool<Window<3>, Same>     GlobalAvgPool
//
// Stride 1 and Valid when not said. An average over a window that reaches over an edge (Same) still divides by its
// size; with NormalizeEdges by the positions inside.
#include <wide/dsl/meaning/writer.hpp>
#include <wide/dsl/words/windows.hpp>

namespace wide {

template <class Self, bool average, class WindowSize, class... Options>
struct Pool {
    using self = Self;

    static constexpr int write(Writer& writer, int value) {
        Inst inst{.op = Op::pool, .word = &identity<Self>, .left = value, .average = average};
        constexpr unsigned allowed = window_flag | stride_flag | padding_flag | (average ? edges_flag : 0u);
        [[maybe_unused]] unsigned seen = 0;
        apply_option<WindowSize>(inst, seen, allowed);
        (apply_option<Options>(inst, seen, allowed), ...);
        require_matching_stride<WindowSize, Options...>(inst);
        if (inst.normalize_edges && inst.taps.padding != Padding::same)
            inst.complaint = Reason::only_same_padding_has_edges;
        if (!(seen & window_flag)) inst.complaint = Reason::window_is_missing;
        return writer.layer(inst);
    }
};

template <class WindowSize, class... Options>
struct AvgPool : Pool<AvgPool<WindowSize, Options...>, true, WindowSize, Options...> {};

template <class WindowSize, class... Options>
struct SumPool : Pool<SumPool<WindowSize, Options...>, false, WindowSize, Options...> {};

/// The mean over all positions: what is left is a Vector of the channels.
struct GlobalAvgPool {
    using self = GlobalAvgPool;

    static constexpr int write(Writer& writer, int value) {
        return writer.layer(
            {.op = Op::global_pool, .word = &identity<GlobalAvgPool>, .left = value, .average = true});
    }
};

/// The sum over all positions.
struct GlobalSumPool {
    using self = GlobalSumPool;

    static constexpr int write(Writer& writer, int value) {
        return writer.layer({.op = Op::global_pool, .word = &identity<GlobalSumPool>, .left = value});
    }
};

/// All channels of all positions side by side, as one Vector: K' = mean over positions p of K[p, p]. A Dense may follow,
/// not a nonlinearity.
struct Flatten {
    using self = Flatten;

    static constexpr int write(Writer& writer, int value) {
        return writer.layer({.op = Op::flatten, .word = &identity<Flatten>, .left = value});
    }
};

}  // namespace wide
