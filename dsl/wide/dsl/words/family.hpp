#pragma once
// Several architectures on one input, in one pass over the data: what they have in common, dot products and layers,
// is computed once.
//
//     struct Depths : Family<Net<1>, Net<2>, Net<3>> {};
//     auto K = ntk<Depths>(x);                     // K[0], K[1], K[2]; ntk<Net<1>, Net<2>, Net<3>>(x) is the same
//
// Layers are shared where the types say the same of them. Run-time scales count the affine words of all members, one
// member after the other; those of a shared layer have to agree.
#include <wide/dsl/meaning/writer.hpp>

namespace wide {

template <class... Nets>
struct Family {
    using parts = Parts<Nets...>;
    using members = Parts<Nets...>;
};

/// How many kernels an architecture has: one, or one for each member of a family.
template <class Net>
constexpr int count_results() {
    if constexpr (requires { typename Net::members; }) return Net::members::count;
    else return 1;
}

template <class Net>
inline constexpr int results_of = count_results<Net>();

}  // namespace wide
