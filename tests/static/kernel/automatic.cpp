// Duals that are made for activations, by the compiler: the kernels of a tanh net and of an ELU net as constants. The
// values expected are from adaptive quadrature in 20 digits.
#include <wide/kernel_at.hpp>

using namespace wide;

constexpr Moments pair{.xx = 0.3, .xz = 0.1, .zz = 0.2};

template <class W>
struct Net : Serial<Dense<8>, W, Dense<1>> {};

constexpr KernelValue smooth = kernel_at<Net<Tanh>>(pair);
static_assert(near(smooth.nngp, 0.06862792502299018, 1e-12) && near(smooth.ntk, 0.1375969907028731, 1e-11));

constexpr KernelValue kinked = kernel_at<Net<Elu<>>>(pair);
static_assert(near(kinked.nngp, 0.07528930445351383, 1e-12) && near(kinked.ntk, 0.1489469482849003, 1e-11));
