#pragma once
// The passes of an architecture over an offset plane. Convolutions never mix pairs of positions (p, q) of different
// offset q - p, and nonlinearities act on every pair alone: so a plane of equal offset goes through all layers by
// itself, in cache. A pass is an affine layer and what follows it: one sweep over the plane.
//
//     constexpr auto& passes = plane_program<Net, true>;      // passes.size, passes.pass[k], passes.place[k]
#include <wide/dsl/meaning/recursion.hpp>

namespace wide {

/// What a trained layer adds to Theta for its own parameters.
enum class OwnPart : unsigned char { none, covariance, standard };

/// All that the code of a pass depends on.
struct PlanePass {
    Op op = Op::affine;  ///< what the pass ends with
    OwnPart own = OwnPart::none;
    bool left_theta = false, right_theta = false;  ///< whether there is a Theta to read
    bool nonnegative = false;                      ///< nonlinearity: the new correlations are
    unsigned char range = 0;                       ///< nonlinearity: of the correlations read
    unsigned short nonlinearity = 0;               ///< index among the net's distinct nonlinearities

    constexpr bool makes_theta() const { return own != OwnPart::none || left_theta || right_theta; }

    friend constexpr bool operator==(const PlanePass&, const PlanePass&) = default;
};

/// Where in the program a pass stands.
struct PassPlace {
    int affine = -1;            ///< the affine instruction that it begins with, if any
    int inst = 0;               ///< the instruction that it ends with
    int left = 0, right = 0;    ///< values read

    constexpr int value() const { return inst + 1; }
};

template <int capacity>
struct PlaneProgram {
    PlanePass pass[capacity]{};
    PassPlace place[capacity]{};
    int pass_of[capacity + 1]{};  ///< the pass that makes a value; -1: the input, a pool, or what no pass stores
    int size = 0;
};

template <int capacity>
constexpr PlaneProgram<capacity> planned_passes(const Program<capacity, 1>& program, const Draft<capacity, 1>& draft,
                                                const NonlinearityTable& table, bool with_theta) {
    PlaneProgram<capacity> planes;
    int readers[capacity + 1]{};
    for (int i = 0; i < program.size; ++i) {
        ++readers[program.inst[i].left];
        if (joins(program.inst[i].op)) ++readers[program.inst[i].right];
    }
    ++readers[program.result[0]];
    for (int& pass : planes.pass_of) pass = -1;
    for (int i = 0; i < program.size; ++i) {
        const Inst& first = program.inst[i];
        if (pools(first.op)) continue;
        PassPlace place{.inst = i, .left = first.left, .right = first.right};
        PlanePass pass{.op = first.op};
        if (first.op == Op::affine) {
            place.affine = i;
            if (with_theta && !first.frozen) pass.own = first.standard ? OwnPart::standard : OwnPart::covariance;
            const bool goes_on = i + 1 < program.size && program.inst[i + 1].left == i + 1 && readers[i + 1] == 1;
            if (goes_on && (program.inst[i + 1].op == Op::nonlinearity || program.inst[i + 1].op == Op::normalize))
                place.inst = i + 1;
        }
        pass.left_theta = with_theta && draft.step[i].left_trained;
        pass.right_theta = with_theta && draft.step[i].right_trained;
        const Inst& last = program.inst[place.inst];
        pass.op = last.op;
        if (last.op == Op::nonlinearity) {
            const Step& step = draft.step[place.inst];
            pass.range = step.range;
            pass.nonlinearity = step.nonlinearity;
            pass.nonnegative = table.lowest_correlation[step.nonlinearity](step.lowest()) >= 0;
        }
        planes.pass_of[place.inst + 1] = planes.size;
        planes.place[planes.size] = place;
        planes.pass[planes.size++] = pass;
        i = place.inst;
    }
    return planes;
}

template <class Net, bool with_theta>
inline constexpr auto plane_program =
    planned_passes(program<Net>, draft<Net>, nonlinearity_table<nonlinearities_of<Net>>, with_theta);

}  // namespace wide
