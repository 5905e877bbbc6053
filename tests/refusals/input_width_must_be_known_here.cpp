// expect: input_width_must_be_known_here: Vector<> leaves its width to run time, ask with Vector<d>
#include <wide/dsl.hpp>
using namespace wide;

using Net = Serial<Dense<64>, Relu, Dense<1>>;
#ifdef CURED
inline constexpr auto parameters = parameters_of<Net, Vector<784>>;
#else
inline constexpr auto parameters = parameters_of<Net, Vector<>>;
#endif
