// Both kernels of pairs of images, 32 x 32 x 3: a cross Gram.
#include <wide/kernel/gram.hpp>

#include "../../image_networks.hpp"
#include "case.hpp"

using namespace wide;
using namespace wide::image_networks;

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
        if (net == "GAP") of(std::type_identity<Gap21>{});
        else if (net == "Flatten") of(std::type_identity<Flat21>{});
        else if (net == "Myrtle-5") of(std::type_identity<Myrtle5>{});
        else if (net == "Myrtle-10") of(std::type_identity<Myrtle10>{});
        else throw error{"this program knows no net '" + net + "'"};
    });
}
