// K V of a kernel that is not stored: Gaussian, or arc-cosine (the NNGP of one ReLU layer). Preparing the samples is timed, too.
#include <wide/infer/radial_kernel.hpp>
#include <wide/kernel/operator.hpp>

#include "case.hpp"

using namespace wide;

struct Net : Serial<Dense<512, He>, Relu, Dense<1>> {};

int main(int argc, char** argv) {
    return peers::in_both_precisions(argc, argv, []<class T>(peers::Case<T>& given) {
        const Matrix<T> x = given.array("x"), V = given.array("v");
        const auto product = [&](auto kernel) {
            given.time([&] { return kernel().multiply(V); }, [&](const Matrix<T>& KV) { given.answer("product", KV); });
        };
        if (given.template parameter<std::string>("kernel") == "Gaussian") {
            const gaussian profile{given.template parameter<double>("width")};
            product([&] { return radial_kernel(x, profile); });
        } else {
            product([&] { return kernel_of<Net, Wanted::nngp>(rows<Vector<>>(x)); });
        }
    });
}
