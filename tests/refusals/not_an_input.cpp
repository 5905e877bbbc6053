// expect: rejected<(wide::)?not_an_input, (wide::)?at_layer<0[ul]*, Net>, (wide::)?received<int> ?>
#include <wide/dsl.hpp>
using namespace wide;

struct Net : Serial<Dense<512, He>, Relu, Dense<1>> {};
#ifdef CURED
using In = Vector<784>;
#else
using In = int;
#endif
inline constexpr auto parameters = parameters_of<Net, In>;
