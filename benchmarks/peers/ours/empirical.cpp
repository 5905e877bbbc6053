// The empirical NTK of a set of samples with itself.
#include <wide/dsl.hpp>
#include <wide/finite/empirical.hpp>

#include "case.hpp"
#include "parameters.hpp"

using namespace wide;

struct Mlp : Serial<Dense<512, He>, Relu, Dense<512, He>, Relu, Dense<1>> {};
struct Cnn : Serial<Conv<16, Filter<3, 3>, Same, He>, Relu, Conv<32, Filter<3, 3>, Same, Stride<2, 2>, He>, Relu, Flatten,
                    Dense<1>> {};

template <class Net, class In, class T>
void run(peers::Case<T>& given) {
    const auto theta = peers::parameters_from<Net, In>(given.array("theta"));
    const Matrix<T> x = given.array("x");
    given.time([&] { return empirical_ntk<Net>(theta, rows<In>(x)); }, [&](const Matrix<T>& K) { given.answer("ntk", K); });
}

int main(int argc, char** argv) {
    return peers::in_both_precisions(argc, argv, []<class T>(peers::Case<T>& given) {
        if (given.template parameter<std::string>("net") == "784-512-512-1") run<Mlp, Vector<784>>(given);
        else run<Cnn, Image<32, 32, 3>>(given);
    });
}
