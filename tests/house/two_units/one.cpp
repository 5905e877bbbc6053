// With two.cpp: everything in wide.hpp may be included and used in two translation units of one program.
#include "net.hpp"

float there();

static float here() {
    const float x[4] = {1, 2, 3, 4};
    return wide::ntk<Net>(wide::rows<wide::Vector<2>>(x, 2))(0, 1);
}

int main() { return here() > 0 && here() == there() ? 0 : 1; }
