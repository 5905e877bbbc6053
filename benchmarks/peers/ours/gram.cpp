// Both kernels of all pairs of vectors, through 1, 3 or 10 ReLU layers.
#include <wide/kernel/gram.hpp>

#include "case.hpp"

using namespace wide;

template <std::size_t layers>
struct Net : Serial<Repeat<layers, Dense<512, He>, Relu>, Dense<1>> {};

int main(int argc, char** argv) {
    return peers::in_both_precisions(argc, argv, []<class T>(peers::Case<T>& given) {
        const Matrix<T> x = given.array("x");
        const auto of = [&]<std::size_t layers>(std::integral_constant<std::size_t, layers>) {
            given.time([&] { return gram<Net<layers>>(rows<Vector<>>(x)); },
                       [&](const Gram<T>& both) {
                           given.answer("nngp", both.nngp);
                           given.answer("ntk", both.ntk);
                       });
        };
        switch (given.template parameter<int>("layers")) {
            case 1: return of(std::integral_constant<std::size_t, 1>{});
            case 3: return of(std::integral_constant<std::size_t, 3>{});
            case 10: return of(std::integral_constant<std::size_t, 10>{});
            default: throw error{"this program knows 1, 3 and 10 layers"};
        }
    });
}
