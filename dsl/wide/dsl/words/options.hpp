#pragma once
// The options of a layer with parameters: tags, in any order.
//
//     Dense<512, He, Bias<0.1>>     Dense<10, Bias<0.05>, Weight<1.5>, Frozen>
#include <wide/dsl/grammar/number.hpp>
#include <wide/dsl/meaning/inst.hpp>

namespace wide {

inline constexpr double sqrt2 = 1.41421356237309504880;

inline constexpr unsigned weight_flag = 1, bias_flag = 2, frozen_flag = 4, standard_flag = 8;
/// What every layer with parameters may be told.
inline constexpr unsigned affine_flags = weight_flag | bias_flag | frozen_flag | standard_flag;

/// Standard deviation of the weights; 1 when not said.
template <Number auto deviation>
struct Weight {
    static constexpr unsigned flag = weight_flag;
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
    static constexpr unsigned flag = bias_flag;
    static constexpr void apply(Inst& inst) {
        inst.bias = static_cast<double>(deviation);
        inst.biased = true;
        if (!(deviation >= 0 && deviation < 1e150)) inst.complaint = Reason::bias_must_not_be_negative;
    }
};

/// Not trained: adds nothing to the NTK.
struct Frozen {
    static constexpr unsigned flag = frozen_flag;
    static constexpr void apply(Inst& inst) { inst.frozen = true; }
};

/// Standard parameterisation: the deviations are those of the parameters themselves (Sohl-Dickstein et al. 2020).
struct Standard {
    static constexpr unsigned flag = standard_flag;
    static constexpr void apply(Inst& inst) { inst.standard = true; }
};

template <class Option>
concept LayerOption = requires(Inst& inst) {
    Option::flag;
    Option::apply(inst);
};

/// `seen` collects the flags of the options so far; a word allows some of them only.
template <class Option>
constexpr void apply_option(Inst& inst, unsigned& seen, unsigned allowed) {
    if constexpr (LayerOption<Option>) {
        if (!(allowed & Option::flag)) {
            inst.complaint = Reason::option_is_not_for_this_word;
            return;
        }
        if (seen & Option::flag) inst.complaint = Reason::option_is_given_twice;
        seen |= Option::flag;
        Option::apply(inst);
    } else {
        inst.complaint = Reason::option_is_not_for_this_word;
    }
}

}  // namespace wide
