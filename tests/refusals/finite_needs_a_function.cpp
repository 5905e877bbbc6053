// expect: this architecture has a kernel that belongs to no function: it has no finite network
#include <wide/dsl.hpp>
#include <wide/finite/initial.hpp>
using namespace wide;

#ifdef CURED
struct Net : Serial<Dense<8>, Exp<1, 0.5>, Dense<1>> {};
#else
struct Net : Serial<Dense<8>, ExpNormalized<1, 0>, Dense<1>> {};
#endif
const auto theta = initial<Net, Vector<5>>(seed{1});
