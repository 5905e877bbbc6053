// expect: rejected<(wide::)?layer_expects_a_vector, (wide::)?at_layer<0[ul]*, (wide::)?Dense<64[ul]*> ?>, (wide::)?received<(wide::)?Image<2[ul]*, 2[ul]*, 3[ul]*> ?> ?>
#include <wide/wide.hpp>
using namespace wide;

struct Net : Serial<Dense<64>, Relu, Dense<1>> {};
#ifdef CURED
using In = Vector<12>;
#else
using In = Image<2, 2, 3>;
#endif
Matrix<float> kernel(const float* data) { return ntk<Net>(rows<In>(data, 7)); }
