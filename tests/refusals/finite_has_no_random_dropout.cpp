// expect: Dropout<keep, Train> is random at finite width: say Dropout<keep>, which does nothing
#include <wide/dsl.hpp>
#include <wide/finite/initial.hpp>
using namespace wide;

#ifdef CURED
struct Net : Serial<Dense<8>, Relu, Dropout<0.5>, Dense<1>> {};
#else
struct Net : Serial<Dense<8>, Relu, Dropout<0.5, Train>, Dense<1>> {};
#endif
const auto theta = initial<Net, Vector<5>>(seed{1});
