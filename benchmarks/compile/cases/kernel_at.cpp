// One kernel value computed by the compiler.
#include <wide/kernel_at.hpp>

using namespace wide;

struct Net : Serial<Dense<512, He>, Relu, Dense<512, He>, Relu, Dense<1>> {};

static_assert(near(kernel_at<Net>(Moments{.xx = 1.0, .xz = 0.9, .zz = 2.25}).ntk, 2.3166, 1e-4));
