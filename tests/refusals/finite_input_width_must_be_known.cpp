// expect: rejected<(wide::)?input_width_must_be_known_here, (wide::)?at_layer<0[ul]*, .*>, (wide::)?received<(wide::)?Vector<(18446744073709551615[ul]*)?> ?> ?>
#include <wide/dsl.hpp>
#include <wide/finite/initial.hpp>
using namespace wide;

struct Net : Serial<Dense<8>, Relu, Dense<1>> {};
#ifdef CURED
using In = Vector<5>;
#else
using In = Vector<>;
#endif
const auto theta = initial<Net, In>(seed{1});
