#pragma once
// How gradient descent moves, and for how long. On a loss L, outputs f of a network whose tangent kernel is Theta follow
//
//     learning_rate{eta}        f' = -eta Theta dL/df                     gradient flow
//                               v <- dL, f <- f - eta Theta v             a step of gradient descent
//     heavy_ball{eta, m}        f'' = -eta Theta dL/df - (1 - m) f'       the same with momentum, from rest (Polyak 1964)
//                               v <- m v + dL, f <- f - eta Theta v
//
// Time is counted in steps: the flow up to t is what t steps do where the learning rate is small.
//
//     flow.train(2.5)       the flow up to t = 2.5
//     flow.train(steps{3})  three steps
//     flow.train(forever)   the flow to its end
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include <wide/run/error.hpp>

namespace wide {

/// Plain gradient descent.
struct learning_rate {
    double value = 1;
};

/// Gradient descent with momentum: what a step keeps of the one before.
struct heavy_ball {
    double rate = 1;
    double momentum = 0.9;
};

/// So many steps of gradient descent, in place of the time of a flow.
struct steps {
    std::uint64_t count = 0;
};

inline constexpr double forever = std::numeric_limits<double>::infinity();

namespace descent {

inline void require(const learning_rate& law, const std::string& caller) {
    if (!(law.value > 0) || !std::isfinite(law.value))
        throw error{caller + ": a learning rate of " + std::to_string(law.value) + " is refused: pass a positive number"};
}

inline void require(const heavy_ball& law, const std::string& caller) {
    require(learning_rate{law.rate}, caller);
    if (!(law.momentum >= 0 && law.momentum < 1))
        throw error{caller + ": a momentum of " + std::to_string(law.momentum) +
                    " does not decay: take one from 0 to below 1"};
}

/// Forever is a time, too.
inline void require(double time, const std::string& caller) {
    if (!(time >= 0)) throw error{caller + ": a time of " + std::to_string(time) + " is refused: take 0 or later"};
}
inline void require(steps, const std::string&) {}

[[nodiscard]] inline bool is_forever(double time) { return time == forever; }
[[nodiscard]] inline bool is_forever(steps) { return false; }

}  // namespace descent
}  // namespace wide
