// Outputs, their derivative along a direction, and a gradient, of multi-layer perceptrons. Into results that are there.
#include <wide/dsl.hpp>
#include <wide/finite/forward.hpp>
#include <wide/finite/vjp.hpp>

#include "case.hpp"
#include "parameters.hpp"

using namespace wide;

template <std::size_t width, std::size_t outputs>
struct Mlp : Serial<Dense<width, He>, Relu, Dense<width, He>, Relu, Dense<outputs>> {};

template <class Net, class In, class T>
void run(peers::Case<T>& given) {
    const auto theta = peers::parameters_from<Net, In>(given.array("theta"));
    const auto direction = peers::parameters_from<Net, In>(given.array("direction"));
    const Matrix<T> samples = given.array("x"), cotangent = given.array("cotangent");
    const auto x = rows<In>(samples);
    const auto what = given.template parameter<std::string>("what");
    if (what == "forward") {
        Matrix<T> outputs;
        given.time([&] { return forward_into<Net>(outputs, theta, x), 0; }, [&](int) { given.answer("outputs", outputs); });
    } else if (what == "jvp") {
        ValueAndTangent<T> moving;
        given.time([&] { return jvp_into<Net>(moving, theta, direction, x), 0; },
                   [&](int) {
                       given.answer("outputs", moving.value);
                       given.answer("tangent", moving.tangent);
                   });
    } else {
        Parameters<Net, In, T> gradient;
        given.time([&] { return vjp_into<Net>(gradient, theta, x, cotangent), 0; },
                   [&](int) { given.answer("gradient", peers::row_of(gradient)); });
    }
}

int main(int argc, char** argv) {
    return peers::in_both_precisions(argc, argv, []<class T>(peers::Case<T>& given) {
        const auto net = given.template parameter<std::string>("net");
        if (net == "784-512-512-10") run<Mlp<512, 10>, Vector<784>>(given);
        else if (net == "784-2048-2048-10") run<Mlp<2048, 10>, Vector<784>>(given);
        else if (net == "64-64-64-1") run<Mlp<64, 1>, Vector<64>>(given);
        else throw error{"this program knows no net '" + net + "'"};
    });
}
