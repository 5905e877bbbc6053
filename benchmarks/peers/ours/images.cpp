// Both kernels of pairs of images, 32 x 32 x 3: a cross Gram.
#include <wide/kernel/gram.hpp>

#include "case.hpp"

using namespace wide;

using Layer = Conv<64, Filter<3, 3>, Same, He>;
using Halve = AvgPool<Window<2, 2>, Stride<2, 2>>;
using In = Image<32, 32, 3>;

struct Gap : Serial<Repeat<21, Layer, Relu>, GlobalAvgPool, Dense<1>> {};
struct Flat : Serial<Repeat<21, Layer, Relu>, Flatten, Dense<1>> {};
template <std::size_t first, std::size_t later>
struct Myrtle : Serial<Repeat<first, Layer, Relu>, Halve, Repeat<later, Layer, Relu>, Halve, Repeat<later, Layer, Relu>,
                       Repeat<3, Halve>, Flatten, Dense<1>> {};

int main(int argc, char** argv) {
    return peers::in_both_precisions(argc, argv, []<class T>(peers::Case<T>& given) {
        const Matrix<T> z = given.array("z"), x = given.array("x");
        const auto of = [&]<class Net>(std::type_identity<Net>) {
            given.time([&] { return gram<Net>(rows<In>(z), rows<In>(x)); },
                       [&](const Gram<T>& both) {
                           given.answer("nngp", both.nngp);
                           given.answer("ntk", both.ntk);
                       });
        };
        const auto net = given.template parameter<std::string>("net");
        if (net == "GAP") of(std::type_identity<Gap>{});
        else if (net == "Flatten") of(std::type_identity<Flat>{});
        else if (net == "Myrtle-5") of(std::type_identity<Myrtle<2, 1>>{});
        else if (net == "Myrtle-10") of(std::type_identity<Myrtle<3, 3>>{});
        else throw error{"this program knows no net '" + net + "'"};
    });
}
