// The whole library, and one call of it on a net of ten layers.
#include <cstddef>

#include <wide/wide.hpp>

using namespace wide;

struct Net : Serial<Repeat<10, Dense<512, He>, Relu>, Dense<1>> {};

Matrix<float> kernel_of(const float* samples, std::size_t count);

Matrix<float> kernel_of(const float* samples, std::size_t count) {
    return ntk<Net>(rows<Vector<784>>(samples, count));
}
