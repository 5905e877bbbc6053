// NNGP and NTK matrices of published convolutional architectures (infinite.json, computed in double elsewhere).
#include <wide/wide.hpp>

#include "file.hpp"
#include "image_cases.hpp"

using namespace wide;

namespace {

/// In the file a symmetric case stands for x1 alone; K(x1, x2) otherwise.
template <class Net, class T>
void reproduce() {
    using In = typename Net::In;
    const auto& one = golden_case(Net::name);
    const bool symmetric = one.at("x2").is_null();
    const auto &nngp_expected = one.at("result").at("nngp"), &ntk_expected = one.at("result").at("ntk");
    INFO(Net::name << ": " << one.at("spec"));
    const Matrix<T> x1 = inputs<T>(one.at("x1"), 0);
    const Matrix<T> x2 = symmetric ? Matrix<T>() : inputs<T>(one.at("x2"), 1);
    const Gram<T> both = symmetric ? gram<Net>(rows<In>(x1)) : gram<Net>(rows<In>(x1), rows<In>(x2));
    agrees<Net, T>("gram.nngp", nngp_expected, symmetric, both.nngp);
    agrees<Net, T>("gram.ntk", ntk_expected, symmetric, both.ntk);
}

template <class T, class... Nets>
void reproduce_all(Said<Nets...>) {
    (reproduce<Nets, T>(), ...);
}

}  // namespace

TEST_CASE("every golden case of images that can be said is reproduced in double") {
    reproduce_all<double>(ImageCases{});
}

TEST_CASE("every golden case of images that can be said is reproduced in float") {
    reproduce_all<float>(ImageCases{});
}
