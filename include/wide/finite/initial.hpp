#pragma once
// Parameters to begin with: independent normal numbers. In NTK parameterisation all of deviation 1, as the layers scale
// them; in standard parameterisation weights of sigma_w / sqrt(fan-in) and biases of sigma_b.
//
//     auto theta = initial<Net, Vector<784>>(seed{0});             // float
//     auto exact = initial<Net, Vector<784>, double>(seed{0});     // the same numbers, before they are rounded
#include <wide/finite/parameters.hpp>
#include <wide/run/random.hpp>

namespace wide {

template <class Net, class In, class T = float>
[[nodiscard]] Parameters<Net, In, T> initial(seed from) {
    Parameters<Net, In, T> theta;
    for (int i = 0; i < theta.leaves; ++i) {
        const Random random(from, static_cast<std::uint32_t>(i));
        const auto leaf = theta.leaf(i);
        const double deviation = theta.plan.leaf[i].deviation;
        for (std::size_t k = 0; k < leaf.size(); k += 2) {
            const auto pair = random.normal_pair(k / 2);
            leaf[k] = static_cast<T>(deviation * pair[0]);
            if (k + 1 < leaf.size()) leaf[k + 1] = static_cast<T>(deviation * pair[1]);
        }
    }
    return theta;
}

}  // namespace wide
