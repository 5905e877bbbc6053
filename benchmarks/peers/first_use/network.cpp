// A first program: a gradient of a multi-layer perceptron.
#include <wide/wide.hpp>

using namespace wide;

struct Mlp : Serial<Dense<64, He>, Relu, Dense<64, He>, Relu, Dense<1>> {};
using In = Vector<64>;

int main(int, char** argv) {
    const auto file = [&](const char* name) { return npy_matrix<float>(std::string(argv[1]) + "/" + name + ".npy"); };
    const Matrix<float> x = file("x"), cotangent = file("cotangent"), row = file("theta");
    Parameters<Mlp, In> theta;
    const float* from = row.data();
    for (int i = 0; i < theta.leaves; ++i)
        for (float& to : theta.leaf(i)) to = *from++;
    const auto gradient = vjp<Mlp>(theta, rows<In>(x), cotangent);
    Matrix<float> all(1, gradient.count);
    float* to = all.data();
    for (int i = 0; i < gradient.leaves; ++i)
        for (const float number : gradient.leaf(i)) *to++ = number;
    write_npy(std::string(argv[1]) + "/answer_gradient.npy", all);
}
