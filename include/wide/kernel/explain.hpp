#pragma once
// What the compiler made of an architecture, in words.
//
//     std::puts(explain<Net, Vector<784>>().c_str());
#include <cstdio>
#include <string>

#include <wide/dsl.hpp>
#include <wide/kernel/cost_of_images.hpp>
#include <wide/lower/collapse.hpp>

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

/// Where a dual comes from, and what is known of the correlations that it reads. The length of a series depends on
/// the samples: it is told for one whose input has variance 1. Without a note, of samples with positions, each of which
/// has variances of its own, it is not told.
inline std::string explain_dual(const Step& step, const NonlinearityTable& table, const StepNote* note) {
    if (table.automatic[step.nonlinearity]) {
        if (!note) return ", dual from Hermite coefficients, as many as the variances of the samples need";
        const Terms& terms = note->use.terms;
        std::string text = ", dual from " + std::to_string(terms.even) + " even and " + std::to_string(terms.odd) +
                           " odd Hermite coefficients";
        if (note->use.in_angle) return text + ", as a polynomial in the angle";
        if (note->use.beside_ramps) text += ", beside its kinks in closed form,";
        return text + " at variance " + explain_number(note->variance) + ", which leave out " +
               explain_number(note->use.missing) + " of it";
    }
    return std::string(", dual in closed form, ") +
           (step.nonnegative() ? "half range (correlations are >= " + explain_number(step.lowest()) + ")"
                               : "full range");
}

/// "3 x 3, stride 2 x 2, same padding"
inline std::string explain_taps(const Taps& taps) {
    std::string size, stride;
    bool strides = false;
    for (int axis = 0; axis < taps.axes; ++axis) {
        const std::string times = axis > 0 ? " x " : "";
        size += times + std::to_string(taps.size[axis]);
        stride += times + std::to_string(taps.stride[axis]);
        strides = strides || taps.stride[axis] != 1;
    }
    const char* const paddings[] = {"valid", "same", "circular"};
    return size + (strides ? ", stride " + stride : "") + ", " + paddings[static_cast<int>(taps.padding)] + " padding";
}

/// A step of vectors with its note, or one of planes without.
inline std::string explain_step(const Inst& inst, const Step& step, const NonlinearityTable& table,
                                const StepNote* note) {
    const std::string both = "values " + std::to_string(inst.left) + " and " + std::to_string(inst.right);
    switch (inst.op) {
        case Op::affine:
            return (inst.taps.axes > 0 ? "convolution " + explain_taps(inst.taps) : std::string("affine")) +
                   ", weight " + explain_number(inst.weight) +
                   (inst.biased ? ", bias " + explain_number(inst.bias) : "") + (inst.frozen ? ", frozen" : "") +
                   (inst.standard ? ", standard parameterisation" : "");
        case Op::nonlinearity:
            return table.name[step.nonlinearity] + explain_dual(step, table, note);
        case Op::normalize:
            return std::string("normalisation") + (inst.all_positions ? " over channels and positions" : "") +
                   (note ? ": variances only, nothing for pairs" : ": every element of a plane is multiplied");
        case Op::dropout:
            return "dropout in training, keeps " + explain_number(inst.keep);
        case Op::sum:
            return "sum of " + both;
        case Op::product:
            return "product of " + both;
        case Op::concat:
            return both + " side by side";
        case Op::pool:
            return std::string(inst.average ? "average" : "sum") + " over windows of " + explain_taps(inst.taps) +
                   (inst.normalize_edges ? ", edges normalised" : "");
        case Op::global_pool:
            return std::string(inst.average ? "average" : "sum") + " over all positions";
        case Op::flatten:
            return "positions to channels";
        case Op::foreign:
            break;
    }
    return "?";
}

/// The program with the shape of every value; a loop shows its first turn. What members of a family share stands
/// there once. `notes`: of every step, or null.
template <class Net, class In>
std::string explain_program(const StepNote* notes) {
    constexpr auto& plan = draft<Net>;
    std::string text = "program\n  value 0: input, " + explain_shape(In::shape) + "\n";
    for (int s = 0; s < plan.segments; ++s) {
        const bool looped = plan.segment_repeats[s] > 1;
        if (looped) text += "  " + std::to_string(plan.segment_repeats[s]) + " times:\n";
        for (int k = 0; k < plan.segment_length[s]; ++k) {
            const int at = plan.segment_first[s] + k, i = plan.source[at];
            text += (looped ? "    value " : "  value ") + std::to_string(i + 1) + ": " +
                    explain_step(program<Net>.inst[i], plan.step[at], nonlinearity_table<nonlinearities_of<Net>>,
                                 notes ? notes + at : nullptr) +
                    (plan.step[at].known ? ", another Theta of the same correlation" : "") + " -> " +
                    explain_shape(meaning<Net, In>.shape[i + 1]) + "\n";
        }
    }
    return text;
}

/// Whether pairs go through all layers, or the net is one function of the angle.
template <class Net, class In>
std::string explain_schedule(const Magnitudes<Net>& magnitudes) {
    constexpr Schedule plan = schedule_of<Net, In>;
    const auto collapsed = collapse<float>(magnitudes, 1.0);
    const bool cheaper = collapsed.terms > 0 && collapse_is_cheaper<Net>(collapsed.terms);
    const std::string polynomials =
        "one function of the angle, polynomials of " + std::to_string(collapsed.terms) + " terms";
    const std::string layers = explain_count(plan.steps, "step") + " a pair, all in registers; " +
                               std::to_string(plan.code_steps) + " in the code, " + explain_count(plan.loops, "loop");
    if (cheaper && homogeneous<Net>)
        return "schedule\n  collapsed (homogeneous, no bias): " + polynomials + ", fitted once a call\n" +
               "  direct, if schedule::direct is asked for: " + layers + "\n";
    return "schedule\n  direct: " + layers + "\n" +
           (cheaper ? "  collapsed on rows of one norm: " + polynomials + " (here at norm sqrt(d))\n" : "");
}

/// The offset planes of samples with positions, and the memory that a thread works in: `samples` on either side.
template <class Net, class In>
std::string explain_planes(std::size_t samples) {
    ImageKernel<Net, true, float> kernel(default_scales<Net>(), In::shape);
    kernel.choose_block(samples, 1);
    std::size_t planes = 0;
    for (const PlaneEvent& event : kernel.pair.events) planes += !event.hoists;
    const auto made = static_cast<double>(kernel.pair.elements), all = static_cast<double>(kernel.pair.all_planes);
    const ImageCost cost = cost_of_pair(kernel);
    return "schedule\n  offset planes: " + explain_count(static_cast<int>(planes), "plane") + " a pair, " +
           explain_count(static_cast<int>(kernel.pair.groups.size()), "group") + " of layers between pools; " +
           std::to_string(lanes<float>) + " pairs in a vector\n  duals a pair: " + explain_number(made) +
           (made < all ? ", as only planes are made that the result depends on; all planes would take " +
                             explain_number(all / made) + " times as many"
                       : std::string()) +
           "\n  mixed planes alive at a time: " +
           readable_bytes(kernel.pair.mixed_size * static_cast<std::size_t>(lanes<float>) * sizeof(float)) +
           "\ncost of a pair, NNGP and NTK, float, estimated\n  " + explain_number(cost.dual_flops) +
           " flops of duals, " + explain_number(cost.other_flops) + " besides; " + explain_number(cost.bytes) +
           " bytes of planes and numbers read and written, nearly all in caches\n  bound by " +
           (cost.bound_by_planes()  ? "reading and writing planes"
            : cost.bound_by_duals() ? "the duals"
                                    : "sums over windows") +
           "\nmemory, float\n  a thread: " + readable_bytes(kernel.thread_bytes()) + ", with panels of up to " +
           std::to_string(kernel.block) +
           " samples on a side\n  shared: " + readable_bytes(kernel.plan_bytes()) + " of plans\n  one thread in all: " +
           readable_bytes(kernel.thread_bytes() + kernel.plan_bytes()) +
           "; besides, the results and the samples themselves\n";
}

/// The program, the schedule, and what a pair costs. Of samples with positions also the memory of a thread; for a Gram
/// of `samples` x `samples`.
template <class Net, class In>
std::string explain(std::size_t samples = 1000) {
    if constexpr (!has_kernel<Net, In>) {
        refuse_kernel<Net, In>();
        return {};
    } else if constexpr (In::shape.axes > 0) {
        return explain_program<Net, In>(nullptr) + explain_planes<Net, In>(samples);
    } else {
        constexpr Cost cost = cost_of<Net, In>;
        constexpr Schedule schedule = schedule_of<Net, In>;
        auto magnitudes = magnitudes_of<Net>(default_scales<Net>(), In::shape);
        settle_series<Net, float>(magnitudes, {1.0});
        const auto sample = trace_sample<Net, float>(magnitudes, Scalar<double>(1));
        return explain_program<Net, In>(sample.note) + explain_schedule<Net, In>(magnitudes) + "  " +
               explain_count(schedule.slots, "value") + " of a pair alive at a time, " +
               explain_count(numbers_read(magnitudes), "number") +
               " a sample computed once\ncost of a pair, NNGP and NTK, float, direct\n  " +
               (cost.contraction > 0 ? explain_number(cost.contraction) : std::string("2 d")) +
               " flops of dot product, " + explain_number(cost.recursion) + " after it (" +
               explain_count(cost.duals, "dual") + "); " + explain_number(cost.bytes) +
               " bytes written\n  bound by the " + (cost.contraction > cost.recursion ? "dot products" : "duals") +
               (cost.contraction > 0 ? "\n" : " unless d is large\n");
    }
}

}  // namespace wide
