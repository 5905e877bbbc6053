#pragma once
// A fully connected layer, y = (sigma_w / sqrt(d)) W x + sigma_b b with all entries of W and b ~ N(0, 1):
//
//     K' = sigma_w^2 K + sigma_b^2          Theta' = K' + sigma_w^2 Theta        (Jacot et al. 2018)
//
// `Standard` (y = W x + b, W ~ sigma_w / sqrt(d), b ~ sigma_b): the same K', Theta' = d K + sigma_w^2 Theta + [bias].
#include <cstddef>

#include <wide/dsl/meaning/writer.hpp>
#include <wide/dsl/words/options.hpp>

namespace wide {

template <std::size_t width, class... Options>
struct Dense {
    using self = Dense;

    static constexpr int write(Writer& writer, int value) {
        Inst inst{.op = Op::affine, .word = &identity<Dense>, .left = value, .width = width};
        [[maybe_unused]] unsigned seen = 0;
        (apply_option<Options>(inst, seen, affine_flags), ...);
        if (width == 0) inst.complaint = Reason::width_is_zero;
        return writer.layer(inst);
    }
};

}  // namespace wide
