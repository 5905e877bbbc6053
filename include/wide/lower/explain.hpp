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

/// "1 loop", "2 loops"
inline std::string explain_count(int count, const std::string& thing) {
    return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

inline std::string explain_step(const Inst& inst, const Step& step, const NonlinearityTable& table) {
    const std::string both = "values " + std::to_string(inst.left) + " and " + std::to_string(inst.right);
    switch (inst.op) {
        case Op::affine:
            return "affine, weight " + explain_number(inst.weight) +
                   (inst.biased ? ", bias " + explain_number(inst.bias) : "") + (inst.frozen ? ", frozen" : "") +
                   (inst.standard ? ", standard parameterisation" : "");
        case Op::nonlinearity:
            return std::string(table.name[step.nonlinearity]) + ", dual in closed form, " +
                   (step.nonnegative ? "half range (correlations are >= 0)" : "full range");
        case Op::normalize:
            return "normalisation: variances only, nothing for pairs";
        case Op::dropout:
            return "dropout in training, keeps " + explain_number(inst.keep);
        case Op::sum:
            return "sum of " + both;
        case Op::product:
            return "product of " + both;
        case Op::concat:
            return both + " side by side";
        case Op::foreign:
            break;
    }
    return "?";
}

/// The program with the shape of every value; a loop shows its first turn.
template <class Net, class In>
std::string explain_program() {
    constexpr auto& plan = draft<Net>;
    std::string text = "program\n  value 0: input, " + explain_shape(In::shape) + "\n";
    for (int s = 0; s < plan.segments; ++s) {
        const bool looped = plan.segment_repeats[s] > 1;
        if (looped) text += "  " + std::to_string(plan.segment_repeats[s]) + " times:\n";
        for (int k = 0; k < plan.segment_length[s]; ++k) {
            const int i = plan.segment_first[s] + k;
            text += (looped ? "    value " : "  value ") + std::to_string(i + 1) + ": " +
                    explain_step(program<Net>.inst[i], plan.step[i], nonlinearity_table<nonlinearities_of<Net>>) +
                    " -> " + explain_shape(meaning<Net, In>.shape[i + 1]) + "\n";
        }
    }
    return text;
}

/// The program, the schedule, and what a pair costs. Compile time decides every word of it.
template <class Net, class In>
std::string explain() {
    if constexpr (!accepts<Net, In>) {
        refuse<Net, In>();
        return {};
    } else {
        constexpr Cost cost = cost_of<Net, In>;
        constexpr Schedule schedule = schedule_of<Net, In>;
        return explain_program<Net, In>() + "schedule\n  direct: " + explain_count(schedule.steps, "step") +
               " a pair, all in registers; " + std::to_string(schedule.code_steps) + " in the code, " +
               explain_count(schedule.loops, "loop") + "\n  " + explain_count(schedule.slots, "value") +
               " of a pair alive at a time, " + explain_count(cost.hoisted, "number") +
               " a sample computed once\ncost of a pair, NNGP and NTK, float\n  " +
               (cost.contraction > 0 ? explain_number(cost.contraction) : std::string("2 d")) +
               " flops of dot product, " + explain_number(cost.recursion) + " after it (" +
               explain_count(cost.duals, "dual") + "); " + explain_number(cost.bytes) +
               " bytes written\n  bound by the " + (cost.contraction > cost.recursion ? "dot products" : "duals") +
               (cost.contraction > 0 ? "\n" : " unless d is large\n");
    }
}

}  // namespace wide
