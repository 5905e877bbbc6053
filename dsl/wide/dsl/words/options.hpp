#pragma once
// The options of an affine word: tags, in any order.
//
//     Dense<512, He, Bias<0.1>>     Dense<10, Bias<0.05>, Weight<1.5>, Frozen>
#include <wide/dsl/grammar/number.hpp>
#include <wide/dsl/meaning/inst.hpp>

namespace wide {

inline constexpr double sqrt2 = 1.41421356237309504880;

/// Standard deviation of the weights; 1 when not said.
template <Number auto deviation>
struct Weight {
    static constexpr int flag = 1;
    static constexpr void apply(Inst& inst) {
        inst.weight = static_cast<double>(deviation);
        if (!(deviation > 0 && deviation < 1e150)) inst.complaint = Reason::weight_must_be_positive;
    }
};

/// Weights of variance 2: ReLU then keeps the variance (He et al. 2015).
struct He : Weight<sqrt2> {};

/// A bias of this standard deviation; no bias when not said.
template <Number auto deviation>
struct Bias {
    static constexpr int flag = 2;
    static constexpr void apply(Inst& inst) {
        inst.bias = static_cast<double>(deviation);
        inst.biased = true;
        if (!(deviation >= 0 && deviation < 1e150)) inst.complaint = Reason::bias_must_not_be_negative;
    }
};

/// Not trained: adds nothing to the NTK.
struct Frozen {
    static constexpr int flag = 4;
    static constexpr void apply(Inst& inst) { inst.frozen = true; }
};

/// Standard parameterisation: the deviations are those of the parameters themselves (Sohl-Dickstein et al. 2020).
struct Standard {
    static constexpr int flag = 8;
    static constexpr void apply(Inst& inst) { inst.standard = true; }
};

template <class Option>
concept AffineOption = requires(Inst& inst) {
    Option::flag;
    Option::apply(inst);
};

template <class Option>
constexpr void apply_option(Inst& inst, int& seen) {
    if constexpr (AffineOption<Option>) {
        if (seen & Option::flag) inst.complaint = Reason::option_is_given_twice;
        seen |= Option::flag;
        Option::apply(inst);
    } else {
        inst.complaint = Reason::option_is_not_for_this_word;
    }
}

}  // namespace wide
