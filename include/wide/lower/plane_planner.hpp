#pragma once
// How a plan is made: groups and mixers by going back from the result, then every plane that is needed, once to find it
// and once more to write it down.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include <wide/lower/plane_plan.hpp>
#include <wide/lower/plane_program.hpp>
#include <wide/lower/planned_memory.hpp>

namespace wide {

/// What the plan of an architecture is made from: its program and passes, as plain arrays.
struct PlaneSource {
    const Inst* inst;
    const PassPlace* place;
    const PlanePass* pass;
    const int* pass_of;
    const Shape* shape;
    int result;
};

template <PlaneUse use>
class PlanePlanner {
public:
    explicit PlanePlanner(const PlaneSource& source) : source_{source} {
        plan_.result_group = group_for(source.result);
        need_all();
        needed_ = std::move(done_mixed_);
        emitting_ = true;
        need_all();
        plan_.mixed_size = memory_.size();
        count_elements();
    }

    PlanePlan take() { return std::move(plan_); }

private:
    using Key = std::pair<int, Offset>;

    [[nodiscard]] Extents grid_at(int value) const { return grid_of(source_.shape[value]); }
    [[nodiscard]] PlaneGroup& group(int g) { return plan_.groups[static_cast<std::size_t>(g)]; }
    [[nodiscard]] PlaneMixer& mixer(int m) { return plan_.mixers[static_cast<std::size_t>(m)]; }

    /// Once to find what is needed, once more to write it down.
    void need_all() {
        done_planes_.clear();
        done_mixed_.clear();
        done_numbers_.assign(plan_.groups.size(), false);
        if (use != PlaneUse::numbers) need_plane(plan_.result_group, {});
        for (int g = 0; use == PlaneUse::numbers && g < static_cast<int>(plan_.groups.size()); ++g)
            if (group(g).hoists) need_numbers(g);
    }

    int group_for(int value) {
        for (std::size_t g = 0; g < plan_.groups.size(); ++g)
            if (plan_.groups[g].value == value) return static_cast<int>(g);
        PlaneGroup made;
        made.value = value;
        made.grid = grid_at(value);
        std::map<std::pair<int, Extents>, PlaneOperand> known;
        made.result = operand(made, known, value, {1, 1, 1});
        assign_slots(made);
        plan_.groups.push_back(std::move(made));
        return static_cast<int>(plan_.groups.size()) - 1;
    }

    /// The operand that holds a value at some multiple of the group's offset; steps are added for what is not there yet.
    PlaneOperand operand(PlaneGroup& made, std::map<std::pair<int, Extents>, PlaneOperand>& known, int value,
                         const Extents& multiplier) {
        if (const auto at = known.find({value, multiplier}); at != known.end()) return at->second;
        const Extents grid = grid_at(value);
        for (std::size_t a = 0; a < 3; ++a) made.widest[a] = std::max(made.widest[a], grid[a]);
        PlaneOperand operand_there;
        if (value > 0 && pools(source_.inst[value - 1].op)) {
            operand_there = leaf(made, mixer_for(value - 1), multiplier);
        } else {
            PlaneStep step;
            step.value = value;
            step.multiplier = step.left_multiplier = multiplier;
            if (value > 0) {
                step.pass = source_.pass_of[value];
                const PassPlace& place = source_.place[step.pass];
                const PlanePass& pass = source_.pass[step.pass];
                if (place.affine >= 0 && mixes_offsets(source_.inst[place.affine].taps)) {
                    step.left = leaf(made, mixer_for(place.affine), multiplier);
                } else {
                    if (place.affine >= 0)
                        step.left_multiplier =
                            scaled(multiplier, grid_taps(source_.inst[place.affine].taps, source_.shape[place.left]).stride);
                    step.left = operand(made, known, place.left, step.left_multiplier);
                }
                if (joins(pass.op)) step.right = operand(made, known, place.right, multiplier);
                made.has_theta = made.has_theta || pass.makes_theta();
                made.hoists = made.hoists || pass.op == Op::nonlinearity || pass.op == Op::normalize;
            }
            operand_there.slot = static_cast<int>(made.steps.size());
            made.steps.push_back(step);
        }
        known[{value, multiplier}] = operand_there;
        return operand_there;
    }

    PlaneOperand leaf(PlaneGroup& made, int m, const Extents& multiplier) {
        made.leaves.push_back({m, multiplier});
        made.has_theta = made.has_theta || mixer(m).has_theta;
        return {-1, static_cast<int>(made.leaves.size()) - 1};
    }

    int mixer_for(int inst) {
        for (std::size_t m = 0; m < plan_.mixers.size(); ++m)
            if (plan_.mixers[m].inst == inst) return static_cast<int>(m);
        const Inst& from = source_.inst[inst];
        PlaneMixer made;
        made.inst = inst;
        made.group = group_for(from.left);
        made.in = grid_at(from.left);
        made.whole = from.op == Op::global_pool || from.op == Op::flatten;
        made.diagonal_only = from.op == Op::flatten;
        made.has_theta = group(made.group).has_theta;
        const auto positions = static_cast<double>(volume(made.in));
        if (made.whole) {
            made.scale = made.diagonal_only ? 1 / positions : from.average ? 1 / (positions * positions) : 1;
        } else {
            const GridTaps taps = grid_taps(from.taps, source_.shape[from.left]);
            for (std::size_t a = 0; a < 3; ++a) {
                const bool looked_at = a >= static_cast<std::size_t>(3 - from.taps.axes);
                const int axis = static_cast<int>(a) - (3 - from.taps.axes);
                made.out[a] = looked_at ? static_cast<std::ptrdiff_t>(outputs_along(
                                              from.taps, axis, static_cast<std::size_t>(made.in[a])))
                                        : made.in[a];
                made.axis[a] = {made.in[a],    made.out[a],   taps.size[a], taps.stride[a],
                                taps.first[a], taps.circular, from.op == Op::affine};
                if (from.op == Op::pool && from.average && from.normalize_edges) {
                    for (std::ptrdiff_t o = 0; o < made.out[a]; ++o)
                        made.edge[a].push_back(1 / static_cast<double>(made.axis[a].inside(o)));
                } else if (from.op == Op::pool && from.average) {
                    made.scale /= static_cast<double>(taps.size[a] * taps.size[a]);
                }
            }
        }
        plan_.mixers.push_back(std::move(made));
        const int m = static_cast<int>(plan_.mixers.size()) - 1;
        group(mixer(m).group).mixers.push_back(m);
        return m;
    }

    /// Slots of a group, each free again after the last step that reads it; a step may write over what it reads last.
    static void assign_slots(PlaneGroup& made) {
        const int size = static_cast<int>(made.steps.size());
        std::vector<int> last_use(made.steps.size(), -1), slot(made.steps.size(), 0);
        std::vector<bool> taken(made.steps.size() + 1, false);
        for (int k = 0; k < size; ++k) {
            const PlaneStep& step = made.steps[static_cast<std::size_t>(k)];
            for (const PlaneOperand& read : {step.left, step.right})
                if (read.slot >= 0) last_use[static_cast<std::size_t>(read.slot)] = k;
        }
        if (made.result.slot >= 0) last_use[static_cast<std::size_t>(made.result.slot)] = size;
        for (int k = 0; k < size; ++k) {
            PlaneStep& step = made.steps[static_cast<std::size_t>(k)];
            for (PlaneOperand* read : {&step.left, &step.right}) {
                if (read->slot < 0) continue;
                const auto at = static_cast<std::size_t>(read->slot);
                read->slot = slot[at];
                if (last_use[at] == k) taken[static_cast<std::size_t>(slot[at])] = false;
            }
            std::size_t free = 0;
            while (taken[free]) ++free;
            taken[free] = true;
            slot[static_cast<std::size_t>(k)] = step.slot = static_cast<int>(free);
            made.slots = std::max(made.slots, step.slot + 1);
        }
        if (made.result.slot >= 0) made.result.slot = slot[static_cast<std::size_t>(made.result.slot)];
    }

    /// Of a sample with itself, the one of two equal planes that is made.
    [[nodiscard]] Offset standing_for(const Offset& offset) const {
        const bool mirrored = use != PlaneUse::pair && offset < Offset{};
        return mirrored ? Offset{-offset[0], -offset[1], -offset[2]} : offset;
    }

    /// Calls what(offset) for every offset of a grid, in the order of memory.
    template <class What>
    static void each_offset(const Extents& grid, const What& what) {
        for (std::ptrdiff_t z = 1 - grid[0]; z < grid[0]; ++z)
            for (std::ptrdiff_t y = 1 - grid[1]; y < grid[1]; ++y)
                for (std::ptrdiff_t x = 1 - grid[2]; x < grid[2]; ++x) what(Offset{z, y, x});
    }

    /// Which offsets of its output an offset of a mixer's input reaches along one axis, and by which meetings; found
    /// once. And the other way round.
    struct Reach {
        std::ptrdiff_t offset;
        std::size_t first, count;
    };
    struct AxisReach {
        std::vector<std::vector<Reach>> forward, backward;
    };

    const AxisReach& reach(int m, std::size_t a) {
        while (reaches_.size() <= static_cast<std::size_t>(m)) reaches_.emplace_back();
        AxisReach& made = reaches_[static_cast<std::size_t>(m)][a];
        if (!made.forward.empty()) return made;
        const AxisWindows& axis = mixer(m).axis[a];
        made.forward.resize(static_cast<std::size_t>(2 * axis.in - 1));
        made.backward.resize(static_cast<std::size_t>(2 * axis.out - 1));
        for (std::ptrdiff_t to = 1 - axis.out; to < axis.out; ++to)
            for (std::ptrdiff_t from = 1 - axis.in; from < axis.in; ++from) {
                const std::vector<Meeting> here = axis.meetings(from, to);
                if (here.empty()) continue;
                const std::size_t first = plan_.meetings.size();
                made.forward[static_cast<std::size_t>(from + axis.in - 1)].push_back({to, first, here.size()});
                made.backward[static_cast<std::size_t>(to + axis.out - 1)].push_back({from, first, here.size()});
                plan_.meetings.insert(plan_.meetings.end(), here.begin(), here.end());
            }
        return made;
    }

    void need_mixed(int m, const Offset& offset) {
        if (!done_mixed_.insert({m, offset}).second) return;
        const Extents in = mixer(m).in;
        const int from = mixer(m).group;
        if (mixer(m).diagonal_only) return need_plane(from, {});
        if (mixer(m).whole) return each_offset(in, [&](const Offset& d) { need_plane(from, standing_for(d)); });
        const auto from_along = [&](std::size_t a) {
            return reach(m, a).backward[static_cast<std::size_t>(offset[a] + mixer(m).out[a] - 1)];
        };
        const std::vector<Reach> along[] = {from_along(0), from_along(1), from_along(2)};
        for (const Reach& z : along[0])
            for (const Reach& y : along[1])
                for (const Reach& x : along[2]) need_plane(from, standing_for({z.offset, y.offset, x.offset}));
    }

    void need_leaves(int g, const Offset& offset) {
        for (const PlaneLeaf& leaf : group(g).leaves) {
            const Offset there = standing_for(scaled(offset, leaf.multiplier));
            const int m = leaf.mixer;
            need_mixed(m, there);
            if (!emitting_) ++uses_[{m, there}];
        }
    }

    void use_leaves(int g, PlaneEvent& event) {
        event.first_leaf = plan_.leaf_uses.size();
        event.leaves = group(g).leaves.size();
        for (const PlaneLeaf& leaf : group(g).leaves) {
            const Key key{leaf.mixer, standing_for(scaled(event.offset, leaf.multiplier))};
            Mixed& mixed = mixed_[key];
            plan_.leaf_uses.push_back({mixed.place, !mixed.scaled});
            mixed.scaled = true;
        }
    }

    void release_leaves(int g, const Offset& offset) {
        for (const PlaneLeaf& leaf : group(g).leaves) {
            const Key key{leaf.mixer, standing_for(scaled(offset, leaf.multiplier))};
            if (--uses_[key] == 0 && !mixer(leaf.mixer).whole)
                memory_.release(mixed_[key].place, mixed_vectors(mixer(leaf.mixer), key.second));
        }
    }

    void need_numbers(int g) {
        if (done_numbers_[static_cast<std::size_t>(g)]) return;
        done_numbers_[static_cast<std::size_t>(g)] = true;
        need_leaves(g, {});
        if (!emitting_) return;
        PlaneEvent event{.group = g, .offset = {}, .hoists = true};
        use_leaves(g, event);
        plan_.events.push_back(event);
        release_leaves(g, {});
    }

    void need_plane(int g, const Offset& offset) {
        if (!done_planes_.insert({g, offset}).second) return;
        // Also of a group without numbers: what flows into others has to have room.
        if (use != PlaneUse::pair) need_numbers(g);
        need_leaves(g, offset);
        if (!emitting_) return;
        PlaneEvent event{.group = g, .offset = offset};
        use_leaves(g, event);
        event.first_flow = plan_.flows.size();
        const std::vector<int> readers = group(g).mixers;
        for (const int m : readers) flow_into(m, offset);
        event.flows = plan_.flows.size() - event.first_flow;
        plan_.events.push_back(event);
        release_leaves(g, offset);
    }

    /// A plane that was made flows into every plane of a mixer that is needed. Of a sample with itself it stands for two.
    void flow_into(int m, const Offset& offset) {
        const bool zero = offset == Offset{};
        const bool two = use != PlaneUse::pair && !zero;
        const Offset mirrored{-offset[0], -offset[1], -offset[2]};
        if (mixer(m).whole) {
            if (mixer(m).diagonal_only && !zero) return;
            if (!needed_.contains({m, Offset{}})) return;
            plan_.flows.push_back(flow_to(m, {}, two ? 2 : 1));
            return;
        }
        flow_along(m, offset);
        if (two) flow_along(m, mirrored);
    }

    void flow_along(int m, const Offset& from) {
        const auto to_along = [&](std::size_t a) {
            return reach(m, a).forward[static_cast<std::size_t>(from[a] + mixer(m).in[a] - 1)];
        };
        const std::vector<Reach> along[] = {to_along(0), to_along(1), to_along(2)};
        for (const Reach& z : along[0])
            for (const Reach& y : along[1])
                for (const Reach& x : along[2]) {
                    const Offset to{z.offset, y.offset, x.offset};
                    if (!needed_.contains({m, to})) continue;
                    PlaneFlow flow = flow_to(m, to, 1);
                    std::size_t a = 0;
                    for (const Reach* way : {&z, &y, &x}) {
                        flow.first[a] = way->first;
                        flow.count[a++] = way->count;
                    }
                    plan_.flows.push_back(flow);
                }
    }

    PlaneFlow flow_to(int m, const Offset& to, double factor) {
        Mixed& mixed = mixed_[{m, to}];
        PlaneFlow flow{.mixer = m, .to = to, .factor = factor};
        flow.clear = !mixed.begun;
        if (!mixed.begun && !mixer(m).whole) mixed.place = memory_.claim(mixed_vectors(mixer(m), to));
        mixed.begun = true;
        flow.place = mixed.place;
        return flow;
    }

    void count_elements() {
        const auto nonlinear = [&](const PlaneStep& step) {
            return step.pass >= 0 && source_.pass[step.pass].op == Op::nonlinearity;
        };
        for (const PlaneEvent& event : plan_.events)
            for (const PlaneStep& step : group(event.group).steps)
                if (!event.hoists && nonlinear(step))
                    plan_.elements += static_cast<std::uint64_t>(
                        volume(plane_extents(grid_at(step.value), scaled(event.offset, step.multiplier))));
        for (const PlaneGroup& made : plan_.groups)
            for (const PlaneStep& step : made.steps)
                if (nonlinear(step)) {
                    const auto positions = static_cast<std::uint64_t>(volume(grid_at(step.value)));
                    plan_.all_planes += positions * positions;
                }
    }

    struct Mixed {
        std::size_t place = 0;
        bool begun = false, scaled = false;
    };

    PlaneSource source_;
    PlanePlan plan_;
    bool emitting_ = false;
    std::set<Key> done_planes_, done_mixed_, needed_;
    std::map<Key, int> uses_;
    std::map<Key, Mixed> mixed_;
    std::vector<bool> done_numbers_;
    std::vector<std::array<AxisReach, 3>> reaches_;
    PlannedMemory memory_;
};

}  // namespace wide
