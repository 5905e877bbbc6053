#pragma once
// Layer normalisation without gain or bias: every sample's channels are divided by their standard deviation,
// K' = K / sqrt((eps + q11)(eps + q22)), Theta' = Theta / same, eps = 1e-12 (Ba et al. 2016; Novak et al. 2020).
// LayerNorm does so at every position, with q the variance there; LayerNormAll with its mean over all positions. Of a
// vector both are the same.
#include <wide/dsl/meaning/writer.hpp>

namespace wide {

struct LayerNorm {
    using self = LayerNorm;

    static constexpr double epsilon = 1e-12;

    static constexpr int write(Writer& writer, int value) {
        return writer.layer({.op = Op::normalize, .word = &identity<LayerNorm>, .left = value});
    }
};

struct LayerNormAll {
    using self = LayerNormAll;

    static constexpr int write(Writer& writer, int value) {
        return writer.layer(
            {.op = Op::normalize, .word = &identity<LayerNormAll>, .left = value, .all_positions = true});
    }
};

}  // namespace wide
