#pragma once
// Both kernels and their derivatives with respect to every standard deviation of an architecture, in one pass: the
// dot products are computed once, and the recursion runs on a Lane of numbers and derivatives. For hyper-parameters
// that are fitted instead of searched.
//
//     auto D = scale_gradient<Net>(x, scales);
//     D.kernel.ntk(i, j);                    // the kernel itself
//     D.weight[2].ntk(i, j);                 // its derivative by scales[2].weight
//     D.bias[0].nngp(i, j);                  // by scales[0].bias; empty where the word has no Bias<>
//
// Near parallel samples a ReLU's NTK has a slope without bound, and so has its derivative by a bias: it is exact
// where samples are equal, and loses digits in float where they nearly are.
#include <wide/kernel/gram.hpp>
#include <wide/simd/differential.hpp>

namespace wide {

template <class T>
struct ScaleGradient {
    Gram<T> kernel;
    std::vector<Gram<T>> weight, bias;  ///< one for each affine word, in reading order
};

/// The deviations of an architecture, numbered through: which affine word, and whether it is that word's bias.
struct ScaleParameter {
    int word = 0;
    bool bias = false;
};

template <class Net>
struct ScaleParameters {
    static constexpr int count = [] {
        int sum = 0;
        for (int i = 0; i < program<Net>.size; ++i)
            if (program<Net>.inst[i].op == Op::affine) sum += program<Net>.inst[i].biased ? 2 : 1;
        return sum;
    }();
    ScaleParameter at[count + 1]{};
    int weight_of[program<Net>.size + 1]{}, bias_of[program<Net>.size + 1]{};  ///< by instruction; -1: none

    constexpr ScaleParameters() {
        for (int i = 0, next = 0, word = 0; i < program<Net>.size; ++i) {
            const Inst& inst = program<Net>.inst[i];
            weight_of[i] = bias_of[i] = -1;
            if (inst.op != Op::affine) continue;
            at[weight_of[i] = next++] = {word, false};
            if (inst.biased) at[bias_of[i] = next++] = {word, true};
            ++word;
        }
    }
};

template <class Net>
inline constexpr ScaleParameters<Net> scale_parameters{};

/// How many derivatives a lane carries at a time.
inline constexpr int derivatives_at_once = 2;

/// The magnitudes with derivatives by the parameters `first`, `first` + 1, ...
template <class Net>
auto differentiated(const Magnitudes<Net>& from, int first) {
    using L = Differential<Scalar<double>, derivatives_at_once>;
    Magnitudes<Net, L> to;
    for (int k = 0; k < from.steps; ++k) {
        const auto seed = [&](const Scalar<double>& deviation, int parameter) {
            L lane(deviation);
            if (parameter >= first && parameter < first + derivatives_at_once)
                lane.slope[parameter - first] = Scalar<double>(1);
            return lane;
        };
        const int i = draft<Net>.source[k];
        to.sample[k] = {seed(from.sample[k].weight, scale_parameters<Net>.weight_of[i]),
                        seed(from.sample[k].bias, scale_parameters<Net>.bias_of[i]), from.sample[k].keep,
                        from.sample[k].fan_in};
        to.pair[k] = from.pair[k];
    }
    for (int s = 0; s < from.segments; ++s) to.repeats[s] = from.repeats[s];
    return to;
}

/// A side's numbers with their derivatives: every number is followed by these.
template <class Cursor, class L>
struct DifferentialNumbers {
    Cursor cursor;
    [[gnu::always_inline]] L operator[](int k) const {
        L lane(cursor[k * (1 + derivatives_at_once)]);
        for (int d = 0; d < derivatives_at_once; ++d) lane.slope[d] = cursor[k * (1 + derivatives_at_once) + 1 + d];
        return lane;
    }
    [[gnu::always_inline]] void advance(int n) { cursor.advance(n * (1 + derivatives_at_once)); }
};

/// Every tile's way through Net, once for each group of derivatives. Output 0 and 1 are the kernels, 2 + 2p and 3 +
/// 2p their derivatives by parameter p.
template <class Net, class T>
struct ScaleTask : TileTask<T, 2 + 2 * ScaleParameters<Net>::count> {
    static constexpr int parameters = ScaleParameters<Net>::count;
    static constexpr int groups = (parameters + derivatives_at_once - 1) / derivatives_at_once;

    const Magnitudes<Net>* magnitudes;

    /// The numbers that one group of derivatives reads of a sample.
    static int numbers_a_group(const Magnitudes<Net>& magnitudes) {
        return (numbers_read(magnitudes) + 1) * (1 + derivatives_at_once);
    }

    void finish(const T* tile, const TileOperands<T>& from, const TileTarget<T, ScaleTask::outputs>& to) const {
        using L = Differential<RowBlock<T, 1>, derivatives_at_once>;
        using Code = lowered_t<Net>;
        using Left = DifferentialNumbers<RowNumbers<T, 1>, L>;
        using Right = DifferentialNumbers<ColumnNumbers<T, 1>, L>;
        constexpr auto& recursion = Code::recursion;
        for (int row = 0; row < TileShape<T>::rows; ++row)
            for (int group = 0; group < groups; ++group) {
                const int skipped = group * numbers_a_group(*magnitudes);
                PairMachine<L, T, typename Code::nonlinearities, recursion.slots, recursion.theta_slots, true, false,
                            Left, Right>
                    machine{{L(deficits<1>(tile, row, from, this->threshold))},
                            {},
                            {},
                            {{from.left_numbers + skipped * TileShape<T>::rows + row}},
                            {{from.right_numbers + skipped * TileShape<T>::columns}},
                            magnitudes->pair,
                            {},
                            {},
                            {}};
                walk<recursion>(machine, magnitudes->repeats);
                constexpr Result result = recursion.result[0];
                const L scale = machine.left[0] * machine.right[0];
                store(to, row, 0, group,
                      scale * machine.template correlation_at<result.nonnegative, result.small>(result.correlation));
                if constexpr (result.trained) store(to, row, 1, group, scale * machine.theta[result.theta]);
            }
    }

private:
    template <class L>
    void store(const TileTarget<T, ScaleTask::outputs>& to, int row, int which, int group, const L& kernel) const {
        const auto at = static_cast<std::size_t>(row) * to.stride;
        if (group == 0) kernel.value.template store_rows<TileShape<T>::vectors>(to.output[which] + at, to.stride);
        for (int d = 0; d < derivatives_at_once; ++d)
            if (const int p = group * derivatives_at_once + d; p < parameters)
                kernel.slope[d].template store_rows<TileShape<T>::vectors>(to.output[2 + 2 * p + which] + at,
                                                                           to.stride);
    }
};

template <class Net, class T>
SampleSizes scale_sizes(const Magnitudes<Net>& magnitudes) {
    using Task = ScaleTask<Net, T>;
    return {static_cast<std::size_t>(Task::groups * Task::numbers_a_group(magnitudes)), Task::outputs};
}

template <class Net, int height, class In, class T>
GramSide<T> prepare_differentials(const Rows<In, T>& x, const std::vector<double>& norms,
                                  const Magnitudes<Net>& magnitudes, const char* role, const options& how) {
    using Task = ScaleTask<Net, T>;
    const SampleSizes sizes = scale_sizes<Net, T>(magnitudes);
    std::vector<decltype(differentiated(magnitudes, 0))> seeded;
    for (int group = 0; group < Task::groups; ++group)
        seeded.push_back(differentiated(magnitudes, group * derivatives_at_once));
    return prepare<height>(x, norms, sizes, how, [&](std::size_t i, double variance, const SampleTarget<T>& to) {
        T* number = to.number;
        const auto put = [&](const Scalar<double>& value) {
            *number = static_cast<T>(value.value);
            number += to.number_stride;
        };
        const auto put_all = [&](const auto& lane) {
            put(lane.value);
            for (const auto& slope : lane.slope) put(slope);
        };
        const auto put_self = [&](int output, const Scalar<double>& value) {
            to.self[static_cast<std::size_t>(output) * to.self_stride] = static_cast<T>(value.value);
        };
        for (int group = 0; group < Task::groups; ++group) {
            const auto row = trace_row<Net, T>(seeded[static_cast<std::size_t>(group)], variance, i, role);
            for (int k = 0; k < numbers_read(magnitudes); ++k) put_all(row.trace.hoisted[k]);
            put_all(sqrt(row.trace.variance[0]));
            put_self(0, row.self.nngp[0].value);
            put_self(1, row.self.ntk[0].value);
            for (int d = 0; d < derivatives_at_once; ++d)
                if (const int p = group * derivatives_at_once + d; p < Task::parameters) {
                    put_self(2 + 2 * p, row.self.nngp[0].slope[d]);
                    put_self(3 + 2 * p, row.self.ntk[0].slope[d]);
                }
        }
    });
}

/// Arguments as of `gram`: `x` (symmetric) or `z, x` (cross), then scales and options if wanted. Memory: two matrices
/// for the kernels and two for each deviation. Time: about two to three times the kernels' recursion for each two
/// deviations. Throws what `gram` throws.
template <class Net, class InZ, class InX, class T>
ScaleGradient<T> compute_scale_gradient(const Rows<InZ, T>* z, const Rows<InX, T>& x,
                                        const KernelSettings<Net>& settings) {
    using Tile = TileShape<T>;
    using Task = ScaleTask<Net, T>;
    static_assert(results_of<Net> == 1, "scale_gradient differentiates one architecture at a time");
    static_assert(Task::parameters > 0, "an architecture without affine words has no scales");
    const options& how = settings.how;
    const bool symmetric = z == nullptr;
    const std::size_t rows = symmetric ? x.count : z->count;
    if (!symmetric) require_same_width(*z, x);
    auto magnitudes = magnitudes_of<Net>(settings.scales, shape_of(x));
    require_range<Net, T>(magnitudes);
    require_gram_memory<T>(rows, x.count, x.width, Task::outputs, scale_sizes<Net, T>(magnitudes), how);
    const GramNorms norms = settled_norms<Net>(magnitudes, z, x, how);
    require_gram_memory<T>(rows, x.count, x.width, Task::outputs, scale_sizes<Net, T>(magnitudes), how);
    const auto fresh = [&] { return Gram<T>{Matrix<T>(rows, x.count), Matrix<T>(rows, x.count)}; };
    ScaleGradient<T> result{fresh(), {}, {}};
    for (int word = 0; word < affine_words<Net>; ++word) {
        result.weight.push_back(fresh());
        result.bias.emplace_back();
    }
    for (int p = 0; p < Task::parameters; ++p)
        if (const ScaleParameter& at = scale_parameters<Net>.at[p]; at.bias)
            result.bias[static_cast<std::size_t>(at.word)] = fresh();
    if (rows == 0 || x.count == 0) return result;

    auto right = prepare_differentials<Net, Tile::columns>(x, norms.right, magnitudes, norms.right_role, how);
    const auto left = symmetric
                          ? repack<Tile::rows>(x, norms.right, scale_sizes<Net, T>(magnitudes), how, right)
                          : prepare_differentials<Net, Tile::rows>(*z, norms.left, magnitudes, norms.left_role, how);
    Task task{{.left = &left,
               .right = &right,
               .rows = rows,
               .columns = x.count,
               .width = x.width,
               .symmetric = symmetric,
               .threshold = closeness<T>(cost_of<Net, InX>.duals, x.width),
               .output = {},
               .stride = x.count},
              &magnitudes};
    // The NTK of an untrained architecture, and its derivatives, stay as they are: zero.
    constexpr bool trained = lowered_t<Net>::recursion.result[0].trained;
    task.output[0] = result.kernel.nngp.data();
    if (trained) task.output[1] = result.kernel.ntk.data();
    for (int p = 0; p < Task::parameters; ++p) {
        const ScaleParameter& at = scale_parameters<Net>.at[p];
        Gram<T>& slope = (at.bias ? result.bias : result.weight)[static_cast<std::size_t>(at.word)];
        task.output[2 + 2 * p] = slope.nngp.data();
        if (trained) task.output[3 + 2 * p] = slope.ntk.data();
    }
    run_tiles<T>(task, how);
    return result;
}

template <class Net, class In, class T, class... Given>
ScaleGradient<T> scale_gradient(const Rows<In, T>& x, const Given&... given) {
    if constexpr (!accepts<Net, In>) {
        refuse<Net, In>();
        return {};
    } else if constexpr (In::shape.axes > 0) {
        require_vector_input<Net, In>();
        return {};
    } else {
        return compute_scale_gradient<Net, In>(static_cast<const Rows<In, T>*>(nullptr), x,
                                               settings_from<Net>(given...));
    }
}

template <class Net, class InZ, class InX, class T, class... Given>
ScaleGradient<T> scale_gradient(const Rows<InZ, T>& z, const Rows<InX, T>& x, const Given&... given) {
    if constexpr (!accepts<Net, InZ> || !accepts<Net, InX>) {
        refuse<Net, InX>();
        refuse<Net, InZ>();
        return {};
    } else if constexpr (InZ::shape.axes > 0 || InX::shape.axes > 0) {
        require_vector_input<Net, InX>();
        require_vector_input<Net, InZ>();
        return {};
    } else {
        return compute_scale_gradient<Net>(&z, x, settings_from<Net>(given...));
    }
}

}  // namespace wide
