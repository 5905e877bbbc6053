// The smooth activations, whose duals are made from Hermite coefficients, and one of a user's own.
#include <wide/kernel_at.hpp>

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

TEST_CASE("the cosine made from its series has the kernel of its closed form") {
    struct Made : Serial<Dense<8>, PlainCosine, Dense<1>> {};
    struct Closed : Serial<Dense<8>, Cos<>, Dense<1>> {};
    for (const double xz : {-0.9, -0.2, 0.0, 0.5, 1.1}) {
        const Moments pair{.xx = 2, .xz = xz, .zz = 0.7};
        const KernelValue made = kernel_at<Made>(pair), closed = kernel_at<Closed>(pair);
        CHECK(near(made.nngp, closed.nngp, 1e-10));
        CHECK(near(made.ntk, closed.ntk, 1e-10));
    }
}
