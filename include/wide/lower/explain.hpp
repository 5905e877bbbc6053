#pragma once
// What the compiler made of an architecture, in words.
//
//     std::puts(explain<Net, Vector<784>>().c_str());
#include <cstdio>
#include <string>

#include <wide/dsl.hpp>

namespace wide {

/// "512", or "?" for a width that is known at run time only.
inline std::string explain_width(std::size_t width) { return width == dynamic ? "?" : std::to_string(width); }

inline std::string explain_shape(const Shape& shape) {
    std::string text;
    for (int axis = 0; axis < shape.axes; ++axis) text += std::to_string(shape.extents[axis]) + " x ";
    return text + explain_width(shape.channels);
}

/// A number without needless digits: 0.05, 1.41421, 2.
inline std::string explain_number(double number) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", number);
    return text;
}

inline std::string explain_step(const Inst& inst, const Step& step) {
    const std::string from = " of value " + std::to_string(inst.left);
    const std::string both = "s " + std::to_string(inst.left) + " and " + std::to_string(inst.right);
    switch (inst.op) {
        case Op::affine:
            return "affine, weight " + explain_number(inst.weight) +
                   (inst.biased ? ", bias " + explain_number(inst.bias) : "") + (inst.frozen ? ", frozen" : "") +
                   (inst.standard ? ", standard parameterisation" : "");
        case Op::nonlinearity:
            return std::string("dual in closed form, ") +
                   (step.nonnegative ? "half range (correlations are >= 0)" : "full range");
        case Op::normalize: return "normalisation: variances only, nothing for pairs";
        case Op::dropout: return "dropout in training, keeps " + explain_number(inst.keep) + from;
        case Op::sum: return "sum of value" + both;
        case Op::product: return "product of value" + both;
        case Op::concat: return "value" + both + " side by side";
        case Op::foreign: break;
    }
    return "?";
}

/// The program with its shapes, the schedule, and what a pair costs. Compile time decides every word of it.
template <class Net, class In>
std::string explain() {
    std::string text;
    if constexpr (check<Net, In>::value) {
        constexpr auto& p = program<Net>;
        const Cost& cost = cost_of<Net, In>;
        const Schedule& schedule = schedule_of<Net, In>;
        text += "program\n  value 0: input, " + explain_shape(In::shape) + "\n";
        for (int i = 0; i < p.size; ++i)
            text += "  value " + std::to_string(i + 1) + ": " + explain_step(p.inst[i], draft<Net>.step[i]) + " -> " +
                    explain_shape(meaning<Net, In>.shape[i + 1]) + "\n";
        text += "schedule\n  direct: " + std::to_string(schedule.steps) + " steps a pair, all in registers; " +
                std::to_string(schedule.code_steps) + " of them in the code, " + std::to_string(schedule.loops) +
                (schedule.loops == 1 ? " loop\n  " : " loops\n  ") + std::to_string(schedule.slots) +
                (schedule.slots == 1 ? " value" : " values") + " of a pair alive at a time, " +
                std::to_string(cost.hoisted) + " numbers a sample computed once\n";
        text += "cost of a pair, NNGP and NTK, float\n  " +
                (cost.contraction > 0 ? explain_number(cost.contraction) : std::string("2 d")) +
                " flops of dot product, " + explain_number(cost.recursion) + " after it (" + std::to_string(cost.duals) +
                " duals); " + explain_number(cost.bytes) + " bytes written\n  bound by the " +
                (cost.contraction > cost.recursion ? "dot products" : "duals") + (cost.contraction > 0 ? "\n" : " unless d is large\n");
    }
    return text;
}

}  // namespace wide
