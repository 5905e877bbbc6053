#pragma once
// Dropout. As a network is used (the default) it does nothing; in training mode units stay with probability `keep`
// and are scaled by 1/keep, so a sample's own variance grows by 1/keep and covariances between samples stay.
//
//     Dropout<0.9>     Dropout<0.9, Train>
#include <wide/dsl/grammar/number.hpp>
#include <wide/dsl/meaning/writer.hpp>

namespace wide {

struct Test {};
struct Train {};

template <Number auto keep, class Mode = Test>
struct Dropout {
    using self = Dropout;

    static constexpr int write(Writer& writer, int value) {
        const bool legal = keep > 0 && keep <= 1;
        if constexpr (requires(Mode mode) { static_cast<Train>(mode); }) {
            return writer.layer({.op = Op::dropout,
                                 .word = &identity<Dropout>,
                                 .left = value,
                                 .keep = static_cast<double>(keep),
                                 .complaint = legal ? Reason::none : Reason::keep_rate_must_be_in_0_1});
        } else if constexpr (requires(Mode mode) { static_cast<Test>(mode); }) {
            if (legal) return writer.skip(value);
            return writer.layer({.op = Op::foreign,
                                 .word = &identity<Dropout>,
                                 .left = value,
                                 .complaint = Reason::keep_rate_must_be_in_0_1});
        } else {
            return writer.layer({.op = Op::foreign,
                                 .word = &identity<Dropout>,
                                 .left = value,
                                 .complaint = Reason::option_is_not_for_this_word});
        }
    }
};

}  // namespace wide
