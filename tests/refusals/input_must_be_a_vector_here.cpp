// expect: rejected<(wide::)?input_must_be_a_vector_here, (wide::)?at_layer<0[ul]*, Net>, (wide::)?received<(wide::)?Image<4[ul]*, 4[ul]*, 2[ul]*> ?> ?>
#include <wide/dsl.hpp>
using namespace wide;

#ifdef CURED
struct Net : Serial<Dense<8>, Relu, Dense<1>> {};
using In = Vector<4 * 4 * 2>;
#else
struct Net : Serial<Conv<8, Filter<3, 3>>, Relu, Flatten, Dense<1>> {};
using In = Image<4, 4, 2>;
#endif
inline constexpr double flops = cost_of<Net, In>.flops;
