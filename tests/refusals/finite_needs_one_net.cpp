// expect: a Family has several results: name one of its members
#include <wide/dsl.hpp>
#include <wide/finite/initial.hpp>
using namespace wide;

struct Member : Serial<Dense<8>, Relu, Dense<1>> {};
#ifdef CURED
using Net = Member;
#else
struct Net : Family<Member, Serial<Dense<8>, Relu, Dense<8>, Relu, Dense<1>>> {};
#endif
const auto theta = initial<Net, Vector<5>>(seed{1});
