// expect: rejected<(wide::)?nonlinearity_expects_an_affine_layer_before_it, (wide::)?at_layer<0[ul]*, (wide::)?Relu>, (wide::)?received<(wide::)?Vector<(18446744073709551615[ul]*)?> ?> ?>
#include <wide/kernel_at.hpp>
using namespace wide;

#ifdef CURED
struct Net : Serial<Dense<64>, Relu, Dense<1>> {};
#else
struct Net : Serial<Relu, Dense<64>, Dense<1>> {};
#endif
inline constexpr auto k = kernel_at<Net>(Moments{.xx = 1.0, .xz = 0.9, .zz = 2.25});
