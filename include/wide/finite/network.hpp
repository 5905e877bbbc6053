#pragma once
// A finite network as plain values: the parameters of an architecture for one input, and the steps that a sample goes
// through. Everything is known to the compiler; that a nonlinearity is applied where the layer before it is stored is
// decided here.
//
// Parameters lie leaf after leaf, words in the order of reading, weights then bias. Weights are (inputs, outputs), of a
// convolution (taps along every axis, inputs, outputs); so a layer is a product of rows of inputs, or of windows, with
// its weights as they lie:
//
//     y = (sigma_w / sqrt(fan-in)) x W + sigma_b b            (NTK parameterisation)
//     y = x W + b                                             (standard)
#include <cstddef>

#include <wide/dsl/grammar/number.hpp>
#include <wide/dsl/meaning/nonlinearities.hpp>
#include <wide/dsl/meaning/parameters.hpp>
#include <wide/dsl/refusal/verdict.hpp>

namespace wide {

/// The parameters of one kind of one layer.
struct Leaf {
    int word = 0;                 ///< which affine word, in reading order
    bool is_bias = false;
    bool trained = true;
    std::size_t rows = 0, columns = 0;  ///< fan-in by outputs; a bias is one row
    std::size_t offset = 0;       ///< in elements, where the leaf begins in the block
    double factor = 1;            ///< by which the layer multiplies it
    double deviation = 1;         ///< standard deviation that it begins with

    [[nodiscard]] constexpr std::size_t size() const { return rows * columns; }
};

/// One step of a sample's way. Value 0 is the input.
struct NetworkStep {
    Op op = Op::foreign;
    int left = 0, right = 0, out = 0;   ///< values
    Shape left_shape{}, right_shape{}, out_shape{};
    int nonlinearity = -1;              ///< index among the architecture's; of an affine step: applied as it is stored
    int weights = -1, bias = -1;        ///< leaves
    /// Whether no later step reads the value: a backward pass, which comes by in reverse, meets this step first.
    bool left_last = false, right_last = false;
    Taps taps{};
    bool average = false, normalize_edges = false, all_positions = false;
};

constexpr std::size_t size_of(const Shape& shape) { return positions_of(shape) * shape.channels; }

template <int capacity>
struct NetworkPlan {
    NetworkStep step[capacity > 0 ? capacity : 1]{};
    Leaf leaf[2 * capacity + 1]{};
    std::size_t offset[capacity + 1]{};   ///< of every value, in elements a sample; the input's own has none
    std::size_t size[capacity + 1]{};     ///< of every value, in elements a sample
    bool moves[capacity + 1]{};           ///< whether a value depends on trained parameters
    int steps = 0, leaves = 0, result = 0;
    std::size_t values = 0;               ///< elements of all values of a sample but the input
    std::size_t parameters = 0, block = 0;  ///< their number, and elements of the block that they lie in
};

/// Elements that a leaf begins at a multiple of: two vectors of the widest kind, so that tiles may read beyond a leaf.
inline constexpr std::size_t leaf_alignment = 32;

/// Whether the nonlinearity at `reader` is all that reads value `value`.
template <int capacity, int results>
constexpr bool only_reader(const Program<capacity, results>& program, int value, int reader) {
    if (program.result[0] == value) return false;
    for (int i = 0; i < program.size; ++i) {
        const Inst& inst = program.inst[i];
        if (i != reader && (inst.left == value || (joins(inst.op) && inst.right == value))) return false;
    }
    return true;
}

template <int capacity, int results>
constexpr NetworkPlan<capacity> plan_network(const Program<capacity, results>& program, const Meaning<capacity>& meaning,
                                             const NonlinearityTable& table) {
    NetworkPlan<capacity> plan;
    bool applied[capacity + 1]{};
    int word = 0;
    const auto add_leaf = [&](Leaf leaf) {
        leaf.offset = plan.block;
        plan.parameters += leaf.size();
        plan.block += (leaf.size() + leaf_alignment - 1) / leaf_alignment * leaf_alignment;
        plan.leaf[plan.leaves] = leaf;
        return plan.leaves++;
    };
    for (int i = 0; i < program.size; ++i) {
        const Inst& inst = program.inst[i];
        plan.moves[i + 1] = (inst.op == Op::affine && !inst.frozen) || plan.moves[inst.left] ||
                            (joins(inst.op) && plan.moves[inst.right]);
        if (applied[i]) continue;
        NetworkStep step{.op = inst.op, .left = inst.left, .right = joins(inst.op) ? inst.right : inst.left, .out = i + 1};
        step.left_shape = meaning.shape[step.left];
        step.right_shape = meaning.shape[step.right];
        step.out_shape = meaning.shape[i + 1];
        step.taps = inst.taps;
        step.average = inst.average;
        step.normalize_edges = inst.normalize_edges;
        step.all_positions = inst.all_positions;
        if (inst.op == Op::nonlinearity) step.nonlinearity = table.index_of(inst.word);
        if (inst.op == Op::affine) {
            const std::size_t fan_in = step.left_shape.channels * inst.taps.count();
            const double deviation = inst.weight / constant_sqrt(static_cast<double>(fan_in));
            step.weights = add_leaf({word, false, !inst.frozen, fan_in, inst.width, 0, inst.standard ? 1 : deviation,
                                     inst.standard ? deviation : 1});
            if (inst.biased)
                step.bias = add_leaf({word, true, !inst.frozen, 1, inst.width, 0, inst.standard ? 1 : inst.bias,
                                      inst.standard ? inst.bias : 1});
            ++word;
            for (int j = i + 1; j < program.size; ++j)
                if (program.inst[j].op == Op::nonlinearity && program.inst[j].left == i + 1 &&
                    only_reader(program, i + 1, j)) {
                    step.nonlinearity = table.index_of(program.inst[j].word);
                    step.out = j + 1;
                    applied[j] = true;
                    break;
                }
        }
        plan.step[plan.steps++] = step;
    }
    for (int s = 0; s < plan.steps; ++s) {
        const NetworkStep& step = plan.step[s];
        plan.offset[step.out] = plan.values;
        plan.size[step.out] = size_of(step.out_shape);
        plan.values += plan.size[step.out];
    }
    plan.size[0] = size_of(meaning.shape[0]);
    bool met[capacity + 1]{};
    for (int s = plan.steps - 1; s >= 0; --s) {
        NetworkStep& step = plan.step[s];
        step.left_last = !met[step.left];
        met[step.left] = true;
        step.right_last = !met[step.right];
        met[step.right] = true;
    }
    plan.result = program.result[0];
    return plan;
}

/// Whether every nonlinearity is a function: some kernels belong to none.
template <class... Ns>
constexpr bool all_are_functions(Nonlinearities<Ns...>) {
    return (Activation<Ns> && ...);
}

/// The finite network of `Net` on inputs `In`. Refuses what has no finite sibling.
template <class Net, class In>
struct Network {
    static_assert(results_of<Net> == 1, "a Family has several results: name one of its members");
    static constexpr auto plan = [] {
        if constexpr (!accepts<Net, In>) {
            refuse<Net, In>();
            return NetworkPlan<1>{};
        } else {
            require_input_width<Net, In>();
            return plan_network(program<Net>, meaning<Net, In>, nonlinearity_table<nonlinearities_of<Net>>);
        }
    }();
    static constexpr std::size_t inputs = size_of(In::shape);
    static constexpr std::size_t outputs = size_of(meaning<Net, In>.output);
    static_assert(all_are_functions(nonlinearities_of<Net>{}),
                  "this architecture has a kernel that belongs to no function: it has no finite network");
    static_assert(
        [] {
            for (int s = 0; s < plan.steps; ++s)
                if (plan.step[s].op == Op::dropout) return false;
            return true;
        }(),
        "Dropout<keep, Train> is random at finite width: say Dropout<keep>, which does nothing");
};

}  // namespace wide
