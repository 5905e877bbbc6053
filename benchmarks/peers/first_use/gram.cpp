// A first program: the NTK of the vectors in a file.
#include <wide/wide.hpp>

using namespace wide;

struct Net : Serial<Repeat<3, Dense<512, He>, Relu>, Dense<1>> {};

int main(int, char** argv) {
    const Matrix<float> x = npy_matrix<float>(std::string(argv[1]) + "/x.npy");
    const auto both = gram<Net>(rows<Vector<>>(x));
    write_npy(std::string(argv[1]) + "/answer_ntk.npy", both.ntk);
}
