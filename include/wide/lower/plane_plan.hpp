#pragma once
// In which order the offset planes of a pair go through an architecture, and where they live: made once for an
// architecture and an input, by backward liveness from the result, and then run for every pair.
//
//     group   the passes between two pools. A plane goes through a whole group before the next plane is begun.
//     mixer   a pool, or the taps of a circular convolution: planes of its input flow into planes of its output as they
//             come, and an output plane lives from the first that flows in until a group has read it.
//     event   one plane of one group: which mixed planes it reads, and into which it flows.
//
// Only planes that the result depends on are made (layers_and_duals, section 6): behind a Flatten the offset 0, before
// a pool of width w the offsets s D + d, |d| < w. Of a sample with itself the planes of d and -d are the same.
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <wide/lower/positions.hpp>

namespace wide {

/// Where a pass finds a plane: in a slot of its group, or in a mixed plane that came from outside.
struct PlaneOperand {
    int slot = -1, leaf = -1;
};

/// One step of a group. Pass -1 makes the covariances of the input from the samples themselves.
struct PlaneStep {
    int pass = -1, value = 0;
    PlaneOperand left, right;
    int slot = 0;
    Extents left_multiplier{1, 1, 1}, multiplier{1, 1, 1};  ///< offsets here, in units of the group's offset
};

struct PlaneLeaf {
    int mixer;
    Extents multiplier;
};

struct PlaneGroup {
    int value = 0;  ///< what it makes
    std::vector<PlaneStep> steps;
    std::vector<PlaneLeaf> leaves;
    PlaneOperand result;
    std::vector<int> mixers;  ///< who reads it
    int slots = 0;
    Extents grid{1, 1, 1}, widest{1, 1, 1};  ///< of its value; of all of its values
    bool has_theta = false, hoists = false;
};

struct PlaneMixer {
    int inst = 0, group = 0;
    Extents in{1, 1, 1}, out{1, 1, 1};
    AxisWindows axis[3]{};
    bool whole = false, diagonal_only = false;  ///< whole: all positions become one
    double scale = 1;                           ///< of everything that flowed in
    std::vector<double> edge[3];                ///< further factors of every output position, if any
    bool has_theta = false;
};

/// A mixed plane that an event reads. The first to read it multiplies it by the mixer's scale.
struct LeafUse {
    std::size_t place = 0;  ///< in vectors, within the mixed planes
    bool first = false;
};

/// A plane that flows into a mixed one.
struct PlaneFlow {
    int mixer = 0;
    Offset to{};
    std::size_t place = 0;
    bool clear = false;
    double factor = 1;              ///< whole mixers only
    std::size_t first[3]{}, count[3]{};  ///< meetings along the axes
};

struct PlaneEvent {
    int group = 0;
    Offset offset{};
    bool hoists = false;  ///< variances and hoisted numbers rather than kernels
    std::size_t first_leaf = 0, leaves = 0, first_flow = 0, flows = 0;
};

/// What pairs a plan is for.
enum class PlaneUse : unsigned char {
    pair,     ///< two different samples
    numbers,  ///< a sample with itself, as far as its hoisted numbers ask for
    itself    ///< a sample with itself, numbers and kernels
};

/// A plane is stored row after row, each with a zero behind it, and with a row before the first and one behind the last,
/// for filters to read.
constexpr std::ptrdiff_t stored_columns(std::ptrdiff_t columns) { return columns + 1; }
constexpr std::size_t stored_vectors(const Extents& extents) {
    return static_cast<std::size_t>((extents[0] * extents[1] + 2) * stored_columns(extents[2]));
}

struct PlanePlan {
    std::vector<PlaneGroup> groups;
    std::vector<PlaneMixer> mixers;
    std::vector<PlaneEvent> events;
    std::vector<LeafUse> leaf_uses;
    std::vector<PlaneFlow> flows;
    std::vector<Meeting> meetings;
    int result_group = 0;
    std::size_t mixed_size = 0;    ///< vectors of all mixed planes that live at a time
    std::uint64_t elements = 0;    ///< of all passes with a nonlinearity: pairs of positions a pair of samples
    std::uint64_t all_planes = 0;  ///< the same if every plane were made

    [[nodiscard]] std::size_t bytes() const {
        std::size_t all = size_of(groups) + size_of(mixers) + size_of(events) + size_of(leaf_uses) + size_of(flows) +
                          size_of(meetings);
        for (const PlaneGroup& group : groups)
            all += size_of(group.steps) + size_of(group.leaves) + size_of(group.mixers);
        for (const PlaneMixer& mixer : mixers)
            for (const std::vector<double>& factors : mixer.edge) all += size_of(factors);
        return all;
    }

private:
    template <class Each>
    static std::size_t size_of(const std::vector<Each>& list) {
        return list.capacity() * sizeof(Each);
    }
};

/// A mixed plane in memory: its covariances, then its Thetas, if any.
constexpr std::size_t mixed_vectors(const PlaneMixer& mixer, const Offset& offset) {
    if (mixer.whole) return 0;
    const Extents extents = plane_extents(mixer.out, offset);
    return stored_vectors(extents) * (mixer.has_theta ? 2 : 1);
}

}  // namespace wide
