#pragma once
// Layer normalisation without gain or bias: every sample's channels are divided by their standard deviation,
// K' = K / sqrt((eps + q11)(eps + q22)), Theta' = Theta / same, eps = 1e-12 (Ba et al. 2016; Novak et al. 2020).
#include <wide/dsl/meaning/writer.hpp>

namespace wide {

struct LayerNorm {
    using self = LayerNorm;

    static constexpr double epsilon = 1e-12;

    static constexpr int write(Writer& writer, int value) {
        return writer.layer({.op = Op::normalize, .word = &identity<LayerNorm>, .left = value});
    }
};

}  // namespace wide
