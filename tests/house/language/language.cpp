#include <wide/dsl.hpp>

using namespace wide;

struct Net : Serial<Dense<512, He>, Relu, Dense<1>> {};

static_assert(accepts<Net, Vector<3>>);
static_assert(!accepts<Net, Image<32, 32, 3>>);

int main() { return parameters_of<Net, Vector<3>> == 3 * 512 + 512 ? 0 : 1; }
