// A first program: a Gaussian kernel that is not stored, times a matrix.
#include <wide/wide.hpp>

using namespace wide;

int main(int, char** argv) {
    const Matrix<float> x = npy_matrix<float>(std::string(argv[1]) + "/x.npy");
    const Matrix<float> v = npy_matrix<float>(std::string(argv[1]) + "/v.npy");
    write_npy(std::string(argv[1]) + "/answer_product.npy", radial_kernel(x, gaussian{3}).multiply(v));
}
