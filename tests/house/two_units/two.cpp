#include "net.hpp"

float there();

float there() {
    const float x[4] = {1, 2, 3, 4};
    return wide::ntk<Net>(wide::rows<wide::Vector<2>>(x, 2))(0, 1);
}
