// The smooth activations, whose duals are made from Hermite coefficients, and one of a user's own.
#include "check.hpp"

using namespace wide;

KEEPS_CONTRACT(Tanh)
KEEPS_CONTRACT(Sigmoid)
KEEPS_CONTRACT(Silu)
KEEPS_CONTRACT(Softplus)
KEEPS_CONTRACT(Mish)

/// The cosine without its closed form.
struct PlainCosine {
    template <class L>
    static constexpr L value(L x) {
        return cos(x);
    }
    template <class L>
    static constexpr L slope(L x) {
        return L(0) - sin(x);
    }
};
KEEPS_CONTRACT(PlainCosine)
