#pragma once
// Runs the events of a plan for a lane of pairs: planes through groups, into mixed planes, to the result. One runner a
// thread; its memory is claimed once. Several samples may go side by side against the same lane of samples, whose
// numbers then come from memory once for all of them.
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <type_traits>
#include <vector>

#include <wide/lower/plane_facts.hpp>
#include <wide/lower/plane_plan.hpp>
#include <wide/run/matrix.hpp>

namespace wide {

/// Samples as pairs read them: numbers[k][position], pixels[channel][position], each for one sample or for a lane of
/// samples.
template <class T>
struct PlaneSamples {
    const T *numbers, *pixels;
};

/// Both kernels of a lane of pairs.
template <class T>
struct LaneKernels {
    double nngp[lanes<T>]{}, theta[lanes<T>]{};
};

/// Elements behind the last position that a block of columns may read.
inline constexpr std::size_t read_beyond = cells_at_once;

template <class Net, bool with_theta, class Stored, class T, bool lanes_left>
class PlaneRunner {
    static constexpr std::ptrdiff_t lane = lanes<T>;
    using Code = PlaneCode<Net, with_theta, Stored>;

public:
    PlaneRunner(const PlanePlan& plan, const PlaneFacts<Net, with_theta>& facts, const Shape& input,
                std::size_t side_by_side = 1)
        : plan_{plan},
          facts_{facts},
          input_{grid_of(input)},
          channels_{static_cast<std::ptrdiff_t>(input.channels)},
          sizes_{sizes_of(plan, facts)},
          memory_(side_by_side, sizes_.total * static_cast<std::size_t>(lane)),
          whole_(side_by_side, std::vector<LaneKernels<T>>(plan.mixers.size())),
          held_(sizes_.slots + 1) {
        for (const auto& m : facts.magnitude) magnitude_.push_back(rounded<T>(m));
        apart_.resize(magnitude_.size());
        for (int p = 0; p < facts.passes.size; ++p) code_.push_back(Code::template code<T, lanes_left>(p));
    }

    /// Bytes of one runner, for each of its samples.
    static std::size_t bytes(const PlanePlan& plan, const PlaneFacts<Net, with_theta>& facts) {
        return sizes_of(plan, facts).total * static_cast<std::size_t>(lane) * sizeof(T);
    }

    /// Pairs of each of these samples (as many as are told to go side by side, or fewer) with a lane of samples.
    void run(const std::vector<PlaneSamples<T>>& left, const PlaneSamples<T>& right,
             std::vector<LaneKernels<T>>& kernels) {
        kernels.resize(left.size());
        run(left.data(), right, kernels.data(), left.size(), nullptr, nullptr);
    }

    /// Pairs of a lane of samples with themselves, for a plan that hoists their numbers: writes these.
    LaneKernels<T> run_itself(const T* pixels, T* numbers, Misfit& misfit, int& misfit_pass) {
        misfit_pass_ = &misfit_pass;
        const PlaneSamples<T> itself{numbers, pixels};
        LaneKernels<T> kernels;
        run(&itself, itself, &kernels, 1, numbers, &misfit);
        return kernels;
    }

    /// Called with all variances before a pass whose series are to be settled, instead of hoisting with those given.
    std::vector<PassFact>* settling = nullptr;

private:
    /// In vectors.
    struct Sizes {
        std::size_t plane = 0, slots = 0, sums = 0, total = 0;
    };

    static Sizes sizes_of(const PlanePlan& plan, const PlaneFacts<Net, with_theta>& facts) {
        Sizes sizes;
        std::size_t sums_columns = 0, sums_rows = 0;
        for (const PlaneGroup& group : plan.groups) {
            sizes.plane = std::max(sizes.plane, plane_vectors(group.widest));
            sizes.slots = std::max(sizes.slots, static_cast<std::size_t>(group.slots));
            sums_columns = std::max(sums_columns, static_cast<std::size_t>(stored_columns(group.widest[2])));
        }
        for (const PassFact& fact : facts.fact)
            if (fact.has_taps)
                sums_rows = std::max(sums_rows, static_cast<std::size_t>(TapSums<T>::kept(fact.taps, fact.grid)));
        sizes.sums = sums_columns * sums_rows + read_beyond;
        sizes.total = 2 * sizes.slots * sizes.plane + 2 * sizes.sums + plan.mixed_size + 2 * plan.mixers.size() +
                      2 * read_beyond;
        return sizes;
    }

    /// With one more row in front, that passes may move up to.
    static std::size_t plane_vectors(const Extents& widest) {
        return stored_vectors(widest) + static_cast<std::size_t>(stored_columns(widest[2])) + read_beyond;
    }

    struct Plane {
        T *nngp = nullptr, *theta = nullptr;
        std::ptrdiff_t row = 0;
    };

    /// What lies in a slot: the distance of its rows, and whether it begins where the slot does or a row further.
    struct Held {
        std::ptrdiff_t row = 0;
        bool moved_up = false;
    };

    Plane slot(int k) {
        const Held& held = held_[static_cast<std::size_t>(k)];
        T* const begin = memory_.row(current_).data() + static_cast<std::ptrdiff_t>(2 * sizes_.plane) * k * lane +
                         (held.moved_up ? held.row : 2 * held.row);
        return {begin, begin + static_cast<std::ptrdiff_t>(sizes_.plane) * lane, held.row};
    }
    T* sums() { return memory_.row(current_).data() + static_cast<std::ptrdiff_t>(2 * sizes_.slots * sizes_.plane) * lane; }
    T* mixed(std::size_t place) {
        return sums() + static_cast<std::ptrdiff_t>(2 * sizes_.sums + place) * lane;
    }
    T* whole_place(std::size_t m) { return mixed(plan_.mixed_size + 2 * m); }

    Plane leaf(const PlaneGroup& group, int k, const PlaneEvent& event) {
        const PlaneLeaf& from = group.leaves[static_cast<std::size_t>(k)];
        const PlaneMixer& mixer = plan_.mixers[static_cast<std::size_t>(from.mixer)];
        if (mixer.whole) {
            T* const at = whole_place(static_cast<std::size_t>(from.mixer));
            return {at, mixer.has_theta ? at + lane : nullptr, lane};
        }
        const Extents extents = plane_extents(mixer.out, scaled(event.offset, from.multiplier));
        const std::ptrdiff_t row = stored_columns(extents[2]) * lane;
        T* const at = mixed(plan_.leaf_uses[event.first_leaf + static_cast<std::size_t>(k)].place) + row;
        return {at, mixer.has_theta ? at + static_cast<std::ptrdiff_t>(stored_vectors(extents)) * lane : nullptr, row};
    }

    Plane plane(const PlaneGroup& group, const PlaneOperand& operand, const PlaneEvent& event) {
        if (operand.leaf >= 0) return leaf(group, operand.leaf, event);
        if (operand.slot >= 0) return slot(operand.slot);
        return {};
    }

    void run(const PlaneSamples<T>* left, const PlaneSamples<T>& right, LaneKernels<T>* kernels, std::size_t count,
             T* numbers, Misfit* misfit) {
        for (const PlaneEvent& event : plan_.events) {
            const PlaneGroup& group = plan_.groups[static_cast<std::size_t>(event.group)];
            for (current_ = 0; current_ < count; ++current_)
                for (std::size_t k = 0; k < event.leaves; ++k)
                    if (plan_.leaf_uses[event.first_leaf + k].first) finish_mixed(group, k, event);
            current_ = 0;
            if constexpr (lanes_left) {
                if (event.hoists) {
                    hoist(group, event, right.pixels, numbers, *misfit);
                    if (misfit->lane >= 0) return;
                    continue;
                }
            }
            for (const PlaneStep& step : group.steps) {
                const Held before = held_[static_cast<std::size_t>(step.slot)];
                PassRun<T> runs[most_side_by_side];
                for (current_ = 0; current_ < count; ++current_) {
                    held_[static_cast<std::size_t>(step.slot)] = before;
                    if (step.pass < 0) sample_covariances(step, event, left[current_], right);
                    else runs[current_] = step_run(group, step, event, left[current_], right);
                }
                if (step.pass >= 0) code_[static_cast<std::size_t>(step.pass)](runs, count);
            }
            for (current_ = 0; current_ < count; ++current_) {
                const Plane made = plane(group, group.result, event);
                for (std::size_t f = event.first_flow; f < event.first_flow + event.flows; ++f)
                    flow(plan_.flows[f], group, event, made);
                if (event.group == plan_.result_group && event.flows == 0)
                    for (std::ptrdiff_t l = 0; l < lane; ++l) {
                        kernels[current_].nngp[l] = static_cast<double>(made.nngp[l]);
                        kernels[current_].theta[l] = group.has_theta ? static_cast<double>(made.theta[l]) : 0;
                    }
            }
        }
        current_ = 0;
    }

    /// The covariances of the input: the mean over channels of products.
    void sample_covariances(const PlaneStep& step, const PlaneEvent& event,
                            const PlaneSamples<T>& left, const PlaneSamples<T>& right) {
        constexpr int at_once = cells_at_once;
        using L = Block<T, at_once>;
        using Left = std::conditional_t<lanes_left, LaneNumbers<T, 1>, SharedNumbers<T, 1>>;
        constexpr std::ptrdiff_t left_lane = lanes_left ? lane : 1;
        const Offset offset = scaled(event.offset, step.multiplier);
        const Extents out = plane_extents(input_, offset), p = first_left(offset), q = first_right(offset);
        held_[static_cast<std::size_t>(step.slot)] = {stored_columns(out[2]) * lane, false};
        const Plane to = slot(step.slot);
        const T scale = static_cast<T>(1 / static_cast<double>(channels_));
        for (std::ptrdiff_t z = 0; z < out[0]; ++z)
            for (std::ptrdiff_t y = 0; y < out[1]; ++y) {
                const std::ptrdiff_t one = position(input_, p[0] + z, p[1] + y, p[2]);
                const std::ptrdiff_t two = position(input_, q[0] + z, q[1] + y, q[2]);
                T* const row = to.nngp + (z * out[1] + y) * to.row;
                for (std::ptrdiff_t x = 0; x < out[2]; x += at_once) {
                    Left a{left.pixels + (one + x) * left_lane, volume(input_), 0};
                    LaneNumbers<T, 1> b{right.pixels + (two + x) * lane, volume(input_), 0};
                    L sum(T(0));
                    for (std::ptrdiff_t c = 0; c < channels_; ++c) {
                        sum = fma(a[0], b[0], sum);
                        a.advance(1);
                        b.advance(1);
                    }
                    (sum * L(scale)).store(row + x * lane);
                }
                Block<T, 1>(T(0)).store(row + out[2] * lane);
            }
    }

    static std::ptrdiff_t position(const Extents& grid, std::ptrdiff_t z, std::ptrdiff_t y, std::ptrdiff_t x) {
        return (z * grid[1] + y) * grid[2] + x;
    }

    /// `moving`: rows may be written a row off those they are made from.
    PassRun<T> pass_run(const PlaneGroup& group, const PlaneStep& step, const PlaneEvent& event, bool moving) {
        const auto p = static_cast<std::size_t>(step.pass);
        const PassFact& fact = facts_.fact[p];
        const Offset offset = scaled(event.offset, step.multiplier);
        const Plane left = plane(group, step.left, event), right = plane(group, step.right, event);
        PassRun<T> run{};
        // Where a filter is written over what it reads, its rows move up and down in turns.
        Held& held = held_[static_cast<std::size_t>(step.slot)];
        const bool moves = moving && fact.has_taps && three_by_three(fact.taps) && step.left.slot == step.slot;
        run.upwards = moves && held.moved_up;
        if (moves) held.moved_up = !held.moved_up;
        else if (step.left.slot != step.slot && step.right.slot != step.slot) held.moved_up = false;
        run.out = plane_extents(fact.grid, offset);
        held.row = stored_columns(run.out[2]) * lane;
        const Plane to = slot(step.slot);
        run.left_nngp = left.nngp;
        run.left_theta = left.theta;
        run.left_row = left.row;
        run.right_nngp = right.nngp;
        run.right_theta = right.theta;
        run.right_row = right.row;
        run.nngp = to.nngp;
        run.theta = to.theta;
        run.row = to.row;
        run.in = run.out;
        if (fact.has_taps) {
            run.in = plane_extents(fact.in, scaled(event.offset, step.left_multiplier));
            run.taps = &fact.taps;
        }
        run.sums = sums();
        run.sums_row = stored_columns(group.widest[2]) * lane;
        run.magnitude = &magnitude_[p];
        run.number_rows = fact.grid[2];
        run.number_layers = fact.grid[1] * fact.grid[2];
        run.numbers_apart = volume(fact.grid);
        return run;
    }

    PassRun<T> step_run(const PlaneGroup& group, const PlaneStep& step, const PlaneEvent& event,
                        const PlaneSamples<T>& left, const PlaneSamples<T>& right) {
        const auto p = static_cast<std::size_t>(step.pass);
        const PassFact& fact = facts_.fact[p];
        const Offset offset = scaled(event.offset, step.multiplier);
        PassRun<T> run = pass_run(group, step, event, true);
        const Extents from = first_left(offset), to = first_right(offset);
        // While lengths are being settled, every pass keeps its numbers apart.
        const auto base = settling ? 0 : static_cast<std::ptrdiff_t>(fact.base);
        const T *left_numbers = left.numbers, *right_numbers = right.numbers;
        if (settling) left_numbers = right_numbers = apart_[p].data();
        run.left_number =
            left_numbers + (base + position(fact.grid, from[0], from[1], from[2])) * (lanes_left ? lane : 1);
        run.right_number = right_numbers + (base + position(fact.grid, to[0], to[1], to[2])) * lane;
        run.itself = lanes_left && offset == Offset{};
        return run;
    }

    /// Variances and numbers of a group, for a lane of samples.
    void hoist(const PlaneGroup& group, const PlaneEvent& event, const T* pixels, T* numbers, Misfit& misfit) {
        static_assert(std::is_same_v<T, double>, "variances are computed in double");
        for (const PlaneStep& step : group.steps) {
            if (step.pass < 0) {
                sample_covariances(step, event, {nullptr, pixels}, {nullptr, pixels});
                judge_input(slot(step.slot), misfit);
                if (misfit.lane < 0) continue;
                *misfit_pass_ = -1;
                return;
            }
            const auto p = static_cast<std::size_t>(step.pass);
            const PassRun<T> run = pass_run(group, step, event, false);
            PassFact fact = facts_.fact[p];
            T* to = numbers + static_cast<std::ptrdiff_t>(fact.base) * lane;
            if (settling) {
                std::size_t count = fact.numbers;
                if (fact.series) {
                    settle(run, fact, p);
                    (*settling)[p].terms.widen(fact.terms);
                    fact.terms = magnitude_[p].terms = (*settling)[p].terms;
                    count = 3 + static_cast<std::size_t>(fact.terms.all());
                }
                apart_[p] = Matrix<T>(1, (static_cast<std::size_t>(volume(fact.grid)) * count + read_beyond) *
                                             static_cast<std::size_t>(lane));
                to = apart_[p].data();
            }
            Code::variance(step.pass)(run, fact, to, misfit);
            if (misfit.lane >= 0) {
                *misfit_pass_ = step.pass;
                return;
            }
        }
    }

    void judge_input(const Plane& variances, Misfit& misfit) const {
        for (std::ptrdiff_t line = 0; line < input_[0] * input_[1]; ++line)
            for (std::ptrdiff_t x = 0; x < input_[2]; ++x) {
                const auto q = Block<T, 1>::load(variances.nngp + line * variances.row + x * lane);
                judge(q, 0, facts_.most_input, q, misfit);
            }
    }

    /// Reads the variances that a pass meets, and makes its series as long as they need.
    void settle(const PassRun<T>& run, PassFact& fact, std::size_t p) {
        std::vector<double> met;
        TapSums<T> taps(run, run.left_nngp, run.sums);
        for (std::ptrdiff_t z = 0; z < run.out[0]; ++z)
            for (std::ptrdiff_t y = 0; y < run.out[1]; ++y) {
                const T* const row =
                    run.taps ? taps.row(z, y) : run.left_nngp + (z * run.out[1] + y) * run.left_row;
                for (std::ptrdiff_t x = 0; x < run.out[2] * lane; ++x)
                    met.push_back(static_cast<double>(row[x]) * fact.weight + fact.bias);
            }
        Code::settle(static_cast<int>(p))(met, fact);
    }

    void flow(const PlaneFlow& flow, const PlaneGroup& group, const PlaneEvent& event, const Plane& made) {
        const auto m = static_cast<std::size_t>(flow.mixer);
        const PlaneMixer& mixer = plan_.mixers[m];
        if (mixer.whole) {
            const Extents extents = plane_extents(group.grid, event.offset);
            LaneKernels<T>& whole = whole_[current_][m];
            if (flow.clear) whole = {};
            sum_up(made.nngp, extents, made.row, flow.factor, whole.nngp);
            if (mixer.has_theta) sum_up(made.theta, extents, made.row, flow.factor, whole.theta);
            return;
        }
        const Extents in = plane_extents(mixer.in, event.offset), out = plane_extents(mixer.out, flow.to);
        const std::ptrdiff_t row = stored_columns(out[2]) * lane;
        T* const begin = mixed(flow.place);
        T *const to = begin + row, *const theta_to = to + static_cast<std::ptrdiff_t>(stored_vectors(out)) * lane;
        if (flow.clear)
            std::memset(begin, 0, mixed_vectors(mixer, flow.to) * static_cast<std::size_t>(lane) * sizeof(T));
        const Meeting* const first[] = {plan_.meetings.data() + flow.first[0], plan_.meetings.data() + flow.first[1],
                                        plan_.meetings.data() + flow.first[2]};
        for (std::size_t z = 0; z < flow.count[0]; ++z)
            for (std::size_t y = 0; y < flow.count[1]; ++y) {
                const std::ptrdiff_t target = first[0][z].out * out[1] + first[1][y].out;
                const std::ptrdiff_t source = first[0][z].in * in[1] + first[1][y].in;
                add_row(made.nngp + source * made.row, to + target * row, first[2], flow.count[2]);
                if (mixer.has_theta)
                    add_row(made.theta + source * made.row, theta_to + target * row, first[2], flow.count[2]);
            }
    }

    static void add_row(const T* from, T* to, const Meeting* meeting, std::size_t count) {
        using V = Block<T, 1>;
        for (std::size_t k = 0; k < count; ++k) {
            T* const at = to + meeting[k].out * lane;
            (V::load(at) + V::load(from + meeting[k].in * lane)).store(at);
        }
    }

    /// Rows in the element type, rows of rows in double.
    static void sum_up(const T* plane, const Extents& extents, std::ptrdiff_t row, double factor, double* total) {
        using V = Block<T, 1>;
        for (std::ptrdiff_t line = 0; line < extents[0] * extents[1]; ++line) {
            V one(T(0)), two(T(0));
            std::ptrdiff_t x = 0;
            for (; x + 1 < extents[2]; x += 2) {
                one = one + V::load(plane + line * row + x * lane);
                two = two + V::load(plane + line * row + (x + 1) * lane);
            }
            if (x < extents[2]) one = one + V::load(plane + line * row + x * lane);
            alignas(64) T sum[lane];
            (one + two).store(sum);
            for (std::ptrdiff_t l = 0; l < lane; ++l) total[l] += factor * static_cast<double>(sum[l]);
        }
    }

    /// Everything has flowed in: sums become means.
    void finish_mixed(const PlaneGroup& group, std::size_t k, const PlaneEvent& event) {
        const PlaneLeaf& from = group.leaves[k];
        const auto m = static_cast<std::size_t>(from.mixer);
        const PlaneMixer& mixer = plan_.mixers[m];
        const Plane at = leaf(group, static_cast<int>(k), event);
        if (mixer.whole) {
            for (std::ptrdiff_t l = 0; l < lane; ++l) {
                at.nngp[l] = static_cast<T>(whole_[current_][m].nngp[l] * mixer.scale);
                if (mixer.has_theta) at.theta[l] = static_cast<T>(whole_[current_][m].theta[l] * mixer.scale);
            }
            return;
        }
        const bool edges = !mixer.edge[0].empty();
        if (mixer.scale == 1 && !edges) return;
        const Offset offset = scaled(event.offset, from.multiplier);
        const Extents out = plane_extents(mixer.out, offset);
        const auto factor = [&](std::size_t a, std::ptrdiff_t u) {
            if (!edges) return 1.0;
            const auto other = static_cast<std::size_t>(u + (offset[a] < 0 ? -offset[a] : offset[a]));
            return mixer.edge[a][static_cast<std::size_t>(u)] * mixer.edge[a][other];
        };
        for (std::ptrdiff_t z = 0; z < out[0]; ++z)
            for (std::ptrdiff_t y = 0; y < out[1]; ++y)
                for (std::ptrdiff_t x = 0; x < out[2]; ++x) {
                    using V = Block<T, 1>;
                    const V scale(static_cast<T>(mixer.scale * factor(0, z) * factor(1, y) * factor(2, x)));
                    const std::ptrdiff_t place = (z * out[1] + y) * at.row + x * lane;
                    (V::load(at.nngp + place) * scale).store(at.nngp + place);
                    if (mixer.has_theta) (V::load(at.theta + place) * scale).store(at.theta + place);
                }
    }

    const PlanePlan& plan_;
    const PlaneFacts<Net, with_theta>& facts_;
    Extents input_;
    std::ptrdiff_t channels_;
    Sizes sizes_;
    Matrix<T> memory_;
    std::vector<std::vector<LaneKernels<T>>> whole_;
    std::size_t current_ = 0;  ///< which of the samples side by side
    std::vector<Held> held_;
    std::vector<PassMagnitude<T>> magnitude_;
    std::vector<PassCode<T>> code_;
    std::vector<Matrix<T>> apart_;  ///< numbers of every pass, while lengths are settled
    int* misfit_pass_ = nullptr;
};

}  // namespace wide
