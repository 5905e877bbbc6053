#pragma once
// A convolution with C_in F weights for each output channel, F = taps of the filter: at every output position o,
// y[o] = (sigma_w / sqrt(C_in F)) sum_a W_a x[s o + a] + sigma_b b. With positions p, q of the two samples
// (Novak et al. 2019; Arora et al. 2019):
//
//     K'[p, q] = sigma_w^2 A(K)[p, q] + sigma_b^2        A(K)[p, q] = 1/F sum_a K[s p + a, s q + a]
//     Theta'   = K' + sigma_w^2 A(Theta)
//
//     Conv<64, Filter<3, 3>, Same, He>     Conv<64, Filter<5>, Stride<2>, Bias<0.1>>     Conv<10, Filter<1, 1>>
//
// Stride 1 and Valid when not said. A filter of one tap is a dense layer at every position.
#include <cstddef>

#include <wide/dsl/meaning/writer.hpp>
#include <wide/dsl/words/options.hpp>
#include <wide/dsl/words/windows.hpp>

namespace wide {

template <std::size_t channels, class FilterSize, class... Options>
struct Conv {
    using self = Conv;

    static constexpr int write(Writer& writer, int value) {
        Inst inst{.op = Op::affine, .word = &identity<Conv>, .left = value, .width = channels};
        constexpr unsigned allowed = affine_flags | filter_flag | stride_flag | padding_flag;
        [[maybe_unused]] unsigned seen = 0;
        apply_option<FilterSize>(inst, seen, allowed);
        (apply_option<Options>(inst, seen, allowed), ...);
        require_matching_stride<FilterSize, Options...>(inst);
        if (!(seen & filter_flag)) inst.complaint = Reason::filter_is_missing;
        if (channels == 0) inst.complaint = Reason::width_is_zero;
        return writer.layer(inst);
    }
};

}  // namespace wide
