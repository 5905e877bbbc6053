// expect: a Family has at least one member
#include <wide/dsl.hpp>
using namespace wide;

#ifdef CURED
struct Nets : Family<Serial<Dense<64>, Relu, Dense<1>>> {};
#else
struct Nets : Family<> {};
#endif
static_assert(accepts<Nets, Vector<784>>);
