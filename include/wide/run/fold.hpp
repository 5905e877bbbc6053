#pragma once
// Which rows of a data set learn, and which are held out to judge what was learnt: one split of a cross-validation.
#include <cstddef>
#include <vector>

namespace wide {

/// Zero-based rows, in the order in which they are used.
struct Fold {
    std::vector<std::size_t> train, held_out;
};

}  // namespace wide
