#pragma once
// One step of a kernel on a pair of samples, as a plain value, and what steps make up: the draft that is worked on,
// and the recursion that a kernel function depends on.
#include <wide/dsl/meaning/inst.hpp>
#include <wide/dsl/meaning/range.hpp>

namespace wide {

struct Step {
    Op op = Op::affine;
    unsigned short nonlinearity = 0;                                ///< index among the net's distinct nonlinearities
    unsigned short left = 0, right = 0, out = 0;                    ///< slots of correlations
    unsigned short theta_left = 0, theta_right = 0, theta_out = 0;  ///< slots of Thetas
    bool biased = false, trained = false, standard = false;
    bool left_trained = false, right_trained = false;  ///< false: that Theta is identically zero
    bool known = false;       ///< the correlation, and what Theta is made of, is that of the step before
    bool shares_own = false;  ///< the next step, a known one, adds this layer's own part to its Theta
    bool small = false;       ///< the correlation read is kept apart, exact where it is small
    unsigned char range = 0;  ///< of the correlations read: an index into range_floor

    constexpr double lowest() const { return range_floor[range]; }
    constexpr bool nonnegative() const { return range > 0; }
    /// Whether this step makes a Theta.
    constexpr bool makes_theta() const { return trained || left_trained || right_trained; }

    friend constexpr bool operator==(const Step&, const Step&) = default;
};

struct Segment {
    int first = 0, length = 0;
    bool looped = false;
};

/// Where a result lies after the last step.
struct Result {
    int correlation = 0, theta = 0;  ///< slots
    bool trained = false;            ///< false: the NTK is identically zero
    bool nonnegative = false;        ///< the correlation is known to be >= 0
    bool small = false;              ///< it is kept apart, exact where it is small
};

template <int step_capacity, int segment_capacity, int result_count>
struct Recursion {
    static constexpr int results = result_count;
    Step step[step_capacity]{};
    Segment segment[segment_capacity]{};
    Result result[result_count]{};
    int segments = 0;
    int slots = 1, theta_slots = 1;
};

template <int capacity, int results>
struct Draft {
    Step step[capacity]{};
    int source[capacity]{};  ///< the instruction that each step stands for
    int size = 0;
    Result result[results]{};
    int slots = 1, theta_slots = 1;
    int segment_first[capacity]{};  ///< first step of each segment's body
    int segment_length[capacity]{};
    int segment_repeats[capacity]{};
    int segments = 0;

    constexpr bool trained() const {
        for (const Result& one : result)
            if (one.trained) return true;
        return false;
    }
};

}  // namespace wide
